"""Deeds on rule sets: versions are added, never changed."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from grid.actions.audit import EditedMeanwhile, confirm_scope, deed
from grid.models import Place
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Permission
from quarantine.models import RuleSet
from quarantine.queries.rule_sets import newest_named, rule_set_at
from quarantine.rules.case_clock import DEFAULT_NAME
from quarantine.rules.rule_sets import RuleSetData, faults_of, shipped


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


def save_rule_set(*, place: Place, data: RuleSetData, seen: int, by: Actor, at: datetime) -> RuleSet:
    """Writes a new version of the name at the place; open cases keep theirs.

    `seen` is the newest version of the name, as an id, that the page knew (0: none). The same once more does nothing.
    Raises ValidationError for faults that the page let through, and EditedMeanwhile where somebody was faster.
    """
    if faults_of(data):
        raise ValidationError(_("These rules cannot be followed. Look at the form again."))
    return _next_version(place, asdict(data) | {"in_use": True}, seen, by=by, at=at, deed_name="rule_set_made")


def withdraw_rule_set(*, place: Place, name: str, seen: int, by: Actor, at: datetime) -> RuleSet:
    """A version that says: not offered at this place and below any more. Open cases go on by theirs.

    Raises ValidationError for the default rules, which lists open isolations by, and EditedMeanwhile.
    """
    if name == DEFAULT_NAME:
        raise ValidationError(_("Lists open isolations by these rules. They cannot be withdrawn."))
    known = rule_set_at(place.path, name) or shipped(name)
    if known is None:
        raise ValidationError(_("These rules are not offered any more. Choose others."))
    facts = {field: getattr(known, field) for field in RuleSetData.__dataclass_fields__}
    return _next_version(place, facts | {"in_use": False}, seen, by=by, at=at, deed_name="rule_set_withdrawn")


def _next_version(
    place: Place, facts: dict[str, Any], seen: int, *, by: Actor, at: datetime, deed_name: str
) -> RuleSet:
    name = facts["name"]
    try:
        with transaction.atomic():
            confirm_scope(by, Permission.MANAGE_RULES, place, at)
            newest = newest_named(name)
            if newest is not None and newest.place_id == place.pk and _is(newest, facts):
                return newest
            if seen != (newest.pk if newest else 0):
                raise EditedMeanwhile
            last = RuleSet.objects.filter(place=place, name=name).order_by("-version").first()
            version = last.version + 1 if last else 1
            with deed(deed_name, by=by, at=at, place=place, version=version):
                return RuleSet.objects.create(place=place, version=version, created_at=at, **facts)
    except IntegrityError as fault:
        raise EditedMeanwhile from fault


def _is(row: RuleSet, facts: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in facts.items())
