"""One person out of two rows: what must be asked field by field, what follows by itself, and what goes back."""

from collections.abc import Mapping
from typing import Any

from residents.rules.id_numbers import IdNumber, birth_date_of, sex_of

Values = dict[str, Any]

# In the order of the page. `number` is an IdNumber or None; lists stand as lists; empty is "", None or [].
FIELDS = (
    "name", "number", "sex", "birth_date", "phones", "relation", "residency", "care_tags", "away_until", "bed", "note",
)  # fmt: skip
JOINABLE = ("phones", "care_tags", "note")
KEPT, DUPLICATE, BOTH = "kept", "duplicate", "both"
LONGEST_NOTE = 200


class Unchosen(ValueError):
    """Both rows say something of a field, not the same, and nobody chose."""


def undecided(kept: Values, duplicate: Values) -> list[str]:
    """The fields of which both rows say something else. Sex and birth date are not asked where every number that may
    be chosen proves them."""
    numbers = [row["number"] for row in (kept, duplicate) if row["number"]]
    return [
        name
        for name in FIELDS
        if kept[name] and duplicate[name] and not _equal(kept[name], duplicate[name])
        if not (numbers and all(_proofs(number).get(name) for number in numbers))
    ]


def may_join(name: str, kept: Values, duplicate: Values) -> bool:
    """Whether both values of a field can stand side by side."""
    return name in JOINABLE and (name != "note" or len(joined(name, kept, duplicate)) <= LONGEST_NOTE)


def joined(name: str, kept: Values, duplicate: Values) -> Any:
    """Both values in one, nothing twice."""
    if name == "note":
        return f"{kept[name]}; {duplicate[name]}"
    return list(dict.fromkeys([*kept[name], *duplicate[name]]))


def merged(kept: Values, duplicate: Values, choices: Mapping[str, str]) -> Values:
    """The values of the one row: what is equal or said by one alone is taken, what differs as chosen.

    Raises Unchosen for a field that differs and was not chosen.
    """
    asked = undecided(kept, duplicate)
    values: Values = {}
    for name in FIELDS:
        choice = choices.get(name, "") if name in asked else (KEPT if kept[name] else DUPLICATE)
        if choice == BOTH and may_join(name, kept, duplicate):
            values[name] = joined(name, kept, duplicate)
        elif choice in (KEPT, DUPLICATE):
            values[name] = kept[name] if choice == KEPT else duplicate[name]
        else:
            raise Unchosen(name)
    return values | _proofs(values["number"])


def going_back(before: Values, after: Values, now: Values) -> tuple[Values, list[str]]:
    """What a row gets again when the merge is taken back, and the fields that stay because somebody changed them."""
    changed = [name for name in FIELDS if not _equal(before[name], after[name])]
    stay = [name for name in changed if not _equal(now[name], after[name])]
    values = {name: before[name] for name in changed if name not in stay}
    number = values["number"] if "number" in values else now["number"]
    return values | _proofs(number), stay


def _proofs(number: IdNumber | None) -> Values:
    if number is None:
        return {}
    proofs = {"sex": sex_of(number.number), "birth_date": birth_date_of(number.number)}
    return {name: proof for name, proof in proofs.items() if proof}


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return set(one) == set(other)
    return bool(one == other)
