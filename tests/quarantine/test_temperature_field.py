"""A temperature as people type it, and what is refused in words instead of guessed."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from quarantine.forms.check_ins import TemperatureField


@pytest.mark.parametrize("typed", ["36.5", "３６．５", "36。5", "36,5", "36.5℃", "36.5度", " 36.50 "])
def test_read_as_meant(typed: str) -> None:
    assert TemperatureField().clean(typed) == Decimal("36.5")


@pytest.mark.parametrize(
    "typed", ["365", "3_6.5", "1e30", "1e999999999", "9" * 40, "NaN", "Infinity", "-36.5", "36.55", "33.9", "43.1"]
)
def test_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        TemperatureField().clean(typed)
