"""Places with people in them, merged, split and moved: nothing is lost, doubled or left behind."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid import registries
from grid.models import AuditRecord, Notice, Place, Post
from grid.queries.notices import described, notices_for
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from quarantine.models import CheckIn, IsolationCase, RuleSet
from residents.models import Contact, Household, ImportBatch, MoveOffer, Resident
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.factories.supplies import make_supply_request
from tests.grid.place_invariants import assert_places_are_sound, standing_at
from tests.residents.lists import support as wizard
from tests.residents.support import client_of, hidden

pytestmark = pytest.mark.django_db


def fill(grid: Place, compound: str = "望江花园", building: str = "3") -> Household:
    """A door with two people, one of them isolated, a contact, a request and an offer."""
    now = timezone.now()
    household = make_household(grid, compound=compound, building=building)
    person, _other = make_resident(household), make_resident(household)
    make_check_in(make_case(at=now, resident=person), at=now, temperature="36.5")
    make_supply_request(at=now, household=household)
    Contact.unscoped.create(resident=person, grid=grid, name="邻居", relation="neighbour")
    return household


@pytest.fixture
def town() -> SimpleNamespace:
    """A street with two communities; two grids full of people in the first, one in the second."""
    street = make_place(Kind.STREET, make_place(Kind.DISTRICT), name="望江街道")
    garden, river = (make_place(Kind.COMMUNITY, street, name=name) for name in ("花园社区", "江边社区"))
    first, second = (make_place(Kind.GRID, garden, name=name) for name in ("花园一网格", "花园二网格"))
    third = make_place(Kind.GRID, river, name="江边一网格")
    doors = [fill(first), fill(first, building="5"), fill(second), fill(third)]
    boss = make_staff(Role.ADMINISTRATOR, street)
    return SimpleNamespace(
        street=street, garden=garden, river=river, first=first, second=second, third=third, doors=doors, boss=boss,
        client=client_of(boss), worker=make_staff(Role.GRID_WORKER, first, name="王芳"),
        lead=make_staff(Role.COMMUNITY_LEAD, garden),
    )  # fmt: skip


def change(client: Client, place: Place, deed: str, **form):
    """Chooses, reads the preview, confirms: the answer, and the form as it was confirmed."""
    path = f"/places/{place.pk}/{deed}/"
    preview = client.post(path, form)
    assert preview.status_code == 200, preview.content.decode()
    confirmed = form | {"seen": hidden(preview.content.decode(), "seen")}
    return client.post(path, confirmed), confirmed


def keys(client: Client, place: Place, words: str, deed: str = "buildings") -> list[str]:
    """The values of the boxes whose words hold these."""
    page = client.get(f"/places/{place.pk}/{deed}/").content.decode()
    found = re.findall(r'<input[^>]*type="checkbox"[^>]*value="([^"]+)"[^>]*>\s*<span>([^<]*)', page)
    return [value for value, label in found if words in label]


def now(row):
    return type(row).unscoped.get(pk=row.pk) if hasattr(type(row), "unscoped") else type(row).objects.get(pk=row.pk)


def test_a_merged_grid_leaves_nothing_behind_and_its_past_keeps_its_name(town) -> None:
    before = standing_at(town.garden)
    offer = MoveOffer.unscoped.create(
        household=town.doors[0], grid=town.first, street=town.street, from_grid=town.first, to_place=make_place(),
        uuid="7e57ab1e-0000-4000-8000-000000000001", offered_at=timezone.now(),
    )  # fmt: skip
    until = timezone.now() + timedelta(days=3)
    stand_in = make_staff(Role.GRID_WORKER, town.first, until=until)
    both = make_staff(Role.GRID_WORKER, town.first)
    Post.objects.create(staff=both, place=town.second, role=Role.GRID_WORKER, since=timezone.now() - timedelta(1))
    helper = make_staff(Role.GRID_WORKER, town.first)
    helper.posts.update(compound="望江花园", building="5")
    rules = set(IsolationCase.unscoped.values_list("pk", "rule_set"))
    page = town.client.post(f"/places/{town.first.pk}/merge/", {"into": town.second.pk}).content.decode()
    for label, number in [
        ("doors", 2),
        ("people", 4),
        ("open isolation records", 2),
        ("requests not delivered yet", 2),
    ]:
        assert re.search(rf"<dt>{label}</dt><dd class=\"number\">{number}</dd>", page), label
    assert "王芳" in page and not re.search("测试[甲乙丙丁戊己庚辛壬癸]|1990000", page)
    answer, form = change(town.client, town.first, "merge", into=town.second.pk)
    assert answer["Location"] == f"/places/{town.second.pk}/"
    place = now(town.first)
    assert place.closed_at and place.merged_into_id == town.second.pk
    assert_places_are_sound()
    assert standing_at(town.garden) == before | {"offers": 1}
    assert now(town.doors[0]).grid_id == now(offer).grid_id == town.second.pk
    assert now(offer).from_grid_id == town.first.pk
    assert CheckIn.unscoped.filter(grid=town.first).count() == 2 and not CheckIn.unscoped.filter(grid=None).exists()
    assert set(IsolationCase.unscoped.values_list("pk", "rule_set")) == rules
    held = Post.objects.current(timezone.now())
    assert not held.filter(place=town.first).exists()
    assert set(held.filter(place=town.second).values_list("staff", "until", "building")) == {
        (town.worker.pk, None, ""), (stand_in.pk, until, ""), (both.pk, None, ""), (helper.pk, None, "5")
    }  # fmt: skip
    assert held.filter(place=town.second, staff=both).count() == 1
    record = AuditRecord.objects.get(deed="place_merged")
    assert record.place_id == town.first.pk and record.facts["moved"]["people"] == 4
    notice, above = Notice.unscoped.filter(kind="place_merged").order_by("pk")
    assert notice.grid_id == town.second.pk and "花园一网格" in described(town.lead, [notice])[0]["sentence"]
    assert above.grid_id == town.garden.pk
    assert "花园一网格 was merged into 花园二网格." in client_of(town.lead).get("/notices/").content.decode()
    assert client_of(town.worker).get(f"/households/{town.doors[0].pk}/").status_code == 200
    old = town.client.get(f"/places/{town.first.pk}/").content.decode()
    assert "Merged into another place" in old and f'href="/places/{town.second.pk}/"' in old
    # the same once more, and what is closed stays so
    assert town.client.post(f"/places/{town.first.pk}/merge/", form)["Location"] == f"/places/{town.second.pk}/"
    assert AuditRecord.objects.filter(deed="place_merged").count() == 1
    town.client.post(f"/places/{town.first.pk}/reopen/", {"version": place.version})
    assert now(town.first).closed_at and town.client.get(f"/places/{town.first.pk}/merge/").status_code == 404


def test_what_changed_since_the_preview_is_shown_again(town) -> None:
    path = f"/places/{town.first.pk}/merge/"
    form = {"into": town.second.pk}
    form["seen"] = hidden(town.client.post(path, form).content.decode(), "seen")
    make_resident(town.doors[0])
    answer = town.client.post(path, form)
    assert answer.status_code == 422 and '<dd class="number">5</dd>' in answer.content.decode()
    assert now(town.first).closed_at is None and Household.unscoped.filter(grid=town.first).count() == 2
    form["seen"] = hidden(answer.content.decode(), "seen")
    Place.objects.filter(pk=town.second.pk).update(closed_at=timezone.now())
    assert town.client.post(path, form).status_code == 422
    assert now(town.first).closed_at is None


def test_a_merged_community_hands_over_its_grids_its_lists_and_its_lead(town) -> None:
    batch = ImportBatch.unscoped.create(
        grid=town.garden, by=town.lead, created_at=timezone.now(), state="done", kind="residents", file_name="a.xlsx",
        file_digest="a", choices={"reading": 1}, committed_at=timezone.now(),
        counts=dict.fromkeys(("new", "changed", "same", "refused", "people_changed", "doors"), 0),
    )  # fmt: skip
    old = make_place(Kind.GRID, town.garden)
    Place.objects.filter(pk=old.pk).update(closed_at=timezone.now())
    before = standing_at(town.street)
    answer, _form = change(town.client, town.garden, "merge", into=town.river.pk)
    assert answer.status_code == 302
    assert_places_are_sound()
    assert standing_at(town.street) == before == standing_at(town.river)
    grids = Place.objects.open().filter(parent=town.river)
    assert set(grids) == {town.first, town.second, town.third}
    assert now(town.garden).merged_into_id == town.river.pk and now(old).parent_id == town.garden.pk
    assert now(town.doors[0]).grid_id == town.first.pk  # the grid is the same one
    leads = client_of(town.lead)
    assert leads.get(f"/lists/{batch.pk}/result/").status_code == 200
    assert leads.get(f"/households/{town.doors[3].pk}/").status_code == 200
    assert leads.post(f"/lists/{batch.pk}/undo/").status_code == 302 and now(batch).state == "undone"


def test_buildings_move_with_their_helpers_and_an_old_form_does_not_bring_them_back(town) -> None:
    helper, beside = (make_staff(Role.GRID_WORKER, town.first) for _ in range(2))
    helper.posts.update(compound="望江花园", building="5")
    beside.posts.update(compound="别的小区", building="5")
    fill(town.first, compound="别的小区", building="5")
    fives = keys(town.client, town.first, "望江花园")
    five = [key for key in fives if key in keys(town.client, town.first, "5")]
    assert len(five) == 1
    answer, form = change(town.client, town.first, "buildings", buildings=five, into=town.third.pk)
    assert answer.status_code == 302
    assert_places_are_sound()
    assert now(town.doors[1]).grid_id == town.third.pk and now(town.doors[0]).grid_id == town.first.pk
    assert now(town.doors[1]).version == 2 and Household.unscoped.filter(grid=town.first).count() == 2
    held = Post.objects.current(timezone.now())
    assert [post.place_id for post in held.filter(staff=helper)] == [town.third.pk]
    assert [post.place_id for post in held.filter(staff=beside)] == [town.first.pk]
    assert [post.place_id for post in held.filter(staff=town.worker)] == [town.first.pk]
    told = Notice.unscoped.filter(kind="buildings_moved")
    places = [town.first, town.third, town.garden, town.river]
    assert sorted(notice.grid_id for notice in told) == sorted(place.pk for place in places)
    for hours in (0, 3):  # nothing of the grids climbs to whom the community's notice tells it already
        seen = notices_for(town.lead, timezone.now() + timedelta(hours=hours)).filter(kind="buildings_moved")
        assert [notice.grid_id for notice in seen] == [town.garden.pk]
    assert all("望江花园" in line["sentence"] for line in described(town.lead, list(told)))
    assert town.client.post(f"/places/{town.first.pk}/buildings/", form).status_code == 422  # not there any more
    assert now(town.doors[1]).version == 2


def test_a_grid_and_a_community_split(town) -> None:
    before, five = standing_at(town.street), keys(town.client, town.first, "5", "split")
    new = {"name": "花园三网格", "code": "42019800777"}
    answer, form = change(town.client, town.first, "split", parts=five, **new)
    made = Place.objects.get(code=new["code"])
    assert answer["Location"] == f"/places/{made.pk}/" and (made.parent_id, made.kind) == (town.garden.pk, "grid")
    assert now(town.doors[1]).grid_id == made.pk and now(town.doors[0]).grid_id == town.first.pk
    assert town.client.post(f"/places/{town.first.pk}/split/", form)["Location"] == f"/places/{made.pk}/"
    beside = {"name": "新花园社区", "code": "42019800888"}
    answer, form = change(town.client, town.garden, "split", parts=[made.pk, town.second.pk], **beside)
    community = Place.objects.get(code=beside["code"])
    assert set(Place.objects.filter(parent=community)) == {made, town.second}
    assert_places_are_sound()
    assert standing_at(town.street) == before
    assert town.client.post(f"/places/{town.garden.pk}/split/", form)["Location"] == f"/places/{community.pk}/"
    taken = town.client.post(f"/places/{town.garden.pk}/split/", {**beside, "name": "别的", "parts": [town.first.pk]})
    seen = hidden(taken.content.decode(), "seen")
    answer = town.client.post(
        f"/places/{town.garden.pk}/split/", {**beside, "name": "别的", "parts": [town.first.pk], "seen": seen}
    )
    assert answer.status_code == 422 and "Another place has this code" in answer.content.decode()
    assert town.client.post(f"/places/{town.garden.pk}/split/", beside | {"code": "x"}).status_code == 422
    typed = {**beside, "seen": seen}
    assert town.client.post(f"/places/{town.garden.pk}/split/", typed | {"code": "42\0"}).status_code == 422
    again = town.client.post(f"/places/{town.garden.pk}/split/", typed | {"name": f" {beside['name']} "})
    assert again["Location"] == f"/places/{community.pk}/", "with a stray blank it is the same form still"


def test_a_grid_moves_to_another_community_whose_rules_and_lead_it_has_from_then_on(town) -> None:
    case = IsolationCase.unscoped.filter(grid=town.first).first()
    answer, form = change(town.client, town.first, "move", into=town.river.pk)
    assert answer.status_code == 302
    assert_places_are_sound()
    moved = now(town.first)
    assert (moved.parent_id, moved.closed_at) == (town.river.pk, None)
    assert now(case).rule_set_id == case.rule_set_id
    assert client_of(town.lead).get(f"/households/{town.doors[0].pk}/").status_code == 404
    assert client_of(town.worker).get(f"/households/{town.doors[0].pk}/").status_code == 200
    other = client_of(make_staff(Role.COMMUNITY_LEAD, town.river))
    assert other.get(f"/households/{town.doors[0].pk}/").status_code == 200
    assert town.client.post(f"/places/{town.first.pk}/move/", form).status_code == 302
    assert AuditRecord.objects.filter(deed="place_moved").count() == 1
    words = f"{moved.name} now belongs to {town.river.name}."
    assert words in other.get("/notices/").content.decode()
    told = notices_for(town.lead, timezone.now() + timedelta(hours=3)).filter(kind="place_moved")
    assert [line["sentence"] for line in described(town.lead, list(told))] == [words], "told at once, and once"
    assert make_case(at=timezone.now(), grid=moved).rule_set.place_id in map(int, moved.path.strip("/").split("/"))
    assert RuleSet.objects.count() == 1


def test_offers_to_a_merged_community_reach_whoever_has_its_people(town) -> None:
    foreign = make_household(make_place())
    offer = MoveOffer.unscoped.create(
        household=foreign, grid=foreign.grid, street=foreign.street, from_grid=foreign.grid, to_place=town.garden,
        uuid="7e57ab1e-0000-4000-8000-000000000002", offered_at=timezone.now(),
    )  # fmt: skip
    change(town.client, town.garden, "merge", into=town.river.pk)
    assert now(offer).to_place_id == town.river.pk and now(offer).grid_id == foreign.grid_id


def test_places_of_another_street_are_no_target_even_when_named(town) -> None:
    foreign = make_place(Kind.GRID, make_place(Kind.COMMUNITY, make_place(Kind.STREET, town.street.parent)))
    above = client_of(make_staff(Role.ADMINISTRATOR, town.street.parent))
    for deed, form in [("merge", {}), ("buildings", {"buildings": keys(above, town.first, "3")})]:
        assert above.post(f"/places/{town.first.pk}/{deed}/", form | {"into": foreign.pk}).status_code == 422
    assert above.post(f"/places/{town.first.pk}/move/", {"into": foreign.parent_id}).status_code == 422
    small = client_of(make_staff(Role.ADMINISTRATOR, town.garden))
    assert small.post(f"/places/{town.first.pk}/merge/", {"into": town.third.pk}).status_code == 422


def test_a_place_below_one_that_was_merged_stays_closed_and_says_what_to_do(town) -> None:
    empty = make_place(Kind.GRID, town.garden)
    town.client.post(f"/places/{empty.pk}/close/", {"version": 1})
    change(town.client, town.garden, "merge", into=town.river.pk)
    page = town.client.post(f"/places/{empty.pk}/reopen/", {"version": 2}, follow=True)
    assert "The place above was merged into another one" in page.content.decode() and now(empty).closed_at


def test_a_place_closed_by_mistake_opens_again_but_not_below_a_closed_one(town) -> None:
    empty = make_place(Kind.COMMUNITY, town.street)
    grid = make_place(Kind.GRID, empty)
    for place in (grid, empty):
        town.client.post(f"/places/{place.pk}/close/", {"version": 1})
        assert now(place).closed_at
    path = "/places/{}/reopen/"
    town.client.post(path.format(grid.pk), {"version": 2})
    assert now(grid).closed_at
    for place in (empty, grid):
        for _time in range(2):
            town.client.post(path.format(place.pk), {"version": 2})
        assert now(place).closed_at is None
    assert AuditRecord.objects.filter(deed="place_reopened").count() == 2
    assert_places_are_sound()


@pytest.mark.parametrize("doors", [1, 3])
def test_a_preview_costs_the_same_however_much_stands_there(town, doors) -> None:
    for number in range(doors):
        fill(town.second, building=str(number))
        make_staff(Role.GRID_WORKER, town.second)
    with CaptureQueriesContext(connection) as found:
        town.client.post(f"/places/{town.second.pk}/merge/", {"into": town.first.pk})
    assert len(found) == 13
    with CaptureQueriesContext(connection) as found:
        town.client.get(f"/places/{town.second.pk}/buildings/")
    assert len(found) == 7


def test_a_merge_costs_the_same_however_much_stands_there(town) -> None:
    """One statement for all doors: 5,000 take about a second."""
    costs = []
    for place, doors in ((town.first, 0), (town.second, 3)):
        for number in range(doors):
            fill(place, building=str(number))
        form = {"into": town.third.pk}
        form["seen"] = hidden(town.client.post(f"/places/{place.pk}/merge/", form).content.decode(), "seen")
        with CaptureQueriesContext(connection) as found:
            assert town.client.post(f"/places/{place.pk}/merge/", form).status_code == 302
        costs.append(len(found))
    assert costs[1] <= costs[0]
    assert Resident.unscoped.filter(grid=town.third).count() == 14
    assert registries.TENANTS and town.boss.may(Permission.MANAGE_PLACES)


def test_a_list_that_waits_for_a_word_goes_where_its_grid_went() -> None:
    street = wizard.make_street()
    client = wizard.client_of(street.lead)
    row = ("测试甲", make_id_number(), "19900000001", "望江花园3-1-501", "", "")
    batch = wizard.to_preview(client, wizard.workbook(row), grid=str(street.grid.pk))
    boss = client_of(make_staff(Role.ADMINISTRATOR, street.community))
    change(boss, street.grid, "merge", into=street.other_grid.pk)
    wizard.confirm(client, now(batch))
    wizard.work_off()
    assert now(batch).counts["new"] == 1
    assert Resident.unscoped.get(name="测试甲").grid_id == street.other_grid.pk
