"""A building is found grid by grid, whichever compound it stands in."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("residents", "0007_names_read_anew")]

    operations = [
        AddIndexConcurrently(
            "household", models.Index(fields=["grid", "building", "unit"], name="household_building_in_grid")
        ),
    ]
