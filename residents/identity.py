"""The one home of what is stored of a person's identity: sealed numbers, digests, and the words that search finds.

Forms, lists and the demo builder all prepare the columns of their rows here, so that whatever one of them wrote the
others find again.
"""

import re
from datetime import date
from typing import Any

from grid import sealing
from residents.rules import addresses
from residents.rules.id_numbers import IdNumber, IdType, birth_date_of, canonical, sex_of
from residents.rules.names import key_of
from residents.rules.pinyin import pinyin_of

_SEALED, _WHOLE, _TAIL = "resident id", "resident id", "id tail"
_NO_NUMBER: dict[str, Any] = {"id_type": "", "id_sealed": None, "id_digest": None, "id_tail_digest": None}
_DOTS = "••••"
_LIKE_A_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])")


def identity_fields(number: IdNumber | None, digest: bytes | None = None) -> dict[str, Any]:
    """The four columns of a canonical number: its type, the sealed number, and the digests that find it again.

    `digest`: its `digest_of`, where the caller has it already.
    """
    if number is None:
        return dict(_NO_NUMBER)
    return {
        "id_type": number.type.value,
        "id_sealed": sealing.seal(number.number.encode(), context=_SEALED),
        "id_digest": digest or digest_of(number),
        "id_tail_digest": tail_digest_of(number.number),
    }


def digest_of(number: IdNumber) -> bytes:
    """By this a whole number is found; the type is part of it, because passports of two countries can share digits."""
    return sealing.digest(f"{number.type.value}\0{number.number}", context=_WHOLE)


def tail_digest_of(number: str) -> bytes:
    """By this a number is found from its last four characters (or from itself)."""
    return sealing.digest(number[-4:].upper(), context=_TAIL)


def digests_of(typed: str) -> list[bytes]:
    """The digests that a whole number as typed can have, whichever type of document it was stored as."""
    read = {canonical(typed, said) for said in (None, *IdType)}
    return [digest_of(number) for number in read if isinstance(number, IdNumber)]


def unsealed(id_type: str, id_sealed: bytes | memoryview | None) -> IdNumber | None:
    """The stored number in clear, for showing its last two characters or, after an audited deed, the whole."""
    if id_sealed is None:
        return None
    return IdNumber(IdType(id_type), sealing.unseal(bytes(id_sealed), context=_SEALED).decode())


def masked(id_type: str, id_sealed: bytes | memoryview | None) -> str:
    """What pages show of a number: dots and the last two characters; "" where there is none."""
    number = unsealed(id_type, id_sealed)
    return mask(number.number) if number else ""


def without_numbers(text: str) -> str:
    """A free text in which sound ID numbers show their last two characters only: no number stands in clear anywhere."""
    return _LIKE_A_NUMBER.sub(_masked_if_sound, text) if len(text) > 14 else text


def _masked_if_sound(match: re.Match[str]) -> str:
    return mask(match.group()) if isinstance(canonical(match.group()), IdNumber) else match.group()


def mask(number: str) -> str:
    """Dots and the last two characters: all that may be seen of a number without an audited look."""
    return f"{_DOTS}{number[-2:]}"


def prepare_person(
    *, name: str, id_number: IdNumber | None = None, sex: str = "", birth_date: date | None = None
) -> dict[str, Any]:
    """The columns of a resident that follow from name and number; what the number proves is taken from it.

    `name` is clean already (`rules.names.clean`). `sex` ("M", "F", "") and `birth_date` count where the number is
    silent. Grid, street, household, phones, relation, tags and notes are the caller's.
    """
    proven_sex = sex_of(id_number.number) if id_number else None
    proven_birth = birth_date_of(id_number.number) if id_number else None
    return {
        **name_fields(name),
        **identity_fields(id_number),
        "sex": proven_sex or sex,
        "birth_date": proven_birth or birth_date,
    }


def name_fields(name: str) -> dict[str, str]:
    """The name and the pinyin that search reads."""
    pinyin, initials = pinyin_of(name)
    return {"name": name, "name_key": key_of(name)[:60], "pinyin": pinyin[:200], "initials": initials[:40]}


def prepare_door(*, compound: str = "", building: str = "", unit: str = "", room: str = "") -> dict[str, str]:
    """The columns of a household that say its door, with the key that sorts doors as one walks. Numbers are bare."""
    key = addresses.walk_key(compound, building, unit, room)
    return {"compound": compound, "building": building, "unit": unit, "room": room, "walk_key": key[:200]}
