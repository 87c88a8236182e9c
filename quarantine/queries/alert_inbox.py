"""What 提醒, 今天 and 隔离记录 show of alerts: which are for whom, and their words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grid.models import Place, Post, Staff
from grid.rules.clock import LOCAL
from grid.rules.permissions import Permission
from quarantine.models import Alert, AlertStep, IsolationCase
from quarantine.queries.alerts import Counted, counted, level_of, starts_of
from quarantine.queries.cases import with_family
from quarantine.rules import ladder
from residents.models import NameToVerify

PAST = timedelta(days=7)  # so long what was seen to stays in a list; on the records it stays for good
MOST_SHOWN = 100  # of alerts on one page; as they are taken, the next ones come


@dataclass(frozen=True)
class Line:
    """An alert as a page shows it."""

    alert: Alert
    case: IsolationCase | None  # with her door and whom to ring; None for an item of a grid
    counted: Counted | None  # what an open item of a grid stands for now
    is_mine: bool  # whether the reader has taken it
    url: str  # where it is seen to

    @property
    def sentence(self) -> str:
        """What it is about."""
        if self.counted is None:
            return str(self.alert.get_kind_display())  # type: ignore[attr-defined]
        numbers: dict[str, Any] = {"doors": self.counted.doors, "people": self.counted.people}
        if self.alert.kind == ladder.ROUND_OPEN:
            began = starts_of(self.alert).astimezone(LOCAL)
            numbers |= {"day": date_format(began, "MONTH_DAY_FORMAT"), "time": began.strftime("%H:%M")}
        return {
            ladder.ROUND_OPEN: _("Round of %(day)s from %(time)s: %(doors)s doors, %(people)s people left"),
            ladder.RELEASE_DUE: _("Periods that end today: %(people)s people"),
            ladder.TEST_DUE: _("Tests not taken yet: %(people)s people"),
            ladder.NO_WORKER: _("Nobody walks this grid: %(people)s people isolate here"),
            ladder.NAMES_LATE: _("Names to verify are late: %(people)s"),
        }[self.alert.kind] % numbers

    @property
    def reading(self) -> Decimal | None:
        """The temperature behind an abnormal entry, in ℃, where it still is the newest one."""
        if self.case is None or self.alert.kind != ladder.ABNORMAL:
            return None
        same = self.case.last_measured_at == self.case.last_abnormal_at
        return self.case.last_temperature if same else None


def concern(staff: Staff) -> QuerySet[Alert]:
    """The open alerts that have come to her level or higher, in her places: one condition a post."""
    condition = Q(pk__in=[])
    for post in staff.posts_with(Permission.HANDLE_ALERTS):
        if (level := level_of(post)) is not None:
            condition |= _of(post) & Q(level__gte=level)
    rows: QuerySet[Alert] = Alert.objects.visible_to(staff, Permission.HANDLE_ALERTS).open().filter(condition)
    return rows


def _of(post: Post) -> Q:
    if not post.building:
        return Q(grid__in=Place.objects.within([post.place.path]).values("pk"))
    door = "case__resident__household__"
    return Q(**{
        f"{door}grid": post.place_id, f"{door}compound": post.compound, f"{door}building": post.building
    })  # fmt: skip


def to_act_on(staff: Staff) -> QuerySet[Alert]:
    """Those of them that nobody has taken."""
    return concern(staff).filter(taken_at=None)


def inbox(staff: Staff, at: datetime) -> dict[str, Any]:
    """The part of 提醒: what nobody has taken, what she has, folded what others have, and whether there is a past."""
    rows = concern(staff) | Alert.objects.visible_to(staff, Permission.HANDLE_ALERTS).open().filter(taken_by=staff.pk)
    first = rows.select_related("grid", "taken_by").order_by(
        F("taken_at").desc(nulls_first=True), "-level", "raised_at", "pk"
    )[: MOST_SHOWN + 1]
    lines = described(staff, list(first), at)
    shown = lines[:MOST_SHOWN]
    past = closed_lately(staff, at).exists()
    if not shown and not past:
        return {}
    return {
        "past": past,
        "untaken": sorted(
            (line for line in shown if line.alert.taken_at is None), key=lambda line: not line.alert.is_urgent
        ),
        "mine": [line for line in shown if line.is_mine],
        "others": [line for line in shown if line.alert.taken_at is not None and not line.is_mine],
        "more": len(lines) > MOST_SHOWN,
    }


def closed_lately(staff: Staff, at: datetime) -> QuerySet[Alert]:
    """What was seen to in her places in the last days, the newest first."""
    rows: QuerySet[Alert] = Alert.objects.visible_to(staff, Permission.HANDLE_ALERTS).filter(closed_at__gte=at - PAST)
    return rows.select_related("grid", "closed_by").order_by("-closed_at", "-pk")


def described(staff: Staff, alerts: Sequence[Alert], at: datetime) -> list[Line]:
    """The alerts with what their lines need: the people in one query, what open items of grids count in three at
    most."""
    cases = _cases_of(staff, {alert.case_id for alert in alerts if alert.case_id is not None})
    all_cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND)
    still_open = [alert for alert in alerts if alert.closed_at is None]
    numbers = counted(still_open, all_cases, NameToVerify.objects.visible_to(staff), at)
    return [
        Line(
            alert,
            cases.get(alert.case_id or 0),
            numbers.get(alert.pk),
            alert.taken_by_id == staff.pk,
            _way_to(staff, alert),
        )
        for alert in alerts
        if alert.case_id is None or alert.case_id in cases
    ]


_PAGES_OF = {
    ladder.NAMES_LATE: ("name_list", Permission.SEE_PEOPLE),
    ladder.RELEASE_DUE: ("release_list", Permission.DECIDE_CASES),
    ladder.TEST_DUE: ("sample_list", Permission.RECORD_CHECK_IN),
    ladder.NO_WORKER: ("helper_list", Permission.MANAGE_HELPERS),
}


def _way_to(staff: Staff, alert: Alert) -> str:
    """The isolation record, the page that is for such matters where she may use it, or the round of the grid."""
    if alert.case_id is not None:
        return reverse("case_detail", args=[alert.case_id])
    page, permission = _PAGES_OF.get(alert.kind, ("today", Permission.SEE_ROUND))
    if page != "today" and staff.posts_with(permission):
        return reverse(page)
    return reverse("today") + f"?grid={alert.grid_id}"


def _cases_of(staff: Staff, ids: Iterable[int]) -> dict[int, IsolationCase]:
    wanted = list(ids)
    if not wanted:
        return {}
    cases = with_family(IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(pk__in=wanted))
    return {case.pk: case for case in cases.select_related("resident__household")}


def untaken_on_round(staff: Staff) -> int:
    """How many alerts about people wait for somebody with her, for whoever has several grids."""
    return to_act_on(staff).filter(case__isnull=False).count()


def of_case(staff: Staff, case: IsolationCase) -> list[Alert]:
    """The alerts of a case in sight, open ones first, the newest first."""
    rows = Alert.objects.visible_to(staff, Permission.HANDLE_ALERTS).filter(case=case)
    return list(
        rows.select_related("taken_by", "closed_by").order_by(F("closed_at").desc(nulls_first=True), "-pk")[:20]
    )


def steps_of(alert: Alert) -> list[AlertStep]:
    """What became of an alert in sight, in order."""
    return list(AlertStep.objects.filter(alert=alert).select_related("by").order_by("at", "pk"))
