"""Five overlapping lists of 400 rows, 30 % of them strangers, taken in together: who is missed, who is visited twice,
and how many decisions are asked per 100 rows.

Run by `make bench ARGS=five_lists`.
"""

import sys
import time

import django

django.setup()

from django.test.utils import setup_test_environment  # noqa: E402  (the apps must be loaded first)

from tests.databases import TestDatabases, connected_to  # noqa: E402
from tests.residents.lists.support import make_street  # noqa: E402
from tests.residents.names.overlapping import LISTS, overlapping_lists  # noqa: E402
from tests.residents.names.test_overlapping import take_in_together  # noqa: E402

ROWS = 400


def main(databases: TestDatabases) -> int:
    """Prints what came of it; 1 where anybody is missing, visited twice or taken for another."""
    setup_test_environment()
    with connected_to(databases.clone()):
        begun = time.monotonic()
        found = take_in_together(overlapping_lists(ROWS), make_street())
        seconds = time.monotonic() - begun
    print(f"{LISTS} lists of {ROWS} rows, {seconds:.0f} s with every page")
    print(f"missing {found.missing}, visited twice {found.twice}, two people in one visit {found.mixed}")
    print(f"{found.sheets} sheets for {found.workers} workers")
    print(f"decisions asked: {found.decisions}, {100 * found.decisions / (LISTS * ROWS):.1f} per 100 rows")
    return 1 if found.missing or found.twice or found.mixed or found.sheets != found.workers else 0


if __name__ == "__main__":
    sessions = TestDatabases()
    answer = main(sessions)
    sessions.close()
    sys.exit(answer)
