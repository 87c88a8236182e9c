"""Every word is translated, and the tool that says so finds what is missing."""

import pytest
from babel.messages import Catalog

from grid.management import catalogue


def catalog_of(**entries: str) -> Catalog:
    found = Catalog(locale=catalogue.LOCALE)
    for message_id, translation in entries.items():
        found.add(message_id, translation)
    return found


@pytest.fixture
def tree(monkeypatch, tmp_path):
    """A tree with one module and one template."""
    code = 'from x import gettext as _, ngettext\n_("Save")\nngettext("%(n)s door", "%(n)s doors", n)\n'
    template = "{% load i18n %}{% translate 'Door' %}{% blocktranslate with a=b %}Hello {{ a }}{% endblocktranslate %}"
    files = [
        (catalogue.ROOT / "grid" / "some.py", code),
        (catalogue.ROOT / "templates" / "some.html", catalogue.templatize(template)),
    ]
    monkeypatch.setattr(catalogue, "sources", lambda: iter(files))
    monkeypatch.setattr(catalogue, "PO", tmp_path / "django.po")
    monkeypatch.setattr(catalogue, "MO", tmp_path / "django.mo")


def test_words_of_code_and_templates_are_found(tree) -> None:
    found = {message.id for message in catalogue.used() if message.id}
    assert found == {"Save", ("%(n)s door", "%(n)s doors"), "Door", "Hello %(a)s"}


def test_each_fault_is_listed(tree) -> None:
    catalog = catalog_of(Save="保存", Door="", Gone="没了")
    catalog.add("Hello %(a)s", "你好 %(b)s")
    catalog.add(("%(n)s door", "%(n)s doors"), ("%(n)s扇门",))
    faults = "\n".join(catalogue.faults_of(catalog))
    assert "not translated: «Door» (templates/some.html)" in faults
    assert "no longer used: «Gone»" in faults and "placeholders differ: «Hello %(a)s»" in faults
    assert "Save" not in faults and "door" not in faults.replace("Door", "")


def test_known_words_are_kept_and_gone_ones_dropped(tree, tmp_path) -> None:
    known = catalog_of(Save="保存", Gone="没了", Door="门")
    known.add(("%(n)s door", "%(n)s doors"), ("%(n)s扇门",))
    catalogue.write(known)
    catalogue.write(catalogue.merged())
    text = (tmp_path / "django.po").read_text("utf-8")
    assert "保存" in text and "扇门" in text and "没了" not in text
    assert catalogue.compile_catalogue() == 4 and (tmp_path / "django.mo").read_bytes()[:4] == b"\xde\x12\x04\x95"


def test_djangos_own_words_are_chinese_too(client, db) -> None:
    page = client.post("/login/", {"username": "", "password": ""}).content.decode()
    assert "This field is required" not in page and "必填" in page


def test_english_pages_are_english(client, db) -> None:
    client.post("/language/", {"language": "en", "next": "/login/"})
    page = client.get("/login/").content.decode()
    assert "This is my own phone" in page and "这是我自己的手机" not in page
