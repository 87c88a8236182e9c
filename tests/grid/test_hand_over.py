"""A round handed over: it works at once, its receiver says that she knows, its giver can take it back."""

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from grid.actions import hand_overs
from grid.models import Place, Post, Staff
from grid.models.place import PlaceQuerySet
from grid.queries.notices import unseen_count
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from grid.rules.posts import end_of
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.grid.support import deeds
from tests.quarantine.test_races import at_once
from tests.residents.support import Street, client_of, make_street


@pytest.fixture
def street(db: None) -> Street:
    street = make_street()
    Staff.objects.filter(pk=street.worker.pk).update(name="王芳")
    return street


@pytest.fixture
def colleague(street: Street) -> Staff:
    return make_staff(Role.GRID_WORKER, street.sibling, name="李明")


def form_of(receiver: Staff, *grids: Place, **fields: Any) -> dict[str, Any]:
    start = {"grids": [str(grid.pk) for grid in grids], "to": str(receiver.pk), "until_when": "tonight", "last_day": ""}
    return {**start, **fields}


def again(staff: Staff) -> Staff:
    """Read anew: posts are read once a request."""
    return Staff.objects.get(pk=staff.pk)


def test_a_round_goes_to_a_colleague_and_comes_back(street: Street, colleague: Staff, clock) -> None:
    giver, receiver = client_of(street.worker), client_of(colleague)
    page = giver.get(f"/today/?grid={street.grid.pk}").content.decode()
    assert f"/rounds/hand-over/?grid={street.grid.pk}" in page and "over to you" not in page
    for _tap in range(2):
        assert giver.post("/rounds/hand-over/", form_of(colleague, street.grid)).status_code == 302
    post = Post.objects.get(handed_over_by=street.worker)
    assert post.until == end_of(local_day(timezone.now())) and deeds().count("round_handed_over") == 1
    assert again(colleague).may(Permission.RECORD_CHECK_IN, street.grid)
    assert "not seen yet" in giver.get("/rounds/hand-over/").content.decode()

    page = receiver.get("/today/").content.decode()
    assert f"王芳 handed {street.grid.name} over to you" in page
    assert f"王芳 handed {street.grid.name} over to you" in receiver.get("/notices/").content.decode()
    assert (
        unseen_count(again(colleague), timezone.now()) == 1 and unseen_count(again(street.worker), timezone.now()) == 0
    )
    here = receiver.get(f"/today/?grid={street.sibling.pk}").content.decode()
    assert f'href="/today/?grid={street.grid.pk}"' in here  # the other round is one tap away
    clock.shift(timedelta(minutes=42))
    giver, receiver = client_of(street.worker), client_of(colleague)
    for _tap in range(2):
        assert receiver.post("/rounds/seen/", {"post": post.pk}).status_code == 302
    assert deeds().count("round_seen") == 1
    assert "over to you" not in receiver.get(f"/today/?grid={street.sibling.pk}").content.decode()
    assert "9:12" in giver.get("/rounds/hand-over/").content.decode()

    assert giver.get(f"/rounds/{post.pk}/back/").status_code == 405
    for _tap in range(2):
        assert giver.post(f"/rounds/{post.pk}/back/").status_code == 302
    assert deeds().count("round_taken_back") == 1
    assert not again(colleague).may(Permission.SEE_PEOPLE, street.grid)


def test_it_ends_by_itself(street: Street, colleague: Staff, clock) -> None:
    client_of(street.worker).post("/rounds/hand-over/", form_of(colleague, street.grid, until_when="tomorrow"))
    clock.move_to(datetime(2026, 3, 5, 23, 59, tzinfo=timezone.get_default_timezone()))
    assert again(colleague).may(Permission.SEE_ROUND, street.grid)
    clock.move_to(datetime(2026, 3, 6, tzinfo=timezone.get_default_timezone()))
    assert not again(colleague).may(Permission.SEE_ROUND, street.grid)


def test_a_lead_hands_over_for_somebody_and_takes_back(street: Street, colleague: Staff) -> None:
    lead, later = client_of(street.lead), str(local_day(timezone.now()) + timedelta(days=4))
    form = form_of(colleague, street.grid, until_when="day", last_day=later)
    assert lead.post("/rounds/hand-over/", form).status_code == 302
    post = Post.objects.get(handed_over_by=street.lead)
    assert client_of(street.worker).post(f"/rounds/{post.pk}/back/").status_code == 404  # not hers to take back
    assert client_of(make_staff(Role.COMMUNITY_LEAD)).post(f"/rounds/{post.pk}/back/").status_code == 404
    assert lead.post(f"/rounds/{post.pk}/back/").status_code == 302
    Post.objects.filter(pk=post.pk).update(handed_over_by=street.worker, until=end_of(local_day(timezone.now())))
    assert lead.post(f"/rounds/{post.pk}/back/").status_code == 302
    assert not again(colleague).may(Permission.SEE_ROUND, street.grid)


def test_only_ones_own_whole_round_is_given(street: Street, colleague: Staff) -> None:
    worker = client_of(street.worker)
    assert worker.post("/rounds/hand-over/", form_of(colleague, street.sibling)).status_code == 422
    helper = make_staff(name="赵敏")
    Post.objects.create(staff=helper, place=street.grid, role=Role.GRID_WORKER, since=LONG_AGO, building="3")
    page = client_of(helper).get("/rounds/hand-over/").content.decode()
    assert "no whole grid" in page
    assert client_of(helper).post("/rounds/hand-over/", form_of(colleague, street.grid)).status_code == 422
    until, at = end_of(local_day(timezone.now())), timezone.now()
    for staff, grid in ((helper, street.grid), (street.worker, street.sibling), (street.supervisor, street.grid)):
        other = make_staff(Role.GRID_WORKER, make_place(Kind.GRID, grid.parent))
        with pytest.raises(PermissionDenied):
            hand_overs.hand_over(to=other, grids=[grid], until=until, by=Actor.staff(staff.pk), at=at)
    assert client_of(street.supervisor).get("/rounds/hand-over/").status_code == 403


def test_a_stand_in_gives_no_longer_than_she_has(street: Street, colleague: Staff) -> None:
    today = local_day(timezone.now())
    Post.objects.create(staff=colleague, place=street.grid, role=Role.GRID_WORKER, since=LONG_AGO, until=end_of(today))
    third = client_of(colleague).post(
        "/rounds/hand-over/", form_of(street.worker, street.sibling, street.grid, until_when="tomorrow")
    )
    # The sibling's round would be hers to give, but it is all or nothing; the worker has her own grid for good.
    assert third.status_code == 302
    other = make_staff(Role.GRID_WORKER, street.sibling, name="孙丽")
    refused = client_of(colleague).post(
        "/rounds/hand-over/", form_of(other, street.sibling, street.grid, until_when="tomorrow")
    )
    assert refused.status_code == 422 and "Your own post there ends" in refused.content.decode()
    assert not Post.objects.filter(staff=other).exclude(handed_over_by=None).exists()


def test_who_may_receive(street: Street, colleague: Staff) -> None:
    stranger, closed = make_staff(Role.GRID_WORKER, street.far), make_staff(Role.GRID_WORKER, street.sibling)
    Staff.objects.filter(pk=closed.pk).update(is_active=False)
    former = make_staff(Role.GRID_WORKER, street.sibling, name="周远", until=timezone.now())
    worker = client_of(street.worker)
    page = worker.get("/rounds/hand-over/").content.decode()
    assert "李明" in page and former.name in page
    assert stranger.name not in page and closed.name not in page and f'value="{street.worker.pk}"' not in page
    for staff in (stranger, closed, street.worker):
        assert worker.post("/rounds/hand-over/", form_of(staff, street.grid)).status_code == 422
    assert worker.post("/rounds/hand-over/", form_of(former, street.grid)).status_code == 302
    second = worker.post("/rounds/hand-over/", form_of(colleague, street.grid))
    assert second.status_code == 422 and "周远" in second.content.decode()


@pytest.mark.parametrize(
    "fault",
    [
        {"until_when": ""},
        {"until_when": "day"},
        {"until_when": "day", "last_day": "2020-01-01"},
        {"to": ""},
        {"grids": []},
    ],
)
def test_nothing_is_guessed(street: Street, colleague: Staff, fault: dict[str, Any]) -> None:
    page = client_of(street.worker).post("/rounds/hand-over/", form_of(colleague, street.grid, **fault))
    assert page.status_code == 422 and "error-summary" in page.content.decode()
    assert not Post.objects.exclude(handed_over_by=None).exists()


def test_nobody_acknowledges_for_another(street: Street, colleague: Staff) -> None:
    client_of(street.worker).post("/rounds/hand-over/", form_of(colleague, street.grid))
    post = Post.objects.get(handed_over_by=street.worker)
    for staff in (street.worker, street.lead):
        assert client_of(staff).post("/rounds/seen/", {"post": [post.pk, "x", "9" * 30]}).status_code == 302
    assert Post.objects.get(pk=post.pk).acknowledged_at is None


# --- two at once --------------------------------------------------------------------------------------------------


def _two_receivers_at_once() -> int:
    community = make_place(Kind.COMMUNITY)
    grid = make_place(Kind.GRID, community)
    by = Actor.staff(make_staff(Role.GRID_WORKER, grid).pk)
    receivers = [make_staff(Role.GRID_WORKER, make_place(Kind.GRID, community)) for _ in range(2)]
    said: dict[str, Any] = {"grids": [grid], "until": end_of(local_day(timezone.now())), "by": by, "at": timezone.now()}
    faults = at_once(*(partial(hand_overs.hand_over, to=to, **said) for to in receivers))
    assert all(isinstance(fault, ValidationError) for fault in faults)
    return Post.objects.filter(place=grid).exclude(handed_over_by=None).count()


def test_one_of_two_hand_overs_at_once_stands(fresh_database: str) -> None:
    assert _two_receivers_at_once() == 1


def test_without_the_lock_both_would_stand(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    check = hand_overs._check_receiver

    def wait_for_the_other(*facts: Any) -> None:
        check(*facts)
        both.wait(10)

    monkeypatch.setattr(PlaceQuerySet, "select_for_update", lambda rows, **_how: rows)
    monkeypatch.setattr(hand_overs, "_check_receiver", wait_for_the_other)
    # `confirm_scope` locks the giver's post too: what is left are two givers, a worker and her lead.
    monkeypatch.setattr(hand_overs, "confirm_giver", lambda *_facts, **_said: None)
    assert _two_receivers_at_once() == 2
