"""Needs in free text → lines: "鸡蛋2板、白菜3斤" is two boards of eggs and three jin of cabbage."""

import re
import unicodedata
from typing import NamedTuple

from residents.rules.text import NOTHING, without_invisible

_UNITS = (
    "公斤|千克|毫升|kg|KG|Kg|ml|ML|mL|斤|两|克|升|板|盒|瓶|袋|包|个|只|罐|箱|桶|条|片|支|份|把|棵|颗|提|卷|粒|串|套|双"
    "|件|张|块|根|筒|枚|头|朵|扎|捆|筐|篮|贴|对|本|台|部|顿|餐|斗|g|L|l"
)
_CHINESE = {
    "半": 0.5,
    "一": 1,
    "两": 2,
    "二": 2,
    "俩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_TENS = re.compile(r"([一二两三四五六七八九]?)十([一二三四五六七八九]?)")
_NUMBER = r"[0-9]+(?:\.[0-9]+)?|[半一两二俩三四五六七八九]|[一二两三四五六七八九]?十[一二三四五六七八九]?"
# The number must not go on from another one ("0.3g" is a strength, not a quantity of three).
_DIGITS, _WORDS = _NUMBER.split("|", 1)
_LAST = re.compile(
    rf"(.*?)(?:(?<![0-9.])(?<=.)\s*[x×*]?\s*({_DIGITS})|\s*({_WORDS}))\s*({_UNITS})?\s*((?:[(][^()]*[)])?)"
)
# Several lines written without anything between them: "土豆5斤白菜2棵".
_RUN = re.compile(rf"([^0-9()]*[\u4e00-\u9fff]\s*)\s*({_DIGITS})\s*({_UNITS})")
_FIRST = re.compile(rf"({_NUMBER})\s*({_UNITS})\s*(.+)")
_AMOUNT_FIRST = re.compile(rf"(?:{_NUMBER})(?:{_UNITS})[^0-9\s]*[\u4e00-\u9fff][^0-9\s]*")
_BETWEEN = re.compile(r"[、，,；;。\n\r|]+|\s*[+＋&]\s*|(?<=[^\sA-Za-z0-9])\s*(?:和|以及|还有)(?=[^\s])")
_AMOUNT = re.compile(rf"(?:{_NUMBER})?\s*(?:{_UNITS})?")
_COUNTED = "斤板盒瓶袋包个只罐箱桶条片支份把棵颗提卷粒串套双件张块根"
_SLASH = re.compile(rf"(?<=[{_COUNTED}])\s*/\s*(?=[^\s0-9{_COUNTED}])")
_COUNTED_INSIDE = re.compile(rf"[0-9]\s*(?:{_UNITS}|[^\u4e00-\u9fff0-9.]|$)")
_LONE = re.compile(rf"\s*(?:{_NUMBER})\s*(?:{_UNITS})\s*")
_SOME = re.compile(r"(?:若干|一些|少许|适量|一点|几[个盒瓶袋包斤]?)$|^(?:一些|一点|几[个盒瓶袋包斤])")
# "1、大米10斤；2、鸡蛋2板": numbers of a list, not of things.
_NUMBERED = re.compile(r"(^|[、，,；;\s])[0-9]{1,2}[、.．)）:：](?=[^0-9\s])")
_GAPS = re.compile(r"[^\S\n\r]+")
_CIRCLED = re.compile("[①-⑳]")
_LEAD = re.compile(
    r"^(?:[0-9]{1,2}[.．)）:：](?![0-9])"
    r"|急[!！：:，,。 ]+|急需|急要|需要|需|想要|要|请买|请带|帮忙买|帮买|代购|代买|买)\s*"
)
_SPACED = re.compile(rf"(?<=[{_COUNTED}])\s+(?=\S)")
_LONGEST_ITEM = 60
LONGEST = 500  # characters of what one person asks for
_LARGEST_QUANTITY = 10_000


class Need(NamedTuple):
    """One thing asked for. Quantity and unit stay empty where the text does not tell them ("菜")."""

    item: str
    quantity: float | None = None
    unit: str | None = None


def read(text: str) -> tuple[Need, ...]:
    """Every thing that a text asks for, in its order; () where it says that nothing is needed."""
    plain = _GAPS.sub(" ", without_invisible(text)).replace("（", "(").replace("）", ")").strip()
    plain = _CIRCLED.sub("、", plain)
    plain = _NUMBERED.sub("\\1", plain)
    plain = _SLASH.sub("、", plain)
    if all(map(_AMOUNT_FIRST.fullmatch, pieces := plain.split(" "))):
        plain = "、".join(pieces)  # 2板鸡蛋 20个口罩
    if not plain or plain in NOTHING or plain in ("不需要", "暂不需要", "不用", "无需求", "无需要", "暂无需求"):
        return ()
    needs: list[Need] = []
    for part in _with_lone_quantities(_parts(plain)):
        run = list(_RUN.finditer(part))
        if len(run) > 1 and "".join(match.group() for match in run) == part:
            needs.extend(need for match in run if (need := _need(match.group())))
        elif need := _need(part):
            needs.append(need)
    return tuple(_each(needs))


def is_amount(text: str) -> bool:
    """Whether a text is a quantity, a unit or both, and no thing: 2, 袋, 2袋."""
    return bool(_AMOUNT.fullmatch(text.strip()))


def _with_lone_quantities(parts: list[str]) -> list[str]:
    """ "布洛芬0.3g*20粒" and "2盒" are one thing: what is nothing but a quantity belongs to what stands before it."""
    joined: list[str] = []
    for part in parts:
        if joined and _LONE.fullmatch(part):
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def _each(needs: list[Need]) -> list[Need]:
    """ "面包、牛奶各2袋" says the quantity of both."""
    for place, need in enumerate(needs):
        if need.quantity is not None and need.item.endswith("各") and len(need.item) > 1:
            needs[place] = need._replace(item=need.item[:-1])
            for before in range(place - 1, -1, -1):
                if needs[before].quantity is not None:
                    break
                needs[before] = Need(needs[before].item, need.quantity, need.unit)
    return needs


def _parts(text: str) -> list[str]:
    """The text between its separators; what stands in brackets is one with its item."""
    depth, parts, start = 0, [], 0
    cuts = [(match.start(), match.end()) for match in _BETWEEN.finditer(text)]
    cuts += [(match.start(), match.end()) for match in _SPACED.finditer(text)]
    inside = []
    for sign in text:
        depth = max(depth + (sign == "(") - (sign == ")"), 0)
        inside.append(depth > 0)
    for left, right in sorted(cuts):
        if left >= start and not inside[min(left, len(inside) - 1)]:
            parts.append(text[start:left])
            start = right
    return [*parts, text[start:]]


def _need(part: str) -> Need | None:
    part = _LEAD.sub("", part.strip()).strip(" .。:：")
    if not part or part in NOTHING:
        return None
    numbers = unicodedata.normalize("NFKC", part)  # digits and units only; the item keeps its characters
    part = part if len(numbers) != len(part) else numbers
    if match := _FIRST.fullmatch(part):
        quantity, unit, item = match.groups()
        if not _COUNTED_INSIDE.search(item) and _is_sensible(quantity):
            return _line(item, quantity, unit)
    if match := _LAST.fullmatch(part):
        item, digits, words, unit, brackets = match.groups()
        # Without a unit, digits count after a Chinese word only: N95 and B2 are names.
        sure = unit or (digits and not item.rstrip()[-1:].isascii())
        if sure and _is_sensible(digits or words):
            return _line(item + brackets, digits or words, unit)
    return _line(part, None, None)


def _is_sensible(quantity: str) -> bool:
    return 0 < _number(quantity) < _LARGEST_QUANTITY


def _line(item: str, quantity: str | None, unit: str | None) -> Need | None:
    item = item.strip(" xX×*:：").replace("(", "（").replace(")", "）")[:_LONGEST_ITEM]
    if not item:
        return None
    if quantity is None:
        return Need(_SOME.sub("", item) or item)
    return Need(item, _number(quantity), unit)


def _number(text: str) -> float:
    if text in _CHINESE:
        return _CHINESE[text]
    if match := _TENS.fullmatch(text):
        return _CHINESE.get(match[1], 1) * 10 + _CHINESE.get(match[2], 0)
    number = float(text)
    return int(number) if number.is_integer() else number
