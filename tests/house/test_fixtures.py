"""The test machinery itself: the app role on clones, rolled back or thrown away."""

import threading

import pytest
from django.db import ProgrammingError, connection, connections


def _ask(statement: str, alias: str = "default") -> object:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_tests_work_as_the_app_role(db: None) -> None:
    assert str(_ask("SELECT current_user")) == connection.settings_dict["USER"]
    assert _ask("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user") is False
    assert _ask("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == 0


def test_the_app_role_cannot_make_tables(db: None) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE intruder (id int)")


def test_chinese_has_trigrams(db: None) -> None:
    assert _ask("SELECT cardinality(show_trgm('张三丰'))")


def test_a_fresh_database_commits_for_other_threads_and_is_gone_afterwards(fresh_database: str) -> None:
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    Session.objects.create(session_key="k", session_data="d", expire_date=timezone.now())
    seen: list[int] = []

    def other_thread() -> None:
        seen.append(Session.objects.count())
        connection.close()

    thread = threading.Thread(target=other_thread)
    thread.start()
    thread.join()
    assert seen == [1]
    assert _ask("SELECT current_database()") == _ask("SELECT current_database()", "owner") == fresh_database


def test_no_row_of_a_fresh_database_reaches_the_shared_one(db: None) -> None:
    from django.contrib.sessions.models import Session

    assert not Session.objects.exists()
