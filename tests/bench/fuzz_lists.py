"""300 good lists spoilt at random: each must be read or refused, and no reader may take the caller with it.

Run by `make bench ARGS=fuzz_lists`. A number that fails can be tried alone: `mutations.mutated(number)`.
"""

import sys
import time
from collections import Counter

import django

django.setup()

from tests.residents.lists.mutations import mutated, try_out  # noqa: E402  (the apps must be loaded first)

FILES = 300


def main() -> int:
    """Prints how many were read and refused, and the slowest; 1 where one did something else."""
    found: Counter[str] = Counter()
    slowest = 0.0
    for number in range(1000, 1000 + FILES):
        name, data = mutated(number)
        begun = time.monotonic()
        try:
            found[try_out(name, data)] += 1
        except Exception as fault:
            print(f"FAILED: number {number} ({name}): {type(fault).__name__}: {fault}")
            found["FAILED"] += 1
        slowest = max(slowest, time.monotonic() - begun)
    print(f"{FILES} spoilt files: {dict(found)}; the slowest took {slowest:.1f} s")
    return 1 if found["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
