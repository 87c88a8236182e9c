"""Where alerts go outside the portal: an administrator adds, tries and switches off; nobody reads an address again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid.actions.place_changes import merge_places
from grid.models import AuditRecord, Place
from grid.queries.place_changes import Plan, look
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine import outward
from quarantine.models import AlertAddress, AlertMessage
from quarantine.rules.ladder import Level
from tests.factories.grid import make_place, make_staff
from tests.factories.residents import make_household
from tests.grid.support import deeds
from tests.quarantine import local_servers as servers
from tests.quarantine.local_servers import Post, Robot, robot_facts, serving
from tests.quarantine.test_messages import fever, make_address
from tests.residents.support import client_of

pytestmark = pytest.mark.django_db
KEY = "9f3a-robot-7c21"
URL = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


@pytest.fixture
def community() -> Place:
    return make_place(Kind.COMMUNITY, name="花园社区")


@pytest.fixture
def administrator(community: Place) -> Client:
    return client_of(make_staff(Role.ADMINISTRATOR, community))


def robot_form(place: Place, **fields: Any) -> dict[str, Any]:
    return {"place": place.pk, "level": Level.LEAD.value, "label": "负责人群", "url": URL, **fields}


def gateway_form(place: Place, **fields: Any) -> dict[str, Any]:
    start = {
        "url": "http://10.0.0.8/sms",
        "phones": "199 0000 1001\n19900001002，19900001002",
        "extra": "template=T1\nsign＝守望",
    }
    start["phones"] = "19900001001\n19900001002，19900001002"
    names = {"phones_name": "mobiles", "text_name": "words", "good_words": '"code":0'}
    return {"place": place.pk, "level": Level.STREET.value, "label": "街道值班", **start, **names, **fields}


def mail_form(place: Place, **fields: Any) -> dict[str, Any]:
    who = {"to": "lead@example.cn; deputy@example.cn", "sender": "shouwang@example.cn"}
    how = {"server": "smtp.example.cn", "security": "ssl", "port": "", "user": "shouwang", "password": " p%41 "}
    return {"place": place.pk, "level": Level.LEAD.value, "label": "值班邮箱", **who, **how, **fields}


def test_each_kind_is_added_once_sealed_and_shown_masked(administrator: Client, community: Place) -> None:
    forms = {"wecom": robot_form(community), "sms": gateway_form(community), "email": mail_form(community)}
    for kind, form in forms.items():
        for _tap in range(2):
            answer = administrator.post(f"/addresses/add/{kind}/", form)
            assert answer.status_code == 302 and answer["Location"] == "/addresses/"
    assert deeds().count("alert_address_added") == 3
    robot, gateway, mail = AlertAddress.unscoped.order_by("pk")
    assert robot.facts == {"url": URL}
    assert gateway.facts == {
        "url": "http://10.0.0.8/sms", "phones": ["19900001001", "19900001002"], "phones_name": "mobiles",
        "text_name": "words", "extra": {"template": "T1", "sign": "守望"}, "good_words": '"code":0',
    }  # fmt: skip
    assert mail.facts["to"] == ["lead@example.cn", "deputy@example.cn"] and mail.facts["port"] == 465
    assert mail.facts["password"] == " p%41 "
    page = administrator.get("/addresses/").content.decode()
    for shown in ("花园社区", "负责人群", "qyapi.weixin.qq.com", "7c21", "10.0.0.8 · 2", "smtp.example.cn · 2"):
        assert shown in page
    stored = b"".join(bytes(address.address_sealed) for address in AlertAddress.unscoped.all())
    audit = str(list(AuditRecord.objects.values_list("facts", flat=True)))
    for secret in (KEY, "19900001001", "lead@example.cn", "p%41"):
        assert secret not in page and secret not in audit and secret.encode() not in stored


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("wecom", {"url": "file:///etc/passwd"}),
        ("wecom", {"url": "wecombot://key"}),
        ("wecom", {"url": "https://"}),
        ("wecom", {"url": "http://10.0.0.8:99999/"}),
        ("wecom", {"url": ""}),
        ("wecom", {"level": ""}),
        ("wecom", {"level": Level.STAND_IN.value}),
        ("wecom", {"label": ""}),
        ("sms", {"phones": "张三"}),
        ("sms", {"phones": "\n".join(f"199000{number:05}" for number in range(21))}),
        ("sms", {"extra": "template"}),
        ("sms", {"text_name": "mobiles"}),
        ("sms", {"url": "ftp://10.0.0.8/"}),
        ("email", {"to": "lead"}),
        ("email", {"server": "smtp.example.cn/x"}),
        ("email", {"security": ""}),
        ("email", {"port": "70000"}),
    ],
)
def test_what_is_wrong_is_told_and_kept(administrator: Client, community: Place, kind: str, fault: dict) -> None:
    form = {"wecom": robot_form, "sms": gateway_form, "email": mail_form}[kind](community, **fault)
    page = administrator.post(f"/addresses/add/{kind}/", form)
    assert page.status_code == 422 and "error-summary" in page.content.decode()
    if fault.get("label") != "":
        assert f'value="{form["label"]}"' in page.content.decode()
    assert not AlertAddress.unscoped.exists()


def test_a_kind_that_does_not_exist_is_not_found(administrator: Client) -> None:
    assert administrator.get("/addresses/add/fax/").status_code == 404


def test_no_address_is_added_for_a_place_beyond_or_a_closed_one(administrator: Client, community: Place) -> None:
    Place.objects.filter(pk=make_place(Kind.GRID, community).pk).update(closed_at=timezone.now())
    closed = Place.objects.get(parent=community)
    for place in (community.parent, make_place(Kind.COMMUNITY, community.parent), closed):
        assert administrator.post("/addresses/add/wecom/", robot_form(place)).status_code == 422
    assert not AlertAddress.unscoped.exists()


ANSWERS = [
    (servers.GOOD, "Sent."),
    (servers.BROKEN, "says no (500)"),
    (servers.LIMITED, "says no (45009)"),
    (servers.REDIRECT, "another address (302)"),
    (servers.GARBAGE, "not as it should"),
    (servers.SILENT, "no answer within 8 seconds"),
]


@pytest.mark.parametrize(("manner", "words"), ANSWERS)
def test_the_test_button_says_in_words_what_happened(
    administrator: Client, community: Place, manner: str, words: str, monkeypatch
) -> None:
    within = {"within": 0.2} if manner == servers.SILENT else {}
    send_all = outward.send_all
    monkeypatch.setattr(outward, "send_all", lambda letters: send_all(letters, **within))
    with serving(Robot(manner)) as robot:
        address = make_address(community, robot_facts(robot))
        answer = administrator.post(f"/addresses/{address.pk}/test/", follow=True)
        page = answer.content.decode()
        assert words in page and "群：" in page and "Traceback" not in page and KEY not in page
        assert robot.texts == ["【守望】这是一条试发消息。"]
        again = administrator.post(f"/addresses/{address.pk}/test/", follow=True)
        assert "a moment ago" in again.content.decode() and len(robot.texts) == 1
    address = AlertAddress.unscoped.get()
    assert address.is_failing is (manner != servers.GOOD) and deeds().count("alert_address_tried") == 1
    assert ("does not arrive" in page) is address.is_failing


def test_a_test_mail_that_nobody_takes(administrator: Client, community: Place) -> None:
    with serving(Post(servers.LIMITED)) as post:
        facts = servers.mail_facts(post.port, user="shouwang", password="no")
        address = make_address(community, facts, kind="email")
        page = administrator.post(f"/addresses/{address.pk}/test/", follow=True).content.decode()
        assert "user name or password are wrong (535)" in page
        AlertAddress.unscoped.update(
            last_failed_at=None, address_sealed=AlertAddress.sealed(servers.mail_facts(servers.refused_port()))
        )
        page = administrator.post(f"/addresses/{address.pk}/test/", follow=True).content.decode()
        assert "nobody answers there" in page


def test_switched_off_nothing_leaves_and_on_again_it_does(administrator: Client, community: Place, clock) -> None:
    address = make_address(community, {"url": URL})
    fever(make_place(Kind.GRID, community))
    for _tap in range(2):
        assert administrator.post(f"/addresses/{address.pk}/switch/", {"wanted": "off"}).status_code == 302
    assert AlertMessage.objects.get().dropped_at and deeds().count("alert_address_ended") == 1
    assert administrator.post(f"/addresses/{address.pk}/test/").status_code == 404
    fever(make_place(Kind.GRID, community))
    assert AlertMessage.objects.count() == 1
    assert "Switch on again" in administrator.get("/addresses/").content.decode()
    for _tap in range(2):
        administrator.post(f"/addresses/{address.pk}/switch/", {"wanted": "on"})
    assert AlertAddress.unscoped.get().ended_at is None and deeds().count("alert_address_restored") == 1


def test_one_switched_off_days_ago_is_not_shown(administrator: Client, community: Place) -> None:
    address = make_address(community, {"url": URL})
    administrator.post(f"/addresses/{address.pk}/switch/", {"wanted": "off"})
    AlertAddress.unscoped.update(ended_at=timezone.now() - timedelta(hours=25))
    assert "No alert leaves the portal yet." in administrator.get("/addresses/").content.decode()


def test_an_address_whose_key_is_lost_can_still_be_switched_off(administrator: Client, community: Place) -> None:
    address = make_address(community, {"url": URL})
    AlertAddress.unscoped.update(address_sealed=b"gone\0" + bytes(address.address_sealed))
    page = administrator.get("/addresses/").content.decode()
    assert "cannot be opened any more" in page and f"/addresses/{address.pk}/switch/" in page
    assert administrator.post("/addresses/add/wecom/", robot_form(community)).status_code == 302
    assert administrator.post(f"/addresses/{address.pk}/test/").status_code == 302


def test_where_places_become_one_its_group_hears_of_the_one_that_stays(administrator: Client) -> None:
    street = make_place(Kind.STREET)
    place, into = (make_place(Kind.COMMUNITY, street) for _one in range(2))
    make_household(make_place(Kind.GRID, place))
    stands, switched_off = (make_address(place, {"url": f"{URL}{number}"}) for number in range(2))
    AlertAddress.unscoped.filter(pk=switched_off.pk).update(ended_at=timezone.now())
    plan = Plan(place=place, into=into)
    merge_places(plan=plan, seen=look(plan, timezone.now()).stamp, by=SYSTEM, at=timezone.now())
    assert dict(AlertAddress.unscoped.values_list("pk", "grid")) == {stands.pk: into.pk, switched_off.pk: place.pk}


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.COMMUNITY_LEAD, Role.STREET_SUPERVISOR, Role.AUDITOR])
def test_only_administrators_of_the_place(administrator: Client, community: Place, role: Role) -> None:
    beyond = make_address(community.parent, {"url": URL})
    own = make_address(community, {"url": URL})
    other = client_of(make_staff(role, community))
    for deed in ("test", "switch"):
        assert other.post(f"/addresses/{own.pk}/{deed}/").status_code == 403
        assert administrator.post(f"/addresses/{beyond.pk}/{deed}/").status_code == 404
        assert administrator.get(f"/addresses/{own.pk}/{deed}/").status_code == 405
    assert other.get("/addresses/").status_code == other.get("/addresses/add/wecom/").status_code == 403
    assert f"place-{community.parent.pk}" not in administrator.get("/addresses/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(administrator: Client, community: Place, rows: int) -> None:
    for number in range(rows):
        make_address(make_place(Kind.GRID, community), {"url": f"{URL}{number}"})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert administrator.get("/addresses/").status_code == 200
    assert len(queries) == 5
