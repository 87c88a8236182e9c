"""Of whom a stretch of a chat line speaks: its names, doors and relations as subjects, each sure or not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from quarantine.rules.chat import words
from quarantine.rules.chat.parts import is_doubtful_name, is_unknown
from quarantine.rules.chat.people import NOBODY, People
from quarantine.rules.chat.tokens import (
    DoorAt,
    FirstPerson,
    Group,
    KinAt,
    NameAt,
    OnBehalf,
    Pronoun,
    Reporter,
    Text,
    Token,
    Who,
)

# Why it is not sure whose a reading is.
UNKNOWN, SEVERAL, PART_OF_NAME = "unknown", "several", "part_of_name"
DOOR_DIFFERS, COUNT_DIFFERS, ORDER = "door_differs", "count_differs", "order"

_OWNS = re.compile(r"(?:的|家|家的|他|她|之)?$")
_SAME = re.compile(r"[\s(:,是叫]*$")
_AND = re.compile(r"[和跟与、]")
_SEVERAL = re.compile(r"[两二三四几][个位]?$")
_STRANGER = re.compile(r"\s*[\u3400-\u9fff]{1,6}?(?:上?报|填|发|量|测)")


@dataclass(frozen=True)
class Subject:
    """Who may be meant (case ids), and why that is not sure. A group is everybody of a door, each with a reading."""

    cases: frozenset[int]
    start: int = 0
    end: int = 0
    why: str = ""
    is_group: bool = False
    by_door: bool = False  # nothing but the door names her

    @property
    def is_sure(self) -> bool:
        """Whether it is one person and nothing speaks against it."""
        return len(self.cases) == 1 and not self.why


@dataclass(frozen=True)
class Around:
    """What stands around a line: who sent it, and the door and people that the lines before named for it."""

    sender: Subject | None = None  # without a case: somebody who is not in isolation
    door: frozenset[int] | None = None
    above: Subject | None = None  # a name or door on a line of its own
    anchor: frozenset[int] = NOBODY  # whose relatives are meant
    is_other_day: bool = False


class Subjects:
    """Finds the subjects of one line, stretch by stretch."""

    def __init__(self, text: Text, people: People, around: Around) -> None:
        self.text, self.people, self.around = text, people, around
        self.door = around.door
        self.is_door_near = False  # whether this very line says the door
        self.named = NOBODY  # sure so far in the line
        self.speakers = NOBODY  # of these, whoever is called by name, or owns a relative
        self.is_muddled = False  # whether somebody was spoken of whom nobody knows: her relatives may follow

    def of(self, tokens: Sequence[Who]) -> list[Subject]:
        """The subjects of a stretch of tokens between two readings, in order."""
        if any(isinstance(token, DoorAt) and token.door.room for token in tokens):
            self.door, self.is_door_near = None, False
        found, kept = self._without_reporters(tokens)
        waiting: DoorAt | None = None  # a door before its name
        door_first = bool(kept) and isinstance(kept[0], DoorAt)
        for place, token in enumerate(kept):
            before, behind = kept[place - 1] if place else None, kept[place + 1] if place + 1 < len(kept) else None
            if isinstance(token, DoorAt):
                waiting = self._door(token, found, door_first)
            elif (subject := self._subject(token, before, behind, found)) is not None:
                found.append(subject)
                waiting = None
        if waiting is not None:
            found.append(self._of_door(waiting))
        found = self._merged(found)
        if found and kept:
            found[0] = replace(found[0], start=min(found[0].start, kept[0].start))
        self.named = self.named.union(*(subject.cases for subject in found if subject.is_sure))
        self.is_muddled |= any(subject.why for subject in found)
        return found

    def _subject(self, token: Who, before: Who | None, behind: Who | None, found: list[Subject]) -> Subject | None:
        if isinstance(token, NameAt):
            return self._name(token)
        if isinstance(token, KinAt):
            return self._kin(token, before, behind, found)
        if isinstance(token, FirstPerson):
            return self._first(token, behind, found)
        if isinstance(token, Pronoun):
            return self._pronoun(token, found)
        return self._group(token, before, behind, found) if isinstance(token, Group) else None

    def _without_reporters(self, tokens: Sequence[Who]) -> tuple[list[Subject], list[Who]]:
        """Leaves out whoever only writes: 女儿代报, 我替李明报. 代王大妈报 leaves a subject whom nobody knows."""
        strangers: list[Subject] = []
        kept: list[Who] = []
        for place, token in enumerate(tokens):
            follower = tokens[place + 1] if place + 1 < len(tokens) else None
            if not isinstance(token, Reporter | OnBehalf):
                kept.append(token)
            elif follower is not None and not self._gap(token, follower).strip(" 的:"):
                kept.clear()
            elif _STRANGER.match(self.text.left, token.end):
                kept.clear()
                strangers.append(Subject(NOBODY, token.start, token.end, UNKNOWN))
            elif isinstance(token, Reporter) and kept and not self._gap(kept[-1], token).strip():
                kept.pop()
        return strangers, kept

    def _gap(self, one: Token, other: Token) -> str:
        return self.text.line[one.end : other.start]

    # By door

    def _door(self, token: DoorAt, found: list[Subject], door_first: bool) -> DoorAt | None:
        """Takes in a door: of the name before it, or (returned) waiting for one behind it."""
        behind = self.people.behind(token.door)
        is_of_last = bool(found) and not door_first
        if is_of_last and found[-1].cases and not found[-1].by_door:
            found[-1] = self._at(found[-1], behind)
        if token.door.room or not self.is_door_near:
            self.door, self.is_door_near = behind, True
        return token if token.door.room and not is_of_last else None

    def _of_door(self, token: DoorAt) -> Subject:
        cases = self.people.behind(token.door)
        why = UNKNOWN if not cases else "" if self.people.is_one_home(cases) else SEVERAL
        return Subject(cases, token.start, token.end, why, is_group=len(cases) > 1, by_door=True)

    def _at(self, subject: Subject, behind: frozenset[int]) -> Subject:
        """The subject at a door that stands beside it."""
        if both := subject.cases & behind:
            is_settled = subject.why == SEVERAL and len(both) == 1
            return replace(subject, cases=both, why="" if is_settled else subject.why)
        return replace(subject, cases=subject.cases | behind, why=DOOR_DIFFERS)

    # By name

    def _name(self, token: NameAt) -> Subject:
        said = self.text.line[token.start : token.end]
        if is_doubtful_name(self.text, token):
            return Subject(self.people.beginning(said) | token.cases, token.start, token.end, PART_OF_NAME)
        why = SEVERAL if len(token.cases) > 1 or not token.is_whole else ""
        subject = Subject(token.cases, token.start, token.end, why)
        if self.door is not None:
            subject = self._at(subject, self.door)
        elif not token.is_whole and len(token.cases) == 1 and self.people.called(said) and token.cases <= self._home():
            subject = replace(subject, why="")  # 哪吒 beside 李靖
        if not token.is_whole and subject.cases <= self.named:
            subject = replace(subject, why=subject.why or SEVERAL)  # 李明36.5 小李36.6: hardly the same
        self.speakers |= subject.cases if subject.is_sure else NOBODY
        return subject

    def _home(self) -> frozenset[int]:
        return self.people.home_of(self.named | self.around.anchor)

    def _first(self, token: FirstPerson, behind: Who | None, found: list[Subject]) -> Subject | None:
        is_introduced = isinstance(behind, NameAt | DoorAt) and not _AND.search(self._gap(token, behind))
        if is_introduced or found:
            return None  # 我是李明; 元秋：我36.4
        if self.around.sender is not None:
            return replace(self.around.sender, start=token.start, end=token.end)
        return Subject(self.named, token.start, token.end, UNKNOWN)

    def _pronoun(self, token: Pronoun, found: list[Subject]) -> Subject | None:
        """萧何说他36.5 is of him; 李明说她36.5, 我说他36.5 and 她36.5 are of somebody who is not named."""
        if not found:
            return Subject(NOBODY, token.start, token.end, UNKNOWN)
        sexes = {self.people.by_case[case].known_sex for case in found[-1].cases}
        if not sexes <= {token.sex, ""} or words.FIRST.match(self.text.line, found[-1].start):
            found[-1] = replace(found[-1], cases=self.people.home_of(found[-1].cases), why=UNKNOWN)
        return None

    # By relation

    def _anchors(self) -> frozenset[int]:
        """Whose relatives are meant: the sender's, else those of everybody named so far."""
        if self.around.sender is not None:
            return self.around.sender.cases
        return self.speakers or self.around.anchor

    def _kin(self, token: KinAt, before: Who | None, behind: Who | None, found: list[Subject]) -> Subject | None:
        is_owned = isinstance(before, NameAt) and bool(found) and _OWNS.match(self._gap(before, token)) is not None
        owner = found.pop() if is_owned else None
        if isinstance(behind, NameAt) and _SAME.match(self._gap(token, behind)):
            return None  # 老伴田玉兰: the name says who
        if owner is not None and not owner.is_sure:
            return Subject(self.people.home_of(owner.cases), token.start, token.end, owner.why or SEVERAL)
        if owner is not None:
            self.speakers |= owner.cases
            return self._relative(token, owner.cases)
        anchors = self._anchors()
        whose = anchors or self.door or NOBODY
        subject = self._relative(token, whose)
        is_of_stranger = not anchors and self.text.line[token.start] in "我俺咱"  # 俺爹 of whom, behind that door?
        is_said_twice = not self.people.is_one_home(whose) or subject.cases <= self.named
        is_doubtful = is_of_stranger or is_said_twice or self._is_muddled(token)
        return replace(subject, why=SEVERAL) if subject.is_sure and is_doubtful else subject

    def _is_muddled(self, token: Token) -> bool:
        """Whether the line spoke of somebody unknown before: what follows may be of her home."""
        return self.is_muddled or is_unknown(self.text, 0, token.start)

    def _relative(self, token: KinAt, owners: frozenset[int]) -> Subject:
        sure, maybe = self.people.relatives(owners, token.word)
        if not maybe:
            return Subject(NOBODY, token.start, token.end, UNKNOWN)
        several = _SEVERAL.search(self.text.line[: token.start])
        why = "" if len(maybe) == 1 and sure == maybe and not several else SEVERAL
        return Subject(maybe, token.start, token.end, why, is_group=len(maybe) > 1)

    def _group(self, token: Group, before: Who | None, behind: Who | None, found: list[Subject]) -> Subject | None:
        if isinstance(behind, NameAt | KinAt | FirstPerson):
            return None  # 叶家三人：叶问…
        if found and isinstance(before, NameAt | FirstPerson):
            if token.count == len(found) > 1:
                return None  # 李明和王芳两个人
            whose = found.pop().cases
        elif self.door is not None and (self.is_door_near or not (self._anchors() or self._is_muddled(token))):
            whose = self.door
        else:
            whose = self._anchors() if not self._is_muddled(token) else NOBODY
        if not whose:
            return Subject(NOBODY, token.start, token.end, UNKNOWN)
        home = self.people.home_of(whose)
        is_one = self.people.is_one_home(home)
        why = SEVERAL if not is_one else COUNT_DIFFERS if token.count not in (None, len(home)) else ""
        return Subject(home, token.start, token.end, why, is_group=True)

    def _merged(self, found: Sequence[Subject]) -> list[Subject]:
        """Two that stand side by side and are one person are one: 🌸李明🌸 3-1-502 李明."""
        kept: list[Subject] = []
        for subject in found:
            if kept and kept[-1].is_sure and subject.is_sure and kept[-1].cases == subject.cases:
                kept[-1] = replace(subject, start=kept[-1].start)
            else:
                kept.append(subject)
        return kept


def is_valueless(text: Text, subject: Subject) -> bool:
    """Whether the line says at once that there is no reading: 贺知章 还没量."""
    return words.NOT_MEASURED.match(text.line, subject.end) is not None
