"""Contacts: who else knows of a person, holds a key, or may report for her."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from residents.models.resident import Resident

CONTACT_LABELS = [
    ("family", _("family elsewhere")),
    ("neighbour", _("neighbour")),
    ("friend", _("friend or colleague")),
    ("carer", _("carer")),
    ("landlord", _("landlord")),
    ("other", _("somebody else")),
]


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    model_name="ContactEvent",
    fields=["id", "resident", "grid", "name", "relation", "phones", "has_key", "may_report", "note"],
)
class Contact(models.Model):
    """Somebody to ring about a person. Not a resident: may live anywhere."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="contacts")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+", editable=False)
    name = models.CharField(_("Name"), max_length=60)
    relation = models.CharField(_("Who it is"), max_length=12, choices=CONTACT_LABELS)
    phones = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("Phones"))
    has_key = models.BooleanField(_("Has a key"), default=False)
    may_report = models.BooleanField(_("May report for the person"), default=False)
    note = models.CharField(_("Remark"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    door_path = "resident__household"
    unscoped = ScopedQuerySet["Contact"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="contact_has_name")]

    def __str__(self) -> str:
        return self.name
