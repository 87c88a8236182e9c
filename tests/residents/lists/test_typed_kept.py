"""照单录入: what is typed is kept, whatever happens, and nothing typed in another window is overwritten unseen."""

import hashlib
import threading
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import Actor
from residents.actions import lists as deeds
from residents.actions import typed_lists
from residents.lists.fields import Field
from residents.lists.typed import LINES_LIMIT, Typed
from residents.models import ImportBatch, Resident
from tests.factories.grid import PASSWORD
from tests.factories.residents import make_id_number
from tests.residents.lists.support import Street, client_of, confirm, make_street, work_off
from tests.residents.lists.typed_support import DOOR, batch_people, begin, person, post, typed_in


@pytest.mark.django_db
def test_what_was_typed_is_kept_for_later_and_opens_again(client: Any, street: Street) -> None:
    batch = begin(client, title="3栋登记表")
    lines = [person("测试甲", id_number="42019"), DOOR]
    assert post(client, batch, lines, "keep")["Location"] == reverse("list_home")
    home = client.get(reverse("list_home")).content.decode()
    assert reverse("list_type", args=[batch.pk]) in home and "正在录" in home and "3栋登记表" in home
    assert typed_in(client, batch) == lines
    batch.refresh_from_db()
    assert b"\xe6\xb5\x8b" not in bytes(batch.sealed_file or b""), "and lies sealed"


@pytest.mark.django_db
def test_more_lines_come_below_what_was_typed(client: Any, street: Street) -> None:
    batch = begin(client)
    page = client.get(reverse("list_type", args=[batch.pk])).content.decode()
    assert 'id="name-10"' in page and 'id="name-11"' not in page
    answer = post(client, batch, [person(f"测试{sign}", str(500 + at)) for at, sign in enumerate("甲乙丙丁")], "more")
    assert answer["Location"].endswith("/type/#line-5")
    page = client.get(reverse("list_type", args=[batch.pk])).content.decode()
    assert 'id="name-14"' in page and 'id="name-15"' not in page and "测试丁" in page


@pytest.mark.django_db
def test_a_list_ends_at_its_limit_and_says_so(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person(f"测试{'甲乙丙丁戊己庚辛壬癸'[at % 10]}", str(at)) for at in range(1, 260)], "keep")
    assert len(typed_in(client, batch)) == LINES_LIMIT
    page = client.get(reverse("list_type", args=[batch.pk])).content.decode()
    assert f"{LINES_LIMIT}行" in page and f'id="name-{LINES_LIMIT + 1}"' not in page


@pytest.mark.django_db
def test_stored_twice_is_stored_once(client: Any, street: Street) -> None:
    batch = begin(client)
    for _time in range(2):
        post(client, batch, [person("测试甲")], "keep")
    assert AuditRecord.objects.filter(deed="list_typed").count() == 1
    record = AuditRecord.objects.get(deed="list_typed")
    assert (record.staff, record.place, set(record.facts)) == (street.lead, batch.grid, {"size"})


@pytest.mark.django_db
def test_the_audits_fingerprint_of_a_list_does_not_tell_what_was_typed(client: Any, street: Street) -> None:
    """The same words typed into two lists have two fingerprints: nobody finds a number by trying."""
    digests = set()
    for title in ("", "3栋"):
        batch = begin(client, title=title)
        post(client, batch, [person("测试甲")], "keep")
        batch.refresh_from_db()
        digests.add(batch.file_digest)
    assert len(digests) == 2
    plain = Typed((Field.NAME,), ("姓名",)).with_lines([("测试甲",)])
    again = Typed((Field.NAME,), ("姓名",)).with_lines([("测试甲",)])
    assert hashlib.sha256(plain.as_bytes()).digest() != hashlib.sha256(again.as_bytes()).digest()


@pytest.mark.django_db
def test_begun_twice_is_one_list(client: Any, street: Street) -> None:
    assert begin(client, title="3栋") == begin(client, title="3栋") != begin(client, title="4栋")
    assert AuditRecord.objects.filter(deed="list_begun").count() == 2
    assert begin(client, "ledger", title="3栋") != begin(client, title="3栋")


@pytest.mark.django_db
def test_a_list_that_was_typed_on_is_not_begun_again(client: Any, street: Street) -> None:
    first = begin(client)
    post(client, first, [person("测试甲")], "keep")
    assert begin(client) != first


@pytest.mark.django_db
def test_typed_on_in_another_window_nothing_is_overwritten_unseen(client: Any, street: Street) -> None:
    batch = begin(client)
    address = reverse("list_type", args=[batch.pk])
    one, other = (client.get(address).context["page"] for _window in range(2))

    def send(page: Any, name: str, **said: str) -> Any:
        return client.post(address, {"seen": page.seen, "page": page.page, "name-1": name, "keep": "1", **said})

    assert send(one, "测试甲").status_code == 302
    assert send(one, "测试乙").status_code == 302, "one page may store as often as it likes"
    answer = send(other, "测试丙")
    assert answer.status_code == 422 and "测试丙" in answer.content.decode()
    assert typed_in(client, batch) == [{"name": "测试乙"}]
    assert send(answer.context["page"], "测试丙").status_code == 302, "a second word replaces it"
    assert typed_in(client, batch) == [{"name": "测试丙"}]


@pytest.mark.django_db
def test_what_the_page_stores_by_itself_is_answered_in_a_word(client: Any, street: Street) -> None:
    batch = begin(client)
    answer = client.post(
        reverse("list_type", args=[batch.pk]),
        {"seen": batch.file_digest, "page": "p", "name-1": "测试甲", "keep": "1"},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200 and "已存" in answer.content.decode() and b"<html" not in answer.content
    other = {"seen": batch.file_digest, "page": "q", "name-1": "测试乙", "keep": "1"}
    answer = client.post(reverse("list_type", args=[batch.pk]), other, headers={"hx-request": "true"})
    assert answer.status_code == 422 and b"<html" not in answer.content


@pytest.mark.django_db
def test_a_full_list_outlives_a_login_that_runs_out(client: Any, street: Street, clock: Any) -> None:
    batch = begin(client)
    lines = [
        person(
            "测试甲",
            str(at),
            id_number=make_id_number(),
            phones="19900001002",
            relation="户主",
            note="和女儿住，腿脚不便",
        )
        for at in range(1, LINES_LIMIT + 1)
    ]
    page = client.get(reverse("list_type", args=[batch.pk])).context["page"]
    fields = {f"{part}-{at}": line.get(part, "") for at, line in enumerate(lines, 1) for part in page.typed.columns}
    client.cookies.clear()
    client.post(reverse("login"), {"username": street.lead.user_name, "password": PASSWORD})
    clock.shift(13 * 3600)
    sent = {"seen": page.seen, "page": page.page, "keep": "1", **fields}
    assert client.post(reverse("list_type", args=[batch.pk]), sent)["Location"] == reverse("login")
    client.post(reverse("login"), {"username": street.lead.user_name, "password": PASSWORD})
    kept = client.get(reverse("continue_held")).context
    client.post(kept["path"], dict(kept["fields"]))
    assert typed_in(client, batch) == lines


# -- back from the preview --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_from_the_preview_she_comes_back_to_what_she_typed(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲")])
    batch_people(client, batch, street)
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    assert reverse("list_type", args=[batch.pk]) in page and "改一下录的内容" in page
    assert typed_in(client, batch) == [person("测试甲")]
    batch.refresh_from_db()
    reading = batch.choices["reading"]
    post(client, batch, [person("测试甲"), person("测试乙")], "keep")
    batch.refresh_from_db()
    assert batch.state == "mapping" and not batch.rows.exists() and not batch.blocks.exists()
    answer = client.post(reverse("list_commit", args=[batch.pk]), {"reading": reading})
    assert answer["Location"] == reverse("list_type", args=[batch.pk]) and not Resident.unscoped.exists()


@pytest.mark.django_db
def test_once_it_is_being_taken_in_nothing_is_typed_any_more(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲")])
    batch_people(client, batch, street)
    batch.refresh_from_db()
    confirm(client, batch)
    address = reverse("list_type", args=[batch.pk])
    sent = client.post(address, {"seen": batch.file_digest, "page": "p", "name-1": "测试乙"})
    assert sent["Location"] == client.get(address)["Location"] == reverse("list_progress", args=[batch.pk])
    with pytest.raises(deeds.ListMovedOn):
        typed_lists.keep_typed(
            batch=batch, data=b"{}", tables=[], seen="", page="", by=Actor.staff(street.lead.pk), at=timezone.now()
        )
    work_off()
    assert [person.name for person in Resident.unscoped.all()] == ["测试甲"]


# -- at once, with real transactions --------------------------------------------------------------------------------


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_of_two_windows_that_store_at_once_one_is_told(
    guarded: bool, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin shows that without the lock both believe that they were alone, and one is overwritten unseen."""
    street = make_street()
    batch = begin(client_of(street.lead))
    both_read = threading.Barrier(2)

    def read_only(batch: ImportBatch) -> ImportBatch:
        row = ImportBatch.unscoped.get(pk=batch.pk)
        both_read.wait(10)
        return row

    if not guarded:
        monkeypatch.setattr(typed_lists, "hold_list", read_only)
    answers: list[int] = []

    def store(name: str) -> None:
        said = {"seen": batch.file_digest, "page": name, "name-1": name, "keep": "1"}
        try:
            answers.append(client_of(street.lead).post(reverse("list_type", args=[batch.pk]), said).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=store, args=[name]) for name in ("测试甲", "测试乙")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == ([302, 422] if guarded else [302, 302])
