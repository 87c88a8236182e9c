"""Lists that were typed line by line in the portal."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0010_names_to_verify'),
    ]

    operations = [
        migrations.AddField(
            model_name='importbatch',
            name='typed',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
