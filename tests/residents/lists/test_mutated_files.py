"""Good files spoilt at random are read or refused; `make bench ARGS=fuzz_lists` tries many more."""

import pytest

from tests.residents.lists.mutations import mutated, try_out


@pytest.mark.parametrize("number", range(10))
def test_a_spoilt_file_is_read_or_refused(number: int) -> None:
    assert try_out(*mutated(number)) in ("read", "refused")
