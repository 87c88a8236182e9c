"""Serial numbers of papers: a counter a place and year."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('grid', '0003_buildings_are_workers'),
        ('quarantine', '0007_day_by_day'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaperNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField()),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grid.place')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('place', 'year'), name='paper_number_of_place_and_year')],
            },
        ),
    ]
