"""The history of a person and of a door, and the undo of one change."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile
from grid.rules.permissions import Permission
from residents.actions.history import CannotUndo, undo_change
from residents.models import Household, Resident
from residents.queries import history as queries
from residents.queries.history_words import why_not_words
from residents.views.conflicts import gone_on

PAGE_SIZE = 30


@needs(Permission.SEE_PEOPLE)
@require_safe
def resident_history(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Who changed what of a person, and when."""
    return _page(request, _resident(request, resident_id))


@needs(Permission.SEE_PEOPLE)
@require_safe
def household_history(request: StaffRequest, household_id: int) -> HttpResponse:
    """Who changed what of a door, and when."""
    return _page(request, _household(request, household_id))


@needs(Permission.EDIT_PEOPLE)
@require_POST
def resident_change_undo(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Puts one change of a person back."""
    return _undo(request, _resident(request, resident_id))


@needs(Permission.EDIT_PEOPLE)
@require_POST
def household_change_undo(request: StaffRequest, household_id: int) -> HttpResponse:
    """Puts one change of a door back."""
    return _undo(request, _household(request, household_id))


def _resident(request: StaffRequest, resident_id: int) -> Resident:
    people = Resident.objects.visible_to(request.user).select_related("household", "grid")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    return resident


def _household(request: StaffRequest, household_id: int) -> Household:
    doors = Household.objects.visible_to(request.user).select_related("grid")
    household: Household = get_object_or_404(doors, pk=household_id)
    return household


def _undo(request: StaffRequest, subject: Resident | Household) -> HttpResponse:
    require(request.user, Permission.EDIT_PEOPLE, subject)
    if answer := gone_on(request, subject, must_live=False):
        return answer
    said = [request.POST.get(name, "") for name in ("change", "version")]
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in said):
        return _page(request, subject, refused=_("Choose the change that is to be undone."))
    number, version = map(int, said)
    found = queries.change_of(subject, number)
    if found is None:
        raise Http404
    change, with_number = found
    facts = {"subject": subject, "change": change, "with_number": with_number, "version": version}
    try:
        undone = undo_change(**facts, by=actor_of(request), at=timezone.now())  # type: ignore[arg-type]
    except EditedMeanwhile:
        return _page(request, subject, refused=_("Somebody changed something meanwhile. Look at it and undo again."))
    except CannotUndo as fault:
        why = why_not_words(fault.code) or _("This cannot be undone here: change it by hand.")
        return _page(request, subject, refused=why)
    messages.success(request, _("Undone: it is as it was before") if undone else _("This was undone already"))
    return redirect("resident_history" if isinstance(subject, Resident) else "household_history", subject.pk)


def _page(request: StaffRequest, subject: Resident | Household, refused: str = "") -> HttpResponse:
    person = isinstance(subject, Resident)
    if refused:
        subject.refresh_from_db()
    lines = queries.history_of(request.user, subject)
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"subject": subject, "person": person, "page": page, "refused": refused}
    return render(request, "residents/history/history.html", context, status=422 if refused else 200)
