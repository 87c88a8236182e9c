"""The database keeps the grid and street of people equal to those of their door, and finds phones by their tail."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("residents", "0001_initial"), ("grid", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE residents_household ADD CONSTRAINT household_street_of_grid"
            " FOREIGN KEY (grid_id, street_id) REFERENCES grid_place (id, street_id) ON UPDATE CASCADE",
            "ALTER TABLE residents_household DROP CONSTRAINT household_street_of_grid",
        ),
        migrations.RunSQL(
            "ALTER TABLE residents_resident ADD CONSTRAINT resident_follows_door"
            " FOREIGN KEY (household_id, grid_id, street_id)"
            " REFERENCES residents_household (id, grid_id, street_id) ON UPDATE CASCADE",
            "ALTER TABLE residents_resident DROP CONSTRAINT resident_follows_door",
        ),
        migrations.RunSQL(
            "CREATE FUNCTION phone_tails(text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT"
            " AS 'SELECT array_agg(right(number, 4)) FROM unnest($1) AS number'",
            "DROP FUNCTION phone_tails(text[])",
        ),
        migrations.RunSQL(
            "CREATE INDEX resident_phone_tails ON residents_resident USING gin (phone_tails(phones::text[]))",
            "DROP INDEX resident_phone_tails",
        ),
    ]
