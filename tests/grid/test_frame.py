"""The parts every page is made of say what they must, with nothing but a template."""

import re
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

SHEETS = sorted((settings.BASE_DIR / "static" / "css").glob("*.css"))
PAGES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


class DoorForm(forms.Form):
    """One field of each kind that the template treats differently."""

    name = forms.CharField(label="姓名", help_text="和身份证上一样", error_messages={"required": "请填姓名"})
    sex = forms.ChoiceField(label="性别", choices=[("1", "男"), ("2", "女")], widget=forms.RadioSelect)
    is_head = forms.BooleanField(label="是户主", required=False)
    remark = forms.CharField(label="备注", required=False)


@pytest.fixture(autouse=True)
def chinese():
    """Every part here is read in Chinese."""
    with translation.override("zh-hans"):
        yield


def the_pad() -> str:
    return render_to_string("components/pad.html", {"case": SimpleNamespace(pk=7), "action": "/tap", "uuid": "u-1"})


def test_a_refused_field_is_named_at_the_top_and_at_the_field() -> None:
    page = str(DoorForm({}))
    assert 'href="#id_name"' in page and 'href="#id_sex_0"' in page
    assert page.index("error-summary") < page.index('name="name"')
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert page.count("请填姓名") == 2


def test_every_link_of_the_error_summary_leads_to_something() -> None:
    page = str(DoorForm({}))
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{target}"' in page


def test_an_untouched_form_shows_no_error() -> None:
    assert "error-summary" not in str(DoorForm())


def test_radios_are_a_named_group_of_whole_line_targets() -> None:
    page = str(DoorForm())
    assert re.search(r"<fieldset[^>]*><legend>性别", page)
    assert page.count('class="choice"') == 3


def test_the_pad_opens_with_no_degree_chosen() -> None:
    pad = the_pad()
    assert re.findall(r'name="whole" value="(\d+)" required', pad) == ["35", "36", "37", "38", "39"]
    assert " checked" not in pad


def test_each_tenth_sends_the_form_and_carries_its_digit() -> None:
    assert re.findall(r'<button type="submit" name="tenth" value="(\d)"', the_pad()) == list("0123456789")


def test_the_pad_offers_the_ways_without_a_reading() -> None:
    assert re.findall(r'name="reading" value="(\w+)"', the_pad()) == ["other", "not_measured", "no_thermometer"]


def test_a_day_of_the_strip_is_told_in_words_too() -> None:
    slots = [{"state": "measured", "words": "早 36.5℃"}, {"state": "missed", "words": "晚 漏报"}]
    strip = render_to_string("components/day_strip.html", {"days": [{"number": 1, "date": "2月1日", "slots": slots}]})
    assert "早 36.5℃" in strip and "晚 漏报" in strip
    assert 'class="square missed" aria-hidden="true"' in strip


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_the_last_error_pages_need_nothing_and_speak_both_languages(name: str) -> None:
    page = render_to_string(name)
    assert "回首页" in page and "To the first page" in page and "{" not in page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_template_holds_what_the_content_security_policy_forbids(path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_text_is_smaller_than_18_pixels(path) -> None:
    if path.name != "print.css":  # paper is measured in points
        sizes = re.findall(r"font(?:-size)?:[^;}]*?(?<![\w(.])(\d+)px", path.read_text(encoding="utf-8"))
        assert [size for size in sizes if int(size) < 18] == []
