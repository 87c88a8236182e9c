"""What hangs on a person and follows her into another row of the register, and back out of it."""

from datetime import datetime

from django.db.models import Q

from residents.models import Contact, ImportRow, Merge, MoveOffer, NameToVerify, Resident, TwinPair

_CONTACTS, _OFFERS, _LIST_ROWS, _PAIRS, _NAMES = (
    model._meta.label for model in (Contact, MoveOffer, ImportRow, TwinPair, NameToVerify)
)


def bring_over(kept: Resident, duplicate: Resident, at: datetime) -> dict[str, list[int]]:
    """Hangs on `kept` what hung on `duplicate`; model label → ids."""
    moved: dict[str, list[int]] = {}
    contacts = Contact.unscoped.filter(resident=duplicate)
    moved[_CONTACTS] = list(contacts.values_list("pk", flat=True))
    contacts.update(resident=kept.pk, grid=kept.grid_id)
    offers = MoveOffer.unscoped.filter(resident=duplicate)
    moved[_OFFERS] = list(offers.values_list("pk", flat=True))
    offers.update(resident=kept.pk, household=kept.household_id, grid=kept.grid_id, street=kept.street_id)
    list_rows = ImportRow.unscoped.filter(resident_id=duplicate.pk)
    moved[_LIST_ROWS] = list(list_rows.values_list("pk", flat=True))
    list_rows.update(resident_id=kept.pk)
    names = NameToVerify.unscoped.filter(resident=duplicate)
    moved[_NAMES] = list(names.values_list("pk", flat=True))
    names.update(resident=kept.pk)
    moved[_PAIRS] = _copy_decisions(kept, duplicate)
    pair = {"first": min(kept.pk, duplicate.pk), "second": max(kept.pk, duplicate.pk)}
    TwinPair.unscoped.filter(**pair).update(decision="merged", decided_at=at)
    return moved


def _copy_decisions(kept: Resident, duplicate: Resident) -> list[int]:
    """Whom somebody told apart from the duplicate is told apart from the kept one, too. The pairs made for that."""
    made = []
    pairs = TwinPair.unscoped.filter(Q(first=duplicate) | Q(second=duplicate), decision="apart")
    for pair in pairs.select_related("first", "second"):
        other = pair.second if pair.first_id == duplicate.pk else pair.first
        if other.pk == kept.pk:
            continue
        first, second = sorted((kept, other), key=lambda person: person.pk)
        copy, new = TwinPair.unscoped.get_or_create(
            first=first, second=second,
            defaults={
                "grid_id": first.grid_id, "strength": pair.strength, "reasons": pair.reasons, "found_at": pair.found_at,
                "decision": "apart", "decided_at": pair.decided_at, "decided_by_id": pair.decided_by_id,
            },
        )  # fmt: skip
        made += [copy.pk] if new else []
    return made


def bring_back(row: Merge, kept: Resident, duplicate: Resident) -> None:
    """What followed goes back where it still hangs on `kept`; an offer that was answered since stays where it led."""
    door = {"household": duplicate.household_id, "grid": duplicate.grid_id, "street": duplicate.street_id}
    moved = row.moved
    contacts = Contact.unscoped.filter(pk__in=moved.get(_CONTACTS, []), resident=kept)
    contacts.update(resident=duplicate.pk, grid=duplicate.grid_id)
    offers = MoveOffer.unscoped.filter(pk__in=moved.get(_OFFERS, []), resident=kept)
    offers.filter(Q(decided_at=None) | Q(decided_at__lte=row.at)).update(resident=duplicate.pk, **door)
    ImportRow.unscoped.filter(pk__in=moved.get(_LIST_ROWS, []), resident_id=kept.pk).update(resident_id=duplicate.pk)
    NameToVerify.unscoped.filter(pk__in=moved.get(_NAMES, []), resident=kept).update(resident=duplicate.pk)
    TwinPair.unscoped.filter(pk__in=moved.get(_PAIRS, []), decision="apart").delete()
    pair = {"first": min(kept.pk, duplicate.pk), "second": max(kept.pk, duplicate.pk)}
    TwinPair.unscoped.filter(**pair, decision="merged").update(decision="", decided_at=None, decided_by=None)
