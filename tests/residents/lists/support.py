"""What the tests of the wizard share: a street with a lead, and the walk from the upload to the preview."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from stdnum.cn.ric import calc_check_digit
from xlsxwriter import Workbook

from grid.models import OutboxTask, Place, Staff
from grid.rules.permissions import Role
from grid.rules.places import Kind
from residents.models import ImportBatch
from residents.tasks import commit_list
from tests.factories.grid import make_place, make_staff

LISTS = Path(__file__).parents[2] / "lists"
RETURNEES = LISTS / "01-returnees.xlsx"
HEADERS = ("姓名", "身份证号码", "手机号码", "住址", "返乡时间", "备注")


def sound_id(sequence: int, born: str = "19800101") -> str:
    """An invented ID number that is sound; an odd sequence is a man's."""
    digits = f"420198{born}{sequence:03}"
    return digits + calc_check_digit(digits + "0")


WOMAN, MAN = sound_id(2), sound_id(1)


@dataclass
class Street:
    """A street with two communities, a grid or two each, and the lead of the first."""

    community: Place
    grid: Place
    other_grid: Place
    elsewhere: Place  # a grid of the other community
    lead: Staff


def make_street() -> Street:
    """Places and a lead."""
    street = make_place(Kind.STREET)
    community = make_place(Kind.COMMUNITY, street, name="临江社区")
    other = make_place(Kind.COMMUNITY, street, name="花园社区")
    return Street(
        community,
        make_place(Kind.GRID, community, name="第1网格"),
        make_place(Kind.GRID, community, name="第2网格"),
        make_place(Kind.GRID, other, name="第3网格"),
        make_staff(Role.COMMUNITY_LEAD, community),
    )


def client_of(staff: Staff) -> Client:
    """A browser in which this member of staff is logged in."""
    client = Client()
    client.force_login(staff)
    return client


def workbook(*rows: tuple[str, ...], headers: tuple[str, ...] = HEADERS) -> bytes:
    """A list with these rows below its headers; Excel counts the first as row 2."""
    book = BytesIO()
    with Workbook(book, {"strings_to_formulas": False}) as target:
        sheet = target.add_worksheet("名单")
        for number, row in enumerate((headers, *rows)):
            sheet.write_row(number, 0, row)
    return book.getvalue()


def upload(client: Client, data: bytes, name: str = "list.xlsx", place: Place | None = None) -> Any:
    """The answer to an upload."""
    page = client.get(reverse("list_home")).context["form"]
    value = place.pk if place else page.fields["place"].initial
    return client.post(reverse("list_upload"), {"file": SimpleUploadedFile(name, data), "place": value})


def batch_of(answer: Any) -> ImportBatch:
    """The list that a redirect leads to."""
    return ImportBatch.unscoped.get(pk=int(answer["Location"].split("/")[2]))


def mapping_as_proposed(client: Client, batch: ImportBatch) -> dict[str, str]:
    """The mapping form as the page shows it."""
    form = client.get(reverse("list_mapping", args=[batch.pk])).context["form"]
    return {name: form[name].value() or "" for name in form.fields if not name.startswith("use-") or form[name].value()}


def to_preview(client: Client, data: bytes, **said: str) -> ImportBatch:
    """Upload and mapping as proposed, with what else the user says; the list as the preview shows it.

    Without a word about the kind it is a list of the register: with a day of return it would be one of people to find.
    """
    batch = batch_of(upload(client, data))
    said = {"isolation": "no", "kind": "residents"} | said
    answer = client.post(reverse("list_mapping", args=[batch.pk]), mapping_as_proposed(client, batch) | said)
    assert answer.status_code == 302, answer.context["form"].errors
    batch.refresh_from_db()
    return batch


def confirm(client: Client, batch: ImportBatch, **said: str) -> Any:
    """Presses 确认入库 on the preview as it stands."""
    return client.post(reverse("list_commit", args=[batch.pk]), {"reading": batch.choices["reading"], **said})


def work_off() -> int:
    """Does what a worker would do: runs what was asked for, once. Returns how many tasks that were."""
    tasks = list(OutboxTask.objects.filter(task="commit_list", done_at=None))
    for task in tasks:
        commit_list(at=timezone.now(), **task.arguments)
    OutboxTask.objects.filter(pk__in=[task.pk for task in tasks]).update(done_at=timezone.now())
    return len(tasks)


def take_in(client: Client, data: bytes, **said: str) -> ImportBatch:
    """The whole way into the register."""
    batch = to_preview(client, data, **said)
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    return batch


def hear_isolation(monkeypatch: Any) -> list[dict[str, Any]]:
    """What the keeper of cases is told, in its place."""
    from grid import registries

    told: list[dict[str, Any]] = []

    def listener(name: str) -> Callable[..., None]:
        return lambda **facts: told.append({"deed": name, **facts})

    for name in ("people_taken_in", "list_taken_back"):
        monkeypatch.setitem(registries.HOOKS, name, [listener(name)])
    return told
