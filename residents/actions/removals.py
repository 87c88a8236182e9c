"""The removal of a person for good, by the owner of the database; nobody brings it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models, transaction
from django.utils.translation import gettext as _

from grid import registries
from grid.actions.removals import Removal
from grid.models import AuditRecord
from grid.rules.actors import Actor
from residents.actions.lists import UNFINISHED
from residents.models import (
    Contact,
    ImportRow,
    ImportTwin,
    Merge,
    MoveOffer,
    NameSource,
    NameToVerify,
    Resident,
    TwinPair,
)
from residents.rules.removals import FACTS_THAT_NAME, GROUNDS

_FREE_TEXT = ("note", "closed_note", "decided_note", "handed_over", "failure", "file_name")


class MustWait(Exception):
    """The person cannot be removed now; `reasons` say why and what to do first."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Proof:
    """What a removal took, without a word of the person; `still_named`: where free text still holds name or phone."""

    counts: dict[str, int]
    digest: str
    still_named: list[str]


def remove_person(
    *, resident_id: int, ground: str, confirm: bool, by: Actor, at: datetime, alias: str = "owner"
) -> Proof:
    """Removes a person, the records made one with hers, their history and what lists, notices and audit say of them.

    One transaction on the owner's connection; without `confirm` it is undone at the end, so that the counts are
    those that would be. Raises MustWait, ValueError for another ground, IntegrityError where something unknown to
    this deed still points at her.
    """
    if ground not in GROUNDS:
        raise ValueError(f"unknown ground {ground}")
    with transaction.atomic(using=alias):
        people = _with_duplicates(resident_id, alias)
        ids = [person.pk for person in people]
        if reasons := _why_wait(people, alias):
            raise MustWait(reasons)
        removal, names, numbers = Removal(alias), *_ever_called(ids, alias)
        for purge in registries.PURGES:
            purge.remove(ids, removal)
        _remove_rows(ids, removal)
        removal.finish(ids, FACTS_THAT_NAME)
        removal.check()
        proof = Proof(removal.counts, removal.digest, _still_named(names, numbers, alias))
        AuditRecord.objects.using(alias).create(
            at=at, deed="person_purged", actor_kind=by.kind.value, staff_id=by.staff_id, place_id=people[0].grid_id,
            subject_kind="resident", subject_id=resident_id,
            facts={"ground": ground, "rows": proof.counts, "digest": proof.digest},
        )  # fmt: skip
        if not confirm:
            transaction.set_rollback(True, using=alias)
    return proof


def _with_duplicates(resident_id: int, alias: str) -> list[Resident]:
    """The person, then every record that was made one with hers, all locked.

    Whom a list brought and took with it again has no row any more, but a history: then what that says of her.
    """
    rows = Resident.unscoped.using(alias).select_for_update()
    people = list(rows.filter(pk=resident_id)) or _gone_already(resident_id, alias)
    last = [person.pk for person in people]
    while last:
        more = list(rows.filter(merged_into__in=last).order_by("pk"))
        people, last = people + more, [person.pk for person in more]
    return people


def _gone_already(resident_id: int, alias: str) -> list[Resident]:
    last = _versions(Resident).using(alias).filter(pgh_obj_id=resident_id).order_by("pgh_id").last()
    return [Resident(pk=resident_id, grid_id=last.grid_id)] if last else []


def _ever_called(ids: list[int], alias: str) -> tuple[list[str], list[str]]:
    """Every name and every phone that the person ever had here."""
    versions = list(_versions(Resident).using(alias).filter(pgh_obj_id__in=ids).values_list("name", "phones"))
    return sorted({name for name, _phones in versions}), sorted({one for _name, phones in versions for one in phones})


def _why_wait(people: list[Resident], alias: str) -> list[str]:
    if not people:
        return [_("There is no person with this number.")]
    if people[0].merged_into_id is not None:
        facts = {"number": people[0].merged_into_id}
        return [_("This record was made one with person %(number)s: remove that one.") % facts]
    ids, reasons = [person.pk for person in people], []
    if MoveOffer.unscoped.using(alias).filter(resident__in=ids, state="open").exists():
        reasons.append(_("A move to another street is offered and not answered. Take the offer back first."))
    if ImportRow.unscoped.using(alias).filter(resident_id__in=ids, batch__state__in=UNFINISHED).exists():
        reasons.append(_("A list that is not taken in yet names the person. Take it in or throw it away first."))
    return reasons + [reason for purge in registries.PURGES for reason in purge.reasons(ids, alias)]


def _remove_rows(ids: list[int], removal: Removal) -> None:
    both = models.Q(kept__in=ids) | models.Q(duplicate__in=ids)
    removal.remove(Contact.unscoped.filter(resident__in=ids))
    removal.remove(TwinPair.unscoped.filter(models.Q(first__in=ids) | models.Q(second__in=ids)))
    removal.remove(Merge.unscoped.filter(both))
    removal.remove(MoveOffer.unscoped.filter(resident__in=ids))
    removal.remove(ImportTwin.unscoped.filter(resident_id__in=ids))
    removal.remove(ImportRow.unscoped.filter(resident_id__in=ids))
    _remove_names(ids, removal)
    removal.remove(Resident.unscoped.filter(pk__in=ids))
    # After the rows: their going wrote a last version of each.
    removal.remove_history(_versions(Contact).filter(resident_id__in=ids))
    removal.remove_history(_versions(Resident).filter(pgh_obj_id__in=ids))


def _remove_names(ids: list[int], removal: Removal) -> None:
    """What lists said of her before she was found, here and where it was passed on from."""
    names = NameToVerify.unscoped.using(removal.alias)
    last = list(names.filter(resident__in=ids).values_list("pk", flat=True))
    found = [last]
    while last := list(names.filter(became__in=last).values_list("pk", flat=True)):
        found.append(last)
    every = [key for keys in found for key in keys]
    removal.remove(NameSource.unscoped.filter(of__in=every))
    removal.remove(ImportRow.unscoped.filter(name_id__in=every))
    for keys in reversed(found):  # those that point before those that are pointed at
        removal.remove(NameToVerify.unscoped.filter(pk__in=keys))


def _versions(model: Any) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = model.pgh_event_model.objects.all()
    return rows


def _still_named(names: list[str], numbers: list[str], alias: str) -> list[str]:
    """Where other rows still hold a phone of hers, or free text her name: a person must look, for it may be another."""
    found = []
    for model in apps.get_models():
        if model._meta.app_label not in ("grid", "residents", "quarantine"):
            continue
        for column in model._meta.concrete_fields:
            words = numbers + (names if column.name in _FREE_TEXT else [])
            if words and isinstance(column, models.CharField | models.TextField | ArrayField):
                found += _rows_with(model, str(column.column), words, alias)
    return found


def _rows_with(model: type[models.Model], column: str, words: list[str], alias: str) -> list[str]:
    connection = connections[alias]
    table, name, key = map(connection.ops.quote_name, (model._meta.db_table, column, str(model._meta.pk.column)))
    with connection.cursor() as cursor:
        patterns = [f"%{word}%" for word in words]
        cursor.execute(f"SELECT {key} FROM {table} WHERE {name}::text LIKE ANY(%s) LIMIT 20", [patterns])  # noqa: S608
        return [f"{model._meta.db_table}.{column} {row[0]}" for row in cursor.fetchall()]


def waiting_removals(alias: str = "owner") -> list[AuditRecord]:
    """The wishes that stand, oldest first: the newest word about a person asks for it, and she is still there."""
    words = AuditRecord.objects.using(alias).filter(
        subject_kind="resident", deed__in=("removal_asked", "removal_withdrawn")
    )
    newest = {record.subject_id or 0: record for record in words.order_by("at", "pk")}
    there = set(Resident.unscoped.using(alias).filter(pk__in=list(newest)).values_list("pk", flat=True))
    wishes = [record for key, record in newest.items() if record.deed == "removal_asked" and key in there]
    return sorted(wishes, key=lambda record: record.at)
