"""Floors as room numbers tell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.rules.addresses import Spot, spot_of

FLOORS, NUMBERS = st.integers(1, 99), st.integers(0, 99)


@pytest.mark.parametrize(
    ("room", "spot"),
    [
        ("502", Spot(5, "02")),
        ("0502", Spot(5, "02")),
        ("1203", Spot(12, "03")),
        ("502A", Spot(5, "02A")),
        ("A502", Spot(5, "A02")),
        ("A-502", Spot(5, "A-02")),
        ("1-502", Spot(5, "1-02")),
        ("5-02", Spot(5, "02")),
        ("502-1", Spot(5, "02-1")),
        ("B101", Spot(-1, "01")),
        ("B1-01", Spot(-1, "01")),
        ("B1203", Spot(12, "B03")),
        ("负101", Spot(-1, "01")),
        ("负一层", Spot(-1, "")),
        ("负一层3", Spot(-1, "3")),
        ("地下二层3", Spot(-2, "3")),
        ("五层02", Spot(5, "02")),
        ("5楼502", Spot(5, "02")),
        ("十二楼1203室", Spot(12, "03")),
    ],
)
def test_a_room_says_its_floor(room: str, spot: Spot) -> None:
    assert spot_of(room) == spot


@pytest.mark.parametrize("room", ["", "5", "12", "B2", "0012", "10203", "东厢房", "门面", "零层1", "百层1"])
def test_what_says_no_floor_is_not_guessed(room: str) -> None:
    assert spot_of(room) is None


@given(FLOORS, NUMBERS)
def test_floor_and_number_come_back_from_any_room(floor: int, number: int) -> None:
    assert spot_of(f"{floor}{number:02}") == spot_of(f"{floor}{number:02}室") == Spot(floor, f"{number:02}")
    assert spot_of(f"{floor}层{number:02}") == Spot(floor, f"{number:02}")


@given(st.text(max_size=20))
def test_no_text_breaks_it_and_no_floor_is_zero(room: str) -> None:
    spot = spot_of(room)
    assert spot is None or 0 < abs(spot.floor) < 100
