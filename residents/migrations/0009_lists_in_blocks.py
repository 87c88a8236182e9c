"""Lists: rows made ready in sealed blocks, columns remembered, rows left out."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('grid', '0003_buildings_are_workers'),
        ('residents', '0008_buildings_in_grid'),
    ]

    operations = [
        # What waits was not made ready in blocks: it is looked at once more.
        migrations.RunSQL(
            "UPDATE residents_importbatch SET state = 'mapping' WHERE state IN ('preview', 'committing', 'failed')",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name='importrow',
            name='left_out',
            field=models.BooleanField(db_default=False, default=False),
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
                ('headers', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=30)),
                ('columns', models.JSONField()),
                ('said_at', models.DateTimeField()),
                ('street', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='grid.place')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('street', 'headers'), name='columns_remembered_once')],
            },
        ),
    ]
