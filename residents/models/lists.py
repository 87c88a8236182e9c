"""Lists taken in: what a list said, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet

BATCH_STATES = [
    ("mapping", _("columns to be checked")),
    ("preview", _("waiting for your word")),
    ("committing", _("being taken in")),
    ("done", _("taken in")),
    ("failed", _("not taken in")),
    ("undone", _("taken back")),
]
ROW_VERDICTS = [
    ("new", _("New")),
    ("changed", _("Different")),
    ("same", _("The same")),
    ("verify", _("To verify")),
    ("refused", _("Refused")),
]


class ImportBatch(models.Model):
    """One file on its way into the register. `sealed_file` and the rows' cells are sealed and go after 30 days."""

    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the place (any kind) the list was taken in for
    by = models.ForeignKey("grid.Staff", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=BATCH_STATES)
    kind = models.CharField(max_length=30)  # key of the registry of list kinds
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    typed = models.BooleanField(default=False, db_default=False)  # line by line in the portal: `lists.typed` reads it
    sealed_file = models.BinaryField(null=True)
    tables = models.JSONField(default=list)  # the tables found and the mapping of their columns; no cell of a person
    choices = models.JSONField(default=dict)  # what the user said: grid for doors unknown, open cases or not
    counts = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)  # stored beside the transaction that takes the list in
    committed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    task = models.ForeignKey("grid.OutboxTask", models.SET_NULL, null=True, related_name="+")  # the newest asked for
    forgotten_at = models.DateTimeField(null=True)  # since when nothing of people is kept with it any more

    unscoped = ScopedQuerySet["ImportBatch"].as_manager()
    objects = ScopedManager()

    class Meta:
        # The night looks at these alone, however many lists there ever were.
        indexes = [models.Index(fields=["created_at"], condition=models.Q(forgotten_at=None), name="import_kept")]

    def __str__(self) -> str:
        return f"list {self.pk}"


class ImportRow(models.Model):
    """One row of a list: what is to be done with it, and the person it became. What it says stands in its block."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", db_index=False)
    sheet = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField()  # as Excel counts
    # Of a row refused or left out, which outlives its block: clean values and cells.
    sealed_cells = models.BinaryField(null=True)
    verdict = models.CharField(max_length=10, choices=ROW_VERDICTS)
    problems = models.JSONField(default=dict)  # field → code of the fault; never the cell's own words
    # What is to happen, as the preview showed it: the resident it means, the household, the fields that differ.
    resident_id = models.BigIntegerField(null=True)
    household_id = models.BigIntegerField(null=True)
    name_id = models.BigIntegerField(null=True)  # the name to verify that the row made or joined
    # Bare, like resident_id: the database checks it by no key, for the row is a note of what was seen.
    grid = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False)
    differing = models.JSONField(default=list)  # names of the fields that differ
    filling = models.JSONField(null=True)  # names of those of which the register holds nothing yet
    left_out = models.BooleanField(default=False, db_default=False)  # unticked in the preview: nothing becomes of it
    made_door = models.BooleanField(default=False)  # the commit made the household for this row: an undo takes it back

    # A row says much of a person and has no grid of its own: it is reached by `rows` of a list found in scope.
    unscoped = models.Manager["ImportRow"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "sheet", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["batch", "verdict", "id"], name="import_row_by_verdict")]

    def __str__(self) -> str:
        return f"row {self.number}"


class ImportBlock(models.Model):
    """Some rows of one verdict, sealed as a whole: made with the preview, gone with the commit.

    `sealed_rows` is what the list says of them. `sealed_lines` are those to be added, as COPY takes them: what is slow
    about a new person (pinyin, digests, sealing) is done while somebody looks, not while all wait.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="blocks")
    first_row = models.BigIntegerField(db_default=0)  # ids of its first row and its last
    last_row = models.BigIntegerField(db_default=0)
    sealed_rows = models.BinaryField(db_default=b"")
    sealed_lines = models.BinaryField(null=True)

    # As with rows: reached by `blocks` of a list found in scope.
    unscoped = models.Manager["ImportBlock"]()

    def __str__(self) -> str:
        return f"block {self.pk}"


class ImportTwin(models.Model):
    """A new row that may be somebody: of the register, or of an earlier row. Gone with the commit, which keeps as
    `TwinPair` what was decided about people who are in the register then."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="twins")
    # Rows go with their list, and a list's twins with it: collecting 20,000 rows for that would only be slow.
    row = models.ForeignKey(ImportRow, models.DO_NOTHING, related_name="twins")
    other = models.ForeignKey(ImportRow, models.DO_NOTHING, null=True, related_name="+")
    resident_id = models.BigIntegerField(null=True)
    strength = models.PositiveSmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=20))  # codes of `residents.rules.twins`
    decision = models.CharField(max_length=5, choices=[("apart", "apart"), ("same", "same")], blank=True)

    # As with rows: reached by `twins` of a list found in scope.
    unscoped = models.Manager["ImportTwin"]()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(other=None, resident_id__isnull=False)
                | models.Q(other__isnull=False, resident_id=None),
                name="import_twin_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"possible twin {self.pk}"


class ColumnMemory(models.Model):
    """What somebody of a street office said the columns of a list mean: the same headers match at once next time."""

    street = models.ForeignKey(Place, models.CASCADE, related_name="+")
    headers = models.CharField(max_length=64)  # digest of all headers of the table, in their order
    kind = models.CharField(max_length=30)  # key of the registry of list kinds
    columns = models.JSONField()  # index → field, "" where it is left out; no cell of a person
    said_at = models.DateTimeField()

    objects = models.Manager["ColumnMemory"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["street", "headers"], name="columns_remembered_once")]

    def __str__(self) -> str:
        return f"columns {self.pk}"
