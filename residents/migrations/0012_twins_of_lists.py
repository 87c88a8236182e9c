"""Possible twins of rows of lists, and what was decided about them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0011_typed_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportTwin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resident_id', models.BigIntegerField(null=True)),
                ('strength', models.PositiveSmallIntegerField()),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('decision', models.CharField(blank=True, choices=[('apart', 'apart'), ('same', 'same')], max_length=5)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='twins', to='residents.importbatch')),
                ('other', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='residents.importrow')),
                ('row', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='twins', to='residents.importrow')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('other', None), ('resident_id__isnull', False)), models.Q(('other__isnull', False), ('resident_id', None)), _connector='OR'), name='import_twin_of_one')],
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
    ]
