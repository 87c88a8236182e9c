"""粘贴接龙 as rules: what the reader makes of invented chats, and what it never does."""

import random
import time
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.rules.clock import LOCAL
from quarantine.rules import case_clock
from quarantine.rules.group_text import Entry, Isolated, Line, read_group_text
from tests.quarantine.group_chats.scoring import SLOTS, Chat, chats, score

CHATS = chats()
AT = datetime(2022, 2, 6, 21, 30, tzinfo=LOCAL)
MORNING = datetime(2022, 2, 6, 8, 30, tzinfo=LOCAL)


def person(case: int, name: str, door: str = "3-1-502", relation: str = "", sex: str = "") -> Isolated:
    building, unit, room = door.split("-")
    return Isolated(case, name, int(f"{building}{unit}{room}"), "望江花园", building, unit, room, relation, sex)


LI, WANG, CHEN, ZHAO = PEOPLE = [
    person(1, "李明", relation="02", sex="M"), person(2, "王芳", relation="12", sex="F"),
    person(3, "陈国强", "2-1-101", "02", "M"), person(4, "赵秀英", "2-2-201", "02", "F"),
]  # fmt: skip


def read(text: str, people: list[Isolated] = PEOPLE, at: datetime = AT) -> list[Line]:
    return read_group_text(text, people, at=at, slots=SLOTS)


def entries(text: str, people: list[Isolated] = PEOPLE, at: datetime = AT) -> list[Entry]:
    return [entry for line in read(text, people, at) for entry in line.entries]


def sure(text: str, people: list[Isolated] = PEOPLE, at: datetime = AT) -> list[tuple[int, str, str]]:
    return [
        (entry.case_ids[0], str(entry.value), entry.slot) for entry in entries(text, people, at) if not entry.unclear
    ]


def asked(text: str, people: list[Isolated] = PEOPLE, at: datetime = AT) -> list[tuple[tuple[int, ...], str]]:
    return [(entry.case_ids, entry.unclear) for entry in entries(text, people, at) if entry.unclear]


@pytest.mark.parametrize("part", ["found", "held_out", "later"])
def test_invented_chats_are_read_rightly_and_nobody_gets_a_wrong_reading(part: str) -> None:
    whole = score([chat for chat in CHATS if chat.part == part])
    print(f"{part}: {whole}", *whole.missed, sep="\n")
    assert whole.wrong == []
    assert whole.rate >= 0.95 and whole.told_right >= 0.95 * whole.told


def test_the_chats_are_enough_to_say_so() -> None:
    truths = [truth for chat in CHATS for truth in chat.truths]
    assert sum(bool(truth.sure or truth.unclear) for truth in truths) >= 250
    assert sum(bool(line.strip()) for chat in CHATS for line in chat.text.splitlines()) >= 350


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.name)
def test_whoever_is_not_registered_gives_her_reading_to_nobody_else(chat: Chat) -> None:
    for gone in chat.people:
        people = [other for other in chat.people if other is not gone]
        for line, truth in zip(read(chat.text, people, chat.at), chat.truths, strict=True):
            hers = {(value, slot) for case, value, slot in truth.sure if case == gone.case}
            others = {(value, slot) for case, value, slot in truth.sure if case != gone.case}
            for entry in line.entries:
                if not entry.unclear and (entry.value, entry.slot) in hers - others:
                    pytest.fail(f"without {gone.name}: {line.text} → {entry}")


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.name)
def test_the_order_of_people_changes_nothing(chat: Chat) -> None:
    shuffled = random.Random(7).sample(chat.people, len(chat.people))
    assert read(chat.text, shuffled, chat.at) == chat.read()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("36.5", "36.5"), ("36.5℃", "36.5"), ("36.5°C", "36.5"), ("３６．５", "36.5"), ("36度5", "36.5"),
        ("36点5", "36.5"), ("36。5", "36.5"), ("36,5", "36.5"), ("36·5", "36.5"), ("36. 5", "36.5"),
        ("三十六度五", "36.5"), ("三十六点五", "36.5"), ("三十六度半", "36.5"), ("36度半", "36.5"),
        ("37度", "37.0"), ("三十七度", "37.0"), ("36.50", "36.5"), ("T36.5", "36.5"), ("体温：36.5度", "36.5"),
        ("43.0", "43.0"), ("34.0", "34.0"), ("【36.5】", "36.5"),
    ],
)  # fmt: skip
def test_a_temperature_is_read_as_people_write_it(written: str, value: str) -> None:
    assert sure(f"李明 {written}") == [(1, value, "")]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("365", "form"), ("36", "form"), ("36 5", "form"), ("36:5", "form"), ("三六五", "form"), ("36.55", "form"),
        ("33.9", "range"), ("43.1", "range"), ("13.6", "range"), ("36.5左右", "hedged"), ("大概36.5", "hedged"),
        ("36.5？", "question"), ("36.5吗", "question"), ("昨天36.5", "other_day"), ("2月5日36.5", "other_day"),
    ],
)  # fmt: skip
def test_a_doubtful_temperature_is_asked_about(written: str, why: str) -> None:
    assert sure(f"李明 {written}") == []
    assert asked(f"李明 {written}") == [((1,), why)]


@pytest.mark.parametrize(
    "text",
    [
        "收到", "谢谢大家[抱拳]", "李明体温正常", "排骨37.5一斤", "鸡蛋36.5元", "李明电话19900003653",
        "超过37.3马上报", "37.3以上的说一声", "今天走了36500步", "格式：3-1-502 李明 36.5", "8点到10点做核酸",
        "今天36例", "室温36.5", "李明家的狗38.5", "@李明 37.4？再量一次", "420198199003653653",
    ],
)  # fmt: skip
def test_what_is_no_reading_yields_nothing(text: str) -> None:
    assert entries(text) == []


def test_a_namesake_without_a_room_is_asked_about_and_with_one_is_not() -> None:
    people = [*PEOPLE, person(9, "李明", "5-2-302")]
    assert asked("李明 36.5", people) == [((1, 9), "several")]
    assert sure("5栋302李明 36.5", people) == [(9, "36.5", "")]


def test_a_name_inside_a_longer_one_is_asked_about() -> None:
    assert asked("李明亮 36.5") == [((1,), "part_of_name")]
    assert sure("李明妈妈 36.5") == []
    longer = [*PEOPLE, person(9, "李明亮", "5-2-302")]
    assert sure("李明亮 36.5", longer) == [(9, "36.5", "")]


def test_a_name_at_another_door_is_asked_about() -> None:
    assert asked("2-1-101 李明 36.5") == [((1, 3), "door_differs")]
    assert asked("水秀苑3-1-502 李明 36.5") == [((1,), "door_differs")]


def test_a_household_gets_its_readings_only_where_each_is_told() -> None:
    assert asked("3-1-502 36.5 36.4") == [((1, 2), "order"), ((1, 2), "order")]
    assert asked("3-1-502全家 36.5") == [((1, 2), "count_differs")]
    assert asked("3-1-502三个人都36.5") == [((1, 2), "count_differs")]
    assert sure("3-1-502两个人都36.5") == [(1, "36.5", ""), (2, "36.5", "")]
    assert sure("3-1-502 李明 王芳 36.5 36.4") == [(1, "36.5", ""), (2, "36.4", "")]
    assert sure("李明36.5 老婆36.4") == [(1, "36.5", ""), (2, "36.4", "")]
    assert asked("李明36.5 儿子36.4") == [((), "unknown")]


def test_a_sender_above_owns_what_names_nobody() -> None:
    assert sure("李明 8:02\n早上好 36.5") == [(1, "36.5", "morning")]
    assert sure("李明：\n36.5") == [(1, "36.5", "")]
    assert sure("李明 8:02\n我36.5 老婆36.6") == [(1, "36.5", "morning"), (2, "36.6", "morning")]
    assert asked("李明 8:02\n36.5\n36.6") == [((1,), "several")] * 2
    assert asked("李明 8:02\n36.5\n\n36.6") == [((), "unknown")]
    assert asked("周老师 8:02\n36.5") == [((), "unknown")]
    assert asked("李明 2022-02-05 20:02\n36.5") == [((1,), "other_day")]


def test_morning_and_evening_are_told_apart() -> None:
    assert sure("李明 早36.4 晚36.6") == [(1, "36.4", "morning"), (1, "36.6", "evening")]
    assert sure("李明 早36.4 晚36.6", at=MORNING) == [(1, "36.4", "morning")]
    assert asked("李明 早36.4 晚36.6", at=MORNING) == [((1,), "other_day")]
    assert sure("今天8点量的 李明 36.5", at=MORNING) == [(1, "36.5", "morning")]
    assert asked("今天8点量的 李明 36.5") == [((1,), "slot")]
    assert asked("李明 早上忘了报 36.5") == [((1,), "slot")]


def test_a_second_reading_of_the_same_person_is_marked() -> None:
    first, second, third = entries("李明 36.5\n李明 改一下 36.9\n李明 36.5")
    assert (first.earlier, second.earlier, third.earlier) == ("", "other", "same")
    assert (first.is_sure, second.is_sure, third.is_sure) == (True, False, True)


def test_words_of_an_illness_are_shown_unless_denied_and_well_is_no_answer() -> None:
    coughing, denying, well = read("李明 37.8 有点咳嗽\n王芳 36.5 没有发热咳嗽，嗓子疼\n李明 36.5 一切正常")
    assert coughing.symptoms == ("咳嗽",)
    assert denying.symptoms == ("嗓子疼",)
    assert well.symptoms == () and well.said_well == ("一切正常",)


def test_a_quotation_and_a_remark_about_it_give_nobody_a_reading() -> None:
    assert sure("王芳:\n「李明：36.8」\n- - - - - - - -\n36.8没事的\n36.5") == [(2, "36.5", "")]


def test_traditional_characters_and_padding_are_the_same_name() -> None:
    assert sure("陳國強 36.5") == [(3, "36.5", "")]
    assert sure("李  明 36.5") == [(1, "36.5", "")]


def test_other_slots_than_morning_and_evening_have_their_own_names() -> None:
    rows = [{"slot": name, "from": start, "until": "23:00"} for name, start in (("one", "06:00"), ("two", "11:00"))]
    [line] = read_group_text("李明 早36.5", PEOPLE, at=AT, slots=case_clock.slots_from(rows))
    assert [entry.slot for entry in line.entries] == ["one"]


# What it never does

CHAT_PIECES = st.sampled_from(
    [
     "李明", "王芳", "陈国强", "赵秀英", "3-1-502", "2-1-101", "36.5", "37.8", "36度5", "三十六度五", "365", "早",
     "晚", "昨天", "老婆", "我", "全家", "都", "两个人", "代报", "和", "，", "。", " ", "\n", "：", "@", "「", "」",
     "8:02", "2022-02-05", "？", "1. ", "妈妈", "咳嗽",
]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=200) | st.lists(CHAT_PIECES | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_is_read_without_a_crash_and_no_sure_value_is_made_up(text: str) -> None:
    lines = read(text)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        for entry in line.entries:
            assert set(entry.case_ids) <= {1, 2, 3, 4} and entry.said in line.text
            if not entry.unclear:
                assert len(entry.case_ids) == 1 and case_clock.LOWEST <= entry.value <= case_clock.HIGHEST
                written = str(entry.value).replace(".0", "") if "." not in entry.said else str(entry.value)
                assert written in entry.said or not entry.said.replace(".", "").isascii()


@st.composite
def told(draw: st.DrawFn) -> tuple[str, set[tuple[int, Decimal]]]:
    """A line of several people, registered or not, each with a reading; and who of the registered has which."""
    strangers = [
        "赵六",
        "隔壁",
        "我妈",
        "小李",
        "菲菲",
        "李国强",
        "王大妈",
        "楼上",
        "陈国",
        "英子",
        "5-5-505",
        "李明他爸",
        "老陈",
    ]
    names = {
        "李明": 1,
        "王芳": 2,
        "陈国强": 3,
        "赵秀英": 4,
        "3-1-502李明": 1,
        "2-1-101 陈国强": 3,
        "赵秀英(2-2-201)": 4,
        "2-2-201": 4,
    }
    words = ["", " ", "：", " 体温", "今天", " 量了 ", "-", "，", "说他"]
    after = ["", " ", "，", "；", "。", "、", " 正常 ", "早上好 ", "没有不舒服，", "[玫瑰]"]
    text, truth = draw(st.sampled_from(["", "3. ", "大家好 ", "各位邻居，", "收到，"])), set()
    for _ in range(draw(st.integers(1, 4))):
        who = draw(st.sampled_from([*names, *strangers]))
        tenth = draw(st.integers(0, 9))
        form = draw(st.sampled_from(["36.{}", "36.{}℃", "36度{}", "36。{}"]))
        text += who + draw(st.sampled_from(words)) + form.format(tenth) + draw(st.sampled_from(after))
        if who in names:
            truth.add((names[who], Decimal(f"36.{tenth}")))
    return text, truth


@settings(deadline=None, max_examples=150)
@given(told())
def test_no_reading_goes_to_another_than_the_one_it_stands_beside(line: tuple[str, set[tuple[int, Decimal]]]) -> None:
    text, truth = line
    found = {(entry.case_ids[0], entry.value) for entry in entries(text) if not entry.unclear}
    assert found <= truth, text


def test_hostile_text_is_bounded() -> None:
    texts = [
        "1" * 100_000, "\0" * 100_000, "\n" * 100_000, "\u202e36.5\n" * 5_000, ("李明36.5、" * 85 + "\n") * 160,
        ("3栋2单元" * 100 + "\n") * 160, ("全家" * 300 + "\n") * 160,
    ]  # fmt: skip
    for text in texts:
        began = time.process_time()
        lines = read(text)
        assert time.process_time() - began < 2, text[:20]
        assert len(lines) <= 1_001
        assert not any(entry.is_sure for line in lines for entry in line.entries if line.is_unread)
    assert read("1" * 100_000)[0].is_unread


def test_three_hundred_lines_and_a_hundred_and_twenty_people_take_less_than_a_third_of_a_second() -> None:
    chance = random.Random(3)
    surnames, given_names = "王李张刘陈杨赵黄周吴徐孙胡朱高林", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
    people = [
        person(
            case,
            chance.choice(surnames) + "".join(chance.sample(given_names, 2)),
            f"{case % 6 + 1}-1-{case // 2 + 100}",
        )
        for case in range(1, 121)
    ]
    forms = [
        "{door} {name} 36.5",
        "{name}三十六度五 早上好，谢谢大家[抱拳]",
        "{name} 36.4 老婆36.6 一切正常",
        "收到，谢谢网格员",
        "今天的菜到了吗？",
    ]
    lines = []
    for _ in range(300):
        who = chance.choice(people)
        lines.append(chance.choice(forms).format(door=f"{who.building}-1-{who.room}", name=who.name))
    began = time.process_time()
    read("\n".join(lines), people)
    assert time.process_time() - began < 0.3


def test_what_is_not_known_of_a_person_stays_open() -> None:
    bare = [replace(one, relation="", sex="") for one in PEOPLE]
    assert asked("李明36.5 老婆36.4", bare) == [((2,), "several")]
