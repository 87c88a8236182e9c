"""粘贴接龙: readings in the text of a chat group, line by line. What is not sure is asked; nothing is guessed.

The text is what people wrote to each other: chains of numbered lines, messages with their sender above, families in one
line, thanks and prices between. A reading is sure where one isolated person and one value can be told and nothing
speaks against it; else it comes with whom and what it may be. Words of an illness are shown, never stored.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from grid.rules.clock import LOCAL, moment
from quarantine.rules.case_clock import Slot, SlotOfDay, slot_at
from quarantine.rules.chat import parts, times, words
from quarantine.rules.chat.messages import Message, Messages
from quarantine.rules.chat.pairs import OTHER_DAY, Draft, paired
from quarantine.rules.chat.people import NOBODY, Isolated, People
from quarantine.rules.chat.subjects import SEVERAL, UNKNOWN
from quarantine.rules.chat.tokens import Text, folded
from residents.rules.text import without_invisible

__all__ = ["Entry", "Isolated", "Line", "read_group_text"]

# What is longer is not read, and said so: it is no chat, and the patterns would search it for long.
LONGEST_TEXT, MOST_LINES, LONGEST_LINE, MOST_READINGS = 60_000, 1_000, 600, 60
SLOT, QUOTED = "slot", "quoted"  # why a reading is not sure: either time of day may be meant; it repeats a quotation
SAME, OTHER = "same", "other"
_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CORRECTS = re.compile(r"改|更正|纠正|错|不对|重新|[再又复][量测]")
_BETWEEN_SYMPTOMS = re.compile(r"[、和及或]?")


@dataclass(frozen=True)
class Entry:
    """A reading. Sure: exactly one case, a value, no `unclear`. Else whom and what it may be, and why."""

    case_ids: tuple[int, ...]
    value: Decimal | None  # ℃, one decimal; None where the text says none that can be stored
    said: str  # as it stands in the text
    slot: str = ""  # the slot of today that the text names; "" where it names none
    unclear: str = ""
    earlier: str = ""  # this person had a reading of this slot further up: SAME or OTHER

    @property
    def is_sure(self) -> bool:
        """Whether it may be stored without a question."""
        return not self.unclear and self.earlier != OTHER


@dataclass(frozen=True)
class Line:
    """A line of the text with its number from 1, what it tells, and words to look at."""

    number: int
    text: str
    entries: tuple[Entry, ...] = ()
    symptoms: tuple[str, ...] = ()  # 咳嗽, as it stands there; denied ones are left out
    said_well: tuple[str, ...] = ()  # 正常: no answer to a question that nobody asked
    is_unread: bool = False  # too long, or behind the end of what is read


@dataclass(frozen=True)
class _Found:
    """A draft with the line and the message that it stands in."""

    draft: Draft
    text: Text
    message: Message

    @property
    def is_bare(self) -> bool:
        """Whether it is one of several that a sender may have written without saying whose."""
        is_her_own = self.draft.is_bare and self.draft.why != QUOTED and self.message.sender is not None
        return is_her_own and not _CORRECTS.search(self.text.line)


def read_group_text(text: str, people: Iterable[Isolated], *, at: datetime, slots: Sequence[Slot]) -> list[Line]:
    """Every line of a pasted text with the readings in it. The order of `people` changes nothing.

    `at`: when it is pasted; readings that the text tells of another day, or of a slot that has not begun, are unclear.
    """
    return _Reader(People(people), at.astimezone(LOCAL), slots).read(text)


class _Reader:
    def __init__(self, people: People, at: datetime, slots: Sequence[Slot]) -> None:
        self.people, self.at, self.slots = people, at, slots
        self.running = slot_at(at, slots)
        self.messages = Messages(people, at, slots)
        self.found: dict[int, list[_Found]] = {}

    def read(self, text: str) -> list[Line]:
        """Reads line after line, then settles what depends on the whole."""
        raws = _BREAKS.split(text)
        lines, used = [], 0
        for number, raw in enumerate(raws[:MOST_LINES], 1):
            used += len(raw)
            lines.append(self._line(number, without_invisible(raw), used <= LONGEST_TEXT))
        if len(raws) > MOST_LINES:
            lines.append(Line(MOST_LINES + 1, "", is_unread=True))
        return self._settled(lines)

    def _line(self, number: int, raw: str, is_within: bool) -> Line:
        if len(raw) > LONGEST_LINE or not is_within:
            return Line(number, raw[:LONGEST_LINE], is_unread=True)
        line = folded(raw)
        is_read = self.messages.takes(line) or self._read(number, line)
        return Line(number, raw.strip(), (), _symptoms(line), _said_well(line), not is_read)

    def _read(self, number: int, line: str) -> bool:
        """Reads a line that is not only the frame of a message; False where it holds more readings than a line can."""
        text = parts.taken_apart(line, self.people, self.running.day)
        self.messages.begins_item(text)
        if len(text.readings) > MOST_READINGS:
            return False
        if not text.readings:
            self.messages.hear(text)
            return True
        message = self.messages.now
        drafts = [
            _of_quote(draft, message) for draft in paired(text, self.people, self.messages.around(), self.running.day)
        ]
        drafts = [draft for draft in drafts if draft.cases or draft.why != QUOTED]
        self.found[number] = [_Found(draft, text, replace(message)) for draft in drafts]
        sure = NOBODY.union(*(draft.cases for draft in drafts if not draft.why))
        self.messages.heard_reading(text, sure, any(draft.why == UNKNOWN and not draft.cases for draft in drafts))
        return True

    def _settled(self, lines: list[Line]) -> list[Line]:
        """The lines with their entries: several bare readings of one sender, and what was said before."""
        every = [found for founds in self.found.values() for found in founds]
        bare = Counter(found.message.number for found in every if found.is_bare)
        seen: dict[tuple[int, str], set[Decimal]] = defaultdict(set)
        settled = []
        for line in lines:
            entries = []
            for found in self.found.get(line.number, ()):
                several = SEVERAL if found.is_bare and bare[found.message.number] > 1 else ""
                entries.append(self._after_earlier(self._entry(found, several), seen))
            settled.append(replace(line, entries=tuple(entries)))
        return settled

    def _entry(self, found: _Found, several: str) -> Entry:
        draft = found.draft
        slot, doubt = self._slot(found)
        unclear = draft.why or several or doubt
        if not unclear and (len(draft.cases) != 1 or draft.reading.value is None):
            unclear = UNKNOWN
        return Entry(tuple(sorted(draft.cases)), draft.reading.value, draft.reading.said, slot, unclear)

    def _slot(self, found: _Found) -> tuple[str, str]:
        """The slot that the text names for a reading, and why that is not sure."""
        hour = times.hour_of(found.text, found.draft.reading)
        if hour is None:
            hour = found.message.hour if found.message.hour is not None else found.message.title_hour
        elif words.FORGOT.search(found.text.line) or self._may_be_evening(hour, found.text):
            return "", SLOT
        if hour is None:
            return "", ""
        named = self._slot_of(hour)
        return (named.name, "") if named.starts_at <= self.at else ("", OTHER_DAY)

    def _may_be_evening(self, hour: int, text: Text) -> bool:
        """Whether "8点" can be of the morning or the evening, because both are over."""
        if not times.is_either_half(text, hour) or self.at.hour < hour + 12:
            return False
        return self._slot_of(hour).name != self._slot_of(hour + 12).name

    def _slot_of(self, hour: int) -> SlotOfDay:
        return slot_at(moment(self.running.day, datetime.min.time()) + timedelta(hours=hour), self.slots)

    def _after_earlier(self, entry: Entry, seen: dict[tuple[int, str], set[Decimal]]) -> Entry:
        """The entry with what the same person said before for the same slot."""
        if entry.unclear or entry.value is None:
            return entry
        values = seen[entry.case_ids[0], entry.slot or self.running.name]
        earlier = "" if not values else SAME if entry.value in values else OTHER
        values.add(entry.value)
        return replace(entry, earlier=earlier)


def _of_quote(draft: Draft, message: Message) -> Draft:
    """A bare reading that repeats one of a quoted message is a remark about it: 「…36.8」 36.8没事的."""
    is_bare = draft.is_bare or not draft.cases
    return replace(draft, why=QUOTED) if is_bare and draft.reading.value in message.quoted else draft


def _symptoms(line: str) -> tuple[str, ...]:
    """Words of an illness that the line does not deny. A comma ends what is denied: better one shown too many."""
    found, end, is_denied = [], -1, False
    for match in words.SYMPTOM.finditer(line):
        is_joined = end >= 0 and _BETWEEN_SYMPTOMS.fullmatch(line, end, match.start()) is not None
        before = line[max(match.start() - 8, 0) : match.start()]
        is_denied = (is_denied and is_joined) or words.NEGATED.search(before) is not None
        if not is_denied:
            found.append(match[0])
        end = match.end()
    return tuple(dict.fromkeys(found))


def _said_well(line: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[0] for match in words.WELL.finditer(line)))
