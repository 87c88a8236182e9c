"""What somebody looks for, told from what she typed: names, pinyin, phones, doors, numbers of documents, together."""

import re
from dataclasses import dataclass

from residents.rules import addresses, names, phones
from residents.rules.addresses import Door
from residents.rules.pinyin import pinyin_of
from residents.rules.text import compact

_IDEOGRAPH = re.compile(r"[㐀-鿿豈-﫿〇\U00020000-\U0003ffff]")
_ID_TAIL = re.compile(r"[0-9]{3}[0-9X]|[A-Z0-9]{0,3}[0-9][A-Z0-9]{0,3}")
_BETWEEN_WORDS = re.compile(r"[\s,，、;；]+")
# "12 栋 3 单元": a number and the word that says what it counts are one.
_BEFORE_COUNTED = re.compile(r"(?<=[0-9])\s+(?=栋|幢|座|号|楼|单元|门洞|室|房|户)")
_ROOM = re.compile(r"(?P<room>[A-Za-z]?[0-9]+[A-Za-z]?)(?:室|号房|号|房|户)")
_DIALLED = re.compile(r"[+(]?[0-9][0-9()+\-]*")
MOST_WORDS = 6


@dataclass(frozen=True)
class Word:
    """The meanings that one typed word can have; several may be set ("1502" is a room, a phone's or an ID's end)."""

    name: str = ""  # part of a name, as `names.key_of` writes it; or of a compound's name
    sound: str = ""  # pinyin of a part of two characters, by which an index finds it inside a name
    letters: str = ""  # pinyin, whole or initials
    syllables: tuple[str, ...] = ()  # the letters as they were typed apart ("san zhang")
    phone: str = ""
    phone_end: str = ""  # at least four digits
    document: str = ""  # whole number, as typed
    document_end: str = ""  # four characters
    number: str = ""  # at most four characters: a room's, an entrance's or a building's
    door: Door | None = None  # never with a compound: that is a word of its own

    def __bool__(self) -> bool:
        return self != Word()

    @property
    def narrowness(self) -> int:
        """How few people it can mean, by its kind; 0 where it is too many to be looked for alone."""
        whole_door = self.door is not None and bool(self.door.room and self.door.building)
        kinds = (
            bool(self.name),
            bool(self.door),
            len(self.letters) == 2 or bool(self.door and self.door.room),
            len(self.letters) > 2,
            len(self.name) > 1,
            bool(self.phone_end or self.document_end or whole_door),
            bool(self.phone or self.document),
        )
        return max((rank for rank, holds in enumerate(kinds, start=1) if holds), default=0)


@dataclass(frozen=True)
class Sought:
    """The words of a search: whoever is found answers to each of them. Falsy where nothing can be looked for."""

    words: tuple[Word, ...] = ()

    def __bool__(self) -> bool:
        return any(word.narrowness for word in self.words)

    @property
    def name(self) -> str:
        """The parts of a name as one, in the order in which they were typed."""
        return "".join(word.name for word in self.words)

    @property
    def is_place(self) -> bool:
        """Whether all of it can be said of a door."""
        return all(word.door or len(word.name) > 1 for word in self.words)

    @property
    def is_numbered(self) -> bool:
        """Whether a building, entrance or room may be meant."""
        return any(word.door for word in self.words)

    @property
    def names_a_compound(self) -> bool:
        """Whether the words are a compound's rather than a person's: 望江花园."""
        return any(addresses.compound_in(word.name) for word in self.words)


def is_document(sought: Sought) -> bool:
    """Whether nothing but a document's whole number can be meant. Such words are not shown again in the answer."""
    return any(word.document and not word.phone and not word.phone_end for word in sought.words)


def understand(text: str) -> Sought:
    """The words of a typed text, each with its meanings; whatever says nothing that can be looked for is left out."""
    words = [word for piece in _pieces(text) for word in _words(piece)]
    return Sought(tuple(word for word in words if word)[:MOST_WORDS])


def _pieces(text: str) -> list[list[str]]:
    """The text word by word; what belongs together though a space stands between is one list."""
    pieces: list[list[str]] = []
    for piece in filter(None, _BETWEEN_WORDS.split(_BEFORE_COUNTED.sub("", text))):
        if pieces and _belongs(pieces[-1], piece):
            pieces[-1].append(piece)
        else:
            pieces.append([piece])
    # A phone in groups of digits is one number; 3 1 502 are three.
    return [part for group in pieces for part in ([group] if _is_one(group) else [[piece] for piece in group])]


def _belongs(group: list[str], piece: str) -> bool:
    if _DIALLED.fullmatch(piece):
        return bool(_DIALLED.fullmatch(group[-1]))
    return any(kind(piece) and kind(group[-1]) for kind in (_is_letters, _is_character))


def _is_one(group: list[str]) -> bool:
    """Letters are one pinyin, single characters one name (李 明); digits only where they make a phone or an ID."""
    whole = "".join(group)
    return not _DIALLED.fullmatch(group[0]) or phones.is_sound(whole) or len(whole) >= 15


def _is_letters(piece: str) -> bool:
    return not _IDEOGRAPH.search(piece) and piece.isalpha()


def _is_character(piece: str) -> bool:
    return len(piece) == 1 and bool(_IDEOGRAPH.match(piece))


def _words(group: list[str]) -> list[Word]:
    text = "".join(group)
    bare = compact(text).upper()
    if _IDEOGRAPH.search(text):
        return _place(text) if any(character.isdigit() for character in bare) else [_name(text)]
    if not any(character.isdigit() for character in bare):
        apart = tuple(_letters(piece) for piece in group) if len(group) > 1 else ()
        return [Word(letters=_letters(text), syllables=apart)]
    return [_number(text, bare)]


def _letters(text: str) -> str:
    return "".join(character for character in compact(text).lower().replace("ü", "v") if character.isalpha())


def _name(typed: str) -> Word:
    name = names.key_of(names.clean(typed))
    # Two Chinese characters make no trigram; inside a name their reading does. After another character none of them
    # is read as a surname.
    sound = pinyin_of("王" + name)[0].split(" ")[0].removeprefix("wang") if len(name) == 2 else ""
    return Word(name=name, sound=sound if len(sound) > 2 else "")


def _place(text: str) -> list[Word]:
    """A door in words; what stands before its numbers is a compound or, typed without a space, a person."""
    if room := _ROOM.fullmatch(compact(text)):
        return [Word(door=Door(room=room["room"]))]
    door = addresses.parse(text)
    if door is None:
        return [_name(text)]
    return [*([_name(door.compound)] if door.compound else []), Word(door=door._replace(compound=""))]


def _number(text: str, bare: str) -> Word:
    digits = re.sub(r"[^0-9]", "", bare)
    whole_phones = phones.normalise(text) if phones.is_sound(text) else []
    plain = bare.isalnum()
    door = addresses.parse(text) if not plain else None
    if plain and len(bare) <= 4:
        door = Door(room=bare)
    return Word(
        phone=whole_phones[0] if whole_phones else "",
        phone_end=digits if plain and bare.isdigit() and 4 <= len(bare) <= 12 else "",
        document=bare if plain and len(bare) >= 7 else "",
        document_end=bare if len(bare) == 4 and _ID_TAIL.fullmatch(bare) else "",
        number=bare if plain and len(bare) <= 4 else "",
        door=door if door else None,
    )
