"""The database keeps the grid of open cases and requests equal to the one of the person or door."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("quarantine", "0002_initial"), ("residents", "0002_grid_follows_door")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE quarantine_isolationcase ADD CONSTRAINT case_follows_person"
            " FOREIGN KEY (resident_id, grid_id) REFERENCES residents_resident (id, grid_id) ON UPDATE CASCADE",
            "ALTER TABLE quarantine_isolationcase DROP CONSTRAINT case_follows_person",
        ),
        migrations.RunSQL(
            "ALTER TABLE quarantine_supplyrequest ADD CONSTRAINT request_follows_door"
            " FOREIGN KEY (household_id, grid_id, street_id)"
            " REFERENCES residents_household (id, grid_id, street_id) ON UPDATE CASCADE",
            "ALTER TABLE quarantine_supplyrequest DROP CONSTRAINT request_follows_door",
        ),
    ]
