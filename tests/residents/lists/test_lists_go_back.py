"""The schema of lists goes back a version while lists wait."""

from django.core.management import call_command
from django.db import connections

from tests.factories.residents import make_household, make_resident
from tests.residents.lists.support import client_of, make_street, to_preview, workbook


def test_blocks_without_lines_do_not_hold_the_older_schema_up(fresh_database: str) -> None:
    street = make_street()
    door = make_household(street.grid, compound="望江花园", building="3", unit="1", room="500")
    make_resident(door, "测试甲", phones=[])
    batch = to_preview(client_of(street.lead), workbook(("测试甲", "", "19900001001", "望江花园3-1-500", "", "")))
    assert batch.blocks.filter(sealed_lines=None).exists()
    call_command("migrate", "residents", "0012", database="owner", verbosity=0, interactive=False)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT state, (SELECT count(*) FROM residents_importblock) FROM residents_importbatch")
        assert cursor.fetchall() == [("mapping", 0)]
