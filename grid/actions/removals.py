"""Removal of rows for good, as the database's owner: past append-only, with every key noted for the proof."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import connections, models

from grid.models import AuditRecord, Notice


@dataclass
class Removal:
    """One removal in the caller's transaction on the owner's connection: what went, by table, and how it is proven."""

    alias: str
    gone: dict[str, list[str]] = field(default_factory=dict)  # table → keys of rows that are gone
    emptied: dict[str, list[str]] = field(default_factory=dict)  # table → keys of rows that say nothing of her any more
    subjects: dict[str, list[int]] = field(default_factory=dict)  # model name in lower case → ids that are gone
    contexts: set[Any] = field(default_factory=set)

    def remove(self, rows: models.QuerySet[Any]) -> None:
        """Deletes rows by their keys alone; what hangs on them is the caller's to remove."""
        keys = list(rows.using(self.alias).values_list("pk", flat=True))
        self.subjects.setdefault(rows.model._meta.model_name or "", []).extend(keys)
        self._delete(rows.model, keys)

    def remove_history(self, versions: models.QuerySet[Any]) -> None:
        """Deletes versions that the database kept; their contexts go too, where nothing else needs them."""
        found = list(versions.using(self.alias).values_list("pk", "pgh_context_id"))
        self.contexts |= {context for _key, context in found if context}
        self._delete(versions.model, [key for key, _context in found])

    def empty(self, rows: models.QuerySet[Any], **values: Any) -> None:
        """Gives columns of rows that stay a value that says nothing."""
        keys = list(rows.using(self.alias).values_list("pk", flat=True))
        rows.model._base_manager.using(self.alias).filter(pk__in=keys).update(**values)
        self._note(self.emptied, rows.model, keys)

    def finish(self, people: Iterable[int], names: Iterable[str]) -> None:
        """What the ground itself says of the rows that went: contexts of history, notices, facts of the audit.

        `names` are the facts by which deeds name `people`. Records of the audit stay, with who, when and which deed.
        """
        self._remove_contexts()
        naming = models.Q(pk__in=[])
        for kind, keys in self.subjects.items():
            naming |= models.Q(subject_kind=kind, subject_id__in=keys)
        by_fact = models.Q(pk__in=[])
        for name in names:
            for key in people:
                by_fact |= models.Q(**{f"facts__{name}": key}) | models.Q(**{f"facts__{name}__contains": [key]})
        self.remove(Notice.unscoped.filter(naming | by_fact))
        self.empty(AuditRecord.objects.filter(naming | by_fact).exclude(facts={}), facts={})

    def _remove_contexts(self) -> None:
        still = {
            context
            for model in apps.get_models()
            if getattr(model, "pgh_tracked_model", None) is not None
            for context in model._default_manager.using(self.alias)
            .filter(pgh_context_id__in=self.contexts)
            .values_list("pgh_context_id", flat=True)
        }
        self._delete(pghistory.models.Context, sorted(self.contexts - still))

    def _delete(self, model: type[models.Model], keys: list[Any]) -> None:
        connection = connections[self.alias]
        quote, meta = connection.ops.quote_name, model._meta
        with connection.cursor() as cursor:
            statement = f"DELETE FROM {quote(meta.db_table)} WHERE {quote(str(meta.pk.column))} = ANY(%s)"  # noqa: S608
            cursor.execute(statement, [keys])
        self._note(self.gone, model, keys)

    def _note(self, book: dict[str, list[str]], model: type[models.Model], keys: list[Any]) -> None:
        if keys:
            book.setdefault(model._meta.db_table, []).extend(map(str, keys))

    def check(self) -> None:
        """Has the database look now, not at the end, whether anything still points at what went: IntegrityError."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @property
    def counts(self) -> dict[str, int]:
        """Table → rows that went, and under the table's name with a star those that were emptied."""
        emptied = {f"{table}*": len(keys) for table, keys in sorted(self.emptied.items())}
        return {table: len(keys) for table, keys in sorted(self.gone.items())} | emptied

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted lines "table key" of all that went or was emptied."""
        books = [(table, key) for book in (self.gone, self.emptied) for table, keys in book.items() for key in keys]
        return hashlib.sha256("\n".join(f"{table} {key}" for table, key in sorted(books)).encode()).hexdigest()
