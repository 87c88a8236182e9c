"""What somebody looks for, told from what she typed: a name, pinyin, a phone, a door or a document number."""

import re
from dataclasses import dataclass

from residents.rules import addresses, names, phones
from residents.rules.addresses import Door
from residents.rules.pinyin import pinyin_of
from residents.rules.text import compact

_IDEOGRAPH = re.compile(r"[㐀-鿿豈-﫿〇\U00020000-\U0003ffff]")
_ID_TAIL = re.compile(r"[0-9]{3}[0-9X]|[A-Z0-9]{0,3}[0-9][A-Z0-9]{0,3}")


@dataclass(frozen=True)
class Sought:
    """The meanings that the typed text can have; several may be set ("1502" is a room, a phone's or an ID's end)."""

    name: str = ""
    name_sound: str = ""  # pinyin of a name's part of two characters, by which an index finds it
    letters: str = ""  # pinyin, whole or initials
    phone: str = ""
    phone_end: str = ""  # at least four digits
    document: str = ""  # whole number, as typed
    document_end: str = ""  # four characters
    door: Door | None = None

    def __bool__(self) -> bool:
        return self != Sought()


def is_document(sought: Sought) -> bool:
    """Whether nothing but a document's whole number can be meant. Such words are not shown again in the answer."""
    return bool(sought.document) and not sought.phone and not sought.phone_end


def understand(text: str) -> Sought:
    """The meanings of a typed text; nothing set where it says nothing that can be looked for."""
    bare = compact(text).upper()
    if _IDEOGRAPH.search(text):
        if any(character.isdigit() for character in bare):
            return Sought(door=addresses.parse(text))
        return _name(names.clean(text))
    if not any(character.isdigit() for character in bare):
        letters = "".join(character for character in bare.lower().replace("ü", "v") if character.isalpha())
        return Sought(letters=letters if len(letters) > 1 else "")  # one letter is everybody
    return _number(text, bare)


def _name(typed: str) -> Sought:
    name = names.simplified(typed)
    # Two Chinese characters make no trigram; inside a name their reading does. After another character none of them
    # is read as a surname.
    sound = pinyin_of("王" + name)[0].split(" ")[0].removeprefix("wang") if len(name) == 2 else ""
    return Sought(name=name, name_sound=sound if len(sound) > 2 else "")


def _number(text: str, bare: str) -> Sought:
    digits = re.sub(r"[^0-9]", "", bare)
    whole_phones = phones.normalise(text) if phones.is_sound(text) else []
    plain = bare.isalnum()
    door = addresses.parse(text) if not plain else None
    if plain and len(bare) <= 4:
        door = Door(room=bare)
    return Sought(
        phone=whole_phones[0] if whole_phones else "",
        phone_end=digits if plain and bare.isdigit() and 4 <= len(bare) <= 12 else "",
        document=bare if plain and len(bare) >= 7 else "",
        document_end=bare if len(bare) == 4 and _ID_TAIL.fullmatch(bare) else "",
        door=door,
    )
