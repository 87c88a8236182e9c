"""待核查 shared out: to workers, to another community, to paper; and two names that may be one person."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.models import Place
from grid.rules.permissions import Permission
from grid.views.versions import id_in
from residents.actions import names as deeds
from residents.forms import names as forms
from residents.models import NameToVerify
from residents.queries import names as queries
from residents.views.names import already, find_hers

_TEMPLATES = "residents/names/"
_MOST_NAMED = 300  # names that can be ticked on one page


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def name_pass_on(request: StaffRequest, name_id: int) -> HttpResponse:
    """Gives a name to the community in which she lives."""
    name = find_hers(request, name_id)
    if name.state != "open":
        return redirect("name_detail", name.pk)
    form = forms.PassOnForm(request.POST or None, here=name.grid, initial={"version": name.version})
    if form.is_valid():
        to = get_object_or_404(Place, pk=form.cleaned_data["to"])
        version = form.cleaned_data["version"]
        try:
            deeds.pass_on(name=name, to=to, version=version, by=actor_of(request), at=timezone.now())
        except deeds.NameAnswered as fault:
            return already(request, fault)
        except ValidationError as fault:
            form.add_error("to", fault)
        else:
            return redirect("name_detail", name.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, f"{_TEMPLATES}pass_on.html", {"name": name, "form": form}, status=status)


@needs(Permission.MANAGE_HELPERS)
@require_http_methods(["GET", "POST"])
def name_hand_out(request: StaffRequest) -> HttpResponse:
    """Gives names to workers: by building, evenly, or one by one."""
    at = timezone.now()
    places = queries.communities_led(request.user)
    place = next((one for one in places if str(one.pk) == request.GET.get("place")), places[0] if places else None)
    if place is None:
        return render(request, f"{_TEMPLATES}hand_out.html", {"places": places})
    of = id_in(request.GET.get("of", ""))  # whose names are given to somebody else; nobody's without a word
    shown = list(queries.given_to(request.user, place, of)[:_MOST_NAMED])
    workers = list(queries.receivers_in([place.path], at))
    form = forms.HandOutForm(request.POST or None, staff=workers, shown=shown)
    if form.is_valid() and _handed_out(request, place, form, of):
        return redirect(request.get_full_path())
    loads = queries.loads(request.user, place)
    context = {
        "form": form, "places": places, "place": place, "shown": shown, "of": of, "nobody": loads.get(None, 0),
        "workers": [(worker, loads.get(worker.pk, 0)) for worker in workers], "most": _MOST_NAMED,
        "gone": queries.gone_with_names(loads, workers),
    }  # fmt: skip
    return render(request, f"{_TEMPLATES}hand_out.html", context, status=422 if form.errors else 200)


def _handed_out(request: StaffRequest, place: Place, form: forms.HandOutForm, of: int | None) -> bool:
    at, said = timezone.now(), form.cleaned_data
    if said["how"] == "building":
        to, of = queries.by_building(request.user, place, at), None
    elif said["how"] == "evenly":
        to, of = queries.evenly(request.user, place, said["workers"]), None
    else:
        to = dict.fromkeys(said["names"], said["worker"])
    try:
        given = deeds.hand_out(place=place, to=to, seen=of, by=actor_of(request), at=at)
    except ValidationError as fault:
        form.add_error(None, fault)
        return False
    words = ngettext("%(count)s name was given out.", "%(count)s names were given out.", given)
    if given:
        messages.success(request, words % {"count": given})
    if given < len(to):
        messages.warning(request, _("Some were answered or given to somebody else meanwhile: they stay as they are."))
    elif not given:
        messages.info(request, _("No name could be given out that way. Choose who goes, below."))
    return True


@needs(Permission.SEE_PEOPLE)
@require_safe
def name_sheet(request: StaffRequest) -> HttpResponse:
    """A sheet to take along: one for each worker, or the reader's own. A4, with room to write."""
    at = timezone.now()
    sheets = queries.sheets(request.user, id_in(request.GET.get("worker", "")))
    return render(request, f"{_TEMPLATES}sheet.html", {"sheets": sheets, "at": at})


@needs(Permission.MANAGE_HELPERS)
@require_http_methods(["GET", "POST"])
def name_same(request: StaffRequest) -> HttpResponse:
    """Names that may be one person, side by side: one visit or two."""
    form = forms.PairForm(request.POST or None)
    if form.is_valid():
        first, second = (_in_sight(request, form.cleaned_data[side]) for side in ("first", "second"))
        if first is None or second is None:
            messages.info(request, _("This was noted already. Here is how it stands."))
            return redirect("name_same")
        said: dict[str, Any] = {"first": first, "second": second, "by": actor_of(request), "at": timezone.now()}
        try:
            (deeds.make_one if form.cleaned_data["same"] else deeds.keep_apart)(**said)
            words = _("%(name)s: noted as one person, one visit.") if form.cleaned_data["same"] else _("Noted as two.")
            messages.success(request, words % {"name": first.name} if form.cleaned_data["same"] else words)
        except deeds.NameAnswered as fault:
            return already(request, fault)
        except ValueError:
            messages.error(request, _("What the lists say shows that these are two people."))
        return redirect("name_same")
    found = queries.pairs(request.user)
    context = {"pairs": found[: queries.MOST_PAIRS], "count": len(found)}
    return render(request, f"{_TEMPLATES}same.html", context, status=422 if form.errors else 200)


def _in_sight(request: StaffRequest, key: int) -> NameToVerify | None:
    """A name of a place that she leads. None for one that is gone, since it was made one with another."""
    name = queries.find_name(request.user, key).first()
    if name is not None:
        require(request.user, Permission.MANAGE_HELPERS, name.grid)
    return name
