"""待核查: the names to be found, one name and what was found out about her."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid import registries
from grid.access import StaffRequest, actor_of, needs
from grid.actions.audit import reserve_id
from grid.rules.permissions import Permission
from grid.views.versions import id_in, version_in
from residents.actions import names as deeds
from residents.actions.people import AlreadyAdded, AlreadyRegistered
from residents.forms import names as forms
from residents.forms.households import key_in, ticket_for
from residents.models import Household, NameToVerify, Resident
from residents.queries import names as queries

A_PAGE = 50
_TEMPLATES = "residents/names/"


@needs(Permission.SEE_PEOPLE)
@require_safe
def name_list(request: StaffRequest) -> HttpResponse:
    """Who is to be found, by door as one walks; how many are late or given to nobody."""
    at = timezone.now()
    show = request.GET.get("show", "") if request.GET.get("show", "") in queries.SHOWN else ""
    found = queries.names_for(request.user, show, id_in(request.GET.get("worker", "")), at)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    names = list(page)
    known = queries.registered(request.user, [name for name in names if name.state == "open"])
    context = {
        "page": page, "names": [(name, known.get(name.pk, [])) for name in names], "show": show, "at": at,
        "left": queries.left_for(request.user, at),
        "leads": request.user.may(Permission.MANAGE_HELPERS), "may_answer": request.user.may(Permission.EDIT_PEOPLE),
    }  # fmt: skip
    return render(request, f"{_TEMPLATES}list.html", context)


def find(request: StaffRequest, name_id: int) -> NameToVerify:
    """The name in the reader's sight, or 404."""
    name: NameToVerify = get_object_or_404(queries.find_name(request.user, name_id))
    return name


def find_hers(request: StaffRequest, name_id: int) -> NameToVerify:
    """The name, which she may answer; 404 outside her sight, 403 for one that is another's visit."""
    name = find(request, name_id)
    if not queries.is_hers(request.user, name):
        raise PermissionDenied
    return name


@needs(Permission.SEE_PEOPLE)
@require_safe
def name_detail(request: StaffRequest, name_id: int) -> HttpResponse:
    """What each list said, who of the register may be meant, and the outcome in one tap."""
    name = find(request, name_id)
    person = queries.people_found(request.user, [name]).get(name.resident_id or 0)
    context = {
        "name": name, "sources": queries.sources_of(name), "at": timezone.now(), "person": person,
        "known": queries.registered(request.user, [name]).get(name.pk, []) if name.state == "open" else [],
        "may_answer": queries.is_hers(request.user, name),
        "next": queries.next_open(request.user, name) if name.state != "open" or name.tries else None,
    }  # fmt: skip
    return render(request, f"{_TEMPLATES}detail.html", context)


def already(request: StaffRequest, fault: deeds.NameAnswered) -> HttpResponse:
    """Somebody was faster, or it was tapped twice: the page shows what stands."""
    messages.info(request, _("This was noted already. Here is how it stands."))
    return redirect("name_detail", fault.name.pk)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def name_answer(request: StaffRequest, name_id: int) -> HttpResponse:
    """What was found out, in one tap; then the next name."""
    name, outcome = find_hers(request, name_id), request.POST.get("outcome", "")
    if outcome not in (*deeds.OUTCOMES, "no_contact"):
        return redirect("name_detail", name.pk)
    said: dict[str, Any] = {"name": name, "version": version_in(request)}
    said |= {"by": actor_of(request), "at": timezone.now()}
    try:
        if outcome == "no_contact":
            deeds.note_try(**said)
        else:
            deeds.answer(outcome=outcome, **said)
    except deeds.NameAnswered as fault:
        return already(request, fault)
    return redirect("name_detail", name.pk)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def name_reopen(request: StaffRequest, name_id: int) -> HttpResponse:
    """Takes an answer back."""
    name = find_hers(request, name_id)
    try:
        deeds.reopen(name=name, version=version_in(request), by=actor_of(request), at=timezone.now())
    except deeds.NameAnswered as fault:
        return already(request, fault)
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
    return redirect("name_detail", name.pk)


# -- she lives here ---------------------------------------------------------------------------------------------------


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def name_here(request: StaffRequest, name_id: int) -> HttpResponse:
    """She lives here: who of the register she is, or her door and what the card says."""
    name = find_hers(request, name_id)
    if name.state != "open":
        return redirect("name_detail", name.pk)
    known = queries.registered(request.user, [name]).get(name.pk, [])
    beside = None if known else queries.registered_beside(request.user, name)
    if chosen := id_in(request.POST.get("resident", "")):
        meant = next((one for one in [*known, *([beside] if beside else [])] if one.pk == chosen), None)
        return _found_in_register(request, name, meant)
    if beside is not None:  # a second record of her would stand in this grid
        return render(request, f"{_TEMPLATES}here.html", {"name": name, "beside_grid": beside})
    data = request.POST if request.method == "POST" else None
    key = key_in(Household, request.POST.get("ticket", ""), request.user) or reserve_id(Household)
    found = forms.FoundForm(data, name=name, staff=request.user, at=timezone.now())
    if data is not None and found.is_valid() and (answer := _save(request, name, found, key)):
        return answer
    context = {"name": name, "known": known, "found": found, "ticket": ticket_for(Household, key, request.user)}
    return render(request, f"{_TEMPLATES}here.html", context, status=422 if data is not None else 200)


def _found_in_register(request: StaffRequest, name: NameToVerify, resident: Resident | None) -> HttpResponse:
    if resident is None:
        raise Http404
    try:
        deeds.found_registered(
            name=name, resident=resident, version=version_in(request), by=actor_of(request), at=timezone.now()
        )
    except deeds.NameAnswered as fault:
        return already(request, fault)
    except AlreadyRegistered:
        messages.error(request, _("Somebody registered this number meanwhile. Look again."))
        return redirect("name_here", name.pk)
    return redirect("name_detail", name.pk)


def _save(request: StaffRequest, name: NameToVerify, found: forms.FoundForm, key: int) -> HttpResponse | None:
    """The deed; None where the register refused, with the reason at its field."""
    try:
        deeds.found_at_door(
            name=name, version=found.door.cleaned_data["version"], to=found.door.arrival(key),
            key=reserve_id(Resident), facts=found.person.facts(), by=actor_of(request), at=timezone.now(),
        )  # fmt: skip
    except (deeds.NameAnswered, AlreadyAdded):
        pass  # the same form was sent before, or somebody was faster: the page says how it stands
    except AlreadyRegistered:
        found.refuse()
        return None
    except ValidationError as fault:
        found.door.add_error(None, fault)
        return None
    return redirect("name_detail", name.pk)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def name_isolate(request: StaffRequest, name_id: int) -> HttpResponse:
    """要隔离吗: no, or yes; whoever opens isolation records goes on to hers, else the lead is told."""
    name = find_hers(request, name_id)
    isolate = {"yes": True, "no": False}.get(request.POST.get("isolate", ""))
    if isolate is None or name.resident_id is None:
        return redirect("name_detail", name.pk)
    page = registries.PERSON_DEEDS.get("isolate")
    opens = page is not None and request.user.may(page.permission, name.grid)
    deeds.say_isolation(
        name=name, isolate=isolate, tell_lead=not opens, by=actor_of(request), at=timezone.now()
    )  # fmt: skip
    if isolate and opens and page is not None:
        return redirect(page.url_name, name.resident_id)
    if isolate:
        messages.success(request, _("The lead is told: she opens the isolation record."))
    return redirect("name_detail", name.pk)
