"""An ID number typed into a remark is stored nowhere in clear."""

from importlib import import_module
from pkgutil import iter_modules
from uuid import uuid4

import pytest
from django import forms
from django.urls import reverse
from django.utils import timezone

import quarantine.forms
import residents.forms
from grid.models import AuditRecord
from grid.rules.permissions import Role
from quarantine.models import CheckIn
from residents.forms.remarks import RemarkField
from tests.factories.grid import make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_id_number
from tests.residents.lists.support import client_of

FREE = {"note", "why", "remark", "closed_note"}


def free_texts() -> list[tuple[str, forms.Field]]:
    found = {}
    for package in (quarantine.forms, residents.forms):
        for module in iter_modules(package.__path__):
            for name, kind in vars(import_module(f"{package.__name__}.{module.name}")).items():
                if isinstance(kind, type) and issubclass(kind, forms.BaseForm):
                    fields = getattr(kind, "base_fields", {})
                    found |= {f"{name}.{key}": field for key, field in fields.items() if key in FREE}
    return sorted(found.items())


def test_every_remark_of_a_form_is_read_as_one() -> None:
    found = free_texts()
    assert len(found) > 10
    assert [name for name, field in found if not isinstance(field, RemarkField)] == []


@pytest.mark.django_db
def test_a_number_in_a_remark_shows_its_last_two_characters_only(clock) -> None:
    case, number = make_case(at=timezone.now()), make_id_number()
    note = f"身份证{number}，带去医院"
    answer = client_of(make_staff(Role.GRID_WORKER, case.grid)).post(
        reverse("check_in_add", args=[case.pk]), {"uuid": str(uuid4()), "outcome": "no_answer", "note": note}
    )
    assert answer.status_code == 302
    stored = CheckIn.unscoped.get().note
    assert stored.startswith("身份证") and stored.endswith(f"{number[-2:]}，带去医院") and number[:-2] not in stored
    assert not AuditRecord.objects.filter(facts__icontains=number[:-2]).exists()
