"""Residents: people of the register."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from residents.models.household import Household

SEX_LABELS = [("M", _("male")), ("F", _("female"))]
ID_TYPE_LABELS = [
    ("resident_id", _("Resident ID card")),
    ("residence_permit", _("Residence permit (Hong Kong, Macao, Taiwan)")),
    ("foreigner_card", _("Foreigner's permanent residence card")),
    ("passport", _("Passport")),
    ("other", _("Other document")),
]
# GB/T 4761, the codes that lists use.
RELATION_LABELS = [
    ("01", _("self")),
    ("02", _("head of household")),
    ("10", _("spouse")),
    ("11", _("husband")),
    ("12", _("wife")),
    ("20", _("son")),
    ("28", _("son-in-law")),
    ("30", _("daughter")),
    ("38", _("daughter-in-law")),
    ("40", _("grandchild")),
    ("50", _("parent")),
    ("51", _("father")),
    ("52", _("mother")),
    ("53", _("husband's father")),
    ("54", _("husband's mother")),
    ("55", _("wife's father")),
    ("56", _("wife's mother")),
    ("60", _("grandparent")),
    ("70", _("sibling")),
    ("97", _("other relative")),
    ("99", _("not a relative")),
]
RESIDENCY_LABELS = [
    ("permanent", _("permanent")),
    ("floating", _("floating")),
    ("lives_elsewhere", _("registered here, lives elsewhere")),
]
CARE_TAG_LABELS = [
    ("lives_alone", _("lives alone")),
    ("pregnant", _("pregnant")),
    ("chronic_illness", _("chronic illness")),
    ("disabled", _("disabled")),
    ("infant", _("infant")),
]
LEFT_LABELS = [("moved_out", _("moved out")), ("died", _("died"))]


class ResidentQuerySet(ScopedQuerySet["Resident"]):
    """Questions about many residents."""

    def current(self) -> "ResidentQuerySet":
        """People who live here now: neither moved out nor dead, and not merged into another row."""
        return self.filter(left_on=None, merged_into=None)


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    model_name="ResidentEvent",
    fields=[
        "id", "grid", "household", "name", "id_type", "sex", "birth_date", "phones", "relation", "residency",
        "care_tags", "away_until", "left_on", "left_reason", "merged_into", "note", "bed",
    ],
)  # fmt: skip
class Resident(models.Model):
    """A person. The ID number is sealed; two keyed digests find it again, whole or by its last four characters."""

    # `resident_follows_door` holds all three to one door, whose own key holds grid and street to places: keys of their
    # own would check the same once more, row by row. Indexes below begin with the grid.
    household = models.ForeignKey(Household, models.PROTECT, related_name="residents", db_constraint=False)
    grid = models.ForeignKey(
        Place, models.PROTECT, related_name="+", editable=False, db_constraint=False, db_index=False
    )
    street = models.ForeignKey(Place, models.PROTECT, related_name="+", editable=False, db_constraint=False)
    name = models.CharField(_("Name"), max_length=60)
    # The name in simplified characters: what search compares, whichever characters were typed or stored.
    name_key = models.CharField(max_length=60, default="", db_default="", editable=False)
    pinyin = models.CharField(max_length=200, blank=True, editable=False)
    initials = models.CharField(max_length=40, blank=True, editable=False)
    id_type = models.CharField(_("ID type"), max_length=20, choices=ID_TYPE_LABELS, blank=True)
    id_sealed = models.BinaryField(null=True, editable=False)
    id_digest = models.BinaryField(max_length=32, null=True, editable=False)
    id_tail_digest = models.BinaryField(max_length=32, null=True, editable=False)
    sex = models.CharField(_("Sex"), max_length=1, choices=SEX_LABELS, blank=True)
    birth_date = models.DateField(_("Birth date"), null=True, blank=True)
    phones = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("Phones"))
    relation = models.CharField(_("Relation to head"), max_length=2, choices=RELATION_LABELS, blank=True)
    residency = models.CharField(_("Residency"), max_length=20, choices=RESIDENCY_LABELS, blank=True)
    care_tags = ArrayField(
        models.CharField(max_length=20, choices=CARE_TAG_LABELS), default=list, blank=True, verbose_name=_("Care tags")
    )
    away_until = models.DateField(_("Away until"), null=True, blank=True)
    left_on = models.DateField(null=True, editable=False)
    left_reason = models.CharField(max_length=20, choices=LEFT_LABELS, blank=True, editable=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+", db_index=False)
    bed = models.CharField(_("Bed"), max_length=10, blank=True, default="", db_default="")  # in a dormitory
    note = models.CharField(_("Remark"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    door_path = "household"
    unscoped = ResidentQuerySet.as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["street", "id_digest"],
                condition=Q(left_on=None, merged_into=None),
                name="one_current_resident_per_id",
            ),
            # The composite foreign keys of cases point here.
            models.UniqueConstraint(fields=["id", "grid"], name="resident_id_grid"),
            models.CheckConstraint(
                condition=Q(id_sealed=None, id_digest=None, id_tail_digest=None)
                | Q(id_sealed__isnull=False, id_digest__isnull=False, id_tail_digest__isnull=False),
                name="resident_id_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None, left_reason="") | (Q(left_on__isnull=False) & ~Q(left_reason="")),
                name="resident_left_with_reason",
            ),
        ]
        indexes = [
            # What a search compares from the beginning: grid by grid, so that it costs what the reader's places hold.
            models.Index(F("grid"), OpClass("name_key", name="text_pattern_ops"), name="resident_name_in_grid"),
            models.Index(F("grid"), OpClass("initials", name="text_pattern_ops"), name="resident_initials_in_grid"),
            models.Index(F("grid"), OpClass("pinyin", name="text_pattern_ops"), name="resident_pinyin_in_grid"),
            # And inside, street by street.
            GinIndex(F("street"), OpClass("name_key", name="gin_trgm_ops"), name="resident_name_inside"),
            GinIndex(F("street"), OpClass("pinyin", name="gin_trgm_ops"), name="resident_pinyin_inside"),
            GinIndex(fields=["phones"], name="resident_phones"),
            models.Index(fields=["id_tail_digest"], name="resident_id_tail"),
            # Few are merged: the index of them costs nobody else anything.
            models.Index(fields=["merged_into"], condition=~Q(merged_into=None), name="resident_merged_into"),
        ]

    def __str__(self) -> str:
        return self.name
