"""解除隔离: a deed that asks for the check, refuses what is missing, and tells of each person what became of her."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from grid.actions.audit import deed
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import confirm_at_cases, end_case, lock_cases
from quarantine.models import IsolationCase
from quarantine.queries.releases import still_missing, words_of


@dataclass(frozen=True)
class Releases:
    """Who is released (now, or was already), and what the others still need.

    `refused`: case id → codes of `queries.releases.words_of`.
    """

    released: list[int] = field(default_factory=list)
    refused: dict[int, list[str]] = field(default_factory=dict)


class NotReady(ValidationError):
    """Something is missing; `missing` holds the codes."""

    def __init__(self, missing: Collection[str]) -> None:
        super().__init__(words_of(missing))
        self.missing = list(missing)


def release_case(*, case: IsolationCase, checked: bool, by: Actor, at: datetime) -> IsolationCase:
    """Releases one person. Released already: nothing. Raises NotReady with what is missing, and PermissionDenied."""
    done = release_cases(case_ids=[case.pk], checked=checked, by=by, at=at)
    if case.pk in done.refused:
        raise NotReady(done.refused[case.pk])
    return IsolationCase.unscoped.get(pk=case.pk)


def release_cases(*, case_ids: Sequence[int], checked: bool, by: Actor, at: datetime) -> Releases:
    """Releases those of whom nothing is missing, in one transaction; the others are refused one by one.

    `checked` is the word of whoever releases that she compared the list with the people; nobody else can say it.
    What counts is what the locked rows say now, not what the page showed. Raises PermissionDenied.
    """
    with transaction.atomic():
        cases = lock_cases(case_ids)
        confirm_at_cases(cases, Permission.DECIDE_CASES, by, at)
        done = Releases(refused={key: ["gone"] for key in case_ids})
        for case in cases:
            missing = still_missing(case, local_day(at))
            if not checked and case.closed_at is None and "checked" in (case.rule_set.release_needs or []):
                missing.append("checked")
            if missing:
                done.refused[case.pk] = missing
                continue
            del done.refused[case.pk]
            done.released.append(case.pk)
            if case.closed_at is None:
                facts = {"closed_as": "released", "checked": checked}
                with deed("case_closed", by=by, at=at, place=case.grid_id, subject=case, **facts):
                    end_case(case, closed_as="released", by=by, at=at)
        return done
