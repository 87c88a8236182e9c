"""Taking a list back: which of the people and doors it made nobody has touched since, and their removal."""
# ruff: noqa: S608  (statements are put together from constants of this module, values are bound)

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, models
from django.db.models import Q

from residents.models import Household, ImportBatch, Resident, TwinPair


def people_of(batch: ImportBatch) -> list[int]:
    """Everybody whom the list named and the register holds, made by it or not."""
    rows = batch.rows.filter(resident_id__isnull=False).exclude(verdict="refused")
    return [key for key in rows.values_list("resident_id", flat=True) if key]


def made_people(batch: ImportBatch) -> list[int]:
    """The people that the list made."""
    rows = batch.rows.filter(verdict="new", resident_id__isnull=False)
    return [key for key in rows.values_list("resident_id", flat=True) if key]


def untouched_people(ids: list[int], taken_in_at: datetime | None) -> list[int]:
    """Of these people those that nobody edited and nothing else points at. They stay locked until the end.

    A suspicion of twins that nobody decided is no work of anybody: a list taken in twice would else never go back. Nor
    is one that was decided with the list itself, `taken_in_at` that moment.
    """
    locked = Resident.unscoped.filter(pk__in=ids, version=1).order_by("pk").select_for_update()
    candidates = set(locked.values_list("pk", flat=True))
    return sorted(candidates - _pointed_at(Resident, candidates, _no_work(taken_in_at)))


def _no_work(taken_in_at: datetime | None) -> Q:
    return Q(decision="") | Q(decision="apart", decided_at=taken_in_at, decided_at__isnull=False)


def remove_people(ids: list[int], taken_in_at: datetime | None) -> None:
    """Removes people and what was only suspected of them; history keeps that they were there."""
    TwinPair.unscoped.filter(Q(first__in=ids) | Q(second__in=ids), _no_work(taken_in_at)).delete()
    _delete(Resident, ids)


def remove_doors(batch: ImportBatch) -> int:
    """Removes the doors that the list made, where nobody lives, nothing was edited and nothing points at them."""
    made = batch.rows.filter(made_door=True).values_list("household_id", flat=True)
    locked = Household.unscoped.filter(pk__in=list(made), version=1).order_by("pk").select_for_update()
    candidates = set(locked.values_list("pk", flat=True))
    return _delete(Household, candidates - _pointed_at(Household, candidates))


def _pointed_at(model: type[models.Model], ids: Iterable[int], no_work: Q | None = None) -> set[int]:
    """Of these rows those that any row of any table points at; history and suspicions that are no work do not count."""
    found: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or hasattr(relation.related_model, "pgh_tracked_model"):
            continue
        source = relation.related_model
        name = relation.field.name
        manager = getattr(source, "unscoped", source._default_manager)
        rows = manager.filter(**{f"{name}__in": list(ids)})
        rows = rows.exclude(no_work) if no_work and source is TwinPair else rows
        found.update(rows.values_list(f"{name}_id", flat=True))
    return found


def _delete(model: type[models.Model], ids: Iterable[int]) -> int:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [list(ids)])
        return int(cursor.rowcount)
