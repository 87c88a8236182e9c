"""Lists as somebody types them: the pages of 照单录入, pressed as she presses them."""

from typing import Any

from django.urls import reverse

from residents.models import ImportBatch
from tests.residents.lists.support import Street, batch_of

DOOR = {"compound": "望江花园", "building": "3", "unit": "1"}


def begin(client: Any, kind: str = "residents", title: str = "", **said: Any) -> ImportBatch:
    page = client.get(reverse("list_begin")).context["form"]
    said = {"kind": kind, "title": title, "place": page.fields["place"].initial or ""} | said
    return batch_of(client.post(reverse("list_begin"), said))


def post(client: Any, batch: ImportBatch, lines: list[dict[str, str]], press: str = "", **said: str) -> Any:
    """The answer to the table as it stands on the page, with these lines typed into it."""
    page = client.get(reverse("list_type", args=[batch.pk])).context
    fields = {
        f"{part}-{number}": line.get(part, "")
        for number, line in enumerate(lines, 1)
        for part in page["page"].typed.columns
    }
    hidden = {"seen": page["page"].seen, "page": page["page"].page}
    pressed = {press: "1"} if press else {}
    return client.post(reverse("list_type", args=[batch.pk]), hidden | fields | pressed | said)


def typed_in(client: Any, batch: ImportBatch) -> list[dict[str, str]]:
    """What the page shows as typed."""
    typed = client.get(reverse("list_type", args=[batch.pk])).context["page"].typed
    return [{str(part): text for part, text in zip(typed.columns, line, strict=True) if text} for line in typed.lines]


def person(name: str, room: str = "501", **said: str) -> dict[str, str]:
    return {"name": name, "room": room, **DOOR, **said}


def batch_people(client: Any, batch: ImportBatch, street: Street) -> list[tuple[int, str]]:
    batch.refresh_from_db()
    ImportBatch.unscoped.filter(pk=batch.pk).update(choices={"grid": street.grid.pk})
    assert post(client, batch, typed_in(client, batch))["Location"] == reverse("list_preview", args=[batch.pk])
    rows = client.get(reverse("list_preview", args=[batch.pk])).context["rows"]
    return [(row.number, row.name) for row in rows]
