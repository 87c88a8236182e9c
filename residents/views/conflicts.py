"""A form whose row somebody else saved meanwhile: what stands now beside what was typed, nothing lost."""

from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext as _

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


def _shown(field: forms.BoundField, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    labels = {str(key): str(label) for key, label in getattr(field.field, "choices", [])}
    return ", ".join(labels.get(str(one), str(one)) for one in values if one not in ("", None)) or _("nothing")
