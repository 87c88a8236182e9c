"""Values of people as lists and forms write them: what is sound comes out clean, what is not is never repaired."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn.ric import calc_check_digit

from residents.lists.values import split_period
from residents.rules import addresses, dates, id_numbers, names, phones, pinyin, relations
from residents.rules.dates import DateFault
from residents.rules.id_numbers import IdFault, IdNumber, IdType

BIRTHDAYS = st.dates(date(1900, 1, 1), date(2030, 12, 31))
MOBILES = st.integers(0, 9999).map(lambda number: f"1990000{number:04}")
DOORS = st.tuples(
    st.sampled_from(["望江花园", "机床厂宿舍", "滨河路老街", "柳岸新村", "水秀苑", ""]),
    st.integers(1, 99).map(str),
    st.integers(1, 9).map(str),
    st.integers(101, 3304).map(str),
)


def sound_id(born: date, sequence: int, area: str = "420198") -> str:
    digits = f"{area}{born:%Y%m%d}{sequence:03}"
    return digits + calc_check_digit(digits + "0")


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


IDS = st.builds(sound_id, BIRTHDAYS, st.integers(1, 999))


# -- ID numbers -------------------------------------------------------------------------------------------------------


@given(IDS)
def test_an_id_is_read_in_every_way_it_is_written(number: str) -> None:
    wanted = IdNumber(IdType.RESIDENT, number)
    ways = [number, number.lower(), f" {number[:6]} {number[6:14]} {number[14:]}", f"'{number}", full_width(number)]
    assert {id_numbers.canonical(way) for way in ways} == {wanted}


@given(IDS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, place: int, step: int) -> None:
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert isinstance(id_numbers.canonical(wrong), IdFault)


@given(BIRTHDAYS, st.integers(1, 999))
def test_an_id_proves_birth_date_and_sex(born: date, sequence: int) -> None:
    number = sound_id(born, sequence)
    assert id_numbers.birth_date_of(number) == born
    assert id_numbers.sex_of(number) == ("M" if sequence % 2 else "F")


def test_fifteen_digits_become_eighteen() -> None:
    number = id_numbers.canonical("420198560312123")
    assert isinstance(number, IdNumber)
    assert number.number[:17] == "42019819560312123"
    assert id_numbers.birth_date_of(number.number) == date(1956, 3, 12)


@pytest.mark.parametrize(
    ("text", "said", "kind"),
    [
        (sound_id(date(1980, 1, 1), 12, "810000"), None, IdType.RESIDENCE_PERMIT),
        (sound_id(date(1980, 1, 1), 12, "911156"), None, IdType.FOREIGNER_CARD),
        ("USA110080010112", None, IdType.FOREIGNER_CARD),
        ("H12345678", None, IdType.OTHER),
        ("e12345678", None, IdType.PASSPORT),
        ("123456789", IdType.PASSPORT, IdType.PASSPORT),
        ("12345678", IdType.OTHER, IdType.OTHER),
    ],
)
def test_other_documents_are_known(text: str, said: IdType | None, kind: IdType) -> None:
    number = id_numbers.canonical(text, said)
    assert isinstance(number, IdNumber)
    assert number.type is kind


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("42019819340105301", IdFault.LENGTH),
        ("420198193401053**X", IdFault.MASKED),
        ("身份证在办", IdFault.CHARACTERS),
        ("123456789", IdFault.LENGTH),
        (sound_id(date(1990, 1, 1), 7)[:6] + "19901301" + "0077", IdFault.CHECK),
    ],
)
def test_a_damaged_id_is_a_fault(text: str, fault: IdFault) -> None:
    assert id_numbers.canonical(text) is fault


# -- phones -----------------------------------------------------------------------------------------------------------


@given(MOBILES)
def test_a_mobile_is_read_in_every_way_it_is_written(mobile: str) -> None:
    grouped = f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}"
    ways = [
        mobile,
        f"+86{mobile}",
        f"86 {grouped}",
        grouped,
        grouped.replace(" ", "-"),
        full_width(mobile),
        f"{mobile} ",
    ]
    assert [phones.normalise(way) for way in ways] == [[mobile]] * len(ways)


@given(st.lists(MOBILES, min_size=1, max_size=4, unique=True), st.sampled_from([" ", "/", ";", "、", "，", "\n", "或"]))
def test_several_phones_stand_in_one_cell(mobiles: list[str], between: str) -> None:
    assert phones.normalise(between.join(mobiles)) == mobiles


@given(MOBILES, st.integers(0, 10))
def test_a_phone_that_lost_a_digit_is_damaged(mobile: str, place: int) -> None:
    read = phones.read(mobile[:place] + mobile[place + 1 :])
    assert read.damaged or not read.numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("027-80000000", ["02780000000"]),
        ("(027)80000000", ["02780000000"]),
        ("80000000", ["80000000"]),
        ("19900003142（儿子）", ["19900003142"]),
        ("无", []),
    ],
)
def test_landlines_and_words_beside(text: str, numbers: list[str]) -> None:
    assert phones.read(text) == (tuple(numbers), False)


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("李  明", "李明"),
        ("李　明 ", "李明"),
        (" 𠮷  㛃", "𠮷㛃"),
        ("买买提·阿不都拉 ", "买买提·阿不都拉"),
        ("John Smith", "John Smith"),
        ("\u200b张三\ufeff", "张三"),
        ("﨑山", "﨑山"),  # a compatibility character: normalising would change it
    ],
)
def test_names_lose_padding_and_nothing_else(text: str, name: str) -> None:
    assert names.clean(text) == name


@given(st.text())
def test_cleaning_a_name_twice_changes_nothing(text: str) -> None:
    assert names.clean(names.clean(text)) == names.clean(text)


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("单小红", "shanxiaohong", "sxh"),
        ("仇英", "qiuying", "qy"),
        ("曾玉梅", "zengyumei", "zym"),
        ("解放", "xiefang", "xf"),
        ("吕敏", "lvmin lumin", "lm"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("买买提·阿不都拉", "maimaitiabudoula", "mmtabdl"),
        ("覃丽", "qinli tanli tl", "ql"),
        ("盖新", "gexin gaixin", "gx"),
        ("乐绿", "yuelv yuelu lelv lelu ll", "yl"),
        ("宓静", "mijing", "mj"),
    ],
)
def test_names_are_found_as_people_say_them(name: str, full: str, initials: str) -> None:
    assert pinyin.pinyin_of(name) == (full, initials)


@pytest.mark.parametrize(
    "readings",
    [
        "单shan 仇qiu 曾zeng 解xie 朴piao 查zha 任ren 区ou 尉wei 种chong 冼xian 逄pang 召shao 折she 繁po 洗xian",
        "过guo 祭zhai 重chong 相xiang 隗kui 车che 句gou 谌chen 石shi 佴nai 阚kan 长chang 盛sheng 薄bo 能nai 藏zang",
        "都du 乜nie 粘nian 澹tan 贾jia 晁chao 訾zi 仉zhang 昝zan 缑gou 仝tong 郦li 万wan 华hua 宓mi 葛ge 应ying",
    ],
)
def test_surnames_are_read_as_surnames(readings: str) -> None:
    for reading in readings.split():
        assert pinyin.pinyin_of(reading[0] + "丽")[0].split(" ")[0] == reading[1:] + "li"


def test_a_name_is_compared_without_what_is_typed_one_way_or_another() -> None:
    assert names.key_of("買買提·阿不都拉") == names.key_of("买买提阿不都拉") == names.key_of("买买提 阿不都拉")
    assert names.key_of("John Smith") == "johnsmith" and names.key_of("𠮷田") == "𠮷田"


# -- dates ------------------------------------------------------------------------------------------------------------


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_in_every_whole_form(day: date) -> None:
    year, month, number = day.year, day.month, day.day
    ways: list[object] = [
        day, f"{year}.{month}.{number}", f"{year}-{month:02}-{number:02}", f"{year}/{month}/{number}",
        f"{year}年{month}月{number}日", f"{day:%Y%m%d}", float(f"{day:%Y%m%d}"), full_width(f"{year}.{month}.{number}"),
        float((day - date(1899, 12, 30)).days), f"{year}-{month:02}-{number:02} 08:30:00",
    ]  # fmt: skip
    assert [dates.read(way) for way in ways] == [day] * len(ways)


@pytest.mark.parametrize("day", ["2022/8/1", "2022.8.1", "2022-08-01", "20220801", "2022年8月1日", "２０２２/８/１"])
@pytest.mark.parametrize("time", ["23:53", "9:00:00", "12:18", "0:05", "9时", "9点30分", "１２：１８"])
def test_the_time_behind_a_day_is_none_of_its_digits(day: str, time: str) -> None:
    assert dates.read(f"{day} {time}") == date(2022, 8, 1)
    assert split_period(f"{day} {time}至2022/8/15 9:00") is not None


def test_a_day_and_a_time_that_ran_together_are_no_date() -> None:
    assert dates.read("2022/8/112:18") is DateFault.UNREADABLE
    assert dates.read("2022/8/1212:18") == date(2022, 8, 12)


def test_words_and_stops_that_belong_to_no_day() -> None:
    assert dates.read("2022年8月1日止") == dates.read("2022年8月1日起") == dates.read("2022。8。1") == date(2022, 8, 1)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(-150, 150))
def test_a_missing_year_comes_from_the_dates_beside(known: date, distance: int) -> None:
    day = known + timedelta(days=distance)
    part = dates.read(f"{day.month}月{day.day}日")
    assert isinstance(part, dates.MonthDay)
    if (day.month, day.day) != (2, 29):
        assert dates.complete(part, [known], set()) == day


def test_without_context_no_year_is_guessed() -> None:
    part = dates.MonthDay(2, 3)
    assert dates.complete(part, [], set()) is None
    assert dates.complete(part, [], {2020, 2021}) is None
    assert dates.complete(part, [], {2020}) == date(2020, 2, 3)
    assert dates.complete(part, [date(2020, 1, 1), date(2021, 6, 1)], set()) is None  # both years fit


@pytest.mark.parametrize("text", ["2020-02-30", "13月1日", "2020.0.1", "明天", "36.5", ""])
def test_what_is_no_date_is_a_fault(text: str) -> None:
    assert isinstance(dates.read(text), dates.DateFault)


# -- doors ------------------------------------------------------------------------------------------------------------


@given(DOORS)
def test_a_door_is_read_in_every_form(parts: tuple[str, str, str, str]) -> None:
    compound, building, unit, room = parts
    ways = [
        f"{compound}{building}-{unit}-{room}", f"{compound}{building}栋{unit}单元{room}室",
        f"{compound}{building}号楼{unit}单元{room}号", f"{compound}{building}幢{unit}单元{room}",
        f"武汉市江岸区望江街道临江社区{compound}{building}栋{unit}单元{room}",
        f"{compound} {building}栋 {unit}单元 {room}",
    ]  # fmt: skip
    assert [addresses.parse(way) for way in ways] == [parts] * len(ways)


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("望江花园3栋2-501", ("望江花园", "3", "2", "501")),
        ("3号楼2-501", ("", "3", "2", "501")),
        ("水秀苑A座-3-501", ("水秀苑", "A", "3", "501")),
        ("临江路12号院3号楼2-501", ("临江路12号院", "3", "2", "501")),
        ("3栋2单元5-501", ("", "3", "2", "501")),
        ("3栋101-2", ("", "3", "", "101-2")),
        ("望江花园3-2单元501", ("望江花园", "3", "2", "501")),
        ("3号2单元501", ("", "3", "2", "501")),
        ("滨江路88号2单元501", ("滨江路88号", "", "2", "501")),
        ("江岸区水秀苑3-501", ("水秀苑", "3", "", "501")),
        ("武汉市/江岸区/望江街道/临江社区/水秀苑3-2-501", ("水秀苑", "3", "2", "501")),
        ("水秀苑A-3-501", ("水秀苑", "A", "3", "501")),
        ("水秀苑/3栋/2单元/501", ("水秀苑", "3", "2", "501")),
        ("滨河路老街8-2单元-501", ("滨河路老街", "8", "2", "501")),
        ("水秀苑（3-2-501）", ("水秀苑", "3", "2", "501")),
        ("水秀苑3栋2单元501（租户）", ("水秀苑", "3", "2", "501")),
    ],
)
def test_a_word_behind_a_number_says_what_it_is(text: str, door: tuple[str, ...]) -> None:
    assert addresses.parse(text) == door


@pytest.mark.parametrize("text", ["3栋2-5", "3栋1-2-501", "3栋2单元4-501", "水秀苑3-2-501（原5-1-102）"])
def test_numbers_that_could_be_several_things_are_no_door(text: str) -> None:
    assert addresses.parse(text) is None


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12栋", "12"), ("三单元", "3"), ("十二号楼", "12"), ("1803室", "1803"), ("１２", "12"), ("A座", "A")],
)
def test_parts_of_a_door_are_kept_bare(cell: str, number: str) -> None:
    assert addresses.bare(cell) == number
    assert addresses.bare(number) == number


@given(st.lists(DOORS, min_size=2, max_size=6))
def test_doors_sort_as_one_walks(doors: list[tuple[str, str, str, str]]) -> None:
    walked = sorted((door for door in doors if door[0] == doors[0][0]), key=lambda door: addresses.walk_key(*door))
    assert walked == sorted(walked, key=lambda door: tuple(map(int, door[1:])))


def test_an_address_without_a_door_is_no_door() -> None:
    assert addresses.parse("湖北省武汉市") is None


# -- relations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "sex", "code"),
    [
        ("户主", None, "02"),
        ("妻", None, "12"),
        ("女婿", None, "28"),
        ("子女", "F", "30"),
        ("子女", None, None),
        ("保姆", None, "99"),
        ("x", None, None),
    ],
)
def test_relation_words_become_codes(word: str, sex: str | None, code: str | None) -> None:
    assert relations.code_of(word, sex) == code


# -- whatever a cell holds --------------------------------------------------------------------------------------------

ANYTHING = st.one_of(st.text(), st.text(alphabet="0123456789Xx-./年月日栋单元室号 一二十+（）同上"))


@given(ANYTHING)
def test_no_reader_ever_raises(text: str) -> None:
    id_numbers.canonical(text)
    id_numbers.birth_date_of(text)
    phones.read(text)
    names.clean(text)
    pinyin.pinyin_of(text)
    dates.read(text)
    dates.years_in(text)
    addresses.parse(text)
    addresses.bare(text)
    relations.code_of(text)
    assert len(addresses.walk_key(text, text, text, text)) <= 200


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.none()))
def test_no_number_breaks_the_reader_of_dates(value: object) -> None:
    dates.read(value)


@given(ANYTHING)
def test_reading_twice_changes_nothing(text: str) -> None:
    number = id_numbers.canonical(text)
    if isinstance(number, IdNumber):
        assert id_numbers.canonical(number.number, number.type) == number
    for phone in phones.normalise(text):
        assert phones.normalise(phone) == [phone]
    assert addresses.bare(addresses.bare(text)) == addresses.bare(text)
