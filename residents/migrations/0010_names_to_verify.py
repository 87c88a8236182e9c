"""Names to verify: people whom lists name, until somebody has found out whether they live here."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('grid', '0003_buildings_are_workers'),
        ('residents', '0009_lists_in_blocks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Lists of people to find that wait were to go into the register: they are looked at once more.
        migrations.RunSQL(
            "UPDATE residents_importbatch SET state = 'mapping'"
            " WHERE kind = 'to_find' AND state IN ('preview', 'committing', 'failed')",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name='importrow',
            name='name_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='importrow',
            name='verdict',
            field=models.CharField(choices=[('new', 'New'), ('changed', 'Different'), ('same', 'The same'), ('verify', 'To verify'), ('refused', 'Refused')], max_length=10),
        ),
        migrations.CreateModel(
            name='NameToVerify',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=60)),
                ('id_type', models.CharField(blank=True, choices=[('resident_id', 'Resident ID card'), ('residence_permit', 'Residence permit (Hong Kong, Macao, Taiwan)'), ('foreigner_card', "Foreigner's permanent residence card"), ('passport', 'Passport'), ('other', 'Other document')], max_length=20)),
                ('id_sealed', models.BinaryField(null=True)),
                ('id_digest', models.BinaryField(max_length=32, null=True)),
                ('id_tail_digest', models.BinaryField(max_length=32, null=True)),
                ('sex', models.CharField(blank=True, choices=[('M', 'male'), ('F', 'female')], max_length=1)),
                ('birth_date', models.DateField(null=True)),
                ('phones', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('compound', models.CharField(blank=True, max_length=60)),
                ('building', models.CharField(blank=True, max_length=20)),
                ('unit', models.CharField(blank=True, max_length=20)),
                ('room', models.CharField(blank=True, max_length=20)),
                ('first_day', models.DateField(null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('name_key', models.CharField(blank=True, max_length=60)),
                ('walk_key', models.CharField(max_length=200)),
                ('deadline', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'to be found'), ('lives_here', 'lives here'), ('not_here', 'does not live here'), ('unknown', 'nobody here knows this person'), ('isolated', 'in isolation already'), ('passed_on', 'given to another community')], default='open', max_length=12)),
                ('answered_at', models.DateTimeField(null=True)),
                ('to_isolate', models.BooleanField(null=True)),
                ('apart', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('last_try_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('became', models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='residents.nametoverify')),
                ('grid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grid.place')),
                ('last_try_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resident', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='residents.resident')),
                ('street', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grid.place')),
                ('worker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='NameSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=60)),
                ('id_type', models.CharField(blank=True, choices=[('resident_id', 'Resident ID card'), ('residence_permit', 'Residence permit (Hong Kong, Macao, Taiwan)'), ('foreigner_card', "Foreigner's permanent residence card"), ('passport', 'Passport'), ('other', 'Other document')], max_length=20)),
                ('id_sealed', models.BinaryField(null=True)),
                ('id_digest', models.BinaryField(max_length=32, null=True)),
                ('id_tail_digest', models.BinaryField(max_length=32, null=True)),
                ('sex', models.CharField(blank=True, choices=[('M', 'male'), ('F', 'female')], max_length=1)),
                ('birth_date', models.DateField(null=True)),
                ('phones', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('compound', models.CharField(blank=True, max_length=60)),
                ('building', models.CharField(blank=True, max_length=20)),
                ('unit', models.CharField(blank=True, max_length=20)),
                ('room', models.CharField(blank=True, max_length=20)),
                ('first_day', models.DateField(null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('list_name', models.CharField(max_length=200)),
                ('row', models.PositiveIntegerField()),
                ('said_at', models.DateTimeField()),
                ('deadline', models.DateTimeField()),
                ('added_phones', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('faults', models.JSONField(default=dict)),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='residents.importbatch')),
                ('of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sources', to='residents.nametoverify')),
            ],
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name='nametoverify',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['grid', 'walk_key'], name='open_names'),
        ),
        migrations.AddIndex(
            model_name='nametoverify',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['worker'], name='open_names_of_worker'),
        ),
        migrations.AddIndex(
            model_name='nametoverify',
            index=models.Index(condition=models.Q(('state', 'open'), _negated=True), fields=['grid', 'answered_at'], name='answered_names'),
        ),
        migrations.AddConstraint(
            model_name='nametoverify',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('grid', 'id_digest'), name='one_visit_a_number'),
        ),
        migrations.AddConstraint(
            model_name='nametoverify',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='answered_name_says_when'),
        ),
        migrations.AddConstraint(
            model_name='nametoverify',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('became__isnull', False), ('state', 'passed_on')), models.Q(models.Q(('state', 'passed_on'), _negated=True), ('became', None)), _connector='OR'), name='passed_name_says_where'),
        ),
        migrations.AddConstraint(
            model_name='nametoverify',
            constraint=models.CheckConstraint(condition=models.Q(('resident', None), ('state__in', ('lives_here', 'isolated')), _connector='OR'), name='found_name_is_resident'),
        ),
        migrations.AddConstraint(
            model_name='nametoverify',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('id_digest', None), ('id_sealed', None), ('id_tail_digest', None)), models.Q(('id_digest__isnull', False), ('id_sealed__isnull', False), ('id_tail_digest__isnull', False)), _connector='OR'), name='name_id_whole_or_absent'),
        ),
        migrations.AddIndex(
            model_name='namesource',
            index=models.Index(fields=['batch'], name='name_sources_of_list'),
        ),
    ]
