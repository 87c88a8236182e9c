"""Shared reads about papers: who lacks one, what is printed on one, and what its code says to anybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from grid import sealing
from grid.models import Post, Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission, Role
from quarantine.models import CasePaper, IsolationCase
from quarantine.rules.rule_sets import ISOLATION
from residents import identity

_CONTEXT = "case paper"
RELEASED_LATELY = timedelta(days=7)


def digest_of_token(token: str) -> bytes:
    """By this the paper of a code is found."""
    return sealing.digest(token, context=_CONTEXT)


def seal_token(token: str) -> bytes:
    """How the code is kept, so that the paper can be printed again."""
    return sealing.seal(token.encode(), context=_CONTEXT)


def token_of(paper: CasePaper) -> str:
    """The code of the paper."""
    return sealing.unseal(bytes(paper.token_sealed), context=_CONTEXT).decode()


def valid_paper(kind: str) -> Exists:
    """Whether a case has a valid paper of the kind: for filters and annotations of cases."""
    return Exists(CasePaper.unscoped.filter(case=OuterRef("pk"), kind=kind, withdrawn_at=None))


def signature_due() -> Q:
    """签字: open isolations whose start was not announced on paper yet. Care visits have no papers."""
    return Q(closed_at=None, rule_set__purpose=ISOLATION) & ~Q(valid_paper("isolation_notice"))


def without_notice(staff: Staff) -> QuerySet[IsolationCase]:
    """The open isolations in her reach without a valid notice of their start, in walking order."""
    rows: QuerySet[IsolationCase] = IsolationCase.objects.visible_to(staff, Permission.RECORD_CHECK_IN)
    return _ordered(rows.filter(signature_due()))


def released_lately(staff: Staff, at: datetime) -> QuerySet[IsolationCase]:
    """Those whom she may release and who were released within a week; `has_paper` where their notice stands."""
    rows: QuerySet[IsolationCase] = IsolationCase.objects.visible_to(staff, Permission.DECIDE_CASES)
    rows = rows.filter(closed_as="released", closed_at__gte=at - RELEASED_LATELY, rule_set__purpose=ISOLATION)
    return _ordered(rows.annotate(has_paper=valid_paper("release_notice")))


def _ordered(rows: QuerySet[IsolationCase]) -> QuerySet[IsolationCase]:
    door = "resident__household"
    rows = rows.select_related(door, "grid")
    return rows.order_by("grid__code", "grid", f"{door}__walk_key", door, "resident")


def papers_in_sight(staff: Staff, permission: Permission = Permission.SEE_ROUND) -> QuerySet[CasePaper]:
    """Papers of the cases in sight, wherever they were handed out, with all that is printed on them."""
    cases = IsolationCase.objects.visible_to(staff, permission)
    return CasePaper.unscoped.filter(case__in=cases).select_related(
        "case__resident__household", "case__rule_set", "case__grid__parent__parent", "issued_by"
    )


def panel_of_case(staff: Staff, case: IsolationCase) -> dict[str, Any]:
    """The part of a case's page: its papers, and which may be handed out now."""
    isolates = case.rule_set.purpose == ISOLATION
    papers = list(papers_in_sight(staff).filter(case=case).order_by("pk"))
    have = {paper.kind for paper in papers if paper.withdrawn_at is None}
    may_start = isolates and case.closed_at is None and staff.may_at_door(Permission.RECORD_CHECK_IN, case)
    may_end = isolates and case.closed_as == "released" and staff.may_at_door(Permission.DECIDE_CASES, case)
    return {
        "case": case,
        "papers": papers,
        "may_start": may_start and "isolation_notice" not in have,
        "may_end": may_end and "release_notice" not in have,
    }


@dataclass(frozen=True)
class Sheet:
    """One paper as it is printed. Whom a place has no name for, a blank line is printed."""

    paper: CasePaper
    number: str  # of the ID: whole after a recorded look, else its last two characters
    cadre: Staff | None
    worker: Staff | None
    code: str = ""  # the drawn code

    @property
    def case(self) -> IsolationCase:
        """The case it is about."""
        found: IsolationCase = self.paper.case
        return found


def sheets_of(papers: Sequence[CasePaper], numbers: dict[int, str], at: datetime) -> list[Sheet]:
    """Papers with the people who answer for them, in a number of queries that does not grow with them."""
    places = {place.pk for paper in papers for place in _above(paper)}
    posts = list(Post.objects.current(at).of_whole_places().filter(place__in=places, staff__is_active=True))
    staff = {one.pk: one for one in Staff.objects.filter(pk__in=[post.staff_id for post in posts])}

    def answering(role: Role, place_ids: Iterable[int]) -> Staff | None:
        held = [post for post in posts if post.role == role and post.place_id in set(place_ids)]
        return staff[min(held, key=lambda post: (post.until is not None, post.pk)).staff_id] if held else None

    sheets = []
    for paper in papers:
        grid, *above = _above(paper)
        resident = paper.case.resident
        number = numbers.get(paper.pk) or identity.masked(resident.id_type, resident.id_sealed)
        cadre = answering(Role.STREET_SUPERVISOR, [place.pk for place in above])
        sheets.append(Sheet(paper, number, cadre, answering(Role.GRID_WORKER, [grid.pk])))
    return sheets


def _above(paper: CasePaper) -> list[Any]:
    """The grid of now, its community and its street."""
    grid = paper.case.grid
    return [place for place in (grid, grid.parent, grid.parent and grid.parent.parent) if place is not None]


@dataclass(frozen=True)
class Checked:
    """What anybody may know of a code: how the paper stands, and one day. Nothing of a person."""

    state: str  # "released", "isolating", "over", "withdrawn", "unknown"
    day: date | None = None


def check(token: str) -> Checked:
    """How the paper of this code stands: one query, whatever the code is."""
    paper = CasePaper.unscoped.filter(token_digest=digest_of_token(token)).select_related("case").first()
    if paper is None:
        return Checked("unknown")
    case = paper.case
    if paper.withdrawn_at is not None:
        return Checked("withdrawn")
    if paper.kind == "isolation_notice":
        return Checked("over") if case.closed_at else Checked("isolating", case.last_day)
    if case.closed_as != "released" or case.closed_at is None:
        return Checked("withdrawn")
    return Checked("released", local_day(case.closed_at))
