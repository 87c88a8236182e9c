"""Reads the invented chats with their truth, and says of every line whether it was read rightly."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from grid.rules.clock import LOCAL
from quarantine.rules import case_clock
from quarantine.rules.group_text import Isolated, Line, read_group_text
from residents.rules.relations import code_of

HERE = Path(__file__).parent
SLOTS = case_clock.slots_from(case_clock.DEFAULT_SLOTS)
_SLOT = {"m": "morning", "e": "evening", "": ""}
_TOLD = re.compile(
    r"(?P<optional>\()?(?P<key>\?|[a-z])(?P<value>[0-9.]+)?(?P<slot>[me])?(?:=(?P<who>[a-z,]+))?\)?|(?P<look>!)"
)


@dataclass
class Truth:
    """What a line tells: sure readings as (case, value, slot), others as (value, who), and whether to look."""

    sure: set[tuple[int, Decimal, str]] = field(default_factory=set)
    unclear: list[tuple[Decimal | None, frozenset[int]]] = field(default_factory=list)
    optional: set[Decimal] = field(default_factory=set)
    look: bool = False


@dataclass
class Chat:
    """A pasted text, who is in isolation, when it is pasted, and the truth of each line."""

    name: str
    people: list[Isolated]
    at: datetime
    text: str
    truths: list[Truth]

    @property
    def part(self) -> str:
        """Whether the rules were found on it ("found"), or it was laid aside until they stood ("held_out", "later")."""
        number = int(self.name[:2])
        return "found" if number <= 20 else "held_out" if number <= 30 else "later"

    def read(self) -> list[Line]:
        """What the reader makes of it."""
        return read_group_text(self.text, self.people, at=self.at, slots=SLOTS)


def chats() -> list[Chat]:
    """All of them, by name."""
    return [_chat(path) for path in sorted(HERE.glob("*.txt"))]


def case_of(key: str) -> int:
    """The case of a person's letter."""
    return ord(key) - ord("a") + 1


def _chat(path: Path) -> Chat:
    head, body = path.read_text(encoding="utf-8").split("---\n", 1)
    people, hint, at = [], "", "21:30"
    for row in head.splitlines():
        key, *rest = row.split()
        if key == "at":
            at = rest[0]
        elif key == "hint":
            hint = rest[0]
        else:
            people.append(_person(key, *rest))
    pairs = [line.partition("⟹") for line in body.rstrip("\n").split("\n")]
    text = "\n".join(line.rstrip() if mark else line for line, mark, _ in pairs)
    truths = [_truth(told, hint) for _, _, told in pairs]
    hour, minute = at.split(":")
    return Chat(path.stem, people, datetime(2022, 2, 6, int(hour), int(minute), tzinfo=LOCAL), text, truths)


def _person(key: str, name: str, compound: str, door: str, relation: str, sex: str) -> Isolated:
    building, unit, room = door.split("-")
    return Isolated(
        case_of(key), name, int.from_bytes(f"{compound} {door}".encode()), compound, building, unit, room,
        code_of(relation) or "" if relation != "-" else "", {"男": "M", "女": "F"}.get(sex, ""),
    )  # fmt: skip


def _truth(told: str, hint: str) -> Truth:
    truth = Truth()
    for word in told.split():
        match = _TOLD.fullmatch(word)
        assert match, word
        value = Decimal(match["value"]) if match["value"] else None
        if match["look"]:
            truth.look = True
        elif match["optional"]:
            truth.optional.add(value)
        elif match["key"] == "?":
            truth.unclear.append((value, frozenset(map(case_of, (match["who"] or "").replace(",", "")))))
        else:
            truth.sure.add((case_of(match["key"]), value, _SLOT[match["slot"] or hint]))
    return truth


@dataclass
class Score:
    """How a chat, or several, were read."""

    told: int = 0  # lines whose readings a careful worker can tell
    told_right: int = 0
    asked: int = 0  # lines with a reading that only she can settle
    asked_right: int = 0
    chatter: int = 0
    chatter_right: int = 0
    wrong: list[str] = field(default_factory=list)  # readings to the wrong person, of a wrong value or slot, or guessed
    missed: list[str] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """All lines that say something."""
        return self.told + self.asked + self.chatter

    @property
    def right(self) -> int:
        """Lines read rightly."""
        return self.told_right + self.asked_right + self.chatter_right

    @property
    def rate(self) -> float:
        """The share of lines read rightly."""
        return self.right / self.lines

    def __str__(self) -> str:
        kinds = ", ".join(
            f"{kind} {getattr(self, kind + '_right')}/{getattr(self, kind)}" for kind in ("told", "asked", "chatter")
        )
        return f"{self.right}/{self.lines} = {self.rate:.1%} ({kinds}), wrong {len(self.wrong)}"


def score(chats: list[Chat]) -> Score:
    """Judges every line of the chats."""
    whole = Score()
    for chat in chats:
        for line, truth in zip(chat.read(), chat.truths, strict=True):
            if line.text.strip():
                _judge(whole, chat, line, truth)
    return whole


def _judge(whole: Score, chat: Chat, line: Line, truth: Truth) -> None:
    sure = {(entry.case_ids[0], entry.value, entry.slot) for entry in line.entries if not entry.unclear}
    unclear = [entry for entry in line.entries if entry.unclear]
    kind = "told" if truth.sure and not truth.unclear else "asked" if truth.unclear else "chatter"
    setattr(whole, kind, getattr(whole, kind) + 1)
    where = f"{chat.name}:{line.number} {line.text} → {[_shown(entry) for entry in line.entries]}"
    if not sure <= truth.sure:
        whole.wrong.append(where)
        return
    left = [entry for entry in unclear if entry.value not in truth.optional or entry.value is None]
    for value, who in truth.unclear:
        fits = [
            entry
            for entry in left
            if (value is None or entry.value in (value, None)) and who <= frozenset(entry.case_ids)
        ]
        if not fits:
            whole.missed.append(where)
            return
        left = [entry for entry in left if entry is not fits[0]]
    both_unknown = [entry for entry in left if not any(value is None for value, _ in truth.unclear)]
    if sure != truth.sure or both_unknown or (truth.look and not line.symptoms):
        whole.missed.append(where)
        return
    setattr(whole, f"{kind}_right", getattr(whole, f"{kind}_right") + 1)


def _shown(entry: object) -> str:
    who = "/".join(chr(96 + case) for case in entry.case_ids)
    return f"{who}{entry.said}{'@' + entry.slot if entry.slot else ''}{' ' + entry.unclear if entry.unclear else ''}"
