"""Who can be one person: the rule against 500 labelled pairs, and each fact that it weighs."""

from dataclasses import replace
from datetime import date

import pytest

from residents.rules import twins
from residents.rules.id_numbers import IdNumber, canonical
from residents.rules.twins import Known, suspicion
from tests.residents.labelled_twins import labelled_pairs

MEI = Known(
    name="陈美玲",
    id_type="resident_id",
    number="420198198005170021",
    sex="F",
    birth_date=date(1980, 5, 17),
    phones=frozenset({"19900001111"}),
    door="望江花园 3-1-502",
)
BARE = Known(name="陈美玲")


def test_the_labelled_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    pairs = list(labelled_pairs())
    assert len(pairs) == 500
    suspected = [pair for pair in pairs if suspicion(pair.one, pair.other)]
    right = sum(pair.same for pair in suspected)
    precision, recall = right / len(suspected), right / sum(pair.same for pair in pairs)
    with capsys.disabled():
        print(f"\ntwins: precision {precision:.1%}, recall {recall:.1%} of {len(pairs)} pairs")
    assert precision >= 0.98
    assert recall >= 0.95


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (replace(MEI, name="李四"), ("same_id", "birth_date", "phone", "door")),
        (replace(BARE, birth_date=MEI.birth_date), ("same_name", "birth_date")),
        (replace(BARE, name="陳美玲", phones=MEI.phones), ("same_name", "phone")),
        (replace(BARE, name="陈美龄", door=MEI.door), ("same_sound", "door")),
        (replace(BARE, id_type="resident_id", number="420198198005170201", sound=False), ("near_id", "same_name")),
        (replace(BARE, birth_date=date(1980, 4, 2), phones=MEI.phones), ("same_name", "phone")),  # the lunar calendar
        (replace(BARE, id_type="passport", number="E12345678", door=MEI.door), ("same_name", "door")),
    ],
)
def test_what_is_suspected(other: Known, reasons: tuple[str, ...]) -> None:
    for one, two in ((MEI, other), (other, MEI)):
        seen = suspicion(one, two)
        assert seen is not None
        assert seen.reasons == reasons


@pytest.mark.parametrize(
    "other",
    [
        BARE,  # a namesake
        replace(MEI, name="陈建国", number="", birth_date=date(1951, 1, 1)),  # her father, her door, her phone
        replace(MEI, name="陈美琪", number="", id_type=""),  # born on the day, behind the door
        replace(BARE, name="陈美龄", sex="M", phones=MEI.phones),  # sounds alike, a man
        replace(BARE, birth_date=date(1999, 1, 1), phones=MEI.phones),  # the landlord's phone
        replace(MEI, number="420198199901010020", birth_date=date(1999, 1, 1), door="", sex=""),  # a card of her own
        replace(Known(name="王五"), phones=MEI.phones, door=MEI.door),
    ],
)
def test_who_is_another(other: Known) -> None:
    assert suspicion(MEI, other) is None
    assert suspicion(other, MEI) is None


def test_the_numbers_one_slip_away_hold_the_right_one() -> None:
    right, swapped = MEI.number, MEI.number[:10] + MEI.number[11] + MEI.number[10] + MEI.number[12:]
    assert canonical(right) == IdNumber("resident_id", right)  # type: ignore[arg-type]
    for wrong in (swapped, right[:8] + "9" + right[9:], right[:17] + "X"):
        near = twins.near_numbers(wrong)
        assert right in near
        assert wrong not in near
        assert len(near) < 200
        assert all(twins.is_near(wrong, number) for number in near)
