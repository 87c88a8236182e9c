"""The six digits that open an idle phone: which of them a passer-by would try first."""

from itertools import pairwise

LENGTH = 6


def is_pin(text: str) -> bool:
    """Six ASCII digits."""
    return len(text) == LENGTH and text.isascii() and text.isdigit()


def is_easy(pin: str) -> bool:
    """Runs (123456, 987654), two digits or fewer in all (111111, 112211), and a part repeated (123123)."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeated = any(pin == pin[:size] * (LENGTH // size) for size in (2, 3))
    return len(steps) == 1 or len(set(pin)) <= 2 or repeated
