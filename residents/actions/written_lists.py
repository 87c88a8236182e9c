"""The deed of a list that leaves the portal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO

from grid.actions.audit import confirm_scope, deed
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents.lists import written_workbook
from residents.models import Resident


def write_list(
    *, place: Place, people: Iterable[Resident], whole: bool, reason: str, by: Actor, at: datetime,
    further: Sequence[tuple[str, Mapping[int, str]]] = (),
) -> BytesIO:  # fmt: skip
    """People of a place as a workbook; that it leaves is recorded, for the reason given (a code of `REVEAL_REASONS`).

    `whole`: with their ID numbers in clear. Raises PermissionDenied; then nothing is handed out.
    """
    book, rows = written_workbook.write(people, whole=whole, further=further)
    with deed("list_written", by=by, at=at, place=place, rows=rows, whole=whole, reason=reason):
        confirm_scope(by, Permission.IMPORT_LISTS, place, at)
        if whole:
            confirm_scope(by, Permission.REVEAL_ID, place, at)
    return book
