"""The meanings of one searched word as conditions: along an index where it leads, plain where it only has to fit."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, Q, TextField

from residents import identity
from residents.rules.search import Word


class PhoneTails(Func):
    """The last four digits of each phone, as the index `resident_phone_tails` holds them."""

    function = "phone_tails"
    template = "%(function)s(%(expressions)s::text[])"
    output_field = ArrayField(TextField())


class PhonesJoined(Func):
    """Every phone followed by a space, so that the end of each can be compared."""

    function = "array_to_string"
    template = "(%(function)s(%(expressions)s::text[], ' ') || ' ')"
    output_field = TextField()


def ways_of(word: Word) -> list[Q]:
    """The meanings of one word for a person, the likeliest first, each along an index."""
    if word.name:
        inside = Q(name_key__contains=word.name)
        ways = [Q(name_key__startswith=word.name)]
        if len(word.name) > 2:
            ways.append(inside)
        elif word.sound:
            ways.append(inside & Q(pinyin__contains=word.sound))
        return ways
    if word.letters:
        ways = [Q(initials__startswith=word.letters), Q(pinyin__startswith=word.letters)]
        if len(word.letters) > 2:
            ways.append(_has_letters(word))
        else:  # the initials of a second reading, at the end
            ways.append(Q(pinyin__endswith=f" {word.letters}"))
        return ways
    return _ways_of_number(word)


def _ways_of_number(word: Word) -> list[Q]:
    ways = []
    if word.phone:
        ways.append(Q(phones__contains=[word.phone]))
    if word.phone_end and len(word.phone) < 11:
        # The index on the last four digits finds the few; what was typed before them decides.
        ways.append(Q(tails__contains=[word.phone_end[-4:]], joined__contains=f"{word.phone_end} "))
    if word.document and (digests := identity.digests_of(word.document)):
        # The tail's index finds the few; the whole number decides.
        ways.append(Q(id_tail_digest=identity.tail_digest_of(word.document), id_digest__in=digests))
    if word.document_end:
        ways.append(Q(id_tail_digest=identity.tail_digest_of(word.document_end)))
    return ways


def _has_letters(word: Word) -> Q:
    together, apart = Q(pinyin__contains=word.letters), Q()
    for syllable in word.syllables:
        apart &= Q(pinyin__contains=syllable)
    return together | apart if word.syllables else together


def fits(word: Word) -> Q:
    """The meanings of one word for people who were found by another one."""
    if word.name:
        return Q(name_key__contains=word.name) | fits_door(word, "household__", is_one_of_several=True)
    if word.letters:
        return Q(initials__contains=word.letters) | _has_letters(word)
    condition = fits_door(word, "household__", is_one_of_several=True)
    for way in _ways_of_number(word):
        condition |= way
    return condition


def fits_door(word: Word, of: str = "", *, is_one_of_several: bool = False) -> Q:
    """The doors that a word can mean; `of` leads to the door from another row ("household__")."""
    if word.name:
        return Q(**{f"{of}compound__contains": word.name}) if len(word.name) > 1 else Q(pk__in=[])
    if not word.door:
        return Q(pk__in=[])
    named = {name: value for name, value in word.door._asdict().items() if value}
    condition = Q(**{f"{of}{name}": value for name, value in named.items()})
    if word.door.building and word.door.room and not word.door.unit:
        # In a building of one's own "1-502" means entrance 1; "3-1" also means entrance 1 of building 3.
        condition |= Q(**{f"{of}unit": word.door.building, f"{of}room": word.door.room})
        condition |= Q(**{f"{of}building": word.door.building, f"{of}unit": word.door.room})
    if word.number and is_one_of_several:  # 12 3 502
        condition |= Q(**{f"{of}building": word.number}) | Q(**{f"{of}unit": word.number})
    return condition
