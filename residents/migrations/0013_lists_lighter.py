"""Lists in at less cost: rows sealed block by block, and no key or index that another one makes good already."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT


def place(**more):
    """A key to a place that the database checks by another one."""
    return models.ForeignKey(to="grid.place", on_delete=PROTECT, related_name="+", db_constraint=False, **more)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("grid", "0003_buildings_are_workers"), ("residents", "0012_twins_of_lists")]

    operations = [
        # What waits was sealed row by row: it is looked at once more.
        migrations.RunSQL(
            "UPDATE residents_importbatch SET state = 'mapping' WHERE state IN ('preview', 'committing', 'failed')",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("DELETE FROM residents_importblock", migrations.RunSQL.noop),
        migrations.AddField("importblock", "first_row", models.BigIntegerField(db_default=0)),
        migrations.AddField("importblock", "last_row", models.BigIntegerField(db_default=0)),
        migrations.AddField("importblock", "sealed_rows", models.BinaryField(db_default=b"")),
        migrations.AlterField("importblock", "sealed_lines", models.BinaryField(null=True)),
        # Backwards first of these: blocks without lines, and lists that wait for them, are none of the older schema.
        migrations.RunSQL(migrations.RunSQL.noop, "DELETE FROM residents_importblock"),
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "UPDATE residents_importbatch SET state = 'mapping' WHERE state IN ('preview', 'committing', 'failed')",
        ),
        migrations.AlterField(
            "importrow",
            "batch",
            models.ForeignKey(to="residents.importbatch", on_delete=CASCADE, related_name="rows", db_index=False),
        ),
        migrations.AlterField("importrow", "grid", place(db_index=False, null=True)),
        # Each row is written twice, by the preview and by the commit: the second time it finds room beside the first.
        migrations.RunSQL(
            "ALTER TABLE residents_importrow SET (fillfactor = 45)",
            "ALTER TABLE residents_importrow RESET (fillfactor)",
        ),
        migrations.AlterField("household", "grid", place(db_index=False, verbose_name="Grid")),
        migrations.AlterField("household", "street", place(db_index=False, editable=False)),
        migrations.AlterField("resident", "grid", place(db_index=False, editable=False)),
        migrations.AlterField("resident", "street", place(editable=False)),
        migrations.AlterField(
            "resident",
            "household",
            models.ForeignKey(
                to="residents.household", on_delete=PROTECT, related_name="residents", db_constraint=False
            ),
        ),
        *(
            operation
            for model in ("household", "resident")
            for operation in (
                AddIndexConcurrently(
                    model,
                    models.Index(
                        fields=["merged_into"],
                        condition=~models.Q(merged_into=None),
                        name=f"{model}_merged_into",
                    ),
                ),
                migrations.AlterField(
                    model,
                    "merged_into",
                    models.ForeignKey(
                        to=f"residents.{model}", on_delete=PROTECT, related_name="+", null=True, editable=False,
                        db_index=False,
                    ),
                ),
            )
        ),
        # Nearly everybody has one phone: its tail needs no query of its own. The index holds what it held.
        migrations.RunSQL(
            """CREATE OR REPLACE FUNCTION phone_tails(text[]) RETURNS text[]
            LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
            BEGIN
                IF cardinality($1) = 1 THEN
                    RETURN ARRAY[right($1[1], 4)];
                END IF;
                RETURN (SELECT array_agg(right(number, 4)) FROM unnest($1) AS number);
            END $$""",
            """CREATE OR REPLACE FUNCTION phone_tails(text[]) RETURNS text[]
            LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
            AS 'SELECT array_agg(right(number, 4)) FROM unnest($1) AS number'""",
        ),
    ]
