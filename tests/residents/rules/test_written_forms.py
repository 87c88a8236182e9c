"""However a value is written, it is read as the same value; and nothing is read that is not written."""

import time
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn.ric import calc_check_digit

from residents.lists.days import PLAUSIBLE, read_temperature
from residents.lists.values import BadValue, read_sex, read_yes_or_no, split_period
from residents.rules import addresses, dates, id_numbers, names, needs, phones
from residents.rules.addresses import Door
from residents.rules.dates import DateFault, MonthDay
from residents.rules.id_numbers import IdFault, IdNumber
from residents.rules.text import arabic, compact, without_invisible

DAYS = st.dates(date(2013, 1, 1), date(2099, 12, 31))
IDEOGRAPHS = st.sampled_from([*"王李张欧阳单于小明娜", "𠮷", "㛃", "㸃", "﨑"])
NAMES = st.one_of(
    st.text(IDEOGRAPHS, min_size=2, max_size=4),
    st.lists(st.text(IDEOGRAPHS, min_size=2, max_size=4), min_size=2, max_size=3).map("·".join),
    st.sampled_from(["John Smith", "MARIA GARCIA LOPEZ", "Иван Петров", "Kim Min-jun"]),
)
PADDING = st.sampled_from(["", " ", "  ", "\u3000", "\t", "\u200b", "\ufeff"])
CHINESE = "〇一二三四五六七八九"


def in_chinese(number: int) -> str:
    """1 to 99 as people write it: 十二, 二十, 二十三."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else CHINESE[tens]) + ("十" if tens else "") + (CHINESE[ones] if ones else "")


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


@st.composite
def sound_ids(draw: st.DrawFn) -> str:
    body = f"420198{draw(st.dates(date(1900, 1, 1), date(2025, 1, 1))):%Y%m%d}{draw(st.integers(1, 999)):03}"
    return str(body + calc_check_digit(body + "0"))


# -- names ------------------------------------------------------------------------------------------------------------


@given(NAMES, PADDING, PADDING)
def test_only_the_padding_of_a_name_goes(name: str, before: str, behind: str) -> None:
    assert names.clean(before + name + behind) == name


@given(st.text(IDEOGRAPHS, min_size=2, max_size=2), st.sampled_from([" ", "  ", "\u3000", "\n", " \u3000 "]))
def test_a_name_of_two_characters_is_closed_up(name: str, gap: str) -> None:
    assert names.clean(gap.join(name)) == name


@given(st.text())
def test_cleaning_keeps_every_character_that_is_seen(text: str) -> None:
    assert "".join(names.clean(text).split()) == "".join(without_invisible(text).split())
    assert text.startswith(names.without_remark(text))


@given(NAMES, st.sampled_from(["租户", "代", "户主", "女儿"]), st.sampled_from(["({})", "（{}）", " ({})"]))
def test_a_remark_that_says_who_it_is_goes(name: str, remark: str, form: str) -> None:
    assert names.without_remark(name + form.format(remark)) == name
    assert names.without_remark(name) == name


# -- ID numbers -------------------------------------------------------------------------------------------------------


@given(sound_ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_wrong_character_is_a_fault(number: str, place: int, character: str) -> None:
    wrong = number[:place] + character + number[place + 1 :]
    assert (wrong == number) is isinstance(id_numbers.canonical(wrong), IdNumber)


@given(sound_ids(), st.integers(0, 17), st.sampled_from("0123456789"))
def test_a_character_too_few_or_too_many_is_a_fault(number: str, place: int, digit: str) -> None:
    assert isinstance(id_numbers.canonical(number[:place] + number[place + 1 :]), IdFault)
    assert isinstance(id_numbers.canonical(number[:place] + digit + number[place:]), IdFault)


@given(sound_ids(), st.integers(0, 16))
def test_two_digits_that_changed_places_are_a_fault(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert (swapped == number) is isinstance(id_numbers.canonical(swapped), IdNumber)


@given(sound_ids(), st.lists(st.tuples(st.integers(0, 18), st.sampled_from([" ", "-", "\u3000", "\u200b", "'", "－"]))))
def test_what_is_put_between_the_digits_changes_nothing(number: str, put: list[tuple[int, str]]) -> None:
    written = number
    for place, sign in sorted(put, reverse=True):
        written = written[:place] + sign + written[place:]
    for way in (written, written.lower(), full_width(number), full_width(number.lower())):
        assert id_numbers.canonical(way) == id_numbers.canonical(number)


@given(sound_ids().filter(lambda number: number[6:8] == "19"))
def test_the_old_number_of_fifteen_digits_is_the_same_number(number: str) -> None:
    assert id_numbers.canonical(number[:6] + number[8:17]) == id_numbers.canonical(number)


# -- phones -----------------------------------------------------------------------------------------------------------


@given(st.integers(2, 8), st.integers(0, 9_999_999), st.sampled_from(["027", "0711", "010"]))
def test_a_landline_is_read_in_every_way_it_is_written(first: int, rest: int, area: str) -> None:
    local = f"{first}{rest:07}" if area != "0711" else f"{first}{rest % 10**6:06}"
    ways = [f"{area}-{local}", f"({area}){local}", f"（{area}）{local}", f"{area} {local}", f"{area}{local}"]
    ways += [f"+86-{area}-{local}", f"{area}-{local[:-4]} {local[-4:]}", f"{area}-{local}转801"]
    assert [phones.normalise(way) for way in ways] == [[area + local]] * len(ways)


@given(st.integers(0, 9999), st.sampled_from(["（儿子）", "(妻)", "微信同号", " 本人"]))
def test_words_beside_a_mobile_are_no_part_of_it(number: int, words: str) -> None:
    mobile = f"1990000{number:04}"
    assert phones.read(mobile + words) == phones.read(words + mobile) == ((mobile,), False)


# -- dates ------------------------------------------------------------------------------------------------------------


@given(DAYS)
def test_a_day_is_the_same_in_every_whole_form(day: date) -> None:
    year, month, number = day.year, day.month, day.day
    serial = (day - date(1899, 12, 30)).days
    ways: list[object] = [
        f"{year}年{month}月{number}号上午", f"{year}-{month}-{number} 星期三", f"{year}.{month}.{number}（初十）",
        f"{year}年{month}月{number}日下午3点", f"{year}/{month:02}/{number:02} 周日",
        f"{year % 100:02}.{month}.{number}", f"{day.isoformat()}T00:00:00",
        str(serial), f"{serial}.5", float(serial), serial + 0.25, int(f"{day:%Y%m%d}"),
        "".join(CHINESE[int(digit)] for digit in str(year)) + f"年{in_chinese(month)}月{in_chinese(number)}日",
        f" {year} 年 {month} 月 {number} 日 ",
    ]  # fmt: skip
    assert [dates.read(way) for way in ways] == [day] * len(ways)


@given(DAYS)
def test_a_year_that_is_not_written_is_never_invented(day: date) -> None:
    ways = [f"{day.month}月{day.day}日", f"{day.month}.{day.day}", f"{day.month}/{day.day}", f"{day.month}-{day.day}"]
    ways += [
        f"{day.month}月{day.day}号",
        f"{in_chinese(day.month)}月{in_chinese(day.day)}日",
        f"{day.month}.{day.day}日",
    ]
    assert {dates.read(way) for way in ways} == {MonthDay(day.month, day.day)}
    assert dates.complete(MonthDay(day.month, day.day), [], set()) is None


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 12))
def test_three_small_numbers_are_no_date(one: int, two: int, three: int) -> None:
    assert dates.read(f"{one:02}/{two:02}/{three:02}") is DateFault.UNREADABLE


@given(DAYS, st.integers(0, 27))
def test_both_days_of_a_period_are_read(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    one, two = f"{first.year}.{first.month}.{first.day}", f"{last.year}.{last.month}.{last.day}"
    texts = [f"{one}-{two}", f"{one}至{two}", f"{one} ~ {two}", f"自{one}起至{two}止", f"{one}—{two}"]
    texts += [f"{first:%Y%m%d}-{last:%Y%m%d}", f"{first.isoformat()}到{last.isoformat()}"]
    if first.month == last.month:
        texts.append(f"{first.year}年{first.month}月{first.day}日-{last.day}日")
    found = [split_period(text) for text in texts]
    assert [tuple(map(dates.read, parts or ())) for parts in found] == [(first, last)] * len(texts)


# -- doors ------------------------------------------------------------------------------------------------------------

DOORS = st.builds(
    Door,
    st.sampled_from(["", "望江花园", "机床厂宿舍", "望江花园二期", "金桂小区B区", "翠园三组团", "临江里"]),
    st.integers(1, 99).map(str),
    st.integers(1, 9).map(str),
    st.integers(101, 3304).map(str),
)
ABOVE = st.sampled_from(
    ["", "湖北省", "武汉市江岸区望江街道临江社区", "湖北省武汉市江岸区望江街道", "望江街道临江社区第3网格"]
)


@given(DOORS, ABOVE)
def test_a_door_is_the_same_in_every_form(door: Door, above: str) -> None:
    compound, building, unit, room = door
    forms = [
        f"{building}栋{unit}单元{room}室", f"{building}号楼{unit}单元{room}", f"{building}幢{unit}单元{room}号",
        f"第{building}栋第{unit}单元{room}号房", f"{building}#{unit}单元{room}", f"{building}号楼{unit}门{room}",
        f"{building}栋-{unit}单元-{room}", f"{building}栋-{unit}-{room}", f"{building}-{unit}-{room}",
        f"{building}栋{unit}单元{room}室（租住）", f"{building}栋 {unit}单元 {room}",
        f"{building}栋{unit}单元5楼{room}", full_width(f"{building}-{unit}-{room}"),
        f"{in_chinese(int(building))}栋{in_chinese(int(unit))}单元{room}室",
    ]  # fmt: skip
    before = above + compound if compound else ""
    assert {addresses.parse(before + form) for form in forms} == {door}


@given(st.one_of(st.text(), st.text("0123456789-/#栋幢号楼单元室门层一二十花园小区路社区（）东西ABa ", max_size=30)))
def test_no_part_of_a_door_is_invented(text: str) -> None:
    signs = str.maketrans("‐‑‒–—―－−＿_~+/#", "-" * 14)
    written = compact(text).translate(signs)
    digits = {arabic(written[start:end]) for start in range(len(written)) for end in range(start, start + 4)}
    for part in addresses.parse(text) or ():
        assert part.translate(signs) in written or part.split("楼")[0] in digits, part


# -- temperatures, sexes, yes and no ----------------------------------------------------------------------------------


@given(st.integers(340, 430).map(lambda tenths: tenths / 10))
def test_degrees_are_the_same_in_every_form(degrees: float) -> None:
    whole, tenth = divmod(round(degrees * 10), 10)
    ways: list[str | float] = [
        degrees, f"{degrees}", f"{degrees}℃", f"{degrees}度", f"{degrees} °C", f"{whole}度{tenth}", f"{whole}，{tenth}",
        f"正常{degrees}", f"{degrees}↑", full_width(str(degrees)), f"{whole}。{tenth}",
    ]  # fmt: skip
    assert [read_temperature(way) for way in ways] == [(True, degrees)] * len(ways)


@given(st.floats(0, 500))
def test_what_no_living_person_has_is_no_temperature(degrees: float) -> None:
    if not PLAUSIBLE[0] <= degrees <= PLAUSIBLE[1]:
        with pytest.raises(BadValue):
            read_temperature(degrees)


@given(st.text())
def test_words_alone_are_never_degrees(text: str) -> None:
    try:
        _said, degrees = read_temperature(text)
    except BadValue:
        return
    assert degrees is None or any(character.isdigit() for character in text)


@given(st.text(max_size=6), st.sampled_from(["M", "F", None]))
def test_a_sex_is_said_or_proven(text: str, proven: str | None) -> None:
    try:
        sex = read_sex(text, {}, proven)
    except BadValue:
        return
    assert sex in (proven, None) or any(word in compact(text).lower() for word in ("男", "女", "m", "f", "先生")), text


@pytest.mark.parametrize("text", ["是", "有", "√", "✔", "对", "急", "Y", "１"])
def test_yes(text: str) -> None:
    assert read_yes_or_no(text) is True


@pytest.mark.parametrize("text", ["否", "无", "×", "不急", "N", "0"])
def test_no(text: str) -> None:
    assert read_yes_or_no(text) is False


# -- whatever a cell holds costs little -------------------------------------------------------------------------------

LONG = [
    "a" + " " * 9999 + "b",
    *(pattern * 5000 for pattern in ("1", "一", "十", "栋", "1-", "、", "（", "市", "1单元", "半")),
]


@settings(deadline=None)
@given(st.sampled_from(LONG))
def test_no_text_holds_its_reader_up(text: str) -> None:
    started = time.process_time()
    for read in (addresses.parse, addresses.bare, addresses.compound_in, names.clean, names.without_remark, dates.read):
        read(text)
    needs.read(text[: needs.LONGEST])
    phones.read(text)
    id_numbers.canonical(text)
    assert time.process_time() - started < 1
