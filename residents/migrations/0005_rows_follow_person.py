"""Contacts, offers, twins and merges follow the person or door they hang on; names get their search key."""

from django.db import migrations

FOLLOWERS = [
    ("contact", "contact_follows_person", "resident_id, grid_id", "residents_resident (id, grid_id)"),
    ("twinpair", "twins_follow_person", "first_id, grid_id", "residents_resident (id, grid_id)"),
    ("merge", "merge_follows_person", "kept_id, grid_id", "residents_resident (id, grid_id)"),
    ("moveoffer", "offer_follows_door", "household_id, grid_id, street_id", "residents_household (id, grid_id, street_id)"),
]


def fill_name_keys(apps, schema_editor):
    """Every stored name in simplified characters: by distinct name, since a million people share some thousands."""
    from residents.rules.names import simplified

    with schema_editor.connection.cursor() as cursor:
        cursor.execute("UPDATE residents_resident SET name_key = name WHERE name_key = ''")
        cursor.execute("SELECT DISTINCT name FROM residents_resident")
        other = [(simplified(name), name) for (name,) in cursor.fetchall() if simplified(name) != name]
        cursor.executemany("UPDATE residents_resident SET name_key = %s WHERE name = %s", other)


class Migration(migrations.Migration):
    dependencies = [("residents", "0004_moves_twins_contacts")]

    operations = [
        migrations.RunPython(fill_name_keys, migrations.RunPython.noop, elidable=True),
        *(
            migrations.RunSQL(
                f"ALTER TABLE residents_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns})"
                f" REFERENCES {target} ON UPDATE CASCADE",
                f"ALTER TABLE residents_{table} DROP CONSTRAINT {name}",
            )
            for table, name, columns, target in FOLLOWERS
        ),
    ]
