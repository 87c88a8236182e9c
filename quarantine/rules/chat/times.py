"""Which time of day the words of a line give a reading."""

import re
from collections.abc import Sequence

from quarantine.rules.chat.tokens import IDEOGRAPH, TAKEN, ClockAt, Reading, SlotWord, Text, ThisDay, Word

Time = SlotWord | ClockAt
_WEIGHTY = re.compile(rf"[{IDEOGRAPH}。;]")


def hour_of(text: Text, reading: Reading, own: bool = False) -> int | None:
    """The hour that the line gives a reading; None where it gives none. `own`: only words right beside it count."""
    marks = [token for token in text.tokens if isinstance(token, SlotWord | ClockAt) and _says_when(text, token)]
    beside = [mark for mark in marks if _is_before(text, mark, reading)]
    beside = beside or [mark for mark in marks if _is_behind(text, mark, reading)]
    if beside:
        return _hour(beside)
    if own or len({text.line[mark.start : mark.end] for mark in marks}) != 1:
        return None
    return _hour(marks) if marks[0].start < reading.start else None  # 今早 李明36.5 王芳36.4


def is_either_half(text: Text, hour: int) -> bool:
    """Whether an hour before noon comes from a clock alone, so that the evening may be meant: 8点量的."""
    clocks = [token for token in text.tokens if isinstance(token, ClockAt)]
    return hour < 12 and not text.has(SlotWord) and any(one.hour == hour and not one.is_sure for one in clocks)


def _hour(marks: Sequence[Time]) -> int:
    """The hour of words that stand together: 下午 and 2点 are 14."""
    clocks = [mark.hour for mark in marks if isinstance(mark, ClockAt)]
    slots = [mark.hour for mark in marks if isinstance(mark, SlotWord)]
    if not clocks:
        return slots[-1]
    return clocks[-1] + 12 if slots and slots[-1] >= 12 and clocks[-1] < 12 else clocks[-1]


def _says_when(text: Text, mark: Time) -> bool:
    """A clock counts where it says when somebody was measured: 8点量的, 07:30 36.4."""
    if isinstance(mark, SlotWord):
        return True
    follower = next((token for token in text.tokens if token.start >= mark.end), None)
    if isinstance(follower, Reading) and not text.left[mark.end : follower.start].strip(" ,:"):
        return True
    return text.line[mark.end :].lstrip(" 钟,左右多的刚就").startswith(("量", "测", "体温"))


def _is_before(text: Text, mark: Time, reading: Reading) -> bool:
    """Whether only words without weight stand between a time and the reading behind it."""
    if mark.end > reading.start:
        return False
    is_bracketed = text.line[: mark.start].endswith("(") and text.line[mark.end :].startswith(")")
    if is_bracketed and text.left[: mark.start - 1].rstrip().endswith(TAKEN):
        return False  # 36.4(早) 36.7(晚)
    between = [token for token in text.tokens if mark.end <= token.start < reading.start]
    if not all(isinstance(token, Word | SlotWord | ClockAt | ThisDay) for token in between):
        return False
    return _WEIGHTY.search(text.left, mark.end, reading.start) is None


def _is_behind(text: Text, mark: Time, reading: Reading) -> bool:
    """Whether a time stands right behind a reading and not before another one: 36.5 早."""
    if mark.start < reading.end or text.left[reading.end : mark.start].strip(" (") or text.line[mark.end :][:1] == ":":
        return False
    between = [token for token in text.tokens if reading.end <= token.start < mark.start]
    following = next((other for other in text.readings if other.start >= mark.end), None)
    is_beside = all(isinstance(token, ThisDay | SlotWord) for token in between)
    return is_beside and (following is None or not _is_before(text, mark, following))
