"""What the deeds about people share: the columns of a person, and the database's refusals in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from residents import identity
from residents.models import Contact, Household, MoveOffer, Resident
from residents.rules.people import PersonFacts

Row = TypeVar("Row", Household, Resident, Contact)


class AlreadyRegistered(Exception):
    """Somebody who lives in the same street has this ID number."""


class AlreadyAdded(Exception):
    """The same form has been saved before: its row stands."""


class OfferedAway(ValidationError):
    """The household is offered to another street as a whole: whoever joined it now would be offered along unasked."""

    def __init__(self) -> None:
        super().__init__(_("This household is offered to another street. Take the offer back first."))


@contextmanager
def refusals_named() -> Iterator[None]:
    """Turns the two refusals that a race can bring into exceptions that a page can explain.

    `from None`: the database's own text quotes the refused row.
    """
    try:
        yield
    except IntegrityError as fault:
        constraint = getattr(getattr(fault.__cause__, "diag", None), "constraint_name", "")
        if constraint == "one_current_resident_per_id":
            raise AlreadyRegistered from None
        if constraint in ("residents_household_pkey", "residents_resident_pkey", "residents_contact_pkey"):
            raise AlreadyAdded from None
        raise


def held(rows: QuerySet[Row], read: Row) -> Row:
    """A person or door as it stands now, and kept so until the transaction ends.

    It may have moved to another grid since it was read: who may change it is asked where it stands now. Raises
    Http404 where it is gone.
    """
    now = rows.select_for_update().filter(pk=read.pk).first()
    if now is None:
        raise Http404
    return now


def held_door(read: Household) -> Household:
    """The door as it stands now, kept so until the transaction ends. Where it was joined into another household
    meanwhile, that one: whoever comes to this door comes to them. Raises Http404 where it is gone.
    """
    now = held(Household.unscoped.all(), read)
    while now.merged_into_id is not None:
        now = held(Household.unscoped.all(), Household(pk=now.merged_into_id))
    return now


def confirm_not_offered(household: Household) -> None:
    """Raises OfferedAway while everybody behind the door is offered to another street. The door must be held."""
    if MoveOffer.unscoped.filter(household=household, resident=None, state="open").exists():
        raise OfferedAway


def columns(facts: PersonFacts) -> dict[str, Any]:
    """Every column of a resident that a form says; grid, street and household follow from the door."""
    prepared = identity.prepare_person(
        name=facts.name, id_number=facts.id_number, sex=facts.sex, birth_date=facts.birth_date
    )
    return prepared | {
        "phones": list(facts.phones),
        "relation": facts.relation,
        "residency": facts.residency,
        "care_tags": list(facts.care_tags),
        "note": facts.note,
    }
