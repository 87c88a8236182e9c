"""How far the taking in of a list is, told from inside its transaction by a connection of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def progress_of(batch_id: int) -> Iterator[Callable[[int], None]]:
    """A function that stores how many rows are done: seen at once by every page, whatever the transaction becomes."""
    connection = connections.create_connection(DEFAULT_DB_ALIAS)

    def note(rows_done: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE residents_importprogress SET rows_done = %s WHERE batch_id = %s", [rows_done, batch_id]
            )

    try:
        yield note
    finally:
        connection.close()
