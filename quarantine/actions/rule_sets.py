"""Deeds on rule sets: versions are added, never changed."""

from dataclasses import asdict
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _

from grid.actions.audit import deed
from grid.models import Place
from grid.rules.actors import SYSTEM, Actor
from quarantine.models import RuleSet
from quarantine.queries.rule_sets import rule_set_at
from quarantine.rules.rule_sets import shipped


def rule_set_named(name: str, *, place: Place, at: datetime, by: Actor = SYSTEM) -> RuleSet:
    """The newest version of this name that holds at the place; a shipped one is made at the root when first needed.

    Two that need it at once get the same row: the unique constraint decides. Raises ValidationError where no rules of
    this name are offered there.
    """
    found = rule_set_at(place.path, name)
    if found is not None and found.in_use:
        return found
    data = shipped(name)
    if data is None or found is not None:
        raise ValidationError(_("These rules are not offered any more. Choose others."))
    root_id = int(place.path.strip("/").split("/")[0])
    try:
        with deed("rule_set_made", by=by, at=at, place=root_id, version=1):
            return RuleSet.objects.create(place_id=root_id, version=1, created_at=at, **asdict(data))
    except IntegrityError:
        made_meanwhile = rule_set_at(place.path, name)
        if made_meanwhile is None:
            raise
        return made_meanwhile
