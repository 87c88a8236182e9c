"""A line of a chat taken apart: who, where, which reading, which time of day, and the words between."""

import re
from datetime import date

from quarantine.rules.chat import numbers, words
from quarantine.rules.chat.people import People
from quarantine.rules.chat.tokens import (
    IDEOGRAPH,
    TAKEN,
    Compound,
    DoorAt,
    FirstPerson,
    Group,
    KinAt,
    Mark,
    Mention,
    NameAt,
    OnBehalf,
    OtherDay,
    Pronoun,
    Reporter,
    SlotWord,
    Text,
    ThisDay,
    Word,
)
from residents.rules import addresses
from residents.rules.addresses import Door

_IDEOGRAPH = re.compile(rf"[{IDEOGRAPH}]")
_MENTION = re.compile(r"@[^\s@:,]{1,30}")
# The number of a line in a chain: 1. 2、 ③ 4） and, before a space, 16 姜尚.
_MARK = re.compile(
    r"\s*(?:[①-⑳]"
    r"|[0-9]{1,3}\s?[.、):](?=\s*[^0-9\s]|\s+[0-9]|\s*$|[0-9]{3}|[0-9]{1,2}[-#栋幢号座])"
    r"|[0-9]{1,2}\s+(?=[^0-9\s.。度点℃°]))"
)
_BUILDING = r"(?:号楼|栋|幢|座|#楼|号院)"
_ENTRANCE = r"(?:单元|门洞|梯|门(?!牌|口))"
_NO_TENTH = r"(?![0-9A-Za-z])(?!\s?[.。度点·][0-9])"  # 3-502, and not 3-36.5
_WORDED = re.compile(
    rf"(?:第?(?:[东西南北]?[0-9]{{1,3}}|(?<![A-Za-z])[A-Za-z]|[甲乙丙丁一二三四五六七八九十]{{1,3}}){_BUILDING}\s?[-,/]?\s?)?"
    rf"(?:第?(?:[0-9]{{1,2}}|[A-Za-z甲乙丙丁东西]|[一二三四五六七八九十]{{1,2}}){_ENTRANCE}\s?[-,/]?\s?)?"
    r"(?:(?:[0-9]{1,2}[楼层]\s?)?(?:[0-9]{1,2}-)?[A-Za-z]?[0-9]{3,4}[A-Za-z]?(?![0-9])(?!\s?[.。度点][0-9])(?:室|号房|号|房|户)?)?"
)
_IS_WORDED = re.compile(rf"{_BUILDING}|{_ENTRANCE}")
_DASHED = re.compile(
    r"(?<![0-9A-Za-z.])(?<![0-9A-Za-z][-/])(?:[0-9]{1,3}[A-Za-z]?|[A-Za-z][0-9]{0,2})"
    r"(?:\s?[-/#_]\s?[0-9]{1,2}[A-Za-z]?\s?[-/#_]\s?[A-Za-z]?[0-9]{1,4}[A-Za-z]?|\s?[-/#_]\s?[A-Za-z]?[0-9]{3,4}[A-Za-z]?)"
    rf"{_NO_TENTH}(?:室|号房|号|房|户)?"
)
_SPACED = re.compile(rf"(?<![0-9.])[0-9]{{1,3}}\s[0-9]{{1,2}}\s[0-9]{{3,4}}{_NO_TENTH}")  # 8 2 704
_LETTERED = re.compile(rf"(?<![0-9A-Za-z])([A-Za-z])([0-9]{{3,4}}){_NO_TENTH}(?:室|房)?")  # A1204
_ROOM = re.compile(rf"(?<![0-9A-Za-z.:\-/])([A-Za-z]?[0-9]{{2,4}}[A-Za-z]?){_NO_TENTH}(?![-/:])(室|号房|号|房|户)?")
_OF_A_HOME = re.compile(r"\s*[全两一二三四五六七八]?[家户个口]")
_PREFIX = re.compile(r"[\u3400-\u9fff]{2,12}$")


def taken_apart(folded: str, people: People, today: date) -> Text:
    """The parts of a folded line in the order in which they stand; words and pet names only where it has a reading."""
    text = Text(folded)
    if mark := _MARK.match(folded):
        text.take(Mark(*mark.span()))
    numbers.take_noise(text)
    text.take_each(_MENTION, Mention)
    for compound in people.compounds:
        text.take_each(re.compile(re.escape(compound)), lambda start, end, name=compound: Compound(start, end, name))  # type: ignore[misc]
    if people.names is not None:
        text.each(people.names, lambda match: text.take(NameAt(*match.span(), people.named(match[0]), True)))
    numbers.take_days(text, today)
    _take_doors(text, people)
    numbers.take_clocks(text)
    numbers.take_readings(text)
    numbers.take_doubtful(text)
    if text.readings:
        text.take_each(words.GREETING, Word)
        take_calls(text, people)
        _take_words(text)
    return text.in_order()


def take_slots(text: Text) -> None:
    """Words for a time of day."""
    for pattern, hour in words.SLOTS:
        text.take_each(pattern, lambda start, end, hour=hour: SlotWord(start, end, hour))  # type: ignore[misc]
    if match := words.SLOT_AT_END.search(text.left):
        text.take(SlotWord(*match.span("slot"), 8 if match["slot"] == "早" else 20))


def take_calls(text: Text, people: People) -> None:
    """People by pet name, title and relation, and who writes for whom."""

    def titled(match: re.Match[str]) -> None:
        if not _touches(text, *match.span()):
            cases = people.titled(match["one"] or match["two"], match["title"] or "")
            text.take(NameAt(*match.span(), cases, False))

    def part(match: re.Match[str]) -> None:
        if not _touches(text, *match.span()):
            text.take(NameAt(*match.span(), people.called(match[0]), False))

    def group(match: re.Match[str]) -> None:
        count = match["one"] or match["two"]
        text.take(Group(*match.span(), words.COUNTS.get(count) or int(count) if count else None))

    if people.titles is not None:
        text.each(people.titles, titled)
    if people.parts is not None:
        text.each(people.parts, part)
    text.take_each(words.REPORTER, Reporter)
    text.take_each(words.ON_BEHALF, OnBehalf)
    text.each(words.GROUP, group)
    text.each(words.KIN, lambda match: _take_kin(text, match))


def _take_kin(text: Text, match: re.Match[str]) -> None:
    """A relative, unless the word is the end of another one (小姐姐)."""
    before = text.left[match.start() - 1 : match.start()]
    if match[0] != match["kin"] or not _IDEOGRAPH.match(before) or before in "的家和跟与及是两个位":
        text.take(KinAt(*match.span(), match["kin"]))


def _take_words(text: Text) -> None:
    text.take_each(words.OTHER_DAY, OtherDay)
    take_slots(text)
    text.take_each(words.THIS_DAY, ThisDay)
    text.take_each(words.FIRST, FirstPerson)
    text.each(
        words.PRONOUN, lambda match: text.take(Pronoun(*match.span(), words.MALE if match[0] == "他" else words.FEMALE))
    )
    text.take_each(words.SYMPTOM, Word)
    text.take_each(words.WORDS, Word)


def _take_doors(text: Text, people: People) -> None:
    def worded(match: re.Match[str]) -> None:
        if _IS_WORDED.search(match[0]):
            _take_door(text, *match.span(), addresses.parse(match[0].strip(" -,/")))

    def dashed(match: re.Match[str]) -> None:
        _take_door(text, *match.span(), addresses.parse("".join(match[0].split())))

    def known(match: re.Match[str], door: Door) -> None:
        if people.behind(door):
            _take_door(text, *match.span(), door)

    def room(match: re.Match[str]) -> None:
        """A number alone is a room where somebody lives in one of that number and nothing is counted by it."""
        rest = text.left[match.end() :]
        is_counted = words.COUNTED.match(rest) and not _OF_A_HOME.match(rest)
        if (people.has_room(match[1]) and not is_counted) or match[2] in ("室", "号房", "房"):
            _take_door(text, *match.span(), Door(room=match[1]))

    text.each(_DASHED, dashed)
    text.each(_WORDED, worded)
    text.each(_SPACED, lambda match: known(match, Door("", *match[0].split())))
    text.each(_LETTERED, lambda match: known(match, Door(building=match[1], room=match[2])))
    text.each(_ROOM, room)


def _take_door(text: Text, start: int, end: int, door: Door | None) -> None:
    """A door with the compound that stands before it, also one where nobody isolates."""
    if door is None:
        return
    while text.line[end - 1] in " ,-/":
        end -= 1
    compounds = [
        token for token in text.tokens if isinstance(token, Compound) and not text.line[token.end : start].strip()
    ]
    compound = compounds[0].name if compounds and compounds[0].end <= start else ""
    if not compound and (prefix := _PREFIX.search(text.left[:start])):
        compound = addresses.compound_in(prefix[0])
        start -= len(compound) if prefix[0].endswith(compound) else 0
    text.take(DoorAt(start, end, door._replace(compound=compound)))


def _touches(text: Text, start: int, end: int) -> bool:
    """Whether a character that nobody knows stands directly before or behind a part of a name."""
    before, behind = text.left[max(start - 1, 0) : start], text.left[end : end + 1]
    if _IDEOGRAPH.match(before) and before not in words.BEFORE_NAME:
        return True
    return bool(_IDEOGRAPH.match(behind)) and not _is_word_at(text, end)


def _is_word_at(text: Text, place: int) -> bool:
    """Whether a known word of two characters or a safe single one begins there."""
    word = words.WORDS.match(text.left, place)
    is_long = word is not None and len(word[0]) > 1
    return is_long or words.SYMPTOM.match(text.left, place) is not None or text.left[place] in words.BEHIND_NAME


def is_doubtful_name(text: Text, name: NameAt) -> bool:
    """Whether a name may be a part of a longer one that nobody registered: 李明 in 李明亮, in 李明和 36.5."""
    before, behind = text.left[max(name.start - 1, 0) : name.start], text.left[name.end : name.end + 1]
    if " " in text.line[name.start : name.end] and _IDEOGRAPH.match(text.line, name.end):
        return True  # 赵 刚量的
    return bool(_IDEOGRAPH.match(before) or _IDEOGRAPH.match(behind)) or _ends_loosely(text, name)


def _ends_loosely(text: Text, name: NameAt) -> bool:
    """Whether one character that could be the last of the name stands between it and a gap."""
    behind = text.line[name.end : name.end + 1]
    if not _IDEOGRAPH.match(behind) or behind in words.BEHIND_NAME:
        return False
    follower = next((token for token in text.tokens if token.start == name.end), None)
    if not isinstance(follower, Word) or follower.end - follower.start > 1:
        return False
    return not any(
        token.start == follower.end and isinstance(token, NameAt | KinAt | FirstPerson) for token in text.tokens
    )


def is_unknown(text: Text, start: int, end: int) -> bool:
    """Whether words that nobody knows stand there: they may name somebody."""
    return _STRANGE.search(text.left, start, end) is not None


_STRANGE = re.compile(rf"[{IDEOGRAPH}]|[A-Za-z]{{2,}}")
_JOINED = re.compile(r"[、和跟与及&]$")
_NAME_ALONE = re.compile(rf"(?<![{IDEOGRAPH}])[{IDEOGRAPH}]{{2,3}}$")


def is_led_by_stranger(text: Text, start: int, place: int) -> bool:
    """Whether somebody unknown stands before a place as beside an equal: 葛布和李明, 赵六 李明."""
    before = text.line[start:place].rstrip(" ,")
    if joined := _JOINED.search(before):
        return is_unknown(text, start, start + joined.start())
    name = _NAME_ALONE.search(before)
    left = text.left[start + name.start() : start + name.end()] if name else ""
    return TAKEN not in left and left[:1] in words.SURNAMES and not left.endswith("家")
