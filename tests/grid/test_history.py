"""History is written by the database and cannot be led astray by the role that the portal works as."""

import pytest
from django.db import connection

from residents.models import Resident
from tests.factories.residents import make_resident


@pytest.mark.django_db
def test_a_temporary_table_of_the_same_name_does_not_catch_the_history() -> None:
    person = make_resident(name="李明")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE residents_residentevent (LIKE public.residents_residentevent INCLUDING ALL)")
        Resident.unscoped.filter(pk=person.pk).update(name="李小明")
        cursor.execute(
            "SELECT name FROM public.residents_residentevent WHERE pgh_obj_id = %s ORDER BY pgh_id", [person.pk]
        )
        assert [row[0] for row in cursor.fetchall()] == ["李明", "李小明"]
