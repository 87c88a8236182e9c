"""Deeds on rule sets: versions are added, never changed."""

from datetime import datetime

from django.db import IntegrityError

from grid.actions.audit import deed
from grid.models import Place
from grid.rules.actors import SYSTEM, Actor
from quarantine.models import RuleSet
from quarantine.rules import case_clock


def default_rule_set(*, place: Place, at: datetime, by: Actor = SYSTEM) -> RuleSet:
    """The newest version of the default rules at the root above the place; version 1 is made when first needed.

    Two that need it at once get the same row: the unique constraint decides.
    """
    root_id = int(place.path.strip("/").split("/")[0])
    found = _newest(root_id)
    if found is not None:
        return found
    try:
        with deed("rule_set_made", by=by, at=at, place=root_id, version=1):
            return RuleSet.objects.create(
                place_id=root_id,
                name=case_clock.DEFAULT_NAME,
                version=1,
                isolation_days=case_clock.DEFAULT_ISOLATION_DAYS,
                slots=case_clock.DEFAULT_SLOTS,
                threshold=case_clock.DEFAULT_THRESHOLD,
                at_threshold_is_fever=True,
                created_at=at,
            )
    except IntegrityError:
        made_meanwhile = _newest(root_id)
        if made_meanwhile is None:
            raise
        return made_meanwhile


def _newest(root_id: int) -> RuleSet | None:
    rows = RuleSet.objects.filter(place=root_id, name=case_clock.DEFAULT_NAME)
    return rows.order_by("-version").first()
