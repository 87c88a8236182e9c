"""A room is found along an index in every grid of one's places. Built without locking the table."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("residents", "0004_relation_self")]

    operations = [
        AddIndexConcurrently("household", models.Index(fields=["grid", "room"], name="household_room_in_grid")),
    ]
