"""The search goes through the places of its reader: indexes begin with the grid or the street.

Made and dropped while the portal works (concurrently), the new ones first.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, BtreeGinExtension, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("residents", "0005_rows_follow_person")]

    operations = [
        BtreeGinExtension(),
        AddIndexConcurrently(
            "resident",
            models.Index(F("grid"), OpClass("name_key", name="text_pattern_ops"), name="resident_name_in_grid"),
        ),
        AddIndexConcurrently(
            "resident",
            models.Index(F("grid"), OpClass("initials", name="text_pattern_ops"), name="resident_initials_in_grid"),
        ),
        AddIndexConcurrently(
            "resident",
            models.Index(F("grid"), OpClass("pinyin", name="text_pattern_ops"), name="resident_pinyin_in_grid"),
        ),
        AddIndexConcurrently(
            "resident", GinIndex(F("street"), OpClass("name_key", name="gin_trgm_ops"), name="resident_name_inside")
        ),
        AddIndexConcurrently(
            "resident", GinIndex(F("street"), OpClass("pinyin", name="gin_trgm_ops"), name="resident_pinyin_inside")
        ),
        RemoveIndexConcurrently("resident", "resident_name_prefix"),
        RemoveIndexConcurrently("resident", "resident_initials_prefix"),
        RemoveIndexConcurrently("resident", "resident_name_trigrams"),
        RemoveIndexConcurrently("resident", "resident_pinyin_trigrams"),
    ]
