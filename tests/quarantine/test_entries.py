"""Which entries stand, by property: one a chain at most, and an undo always gives back what stood before."""

from hypothesis import given
from hypothesis import strategies as st

from quarantine.rules.entries import Entry, standing_of


def chain(deeds: list[bool]) -> list[Entry]:
    """An entry, then one row a deed: True takes back what stands, False corrects it."""
    rows = [Entry(1, None, False)]
    for key, withdrawn in enumerate(deeds, start=2):
        rows.append(Entry(key, key - 1, withdrawn))
    return rows


@given(deeds=st.lists(st.booleans(), max_size=8), order=st.randoms())
def test_at_most_one_of_a_chain_stands_and_the_order_of_rows_changes_nothing(deeds, order) -> None:
    rows = chain(deeds)
    shuffled = list(rows)
    order.shuffle(shuffled)
    found = standing_of(rows)
    assert len(found.stands) <= 1 and found == standing_of(shuffled)
    assert not any(row.withdrawn for row in rows if row.key in found.stands)


@given(deeds=st.lists(st.booleans(), max_size=8))
def test_taking_a_correction_back_is_as_if_it_had_never_been(deeds) -> None:
    assert standing_of(chain([*deeds, False, True])).stands == standing_of(chain(deeds)).stands


def test_other_chains_of_the_case_are_not_touched() -> None:
    rows = [Entry(1, None, False), Entry(2, None, False), Entry(3, 1, True)]
    found = standing_of(rows)
    assert found.stands == {2} and found.undone_by == {1: 3} and found.last == {1: 3, 2: 2, 3: 3}
