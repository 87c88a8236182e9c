"""A person's rights over her data: who looked at it, all of it on paper, the wish that it be removed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grid import registries
from grid.access import StaffRequest, actor_of, needs, require
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.actions import privacy as deeds
from residents.forms.privacy import FileForm, RemovalForm
from residents.models import Resident
from residents.queries import person_file as queries


@needs(Permission.REVEAL_ID)
@require_safe
def resident_privacy(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Who looked at her data, and the ways to her file and to its removal."""
    return _page(request, _resident(request, resident_id, Permission.REVEAL_ID))


@needs(Permission.REVEAL_ID)
@require_POST
def resident_file(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Everything stored of the person on one page to print, the whole ID number too; recorded with its reason."""
    at = timezone.now()
    resident = _resident(request, resident_id, Permission.REVEAL_ID)
    form = FileForm(request.POST)
    if not form.is_valid():
        return _page(request, resident, file_form=form)
    reason = form.cleaned_data["reason"]
    number = deeds.print_person_file(resident=resident, reason=reason, by=actor_of(request), at=at)
    context = queries.file_of(request.user, resident) | {
        "resident": resident,
        "number": number,
        "at": at,
        "today": local_day(at),
        "panels": registries.panels_for("person_file", request.user, resident, at),
    }
    return render(request, "residents/privacy/person_file.html", context)


@needs(Permission.DECIDE_REGISTER)
@require_POST
def removal_ask(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Notes the wish that her data be removed, with its ground."""
    resident = _resident(request, resident_id, Permission.DECIDE_REGISTER)
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return _page(request, resident, removal_form=form)
    deeds.ask_removal(resident=resident, ground=form.cleaned_data["ground"], by=actor_of(request), at=timezone.now())
    messages.success(request, _("Noted. The street is told; who runs the portal removes the data."))
    return redirect("resident_privacy", resident.pk)


@needs(Permission.DECIDE_REGISTER)
@require_POST
def removal_withdraw(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Takes the wish back."""
    resident = _resident(request, resident_id, Permission.DECIDE_REGISTER)
    deeds.withdraw_removal(resident=resident, by=actor_of(request), at=timezone.now())
    messages.success(request, _("The data stay: the wish is taken back."))
    return redirect("resident_privacy", resident.pk)


def _resident(request: StaffRequest, resident_id: int, permission: Permission) -> Resident:
    people = Resident.objects.visible_to(request.user).select_related("household", "grid__parent")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    require(request.user, permission, resident)
    return resident


def _page(request: StaffRequest, resident: Resident, **forms: Any) -> HttpResponse:
    context = {
        "resident": resident,
        "file_form": FileForm(),
        "removal_form": RemovalForm(),
        "looks": queries.looks_at(resident),
        "wish": queries.wish_of(resident),
        "may_decide": request.user.may_at_door(Permission.DECIDE_REGISTER, resident),
    } | forms
    return render(request, "residents/privacy/privacy.html", context, status=422 if forms else 200)
