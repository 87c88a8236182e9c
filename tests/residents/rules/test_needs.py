"""Needs in free text: what is asked for, how much of it, and nothing that the text does not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.rules import needs


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("鸡蛋2板、白菜3斤", [("鸡蛋", 2, "板"), ("白菜", 3, "斤")]),
        ("降压药（硝苯地平）1盒", [("降压药（硝苯地平）", 1, "盒")]),
        ("婴儿奶粉三段 2罐", [("婴儿奶粉三段", 2, "罐")]),
        ("20个口罩", [("口罩", 20, "个")]),
        ("口罩２０个", [("口罩", 20, "个")]),
        ("鸡蛋两板 白菜三斤", [("鸡蛋", 2, "板"), ("白菜", 3, "斤")]),
        ("土豆5斤白菜2棵", [("土豆", 5, "斤"), ("白菜", 2, "棵")]),
        ("1、大米10斤；2、油1桶", [("大米", 10, "斤"), ("油", 1, "桶")]),
        ("2板鸡蛋 20个口罩 一瓶酒精", [("鸡蛋", 2, "板"), ("口罩", 20, "个"), ("酒精", 1, "瓶")]),
        ("5个月奶粉 2罐", [("5个月奶粉", 2, "罐")]),
        ("十斤大米", [("大米", 10, "斤")]),
        ("半斤猪肉", [("猪肉", 0.5, "斤")]),
        ("米2.5kg", [("米", 2.5, "kg")]),
        ("面包、牛奶各2袋", [("面包", 2, "袋"), ("牛奶", 2, "袋")]),
        ("感冒药若干", [("感冒药", None, None)]),
        ("菜", [("菜", None, None)]),
        ("速效救心丸1", [("速效救心丸", 1, None)]),
        # Digits that belong to the name of the thing.
        ("N95", [("N95", None, None)]),
        ("N95口罩10个", [("N95口罩", 10, "个")]),
        ("84消毒液2瓶", [("84消毒液", 2, "瓶")]),
        ("布洛芬0.3g*20粒 2盒", [("布洛芬0.3g*20粒", 2, "盒")]),
        ("维生素B2一瓶", [("维生素B2", 1, "瓶")]),
        ("5个月奶粉2罐", [("5个月奶粉", 2, "罐")]),
        ("奶粉（三段、惠氏）2罐", [("奶粉（三段、惠氏）", 2, "罐")]),
        ("三七粉一盒", [("三七粉", 1, "盒")]),
        # The amount before the thing, signs between the lines, what somebody says first.
        ("3瓶84消毒液", [("84消毒液", 3, "瓶")]),
        ("10个N95口罩", [("N95口罩", 10, "个")]),
        ("牛奶1箱/鸡蛋2板", [("牛奶", 1, "箱"), ("鸡蛋", 2, "板")]),
        ("布洛芬0.3g*20粒/盒 1盒", [("布洛芬0.3g*20粒/盒", 1, "盒")]),
        ("①大米10斤②油1桶", [("大米", 10, "斤"), ("油", 1, "桶")]),
        ("急需胰岛素2支", [("胰岛素", 2, "支")]),
        # Not to be believed: the words stay as they are.
        ("1234567890个口罩", [("1234567890个口罩", None, None)]),
        ("无", []),
        ("不需要", []),
        ("", []),
    ],
)
def test_each_line_with_its_quantity(text: str, lines: list[tuple[str, float | None, str | None]]) -> None:
    assert [tuple(need) for need in needs.read(text)] == lines


@given(st.text(max_size=80))
def test_any_text_is_read_without_losing_itself(text: str) -> None:
    for need in needs.read(text):
        assert need.item and need.item.strip() == need.item
        assert need.quantity is None or need.quantity > 0
        assert need.unit is None or need.quantity is not None


@given(
    st.lists(
        st.tuples(st.sampled_from(["大米", "鸡蛋", "青菜"]), st.integers(1, 99), st.sampled_from("斤板盒包棵")),
        min_size=1, max_size=6,
    ),
    st.sampled_from(["、", "，", ";", "\n", " "]),
)  # fmt: skip
def test_what_is_written_is_what_is_read(lines: list[tuple[str, int, str]], between: str) -> None:
    text = between.join(f"{item}{quantity}{unit}" for item, quantity, unit in lines)
    assert [tuple(need) for need in needs.read(text)] == lines
