"""What the journeys share: a clock that begins on a Wednesday morning, and a street."""

import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.browser.street import Street, make_street


@pytest.fixture
def wednesday() -> Iterator[time_machine.Traveller]:
    """Wednesday 4 March 2026, 08:30 in Shanghai, and time goes on; all threads of the live portal live in it."""
    moment = datetime.datetime(2026, 3, 4, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    with time_machine.travel(moment, tick=True) as traveller:
        yield traveller


@pytest.fixture
def street(fresh_database: str, wednesday: time_machine.Traveller) -> Street:
    """A street without people."""
    return make_street()
