"""Papers handed out: each with a serial number and a code by which anybody may check it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from grid.actions.audit import deed
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import confirm_at_cases, lock_cases
from quarantine.actions.papers import END, START
from quarantine.models import CasePaper, IsolationCase
from quarantine.queries.papers import digest_of_token, seal_token
from quarantine.rules.rule_sets import CARE
from residents.actions.residents import reveal_id

# The start is handed out at the door; the end is said by whoever released.
PERMISSION_TO_ISSUE = {START: Permission.RECORD_CHECK_IN, END: Permission.DECIDE_CASES}


@dataclass(frozen=True)
class Issued:
    """The valid papers of those who have one now, and why others have none (case id → words)."""

    papers: list[CasePaper]
    refused: dict[int, str]


def issue_papers(*, case_ids: Sequence[int], kind: str, by: Actor, at: datetime) -> Issued:
    """Gives each case its paper of the kind in one transaction; whoever has a valid one keeps it, number and all.

    Raises PermissionDenied where the permission of the kind is not held at one of them.
    """
    with transaction.atomic():
        cases = lock_cases(case_ids)
        confirm_at_cases(cases, PERMISSION_TO_ISSUE[kind], by, at)
        refused = {key: _("This isolation is not there any more.") for key in case_ids}
        refused |= {case.pk: _fault_of(case, kind) for case in cases}
        valid = list(CasePaper.unscoped.filter(case__in=cases, kind=kind, withdrawn_at=None).order_by("pk"))
        have = {paper.case_id for paper in valid}
        fresh = [case for case in cases if case.pk not in have and not refused[case.pk]]
        if fresh:
            keys = [case.pk for case in fresh]
            with deed("papers_issued", by=by, at=at, place=fresh[0].grid_id, cases=keys, paper=kind):
                valid += CasePaper.unscoped.bulk_create(_papers(fresh, kind, by, at))
        return Issued(
            [paper for paper in valid if not refused[paper.case_id]],
            {key: words for key, words in refused.items() if words},
        )


def _fault_of(case: IsolationCase, kind: str) -> str:
    if case.rule_set.purpose == CARE:
        return _("A care visit has no papers.")
    if kind == START and case.closed_at is not None:
        return _("The isolation has ended: its start is not announced any more.")
    if kind == END and case.closed_as != "released":
        return _("The person is not released.")
    return ""


def _papers(cases: Sequence[IsolationCase], kind: str, by: Actor, at: datetime) -> list[CasePaper]:
    of_community: dict[int, list[IsolationCase]] = {}
    for case in cases:
        of_community.setdefault(case.grid.parent_id or case.grid_id, []).append(case)
    codes = dict(Place.objects.filter(pk__in=of_community).values_list("pk", "code"))
    year, papers = local_day(at).year, []
    for place_id, members in sorted(of_community.items()):
        last = reserve_numbers(place_id, year, len(members))
        for number, case in enumerate(members, start=last - len(members) + 1):
            token = secrets.token_urlsafe(16)
            papers.append(CasePaper(
                case=case, grid_id=case.grid_id, kind=kind, serial=f"{codes[place_id]}-{year}-{number:04}",
                token_digest=digest_of_token(token), token_sealed=seal_token(token), issued_at=at,
                issued_by_id=by.staff_id,
            ))  # fmt: skip
    return papers


def reserve_numbers(place_id: int, year: int, count: int) -> int:
    """The last of so many running numbers of a place and year. Two at once wait for each other; gaps may stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO quarantine_papernumber AS numbers (place_id, year, last) VALUES (%s, %s, %s)"
            " ON CONFLICT (place_id, year) DO UPDATE SET last = numbers.last + EXCLUDED.last RETURNING last",
            [place_id, year, count],
        )
        return int(cursor.fetchone()[0])


def numbers_to_print(*, papers: Sequence[CasePaper], by: Actor, at: datetime) -> dict[int, str]:
    """The whole ID number for each paper (paper id → number, "" without one), each look recorded for its person.

    Raises PermissionDenied, and then nothing is recorded.
    """
    with transaction.atomic():
        return {
            paper.pk: reveal_id(resident=paper.case.resident, reason="paper", by=by, at=at)
            if paper.case.resident.id_sealed is not None
            else ""
            for paper in papers
        }
