"""The login: name or phone, the same answer for everybody, locks that a stranger cannot turn against a worker."""

import datetime

import pytest
from django.conf import settings
from django.test import Client

from grid import settings as portal
from grid.models import AuditRecord, KnownDevice, Post, Staff
from grid.rules.permissions import Role
from tests.factories.grid import PASSWORD, make_staff
from tests.grid.support import deeds, log_in, pages_open

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Staff:
    staff = make_staff(Role.GRID_WORKER, name="王芳")
    Staff.objects.filter(pk=staff.pk).update(phone="19900001234")
    return Staff.objects.get(pk=staff.pk)


def miss(client: Client, staff: Staff, times: int, **extra: str):
    for _try in range(times):
        answer = client.post("/login/", {"username": staff.user_name, "password": "wrong one 123"}, **extra)
    return answer


@pytest.mark.parametrize("typed", ["user_name", "upper", "phone"])
def test_user_name_in_any_case_or_phone_opens_the_portal(client, worker, typed) -> None:
    words = {"user_name": worker.user_name, "upper": worker.user_name.upper(), "phone": worker.phone}[typed]
    assert client.post("/login/", {"username": words, "password": PASSWORD}).status_code == 302
    assert pages_open(client)
    assert deeds() == ["logged_in"]


def test_a_stranger_is_sent_to_the_login_and_then_to_the_page_asked_for(client, worker) -> None:
    answer = client.get("/pin/")
    assert answer.status_code == 302 and answer["Location"] == "/login/"
    assert log_in(client, worker)["Location"] == "/pin/"


def test_the_same_words_whether_the_account_exists_or_not(client, worker) -> None:
    known = client.post("/login/", {"username": worker.user_name, "password": "wrong one 123"})
    unknown = Client().post("/login/", {"username": "nobodyhere", "password": "wrong one 123"})
    Staff.objects.filter(pk=worker.pk).update(is_active=False)
    closed = Client().post("/login/", {"username": worker.user_name, "password": PASSWORD})
    for answer in (known, unknown, closed):
        assert answer.status_code == 422
        assert "用户名或密码不对" in answer.content.decode()
        assert "wrong one 123" not in answer.content.decode()


def test_a_password_is_stored_as_the_portal_is_set_up_to(client, worker, settings) -> None:
    """argon2id at the recommended floor; the other tests hash for less."""
    settings.PASSWORD_HASHERS = portal.PASSWORD_HASHERS
    worker.set_password(PASSWORD)
    worker.save(update_fields=["password"])
    assert worker.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert log_in(client, worker).status_code == 302 and pages_open(client)


def test_one_hash_is_computed_whether_the_account_exists_or_not(client, worker, monkeypatch) -> None:
    from grid.authentication import HouseArgon2Hasher

    spent = []
    encode, verify = HouseArgon2Hasher.encode, HouseArgon2Hasher.verify
    monkeypatch.setattr(HouseArgon2Hasher, "encode", lambda *a, **k: spent.append(1) or encode(*a, **k))
    monkeypatch.setattr(HouseArgon2Hasher, "verify", lambda *a, **k: spent.append(1) or verify(*a, **k))
    counts = []
    for name in (worker.user_name, "nobodyhere"):
        spent.clear()
        client.post("/login/", {"username": name, "password": "wrong one 123"})
        counts.append(len(spent))
    assert counts == [1, 1]


def test_five_failures_lock_this_name_from_this_address_and_say_until_when(client, worker, clock) -> None:
    answer = miss(client, worker, 5)
    assert answer.status_code == 429 and "08:45" in answer.content.decode()
    assert answer["Retry-After"] == "900"
    assert log_in(client, worker).status_code == 429
    assert deeds().count("login_failed") == 4 and deeds().count("login_locked") == 1


def test_a_name_that_nobody_has_is_locked_with_the_same_answer(client, worker, clock) -> None:
    known = miss(client, worker, 6)
    for _try in range(6):
        unknown = Client().post("/login/", {"username": "nobodyhere", "password": "wrong one 123"})
    assert (known.status_code, unknown.status_code) == (429, 429)
    start = "<main"
    assert known.content.decode().split(start)[1] == unknown.content.decode().split(start)[1]


def test_a_lock_ends_by_itself_and_knocking_on_does_not_prolong_it(client, worker, clock) -> None:
    miss(client, worker, 5)
    clock.shift(datetime.timedelta(minutes=10))
    miss(client, worker, 3)
    clock.shift(datetime.timedelta(minutes=5, seconds=1))
    assert log_in(client, worker).status_code == 302


def test_a_lock_from_one_address_leaves_the_worker_free_elsewhere(client, worker) -> None:
    miss(client, worker, 6, REMOTE_ADDR="203.0.113.9")
    assert log_in(client, worker).status_code == 302


def test_name_and_phone_share_their_five_tries(client, worker) -> None:
    miss(client, worker, 3)
    for _try in range(2):
        answer = client.post("/login/", {"username": worker.phone, "password": "wrong one 123"})
    assert answer.status_code == 429


def test_strangers_behind_the_same_address_do_not_lock_her_own_phone(client, worker) -> None:
    log_in(client, worker, own_phone="on")
    client.post("/logout/")
    assert miss(Client(), worker, 6).status_code == 429
    assert log_in(Client(), worker).status_code == 429
    assert log_in(client, worker).status_code == 302


def test_her_own_phone_is_locked_by_its_own_five_failures(client, worker) -> None:
    log_in(client, worker, own_phone="on")
    client.post("/logout/")
    assert miss(client, worker, 5).status_code == 429


def test_behind_a_proxy_the_browsers_address_counts(client, worker, settings) -> None:
    settings.PROXY_COUNT = 1
    miss(client, worker, 6, HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9")
    elsewhere = {"username": worker.user_name, "password": PASSWORD}
    assert client.post("/login/", elsewhere, HTTP_X_FORWARDED_FOR="203.0.113.9, 203.0.113.10").status_code == 302
    assert Client().post("/login/", elsewhere, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429


def test_nothing_that_a_stranger_types_is_stored(client, worker) -> None:
    from axes.models import AccessAttempt

    client.post("/login/", {"username": "my-secret-Passw0rd", "password": "other-Secret-1"})
    rows = [str(row) for row in AccessAttempt.objects.values()] + [str(row) for row in AuditRecord.objects.values()]
    assert rows and not any("Passw0rd" in row or "other-Secret" in row for row in rows)


def test_the_audit_names_the_member_of_staff_whose_login_was_refused(client, worker) -> None:
    miss(client, worker, 1)
    record = AuditRecord.objects.get()
    assert (record.deed, record.subject_id, record.staff_id) == ("login_failed", worker.pk, None)


def test_the_session_key_changes_at_the_login(client, worker) -> None:
    client.get("/")  # a stranger's session remembers the page asked for
    before = client.session.session_key
    log_in(client, worker)
    first = client.session.session_key
    assert before and first != before


def test_the_session_key_changes_when_the_same_person_logs_in_again(client, worker, clock) -> None:
    log_in(client, worker)
    before = client.session.session_key
    clock.shift(datetime.timedelta(hours=13))
    log_in(client, worker)
    assert client.session.session_key != before and pages_open(client)


def test_a_nul_in_the_name_is_refused_in_words(client) -> None:
    assert client.post("/login/", {"username": "a\0b", "password": "x"}).status_code == 422


def test_twelve_hours_after_the_password_it_is_asked_again_however_busy(client, worker, clock) -> None:
    log_in(client, worker)
    for _step in range(72):
        clock.shift(datetime.timedelta(minutes=10))
        last = pages_open(client)
    assert not last


def test_half_an_hour_of_idling_on_a_shared_computer_asks_for_the_password(client, worker, clock) -> None:
    log_in(client, worker)
    clock.shift(datetime.timedelta(minutes=29))
    assert pages_open(client)
    clock.shift(datetime.timedelta(minutes=31))
    assert client.get("/password/")["Location"] == "/login/"


def test_an_idle_session_does_not_come_back_when_the_clock_is_set_back(client, worker, clock) -> None:
    log_in(client, worker)
    clock.shift(datetime.timedelta(minutes=31))
    client.get("/password/")
    clock.shift(-datetime.timedelta(minutes=20))
    assert not pages_open(client)


def test_logout_ends_the_session_and_refuses_get(client, worker) -> None:
    log_in(client, worker)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert not pages_open(client)
    assert client.post("/logout/").status_code == 302
    assert deeds() == ["logged_in", "logged_out"]


def test_a_closed_login_ends_at_the_next_request(client, worker) -> None:
    log_in(client, worker)
    Staff.objects.filter(pk=worker.pk).update(is_active=False)
    assert not pages_open(client)


def test_without_a_post_the_first_page_says_whom_to_ask(client, worker, clock) -> None:
    log_in(client, worker)
    Post.objects.update(until=datetime.datetime.now(tz=datetime.UTC))
    page = client.get("/")
    assert page.status_code == 200 and "还没有岗位" in page.content.decode()


def test_the_devices_cookie_is_kept_from_scripts_and_stored_as_a_digest(client, worker) -> None:
    cookie = log_in(client, worker, own_phone="on").cookies["device"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and int(cookie["max-age"]) > 90 * 86400
    assert cookie.value.encode() not in bytes(KnownDevice.objects.get().token_digest)


def test_the_box_is_empty_at_first(client) -> None:
    page = client.get("/login/").content.decode()
    assert "这是我自己的手机" in page and "checked" not in page


def test_personal_pages_are_stored_nowhere(client, worker) -> None:
    log_in(client, worker)
    assert "no-store" in client.get("/password/")["Cache-Control"]


def test_the_failure_limit_is_five() -> None:
    assert settings.AXES_FAILURE_LIMIT == 5
