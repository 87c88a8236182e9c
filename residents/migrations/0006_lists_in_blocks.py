"""Rows of lists in sealed blocks, progress in a row of its own, and columns that are remembered."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('grid', '0002_notices_and_helpers'),
        ('residents', '0005_rows_follow_person'),
    ]

    operations = [
        migrations.RemoveField('importbatch', 'rows_done'),
        migrations.CreateModel(
            name='ImportProgress',
            fields=[
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='progress', serialize=False, to='residents.importbatch')),
                ('rows_done', models.PositiveIntegerField(default=0)),
            ],
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ImportBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sealed_lines', models.BinaryField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='residents.importbatch')),
            ],
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ColumnMemory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('headers', models.CharField(max_length=64)),
                ('columns', models.JSONField()),
                ('said_at', models.DateTimeField()),
                ('street', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='grid.place')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('street', 'kind', 'headers'), name='columns_remembered_once')],
            },
        ),
    ]
