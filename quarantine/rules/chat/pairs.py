"""Which reading of a line is whose. Where the line can be read in two ways, it is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from quarantine.rules.chat import numbers, words
from quarantine.rules.chat.numbers import QUESTION
from quarantine.rules.chat.parts import is_led_by_stranger, is_unknown
from quarantine.rules.chat.people import NOBODY, People
from quarantine.rules.chat.subjects import (
    COUNT_DIFFERS,
    ORDER,
    SEVERAL,
    UNKNOWN,
    Around,
    Subject,
    Subjects,
    is_valueless,
)
from quarantine.rules.chat.times import hour_of
from quarantine.rules.chat.tokens import (
    IDEOGRAPH,
    DayAt,
    DoorAt,
    FirstPerson,
    Group,
    KinAt,
    Mention,
    NameAt,
    OnBehalf,
    OtherDay,
    Pronoun,
    Reading,
    Reporter,
    SlotWord,
    Text,
    ThisDay,
    Who,
)

OTHER_DAY = "other_day"  # why a reading is not sure: the line tells of another day
_CLOSED = re.compile(rf"[,。;!\s{IDEOGRAPH}]")
_WORDS = re.compile(rf"[{IDEOGRAPH}]+")
_NOTHING_SAID = re.compile(r"[\s.,、:()\[\]【】\-/+的\0]*$")


@dataclass(frozen=True)
class Draft:
    """A reading and who may have it (case ids), and why that is not sure."""

    cases: frozenset[int]
    reading: Reading
    why: str = ""
    is_bare: bool = False  # nothing but the message around it says whose it is


@dataclass(frozen=True)
class _Run:
    """A stretch of a line: either subjects or readings."""

    subjects: list[Subject]
    readings: list[Reading]

    @property
    def start(self) -> int:
        return (self.subjects or self.readings)[0].start

    @property
    def end(self) -> int:
        return (self.subjects or self.readings)[-1].end


def paired(text: Text, people: People, around: Around, today: date) -> list[Draft]:
    """Every reading of a line with who may have it, in the order of the line."""
    return _Pairing(text, people, around, today).drafts()


class _Pairing:
    def __init__(self, text: Text, people: People, around: Around, today: date) -> None:
        self.text, self.people, self.around = text, people, around
        self.others = self._of_other_days(today)
        self.runs = self._in_runs(Subjects(text, people, around))
        self.found: list[Draft] = []

    def drafts(self) -> list[Draft]:
        """Pairs what can be paired, and says of the rest why not."""
        if any(run.readings for run in self.runs):
            self._pair()
        subjects = [subject for run in self.runs for subject in run.subjects]
        for reading in self.others:
            near = [subject.cases for subject in subjects if subject.start < reading.start]
            self.found.append(Draft(near[-1] if near else self._sender_cases(), reading, OTHER_DAY))
        in_order = sorted(self.found, key=lambda draft: draft.reading.start)
        denied = [draft for draft in in_order if words.DENIED.search(self.text.line[: draft.reading.start])]
        kept = [self._doubted(draft, bool(denied)) for draft in in_order if draft not in denied]
        return [draft for draft in kept if not self._is_chatter(draft, kept)]

    def _sender_cases(self) -> frozenset[int]:
        return self.around.sender.cases if self.around.sender else NOBODY

    def _of_other_days(self, today: date) -> list[Reading]:
        """The readings that the line tells of another day."""
        is_other, found = self.around.is_other_day, []
        for token in self.text.tokens:
            if isinstance(token, OtherDay):
                is_other = True
            elif isinstance(token, DayAt):
                is_other = token.day != today
            elif isinstance(token, ThisDay) or (isinstance(token, SlotWord) and self.text.line[token.start] == "今"):
                is_other = False
            elif isinstance(token, Reading) and is_other:
                found.append(token)
        return found

    def _in_runs(self, finder: Subjects) -> list[_Run]:
        """Subjects and readings in turn."""
        runs: list[_Run] = []
        waiting: list[Who] = []
        for token in [*self.text.tokens, None]:
            if isinstance(token, DoorAt | NameAt | KinAt | FirstPerson | Pronoun | Group | Reporter | OnBehalf):
                waiting.append(token)
            elif token is None or (isinstance(token, Reading) and token not in self.others):
                if waiting and (subjects := finder.of(waiting)):
                    runs.append(_Run(subjects, []))
                waiting.clear()
                if isinstance(token, Reading):
                    if not runs or runs[-1].subjects:
                        runs.append(_Run([], []))
                    runs[-1].readings.append(token)
        return runs

    def _pair(self) -> None:
        runs = self.runs
        if len(runs) > 1 and runs[-1].subjects:
            is_same = len(runs) == 3 and self._is_one_person([*runs[0].subjects, *runs[2].subjects])  # 2-1201 36.3华妃
            runs = runs[:-1] if is_same or self._is_aside(runs[-2], runs[-1]) else runs
        starts, ends = bool(runs[0].readings), bool(runs[-1].readings)
        if len(runs) == 1:
            self._alone(runs[0].readings)
        elif not starts and ends:
            self._in_turn(runs)
        elif starts and ends and self.around.sender is not None:
            self._alone(runs[0].readings)
            self._in_turn(runs[1:])
        elif starts and not ends and self.around.sender is None and self._is_backward(runs):
            for readings, subjects in zip(runs[::2], runs[1::2], strict=True):
                self._give(subjects.subjects, readings.readings, readings.end, subjects.start)
        else:
            self._unclear(runs)

    def _is_one_person(self, subjects: Sequence[Subject]) -> bool:
        return all(subject.is_sure for subject in subjects) and len({subject.cases for subject in subjects}) == 1

    def _is_aside(self, before: _Run, last: _Run) -> bool:
        """Whether the subjects behind the last reading have none: 汤唯没在家, 谢谢网格员."""
        rest, gap = self.text.line[last.end :], self.text.line[before.end : last.start]
        if is_valueless(self.text, last.subjects[0]):
            return True
        if self.text.line[last.start] in "我俺咱" and _WORDS.match(rest) and not rest.startswith("的"):
            return True  # 36.5我家米没了
        return _WORDS.search(rest.removeprefix("的")) is not None and _CLOSED.search(gap) is not None

    def _is_backward(self, runs: Sequence[_Run]) -> bool:
        """Whether each reading stands before its person: 36.5李明，36.6王芳."""
        pairs = list(zip(runs[::2], runs[1::2], strict=True))
        if any(len(readings.readings) != 1 or len(subjects.subjects) != 1 for readings, subjects in pairs):
            return False
        gaps = [self.text.line[readings.end : subjects.start] for readings, subjects in pairs]
        if _WORDS.search(self.text.left, runs[-1].end) or not all(_NOTHING_SAID.match(gap) for gap in gaps):
            return False
        apart = [one.end < other.start for one, other in zip(runs[1::2], runs[2::2], strict=False)]
        return len(pairs) == 1 or (not any(gaps) and all(apart))

    def _in_turn(self, runs: Sequence[_Run]) -> None:
        for subjects, readings in zip(runs[::2], runs[1::2], strict=True):
            self._give(subjects.subjects, readings.readings, subjects.end, readings.start)

    def _give(self, subjects: list[Subject], readings: list[Reading], start: int, end: int) -> None:
        """Gives readings to subjects; `start` and `end` are the gap between them."""
        subjects = [one for one in subjects[:-1] if not is_valueless(self.text, one)] + subjects[-1:]
        first = max((other.end for other in self.text.readings if other.end <= subjects[0].start), default=0)
        if subjects[0].by_door or is_led_by_stranger(self.text, first, subjects[0].start):
            start = min(start, first)  # 李明 3-502: the door says nothing where the name is not known
        if is_unknown(self.text, start, end):
            subjects = [self._strange(subject, start, end) for subject in subjects]
        if len(subjects) > 1 and is_unknown(self.text, subjects[0].start, readings[-1].start):
            subjects = [replace(subject, why=subject.why or ORDER) for subject in subjects]
        together = NOBODY.union(*(subject.cases for subject in subjects))
        if words.ALL.search(self.text.line[subjects[-1].end : readings[0].start]):
            self._to_all(subjects, readings[0])
            self.found += [Draft(together, reading, ORDER) for reading in readings[1:]]
        elif len(subjects) == 1:
            self._to_one(subjects[0], readings)
        elif len(subjects) == len(readings) and not any(subject.is_group for subject in subjects):
            self.found += [Draft(one.cases, reading, one.why) for one, reading in zip(subjects, readings, strict=True)]
        else:
            self.found += [Draft(together, reading, ORDER) for reading in readings]

    def _strange(self, subject: Subject, start: int, end: int) -> Subject:
        """The subject with an unknown word beside it that may be somebody else's name."""
        return replace(subject, cases=subject.cases | self._like(start, end, subject.start), why=subject.why or UNKNOWN)

    def _like(self, start: int, end: int, first: int | None = None) -> frozenset[int]:
        """Whose name the first unknown word there is like, alone or with the one before (李清 照)."""
        word = _WORDS.search(self.text.left, start, end)
        if word is None:
            return NOBODY
        return self.people.like(word[0]) | self.people.like(
            self.text.line[start if first is None else first : word.end()]
        )

    def _to_all(self, subjects: Sequence[Subject], reading: Reading) -> None:
        """都是36.5: the same for each of those named."""
        together = NOBODY.union(*(subject.cases for subject in subjects))
        why = next((subject.why for subject in subjects if subject.why), "")
        if why or any(not subject.is_group and len(subject.cases) != 1 for subject in subjects):
            self.found.append(Draft(together, reading, why or SEVERAL))
        else:
            self.found += [Draft(frozenset({case}), reading) for case in sorted(together)]

    def _to_one(self, subject: Subject, readings: list[Reading]) -> None:
        """Readings behind one subject. From an unknown word between them on they may be somebody else's."""
        for place, (one, other) in enumerate(pairwise(readings), 1):
            if is_unknown(self.text, one.end, other.start):
                near = self.people.home_of(subject.cases) | self._like(one.end, other.start)
                self.found += [Draft(near, reading, UNKNOWN) for reading in readings[place:]]
                readings = readings[:place]
                break
        why = subject.why
        if subject.is_group:
            why = why or (ORDER if len(readings) == len(subject.cases) > 1 else COUNT_DIFFERS)
        elif len(subject.cases) != 1 or not (len(readings) == 1 or self._have_own_times(readings)):
            why = why or (SEVERAL if subject.cases else UNKNOWN)
        self.found += [Draft(subject.cases, reading, why) for reading in readings]

    def _have_own_times(self, readings: Sequence[Reading]) -> bool:
        hours = [hour_of(self.text, reading, own=True) for reading in readings]
        return None not in hours and len(set(hours)) == len(hours)

    def _alone(self, readings: list[Reading]) -> None:
        """Readings without anybody named in front: the sender's, or of whom the line above names."""
        subject = self.around.sender or self.around.above
        if subject is None:
            self.found += [Draft(self._like(0, readings[0].start), reading, UNKNOWN) for reading in readings]
            return
        if is_unknown(self.text, 0, readings[0].start):
            subject = replace(subject, why=subject.why or UNKNOWN)
        before = len(self.found)
        self._to_one(subject, readings)
        self.found[before:] = [replace(draft, is_bare=True) for draft in self.found[before:]]

    def _unclear(self, runs: Sequence[_Run]) -> None:
        for place, run in enumerate(runs):
            near = [subject.cases for other in runs[max(place - 1, 0) : place + 2] for subject in other.subjects]
            cases = NOBODY.union(*near, self._sender_cases())
            self.found += [Draft(cases, reading, ORDER) for reading in run.readings]

    def _doubted(self, draft: Draft, beside_denied: bool) -> Draft:
        doubt = draft.reading.doubt or numbers.doubt_around(self.text, draft.reading)
        return replace(draft, why=doubt or draft.why or (ORDER if beside_denied else ""))  # 不是37.6，是36.7

    def _is_chatter(self, draft: Draft, drafts: Sequence[Draft]) -> bool:
        """Whether a number is too weak to be asked about, or stands in a question put to somebody else."""
        if draft.why == QUESTION and self.text.has(Mention):
            return True
        if not draft.reading.is_weak:
            return False
        beside = (other for other in drafts if not other.reading.is_weak and other.cases & draft.cases)
        return not draft.cases or (draft.reading.is_whole_number and any(beside))
