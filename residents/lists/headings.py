"""What a heading means, and where in a sheet the header stands: one to three levels, merged or split."""

import re
from functools import lru_cache

from residents.lists.cells import is_empty, text_of
from residents.lists.days import day_and_slot, slot_named
from residents.lists.fields import DOOR, REPEATABLE, SYNONYMS, Field
from residents.lists.reading import Sheet
from residents.rules.text import compact

_HEADER_WITHIN = 15  # rows from the top in which a header is looked for
_LEVELS = 3

_BRACKETS = re.compile(r"[(\[【{<《].*?[)\]】}>》]")
_PUNCTUATION = re.compile(r"[^\w]|_")
# Facts about somebody else than the person of the row.
OTHERS = re.compile(
    r"监护|联系人|家属|亲属|家长|子女|网格[员长]|负责|包保|填[报表]|审核|医生|医务|民警|楼[栋道]长|志愿者|单位|来源|出发|户主|关联"
)
_SOMEBODY_ELSE = re.compile(r"监护|联系人|家属|亲属|家长|网格[员长]|负责|包保|填[报表]|民警|医[生务]")
# What an export or a form puts around the name of a column: 现住址-楼栋, "3、您的姓名是？".
_STEPS = re.compile(r"[-—_./\\>:：]")
_OF_PEOPLE = frozenset(
    (Field.NAME, Field.SEX, Field.BIRTH_DATE, Field.ID_NUMBER, Field.PHONES, Field.ADDRESS, Field.RELATION, *DOOR)
)
SICK = re.compile(r"病例|患者|阳性|感染者")  # whom somebody met
_LESS_SURE = 500
_ASKED = re.compile(r"^(?:Q?[0-9]{1,2}[.、_:)])?(?:请?(?:填写|输入|选择))?[您你]?的?(.+?)(?:是|为)?[?]?$")
_HALF = re.compile(r"起|止|始|终|开始|结束|起始|截止|(?:开始|结束|起始|截止|解除)(?:时间|日期)")
_HOUR = re.compile(r"[0-9]{1,2}[:：点时](?:[0-5][0-9])?分?")
_LINE = re.compile(r"第?[0-9A-Za-z一二三四五六七八九十]+(?:单元|[栋幢座组期区队]|号楼|网格)")
_NOON = ("中", "午", "中午")
_LATIN = re.compile(r"[A-Za-z]+")
_TOUCHING = re.compile(r"(?<=[0-9])\n(?=[0-9])")  # "2022-05-01" above "8:00"
_LOOSE: tuple[tuple[Field, re.Pattern[str]], ...] = (
    (Field.RELATION, re.compile(r"(?:户主|户内|家庭|成员).*关系")),  # 与病例关系 is another one
    (Field.REGISTERED_ADDRESS, re.compile(r"户[籍口].*(?:地|址)")),
    (Field.ID_TYPE, re.compile(r"证件.*(?:类|种)")),
    (Field.ID_NUMBER, re.compile(r"身份证|身份号|证件号|护照号")),
    (Field.NAME, re.compile(r"姓名$")),
    (Field.PHONES, re.compile(r"手机|电话|联系方式|联系号码")),
    (
        Field.ISOLATION_END,
        re.compile(
            r"(?:隔离|观察|管控|监测).*(?:结束|解除|截止|期满|终|止$|满\d*天)|(?:结束|解除|满\d+天).*(?:时间|日期)?$"
        ),
    ),
    (
        Field.ISOLATION_START,
        re.compile(r"(?:隔离|观察|管控|监测).*(?:开始|起始|起)|(?:开始|起始).*(?:隔离|观察|管控|监测)"),
    ),
    (Field.ISOLATION_START, re.compile(r"(?:返|抵|到达|来).*(?:时间|日期)")),
    (Field.BIRTH_DATE, re.compile(r"出生")),
    (Field.ADDRESS, re.compile(r"(?:住址|地址|居住地|现住)|楼.*房.*号")),
    (Field.HOUSEHOLD, re.compile(r"户.*编[号码]")),
    (Field.GRID, re.compile(r"网格")),
    (Field.NOTE, re.compile(r"备注")),
    (Field.SEX, re.compile(r"^性别")),
    (Field.NEEDS, re.compile(r"^(?!是否|有无).*(?:物资|物品|需求|采购|代购|药品)(?!.*(?:数量|单位|时间|日期|情况)$)")),
    (Field.NEEDS, re.compile(r"(?:物资|物品|需求|药品).*数量$")),
)


@lru_cache(maxsize=4096)
def header_key(header: str) -> str:
    """A header without spaces, punctuation, line breaks and stars."""
    return _PUNCTUATION.sub("", compact(header))


_EXACT: dict[str, tuple[Field, int]] = {}
for _field, _words in SYNONYMS.items():
    for _rank, _word in enumerate(_words.split()):
        _EXACT.setdefault(header_key(_word), (_field, 1000 - _rank))


@lru_cache(maxsize=4096)
def field_of(header: str) -> tuple[Field, int] | None:
    """The field a header names and how sure that is (a larger number is surer); None where it names none."""
    key = header_key(header)
    if not key:
        return None
    if exact := _EXACT.get(key.upper() if key.isascii() else key) or _EXACT.get(
        header_key(_BRACKETS.sub("", compact(header)))
    ):
        return exact
    if not key.isascii() and (chinese := _LATIN.sub("", key)) != key:
        return field_of(chinese)  # "姓名 Name"
    if len(key) > 30:
        return None
    if key[-1] in "123456789" and (exact := _EXACT.get(key[:-1])) and exact[0] in REPEATABLE:
        return exact  # 联系电话2
    if OTHERS.search(key) and not re.search(r"户主.*关系|户籍", key):
        return None
    if exact := _within_form(header):
        return exact
    return next(((field, 100 - rank) for rank, (field, pattern) in enumerate(_LOOSE) if pattern.search(key)), None)


def _within_form(header: str) -> tuple[Field, int] | None:
    """The field of a header that stands as the last step of a path or in a question."""
    text = compact(header)
    steps = [step for step in _STEPS.split(text) if step]
    if len(steps) == 2 and (exact := _EXACT.get(header_key(steps[1]))) and exact[0] in _OF_PEOPLE:
        above = field_of(steps[0])
        hers = not SICK.search(steps[0]) and (above is None or above[0] in (Field.ADDRESS, exact[0]))
        return (exact[0], exact[1] - _LESS_SURE) if hers else None
    asked = _ASKED.match(_BRACKETS.sub("", text))
    return _EXACT.get(header_key(asked[1])) if asked else None


# -- the header ---------------------------------------------------------------------------------------------------


def find_header(sheet: Sheet, width: int, start: int) -> tuple[int, int, list[str]] | None:
    """(first row, levels, header text a column) of the rows that name most fields."""
    best: tuple[int, int, list[str]] | None = None
    best_score = 0
    for top in range(start, min(start - 1 + _HEADER_WITHIN, len(sheet.rows)) + 1):
        levels_texts: list[list[str]] = []
        for levels in range(1, _LEVELS + 1):
            texts = _header_texts(sheet, top + levels - 1, width)
            if texts is None or (levels > 1 and not _goes_on(sheet, top, levels_texts, texts)):
                break
            levels_texts.append(texts)
            headers = _joined(levels_texts)
            score = _score(headers)
            goes_on = best and best[0] == top and score == best_score and _only_header(texts)
            # A title above needs one level more to name the same fields.
            shorter = best and score == best_score > 0 and levels < best[1] and not _sets_apart(best[2], headers)
            if score > best_score or goes_on or shorter:
                best, best_score = (top, levels, headers), score
    return best


def _sets_apart(longer: list[str], shorter: list[str]) -> bool:
    """Whether a level more says of a column that it is about somebody else (家属/姓名)."""
    return any(
        _SOMEBODY_ELSE.search(one) and not _SOMEBODY_ELSE.search(two) for one, two in zip(longer, shorter, strict=True)
    )


def _score(headers: list[str]) -> int:
    """How many fields a header names; one alone counts only if it says name or ID number beside other columns."""
    fields = {match[0] for header in headers if (match := field_of(header))}
    if any(map(day_and_slot, headers)):
        fields.add(Field.CHECK_IN)
    if len(fields) == 1:
        sure = any(header and is_exact(header) for header in headers) and fields & {Field.NAME, Field.ID_NUMBER}
        return 1 if sure and sum(map(bool, headers)) > 1 else 0
    return len(fields)


def _header_texts(sheet: Sheet, row: int, width: int) -> list[str] | None:
    """The texts of a row that may be a header, merged cells filled to the right; None where it cannot be one."""
    cells = sheet.row(row)
    if all(is_empty(cell) for cell in cells):
        return None
    texts = [text_of(cell).strip() for cell in cells] + [""] * (width - len(cells))
    for text in texts:
        digits = sum(character.isdigit() for character in text)
        if digits >= 11 and len(text) < 40 and digits > len(text) * 0.6:
            return None  # an ID number or a phone: this is a row of data
    for top, left, bottom, right in sheet.merged:
        if top <= row <= bottom and right > left:
            beside = texts[:left] + texts[right + 1 :]
            if right - left + 1 >= max(width * 0.7, 3) and not any(map(field_of, beside)):
                return None  # merged over the whole width: a title or note
            if top == row:
                texts[left : right + 1] = [texts[left]] * (right - left + 1)
    return texts


def _goes_on(sheet: Sheet, top: int, above: list[list[str]], texts: list[str]) -> bool:
    """Whether a row continues the header above it: under a named column stands nothing, or a name again."""
    row = top + len(above)
    groups = {
        index
        for first, left, _, right in sheet.merged
        if top <= first < row and right > left
        for index in range(left, min(right + 1, len(texts)))
    }
    for index, (upper, text) in enumerate(zip(_joined(above), texts, strict=True)):
        if text and index not in groups and field_of(upper) and not (field_of(upper + text) or field_of(text)):
            return False
    merged_down = any(top <= first < row <= last for first, _, last, _ in sheet.merged)
    pairs = [(upper, text) for upper, text in zip(_joined(above), texts, strict=True) if text]
    named = any(field_of(text) or (upper and field_of(upper + text)) for upper, text in pairs)
    return merged_down or named or _only_header(texts)


def _only_header(texts: list[str]) -> bool:
    """Whether a row holds nothing but short words or hours, as the lower level of a header does (早, 晚, 8:00)."""
    filled = [text for text in texts if text]
    short = all((len(text) <= 4 and not text[0].isdigit()) or _HOUR.fullmatch(text) for text in filled)
    if len(filled) == 1 and _LINE.fullmatch(compact(filled[0])):
        return False  # "一单元": the first line between the rows
    return bool(filled) and short and len(filled) < len(texts)


def _joined(levels: list[list[str]]) -> list[str]:
    """One header a column: split characters join (性/别), a named lower level stands for itself (住址/楼栋)."""
    headers: list[str] = []
    day = ""
    for texts in zip(*levels, strict=True):
        parts = [text for position, text in enumerate(texts) if text and (position == 0 or text != texts[position - 1])]
        slot = len(levels) > 1 and (slot_named(texts[-1]) is not None or texts[-1] in _NOON)
        if slot and len(parts) == 1 and day:
            parts.insert(0, day)  # a day that stands over two columns without being merged over them
        day = parts[-2] if slot and len(parts) > 1 else ""
        headers.append(_one_header(parts))
    return headers


def _one_header(parts: list[str]) -> str:
    joined = _TOUCHING.sub(" ", "\n".join(parts)).replace("\n", "")
    if len(parts) < 2 or is_exact(joined):
        return joined
    if _HALF.fullmatch(compact(parts[-1])):
        return "".join(parts[-2:])  # 隔离时间/起: which half of it
    if any(_SOMEBODY_ELSE.search(part) for part in parts[:-1]):
        return joined  # 紧急联系人/姓名 is nobody of the list
    if day_and_slot(joined):
        return joined  # 日期/1日/早
    return next((part for part in reversed(parts) if field_of(part)), joined)


def is_exact(header: str) -> bool:
    match = field_of(header)
    return match is not None and match[1] > 100
