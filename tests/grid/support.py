"""What the tests of the ground share: a small street, and the login as a person does it."""

from types import SimpleNamespace

from django.test import Client

from grid.models import AuditRecord, Staff
from grid.rules.permissions import Role
from grid.rules.places import Kind
from tests.factories.grid import PASSWORD, make_place, make_staff


def street() -> SimpleNamespace:
    """A street with an administrator, two communities, a grid and a worker."""
    office = make_place(Kind.STREET, name="望江街道")
    garden = make_place(Kind.COMMUNITY, office, name="花园社区")
    river = make_place(Kind.COMMUNITY, office, name="江边社区")
    cell = make_place(Kind.GRID, garden, name="花园一网格")
    return SimpleNamespace(
        street=office,
        garden=garden,
        river=river,
        cell=cell,
        administrator=make_staff(Role.ADMINISTRATOR, office, name="管理员甲"),
        worker=make_staff(Role.GRID_WORKER, cell, name="王芳"),
    )


def log_in(client: Client, staff: Staff, password: str = PASSWORD, **fields: str):
    """Types name and password."""
    return client.post("/login/", {"username": staff.user_name, "password": password, **fields})


def on_own_phone(client: Client, staff: Staff, pin: str = "271828") -> None:
    """Logged in on a phone called her own, with a PIN."""
    log_in(client, staff, own_phone="on")
    answer = client.post("/pin/", {"pin": pin, "pin_again": pin})
    assert answer.status_code == 302, answer.content.decode()


def deeds() -> list[str]:
    """The names of the audit's records, oldest first."""
    return list(AuditRecord.objects.order_by("pk").values_list("deed", flat=True))


def pages_open(client: Client) -> bool:
    """Whether the login is live: a page behind it opens."""
    return client.get("/password/").status_code == 200
