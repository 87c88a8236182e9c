"""What the lines of a chat say of those below them: who sends, when, of which door or item of a chain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from grid.rules.clock import moment
from quarantine.rules.case_clock import Slot, slot_at
from quarantine.rules.chat import numbers, parts, words
from quarantine.rules.chat.people import NOBODY, People
from quarantine.rules.chat.subjects import SEVERAL, UNKNOWN, Around, Subject, Subjects
from quarantine.rules.chat.tokens import TAKEN, DayAt, DoorAt, Mark, Mention, NameAt, SlotWord, Text

_DATE = r"(?:(?P<year>20\d\d)[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
_WHEN = (
    rf"(?:{_DATE}\s*)?(?:(?:星期|周)[一二三四五六日天]\s*)?(?P<past>昨天|前天)?\s*"
    r"(?P<half>上午|下午|早上|晚上|凌晨|中午|AM|PM)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?"
)
_WHO = r"(?P<who>\S.{0,40}?)"
_HEADERS = (re.compile(rf"{_WHO}\s+{_WHEN}"), re.compile(rf"{_WHEN}\s+{_WHO}"))
_RULER = re.compile(rf"[-=—_\s]*{_WHEN}[-=—_\s]*")
_SENDER = re.compile(r"(?P<who>[^\s:].{0,30}?)\s*:")
_QUOTE = re.compile(r"\s*[「『](?P<words>.*)")
_STROKES = re.compile(r"(?:[-—_=]\s?){5,}")
_GREETED = re.compile(r"(?:大家|各位)?(?:早上|上午|中午|下午|晚上)好|大家早")
_BOTH_SLOTS = re.compile(r"早.*[/、和及晚].*晚")
_SAYS_MORE = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_STRANGE = re.compile(r"[\u3400-\u9fff]|[A-Za-z]{2}")


@dataclass
class Message:
    """The message that is being read, and the item of a chain within it."""

    number: int = 0
    sender: Subject | None = None
    hour: int | None = None
    is_other_day: bool = False
    quoted: set[Decimal] = field(default_factory=set)
    title_hour: int | None = None  # said once for all that follows
    is_title_of_other_day: bool = False
    door: frozenset[int] | None = None
    above: Subject | None = None  # a name or door on a line of its own
    anchor: frozenset[int] = NOBODY
    is_item: bool = False
    has_loose_reading: bool = False  # a reading above, of nobody: names below may belong to it


class Messages:
    """Follows the messages of a chat, line by line."""

    def __init__(self, people: People, at: datetime, slots: Sequence[Slot]) -> None:
        self.people, self.at, self.slots = people, at, slots
        self.today: date = slot_at(at, slots).day
        self.now = Message()

    def around(self) -> Around:
        """What holds for the next line."""
        now = self.now
        above = now.above if now.is_item or not now.has_loose_reading else None
        return Around(now.sender, now.door, above, now.anchor, now.is_other_day or now.is_title_of_other_day)

    def takes(self, folded: str) -> bool:
        """Whether a line is nothing but the frame of a message: blank, a header, a quotation, strokes, an example."""
        line = folded.strip()
        if not line:
            self._begin(None)
            self.now.has_loose_reading = False
            return True
        if quote := _QUOTE.match(line):
            self._quote(quote["words"])
            return True
        return self._is_header(line) or bool(_STROKES.fullmatch(line)) or bool(words.EXAMPLE.search(line))

    def hear(self, text: Text) -> None:
        """A line without a reading, which may name whom or what the next ones are about."""
        now, whom = self.now, [token for token in text.tokens if isinstance(token, NameAt | DoorAt)]
        says_more = _SAYS_MORE.search(text.left.replace(TAKEN, "")) is not None
        if whom and not says_more and not text.has(Mention):
            found = Subjects(text, self.people, Around(door=now.door)).of(whom)
            if len(found) == 1:
                self._is_about(found[0], self.door_of(text))
        elif words.TITLE.search(text.line) and not text.has(NameAt):
            self._title(text)

    def heard_reading(self, text: Text, sure: frozenset[int], is_loose: bool) -> None:
        """A line with readings: its people and its door hold for the rest of its item."""
        now = self.now
        now.has_loose_reading |= is_loose and not text.has(NameAt, DoorAt)
        if now.is_item:
            now.anchor |= sure
            now.door = self.door_of(text) or now.door

    def begins_item(self, text: Text) -> None:
        """A line with a number begins an item of its own."""
        if text.has(Mark):
            self._end_item()
            self.now.is_item = True

    def door_of(self, text: Text) -> frozenset[int] | None:
        """Who lives behind the one whole door of a line."""
        whole = [token.door for token in text.tokens if isinstance(token, DoorAt) and token.door.room]
        return self.people.behind(whole[0]) if len(whole) == 1 else None

    def _begin(self, sender: Subject | None, hour: int | None = None, is_other_day: bool = False) -> None:
        """Another message."""
        now = self.now
        now.number += 1
        now.sender, now.hour, now.is_other_day, now.quoted = sender, hour, is_other_day, set()
        self._end_item()

    def _end_item(self) -> None:
        now = self.now
        now.door, now.above, now.anchor, now.is_item = None, None, NOBODY, False

    def _quote(self, said: str) -> None:
        text = Text(said)
        numbers.take_readings(text)
        self.now.quoted |= {reading.value for reading in text.readings if reading.value is not None}

    def _is_header(self, line: str) -> bool:
        """A line that says who sent the next ones, or when."""
        if ruler := _RULER.fullmatch(line):
            hour, is_other_day = self._when(ruler)
            self._begin(None, hour, is_other_day)
            self.now.title_hour, self.now.is_title_of_other_day = hour, is_other_day
            return True
        if match := next(filter(None, (header.fullmatch(line) for header in _HEADERS)), None):
            numbers.take_readings(who := Text(match["who"]))
            if who.readings:
                return False
            self._begin(self._sender(match["who"]), *self._when(match))
            return True
        named = _SENDER.fullmatch(line)
        if named is None or words.TITLE.search(line):
            return False
        self._begin(self._sender(named["who"]))
        return True

    def _when(self, match: re.Match[str]) -> tuple[int | None, bool]:
        """(the hour of a header, whether the slot that it lies in is of another day)."""
        hour, minute = int(match["hour"]), int(match["minute"])
        if match["half"] in ("下午", "晚上", "PM") and hour < 12:
            hour += 12
        try:
            day = (
                date(int(match["year"] or self.at.year), int(match["month"]), int(match["day"]))
                if match["month"]
                else None
            )
            sent = moment(day or self.at.date(), datetime.min.time()) + timedelta(hours=hour, minutes=minute)
        except (ValueError, OverflowError):
            return None, True
        is_now = hour < 24 and sent <= self.at and slot_at(sent, self.slots).day == self.today
        return hour % 24, bool(match["past"]) or not is_now

    def _sender(self, who: str) -> Subject:
        """Who sends: sure by her name, or by a door with nothing beside it. 李明妈妈 may speak of either of them."""
        text = parts.taken_apart(who, self.people, self.today)
        is_relative = words.KIN.search(text.left) is not None
        parts.take_calls(text, self.people)
        whom = [token for token in text.in_order().tokens if isinstance(token, NameAt | DoorAt)]
        found = Subjects(text, self.people, Around()).of(whom)
        if len(found) != 1:
            return Subject(NOBODY, why=UNKNOWN)
        if is_relative:
            return Subject(self.people.home_of(found[0].cases), why=SEVERAL)
        is_strange = words.STAFF.search(text.line) or (found[0].by_door and _STRANGE.search(text.left))
        return replace(found[0], start=0, end=0, why=UNKNOWN if is_strange else found[0].why)

    def _is_about(self, subject: Subject, door: frozenset[int] | None) -> None:
        now = self.now
        both = now.above.cases & door if now.above is not None and door is not None else NOBODY
        now.above = replace(now.above, cases=both) if both and now.above is not None else subject
        now.door = door if door is not None else now.door
        now.anchor = subject.cases if subject.is_sure else now.anchor

    def _title(self, text: Text) -> None:
        """2月5日晚体温接龙: day and time of all that follows."""
        text.each(_GREETED, lambda match: text.blank(*match.span()))
        parts.take_slots(text)
        days = {token.day for token in text.tokens if isinstance(token, DayAt)}
        hours = {token.hour for token in text.tokens if isinstance(token, SlotWord)}
        is_other_day = words.OTHER_DAY.search(text.line) is not None or bool(days - {self.today})
        is_form = len(hours) > 1 or "前" in text.line or _BOTH_SLOTS.search(text.line)  # 早/晚; 8点前报
        if is_form or not (days or hours or is_other_day):
            return
        self.now.title_hour = next(iter(hours), None)
        self.now.is_title_of_other_day = is_other_day
