"""A paper list typed at a desk by the keyboard alone, and on a phone without JavaScript."""

import re

from playwright.sync_api import Page, expect

from residents.forms.typed_lists import ID_FAULTS
from residents.lists.faults import problem_words
from residents.lists.rows import Problem
from residents.lists.staging import open_typed
from residents.lists.values import BadValue, read_id
from residents.models import ImportBatch, Resident
from residents.rules.id_numbers import birth_date_of, sex_of
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browsing import LivePortal, OpenPage
from tests.factories.residents import make_id_number
from tests.residents.lists.support import Street, client_of, make_street, work_off

TABLE = re.compile(r"/lists/[0-9]+/type/$")


def come_in(page: Page, street: Street, portal: LivePortal) -> None:
    """The lead is logged in and opens 照单录入 from 名单."""
    session = client_of(street.lead).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal.url}])
    page.goto("/lists/")
    page.get_by_role("link", name="照单录入").click()


def begin(page: Page, title: str = "") -> None:
    """人员和住户, and off to the table."""
    page.locator("label", has=page.locator("input[name=kind][value=residents]")).click()
    page.get_by_label("单子上的标题").fill(title)
    page.get_by_role("button", name="开始录").click()
    page.wait_for_url(TABLE)


def stored_lines(batch: ImportBatch) -> list[list[str]]:
    """What lies on the server of the typed lines, without what is blank."""
    return [[text for text in line if text] for line in open_typed(ImportBatch.unscoped.get(pk=batch.pk)).lines]


def focused(page: Page) -> str:
    """The id of the field in which one types."""
    return str(page.evaluate("document.activeElement.id"))


def type_line(page: Page, *texts: str) -> None:
    """Types the fields of a line one after another, with Enter alone between them; "" leaves what stands there."""
    for text in texts:
        if text:
            page.keyboard.insert_text(text)
        page.keyboard.press("Enter")


def test_three_people_are_typed_by_the_keyboard_alone(desk: Page, live_portal: LivePortal) -> None:
    street = make_street()
    come_in(desk, street, live_portal)
    begin(desk, "3栋登记表")
    sound, wrong = make_id_number(sex="F"), make_id_number()
    wrong = wrong[:-1] + ("0" if wrong[-1] != "0" else "1")

    assert focused(desk) == "name-1"
    # name, number, sex, phone, compound, building, unit, room, relation, residency, remark
    type_line(desk, "测试甲", sound, "", "19900001001", "望江花园", "3", "1", "501", "户主", "", "")
    expect(desk.locator("#id_number-1-said")).to_have_text("女 · 1980-05-17")
    assert focused(desk) == "name-2"
    expect(desk.locator("#building-2")).to_have_value("3")
    type_line(desk, "测试乙", wrong)
    expect(desk.locator("#id_number-2-said")).to_contain_text("有一位不对")
    expect(desk.locator("#id_number-2")).to_have_attribute("aria-invalid", "true")
    desk.keyboard.press("Shift+Tab")
    desk.locator("#id_number-2").press("Control+a")
    desk.keyboard.insert_text(make_id_number())
    desk.keyboard.press("Enter")
    expect(desk.locator("#id_number-2")).not_to_have_attribute("aria-invalid", "true")
    type_line(desk, "", "", "", "", "", "502", "", "", "")
    assert focused(desk) == "name-3"
    desk.keyboard.press("ArrowUp")
    assert focused(desk) == "name-2"
    desk.keyboard.press("ArrowDown")
    type_line(desk, "测试丙", "", "", "", "", "", "2", "601", "", "", "")
    assert focused(desk) == "name-4"
    expect(desk.locator("#unit-4")).to_have_value("2")

    desk.get_by_role("button", name="看看认得对不对").press("Enter")
    desk.wait_for_url("**/columns/")
    desk.select_option("select[name=grid]", str(street.grid.pk))
    desk.get_by_role("button", name="看看认得对不对").press("Enter")
    desk.wait_for_url("**/preview/")
    desk.get_by_role("button", name="确认入库").press("Enter")
    desk.wait_for_url("**/progress/")
    work_off()
    doors = {person.name: person.household.door for person in Resident.unscoped.select_related("household")}
    assert doors == {
        "测试甲": "望江花园 3-1-501",
        "测试乙": "望江花园 3-1-502",
        "测试丙": "望江花园 3-2-601",
    }


def test_the_page_and_the_server_say_the_same_of_a_number(desk: Page, live_portal: LivePortal) -> None:
    come_in(desk, make_street(), live_portal)
    begin(desk)
    sound = make_id_number()
    texts = [
        sound, sound.lower(), f" {sound[:6]} {sound[6:]} ", f"'{sound}", sound[:-1], sound + "1", sound[:10] + "*" * 8,
        sound[:6] + "19800230" + sound[14:], "420198800517001", "420198800230001", "42O198198005170017", "护照号不详",
        "无", "/", "E12345678", "HKG123", "４２０１９８８００５１７００１", "810000199003074514",
        sound[:9] + "李" + sound[10:],
        *(sound[:place] + str((int(sound[place]) + 1) % 10) + sound[place + 1 :] for place in range(17)),
    ]  # fmt: skip
    for text in texts:
        said = desk.evaluate(
            """(text) => { const field = document.getElementById('id_number-1'); field.value = text;
            field.dispatchEvent(new Event('change', { bubbles: true }));
            return [document.getElementById('id_number-1-said').textContent, field.hasAttribute('aria-invalid')]; }""",
            text,
        )
        assert said == expected_of(text), text


def expected_of(text: str) -> list[object]:
    """What the readers of lists say; of documents that the page does not know it says nothing yet."""
    try:
        number = read_id(text)
    except BadValue as fault:
        if fault.code == "id_unknown":
            return ["", False]
        words = {code: str(problem_words(Problem(code))) for code in ID_FAULTS}
        return ["", False] if not any(map(str.isdigit, text)) else [words[fault.code], True]
    born = number and birth_date_of(number.number)
    if number is None or born is None:
        return ["", False]
    return [f"{'男' if sex_of(number.number) == 'M' else '女'} · {born.isoformat()}", False]


def test_what_is_typed_is_stored_by_itself_when_the_page_is_hidden(desk: Page, live_portal: LivePortal) -> None:
    street = make_street()
    come_in(desk, street, live_portal)
    begin(desk)
    type_line(desk, "测试甲")
    with desk.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        desk.evaluate(
            """() => { Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
            document.dispatchEvent(new Event('visibilitychange')); }"""
        )
    expect(desk.locator("#kept")).to_contain_text("已存")
    batch = ImportBatch.unscoped.get()
    assert stored_lines(batch) == [["测试甲"]]
    desk.goto("/lists/")  # nothing is unsent: no warning holds the page, which would fail the test
    desk.locator("a.whole").first.click()
    expect(desk.locator("#name-1")).to_have_value("测试甲")
    assert focused(desk) == "name-2"


def test_a_line_is_made_when_it_is_needed_and_none_beyond_the_limit(desk: Page, live_portal: LivePortal) -> None:
    come_in(desk, make_street(), live_portal)
    begin(desk)
    desk.locator("#note-10").press("Enter")
    assert focused(desk) == "name-11"
    desk.evaluate("document.getElementById('typing').dataset.limit = 11")
    desk.locator("#note-11").press("Enter")
    expect(desk.locator("#name-12")).to_have_count(0)
    expect(desk.get_by_role("button", name="看看认得对不对")).to_be_focused()


def test_enter_that_ends_a_choice_of_characters_does_not_go_on(desk: Page, live_portal: LivePortal) -> None:
    come_in(desk, make_street(), live_portal)
    begin(desk)
    desk.evaluate(
        """() => document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"""
    )
    assert focused(desk) == "name-1"


def test_on_a_phone_without_javascript_nothing_is_lost(plain_phone: Page, live_portal: LivePortal) -> None:
    page, street = plain_phone, make_street()
    come_in(page, street, live_portal)
    begin(page)
    for number, (name, room) in enumerate((("测试甲", "501"), ("测试乙", "502")), 1):
        page.locator(f"#name-{number}").fill(name)
        page.locator(f"#room-{number}").fill(room)
        page.locator(f"#building-{number}").fill("3" if number == 1 else "同上")
    page.locator("#phones-2").fill("199")
    page.get_by_role("button", name="再来十行").click()
    expect(page).to_have_url(re.compile("#line-3$"))
    expect(page.locator("#name-12")).to_have_count(1)
    expect(page.locator("#name-1")).to_have_value("测试甲")
    page.get_by_role("button", name="看看认得对不对").click()
    page.locator(".error-summary a").click()
    expect(page.locator("#phones-2")).to_have_value("199")
    page.locator("#phones-2").fill("19900001002")
    page.get_by_role("button", name="保存，稍后再录").click()
    page.wait_for_url("**/lists/")
    page.locator("a.whole").first.click()
    expect(page.locator("#phones-2")).to_have_value("19900001002")
    page.get_by_role("button", name="看看认得对不对").click()
    page.wait_for_url("**/columns/")
    page.select_option("select[name=grid]", str(street.grid.pk))
    page.get_by_role("button", name="看看认得对不对").click()
    page.wait_for_url("**/preview/")
    page.get_by_role("link", name="改一下录的内容").click()
    expect(page.locator("#name-2")).to_have_value("测试乙")
    page.get_by_role("button", name="看看认得对不对").click()
    page.wait_for_url("**/preview/")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_table_is_fit_for_old_eyes_and_thick_fingers(open_page: OpenPage, live_portal: LivePortal) -> None:
    street = make_street()
    session = client_of(street.lead).cookies["sessionid"].value
    faults: list[str] = []

    def measure(page: Page, sizes: str, with_axe: bool) -> None:
        for size in sizes.split():
            set_text_size(page, size)
            found = size_faults(page, size) + (axe_faults(page) if with_axe else [])
            faults.extend(f"{page.url} at {page.viewport_size}, {size}: {fault}" for fault in found)

    for language, size, sizes in (("zh-CN", (360, 640), "a a2"), ("zh-CN", (1280, 800), "a"), ("en", (360, 640), "a2")):
        page = open_page(width=size[0], height=size[1], language=language)
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])
        page.goto("/lists/type/")
        measure(page, sizes, with_axe=language != "en")
        page.locator("label", has=page.locator("input[name=kind][value=ledger]")).click()
        page.locator("main form button").first.click()
        page.wait_for_url(TABLE)
        page.locator("#name-1").fill("测试甲")
        page.locator("#id_number-1").fill("42019")
        page.locator("#phones-1").fill("12345")
        page.locator(".actions button").first.click()
        expect(page.locator(".error-summary")).to_be_visible()
        measure(page, sizes, with_axe=language != "en")
    assert not faults, "\n".join(faults)
