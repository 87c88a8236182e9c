"""A form whose row somebody else saved meanwhile: what stands now beside what was typed, nothing lost; and one whose
row is not what it was."""

from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from grid.access import StaffRequest
from residents.models import Household, Resident
from residents.queries.history_words import listed

SentForm = TypeVar("SentForm", bound=forms.Form)


def retold(form: SentForm, stored: dict[str, Any], **kwargs: Any) -> SentForm:
    """The same form as sent, now with the row's newest version and, on top, what differs from what is stored.

    Sending it again puts what was typed in place of what somebody else saved, and that is said.
    """
    data = form.data.copy()  # type: ignore[attr-defined]
    data[form.add_prefix("version")] = stored["version"]
    again = type(form)(data, prefix=form.prefix, **kwargs)
    again.is_valid()
    again.add_error(
        None, _("Somebody else has saved this meanwhile. What you typed is kept below: save again to put it in place.")
    )
    for field in again.visible_fields():
        if field.name in stored and field.field.has_changed(stored[field.name], field.data):
            words = _("%(field)s is now: %(stored)s")
            again.add_error(None, words % {"field": field.label, "stored": _shown(field, stored[field.name])})
    return again


def gone_on(request: StaffRequest, subject: Resident | Household, *, must_live: bool = True) -> HttpResponse | None:
    """Where a form leads that was opened before its row went into another one, or (`must_live`) before she left: the
    row's page, which says where they are now. None while it stands. Ask after the reader's right."""
    if isinstance(subject, Household):
        words = _("This household was joined with another one. Look there.")
    elif subject.merged_into_id is not None:
        words = _("This record went into another one of the same person. Change that one.")
    else:
        words = _("This person does not live here any more.")
    left = must_live and isinstance(subject, Resident) and subject.left_on is not None
    if subject.merged_into_id is None and not left:
        return None
    messages.warning(request, words)
    return redirect("household_detail" if isinstance(subject, Household) else "resident_detail", subject.pk)


def _shown(field: forms.BoundField, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    labels = {str(key): str(label) for key, label in getattr(field.field, "choices", [])}
    return listed(labels.get(str(one), str(one)) for one in values if one not in ("", None)) or _("nothing")
