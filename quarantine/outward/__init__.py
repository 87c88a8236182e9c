"""How a text leaves the portal: group robots, text-message gateways and mail, each as an Apprise service.

Nothing here knows the database. No address and no text is logged or quoted, no redirect is followed, and of what the
other side says only its number is kept: an administrator may name a server inside the network, and not read it here.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

WITHIN = 8.0  # seconds for one text, names looked up and all: the longest that a test button or a lease waits

SENT = "sent"
SILENT = "silent"  # no answer in time
UNREACHABLE = "unreachable"  # no such host, nobody listens
UNTRUSTED = "untrusted"  # its certificate does not hold
ELSEWHERE = "elsewhere"  # it sends us to another address, where we do not go
GARBAGE = "garbage"  # an answer that such a server does not give
LOCKED_OUT = "locked_out"  # user name or password
TURNED_DOWN = "turned_down"  # an answer that says no, with its number


@dataclass(frozen=True)
class Answer:
    """What became of one text: one of the words above, and the number the other side gave, if any."""

    word: str
    code: int | None = None

    @property
    def is_sent(self) -> bool:
        """Whether the other side has taken it."""
        return self.word == SENT


class Letter(NamedTuple):
    """One text to one address. `key` is the sender's own; `facts` are those of the kind, as its form gives them."""

    key: int
    kind: str
    facts: Mapping[str, Any]
    text: str


# Threads that hang at a server which dribbles: one an address at most, or each try would leave another one behind.
_AT_WORK: dict[bytes, Thread] = {}


def send_all(letters: Sequence[Letter], *, within: float = WITHIN) -> Iterator[tuple[Letter, Answer]]:
    """Sends all at once, each in a thread, and yields what became of each as soon as it is known.

    After `within` seconds what has not answered is silent. A text may have arrived all the same: at least once.
    """
    heard: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
    waiting = dict(enumerate(letters))
    for number, letter in waiting.items():
        _start(number, letter, heard)
    until = time.perf_counter() + within
    while waiting:
        try:
            number, answer = heard.get(timeout=max(0.0, until - time.perf_counter()))
        except Empty:
            break
        yield waiting.pop(number), answer
    for letter in waiting.values():
        yield letter, Answer(SILENT)


def _start(number: int, letter: Letter, heard: "SimpleQueue[tuple[int, Answer]]") -> None:
    words = json.dumps([letter.kind, dict(letter.facts)], sort_keys=True).encode()
    address = hashlib.sha256(words).digest()
    if address in _AT_WORK and _AT_WORK[address].is_alive():
        heard.put((number, Answer(SILENT)))
        return

    def work() -> None:
        try:
            heard.put((number, _send(letter)))
        except Exception:  # whatever a library raises may quote the address: it is not passed on
            heard.put((number, Answer(GARBAGE)))
        finally:
            _AT_WORK.pop(address, None)

    # A daemon: whoever hangs does not keep a worker from stopping.
    thread = _AT_WORK[address] = Thread(target=work, daemon=True, name="outward")
    thread.start()


def _send(letter: Letter) -> Answer:
    from quarantine.outward import services  # Apprise takes most of a second to load: not for every page's process

    return services.send(letter.kind, letter.facts, letter.text)
