"""提醒: what is for whom, the count on every page, and one tap that says "I know"."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from grid import registries
from grid.actions.audit import deed
from grid.actions.notices import notify, settle
from grid.models import AuditRecord, Notice, Place, Staff
from grid.queries.notices import notices_for, unseen_count
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind
from grid.tasks import housekeeping
from tests.factories.grid import make_place, make_staff
from tests.grid.support import street

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def places() -> SimpleNamespace:
    """A street with a worker, a lead and a supervisor; a second grid and a second community."""
    found = street()
    found.lead = make_staff(Role.COMMUNITY_LEAD, found.garden, name="李书记")
    found.supervisor = make_staff(Role.STREET_SUPERVISOR, found.street)
    found.next_cell = make_place(Kind.GRID, found.garden)
    found.far = make_place(Kind.GRID, found.river)
    return found


@pytest.fixture(autouse=True)
def kind_of_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind whose words tell which notice it is."""

    def lines(_staff: Staff, notices: list[Notice]) -> dict[int, tuple[str, str]]:
        return {notice.pk: (f"told {notice.facts['what']}", "/password/") for notice in notices if notice.facts}

    monkeypatch.setitem(registries.NOTICES, "test", registries.NoticeWords("something was told", lines))


def tell(place: Place, subject: Any = None, **facts: str) -> Notice:
    """A notice at a place, by the deed itself."""
    at = timezone.now()
    with deed("demo_built", by=SYSTEM, at=at):
        notify("test", place=place, by=SYSTEM, at=at, subject=subject, **facts)
    return Notice.unscoped.latest("pk")


def browser(staff: Staff) -> Client:
    """Logged in, in English."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(staff)
    return client


def seen_by(staff: Staff) -> set[int]:
    """The places of the notices that are for her."""
    return set(notices_for(Staff.objects.get(pk=staff.pk), timezone.now()).values_list("grid", flat=True))


def test_a_worker_reads_what_was_told_to_her_grid_and_says_that_she_knows(places) -> None:
    notice = tell(places.cell, what="a move")
    tell(places.cell)
    tell(places.next_cell, what="nothing of hers")
    client = browser(places.worker)
    page = client.get("/notices/").content.decode()
    assert '<a class="tap" href="/password/">told a move</a>' in page and "something was told" in page
    assert "nothing of hers" not in page
    assert 'class="count">2<' in client.get("/residents/").content.decode()
    for _twice in range(2):
        assert client.post(f"/notices/{notice.pk}/seen/").url == "/notices/"
    page = client.get("/notices/").content.decode()
    assert 'class="count">1<' in page and "王芳 knows since" in page
    assert page.index("something was told") < page.index("told a move")
    assert AuditRecord.objects.filter(deed="notice_seen").count() == 1


def test_whoever_is_elsewhere_finds_nothing_and_a_look_is_no_deed(places) -> None:
    notice = tell(places.next_cell)
    assert browser(places.worker).post(f"/notices/{notice.pk}/seen/").status_code == 404
    assert browser(places.lead).get(f"/notices/{notice.pk}/seen/").status_code == 405
    assert browser(places.administrator).get("/notices/").status_code == 403
    notice.refresh_from_db(from_queryset=Notice.unscoped.all())
    assert notice.seen_at is None


def test_what_nobody_acknowledged_climbs_a_level_each_two_hours(places, clock) -> None:
    for place in (places.cell, places.garden, places.far):
        tell(place)
    assert seen_by(places.lead) == {places.garden.pk} and seen_by(places.supervisor) == set()
    clock.shift(timedelta(hours=2))
    assert seen_by(places.lead) == {places.garden.pk, places.cell.pk}
    assert seen_by(places.supervisor) == {places.garden.pk}
    clock.shift(timedelta(hours=2))
    assert seen_by(places.supervisor) == {places.garden.pk, places.cell.pk, places.far.pk}
    assert seen_by(places.worker) == {places.cell.pk}


def test_what_was_acknowledged_below_is_shown_to_whoever_did_it(places, clock) -> None:
    of_worker, of_lead = tell(places.cell), tell(places.next_cell)
    clock.shift(timedelta(hours=3))
    browser(places.worker).post(f"/notices/{of_worker.pk}/seen/")
    browser(places.lead).post(f"/notices/{of_lead.pk}/seen/")
    assert seen_by(places.lead) == {places.next_cell.pk}


def test_a_notice_whose_matter_is_settled_counts_no_more_and_the_night_forgets_old_ones(places, clock) -> None:
    tell(places.cell, subject=places.cell)
    settle(kind="test", subject=places.cell, at=timezone.now())
    unseen = tell(places.cell, what="a move")
    assert unseen_count(places.worker, timezone.now()) == 1
    assert "Done meanwhile" in browser(places.worker).get("/notices/").content.decode()
    clock.shift(timedelta(days=31))
    housekeeping()
    assert list(Notice.unscoped.all()) == [unseen]


@pytest.mark.parametrize("rows", [1, 3, 15])
def test_the_page_costs_the_same_queries_and_the_count_stops_at_nine(
    places, rows: int, django_assert_num_queries
) -> None:
    for _row in range(rows):
        tell(places.cell, what="a move")
    client = browser(places.worker)
    with django_assert_num_queries(9):
        page = client.get("/notices/").content.decode()
    assert f'class="count">{rows if rows < 10 else "9+"}<' in page


def test_a_lead_has_no_more_in_the_bar_than_a_thumb_finds_and_the_count_beside_her_name(places) -> None:
    tell(places.garden)
    page = browser(places.lead).get("/notices/").content.decode()
    bar = page[page.index('<nav class="bar"') : page.index("</nav>")]
    assert bar.count("<li>") == 5 and "/notices/" not in bar
    menu = page[page.index('<details class="menu">') : page.index("</details>")]
    assert menu.count('class="count">1<') == 2 and 'href="/notices/"' in menu


def test_doors_that_name_no_building_are_told_as_such(places) -> None:
    facts = {"from": places.cell.pk, "into": places.next_cell.pk, "buildings": ["building 3", ""]}
    with deed("demo_built", by=SYSTEM, at=timezone.now()):
        notify("buildings_moved", place=places.cell, by=SYSTEM, at=timezone.now(), **facts)
    assert ": building 3, doors without a building." in browser(places.worker).get("/notices/").content.decode()
