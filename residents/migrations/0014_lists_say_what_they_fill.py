"""Rows of lists say which fields they fill in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("residents", "0013_lists_lighter")]

    operations = [migrations.AddField("importrow", "filling", models.JSONField(null=True))]
