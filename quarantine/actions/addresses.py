"""Addresses outside the portal: added, switched off and on, tried. What they say is sealed and never shown again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from grid.actions.audit import confirm_open, confirm_scope, deed, reserve_id
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine import outward
from quarantine.actions import messages
from quarantine.models import AlertAddress, AlertMessage

JUST_TRIED = "just_tried"


def add_address(
    *, place: Place, level: int, kind: str, label: str, facts: Mapping[str, Any], by: Actor, at: datetime
) -> AlertAddress:
    """An address that hears of alerts at the place and below once they stand at the level. Added twice it stands once.

    Raises PlaceClosed.
    """
    here = {"grid": place, "level": level, "kind": kind}
    if same := _same(here, facts):
        return same
    key, said = reserve_id(AlertAddress), {"address_kind": kind, "address_level": level}
    try:
        with deed("alert_address_added", by=by, at=at, place=place, subject=(AlertAddress, key), **said):
            confirm_scope(by, Permission.MANAGE_RULES, place, at)
            confirm_open(place.pk)
            Place.objects.select_for_update(no_key=True).get(pk=place.pk)  # a second tap at once waits here
            if same := _same(here, facts):
                raise _AddedMeanwhile(same)
            return AlertAddress.unscoped.create(
                pk=key, **here, label=label, added_at=at, added_by_id=by.staff_id,
                address_sealed=AlertAddress.sealed(facts),
            )  # fmt: skip
    except _AddedMeanwhile as found:
        return found.address


class _AddedMeanwhile(Exception):
    """Takes the audit record of a second tap back."""

    def __init__(self, address: AlertAddress) -> None:
        self.address = address


def _same(here: Mapping[str, Any], facts: Mapping[str, Any]) -> AlertAddress | None:
    """The address that stands there already. Two seals of the same never look the same, so each is opened."""
    known = AlertAddress.unscoped.filter(**here, ended_at=None)
    return next((address for address in known if address.facts == facts), None)


def switch_address(*, address: AlertAddress, on: bool, by: Actor, at: datetime) -> None:
    """Switches the address off or on again. What had not left yet is dropped; done already, nothing changes."""
    if (address.ended_at is None) == on:
        return
    name = "alert_address_restored" if on else "alert_address_ended"
    with deed(name, by=by, at=at, place=address.grid, subject=address):
        confirm_scope(by, Permission.MANAGE_RULES, address.grid, at)
        AlertAddress.unscoped.filter(pk=address.pk).update(ended_at=None if on else at)
        if not on:
            AlertMessage.objects.unsent().filter(address=address, leased_until=None).update(dropped_at=at)


def try_address(*, address: AlertAddress, text: str, by: Actor, at: datetime) -> outward.Answer:
    """Sends the text at once and says what the other side answered; blocks for `outward.WITHIN` seconds at most.

    Within a few seconds of another text the answer is `JUST_TRIED`, and nothing leaves.
    """
    if any(last is not None and at - messages.BETWEEN < last <= at for last in _last_texts(address)):
        return outward.Answer(JUST_TRIED)
    with deed("alert_address_tried", by=by, at=at, place=address.grid, subject=address):
        confirm_scope(by, Permission.MANAGE_RULES, address.grid, at)
    # Outside the transaction: a slow server must not hold a lock.
    letter = outward.Letter(address.pk, address.kind, address.facts, text)
    _letter, answer = next(outward.send_all([letter]))
    messages.note_answer(address.pk, answer, at=at)
    return answer


def _last_texts(address: AlertAddress) -> list[datetime | None]:
    return [address.last_sent_at, address.last_failed_at]
