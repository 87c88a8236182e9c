"""Writes anew what search compares of names and doors: some surnames are read better, dots and spaces no longer count."""

from typing import Any

from django.db import migrations

from residents.identity import name_fields, prepare_door

_AT_ONCE = 2000


def read_anew(apps: Any, schema_editor: Any) -> None:
    """Rows whose columns would be written otherwise now, a few thousand at a time."""
    alias = schema_editor.connection.alias
    for model, fields, prepare in (
        ("Resident", ("name_key", "pinyin", "initials"), lambda row: name_fields(row.name)),
        (
            "Household",
            ("walk_key",),
            lambda row: prepare_door(compound=row.compound, building=row.building, unit=row.unit, room=row.room),
        ),
    ):
        rows = apps.get_model("residents", model)._base_manager.using(alias)
        changed = []
        for row in rows.order_by("pk").iterator(_AT_ONCE):
            wanted = prepare(row)
            if any(getattr(row, name) != wanted[name] for name in fields):
                for name in fields:
                    setattr(row, name, wanted[name])
                changed.append(row)
            if len(changed) == _AT_ONCE:
                rows.bulk_update(changed, fields)
                changed = []
        rows.bulk_update(changed, fields)


class Migration(migrations.Migration):
    atomic = False  # a few thousand rows are locked at a time, not the register for minutes; harmless twice
    dependencies = [("residents", "0006_search_in_places")]
    operations = [migrations.RunPython(read_anew, migrations.RunPython.noop, elidable=True)]
