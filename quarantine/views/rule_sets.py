"""规则: what is offered at a place, what each rule set does with a day, and a new version of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs
from grid.actions.audit import EditedMeanwhile
from grid.forms.place_field import place_field
from grid.models import Place
from grid.models.place import PlaceQuerySet
from grid.queries.places import places_above, places_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from grid.views.versions import id_in
from quarantine.actions import rule_sets as deeds
from quarantine.forms.rule_sets import RuleSetForm, data_of
from quarantine.queries.rule_sets import Offered, all_at, followers_of, newest_named, one_at
from quarantine.queries.rule_words import example_in_words, in_short, in_words
from quarantine.rules.case_clock import DEFAULT_NAME


@needs(Permission.MANAGE_RULES)
@require_safe
def rule_set_list(request: StaffRequest) -> HttpResponse:
    """Everything offered at a place of hers, with where each comes from."""
    place = _place(request)
    below = places_of(request.user, Permission.MANAGE_RULES).open().filter(parent=place)
    context = {
        "place": place, "above": places_above(places_of(request.user, Permission.MANAGE_RULES), place),
        "below": list(below.exclude(kind="grid").in_order()[:50]),
        "rows": [(one, in_short(one.rules), _address("rule_set", place, one.rules.name)) for one in all_at(place.path)],
        "heading": _("Rules"),
    }  # fmt: skip
    return render(request, "quarantine/rules/list.html", context)


@needs(Permission.MANAGE_RULES)
@require_safe
def rule_set(request: StaffRequest) -> HttpResponse:
    """One rule set in plain words with a worked example, and how many cases follow it."""
    place = _place(request)
    one = _named(request, place)
    if one is None:
        return redirect(_address("rule_set_list", place))
    today = local_day(timezone.now())
    context = {
        "place": place, "one": one, "sentences": in_words(one.rules), "example": example_in_words(one.rules, today),
        "followers": followers_of(one.rules.name, [place.path]), "seen": _seen(one.rules.name),
        "may_withdraw": one.in_use and one.rules.name != DEFAULT_NAME,
        "edit_url": _address("rule_set_edit", place, one.rules.name),
        "list_url": _address("rule_set_list", place), "heading": one.rules.name,
    }  # fmt: skip
    return render(request, "quarantine/rules/detail.html", context)


@needs(Permission.MANAGE_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_set_edit(request: StaffRequest) -> HttpResponse:
    """A new version: typed, looked at with its worked example, saved. Nothing is saved before it was looked at."""
    place = _place(request)
    one = _named(request, place)
    if one is None:
        return redirect(_address("rule_set_list", place))
    form = RuleSetForm(request.POST or None, start=data_of(one.rules), seen=_seen(one.rules.name))
    places = place_field(
        places_of(request.user, Permission.MANAGE_RULES).open(), label=_("Holds at"), empty=_("Choose")
    )
    places.initial = place.pk
    form.fields["at_place"] = places
    step = request.POST.get("step", "")
    if form.is_bound and form.is_valid() and step != "edit":
        answer = _save(request, form) if step == "save" else None
        if answer is not None:
            return answer
        if form.is_valid():
            return render(request, "quarantine/rules/preview.html", _preview(form, one, place))
    heading = _("New version: %(name)s") % {"name": one.rules.name}
    back_url = _address("rule_set", place, one.rules.name)
    context = {"form": form, "place": place, "heading": heading, "back_url": back_url}
    return render(request, "quarantine/rules/edit.html", context, status=422 if form.errors else 200)


def _save(request: StaffRequest, form: RuleSetForm) -> HttpResponse | None:
    """Saves a valid form; None where the form says what is wrong by now."""
    said = form.cleaned_data
    place = _places(request).get(pk=said["at_place"])
    renamed = said["rules"].name != form.start.name
    seen = 0 if renamed else said["seen"]
    try:
        deeds.save_rule_set(place=place, data=said["rules"], seen=seen, by=actor_of(request), at=timezone.now())
    except EditedMeanwhile:
        taken = _("Rules of this name are there already. Choose another name.")
        faster = _("Somebody has saved a newer version meanwhile. Open the rules again and look at it first.")
        form.add_error("name", taken if renamed else faster)
        return None
    messages.success(request, _("Saved. New cases at %(place)s and below follow it.") % {"place": place.name})
    return redirect(_address("rule_set", place, said["rules"].name))


def _preview(form: RuleSetForm, one: Offered, place: Place) -> dict[str, Any]:
    rules, before = form.cleaned_data["rules"], set(in_words(one.rules))
    return {
        "form": form, "place": place, "at_place": Place.objects.get(pk=form.cleaned_data["at_place"]),
        "sentences": [(words, words not in before) for words in in_words(rules)],
        "example": example_in_words(rules, local_day(timezone.now())), "heading": rules.name,
    }  # fmt: skip


@needs(Permission.MANAGE_RULES)
@require_POST
def rule_set_withdraw(request: StaffRequest) -> HttpResponse:
    """Not offered any more; open cases go on by it."""
    place = _place(request)
    name, seen = request.POST.get("name", ""), id_in(request.POST.get("seen", ""))
    if seen is None or one_at(place.path, name) is None:
        return redirect(_address("rule_set_list", place))
    try:
        deeds.withdraw_rule_set(place=place, name=name, seen=seen, by=actor_of(request), at=timezone.now())
        messages.success(request, _("Withdrawn. Open cases go on by these rules."))
    except EditedMeanwhile:
        messages.error(request, _("Somebody has saved a newer version meanwhile. Look at it first."))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
    return redirect(_address("rule_set", place, name))


def _places(request: StaffRequest) -> PlaceQuerySet:
    return places_of(request.user, Permission.MANAGE_RULES)


def _place(request: StaffRequest) -> Place:
    """The place that the address names, or the topmost of hers; 404 elsewhere."""
    wanted = request.POST.get("place") or request.GET.get("place")
    place: Place | None
    if wanted:
        place = _places(request).filter(pk=id_in(wanted) or 0).first()
    else:
        place = min(_places(request), key=lambda one: (len(one.path), one.code), default=None)
    if place is None:
        raise Http404
    return place


def _named(request: StaffRequest, place: Place) -> Offered | None:
    return one_at(place.path, request.GET.get("name", ""))


def _seen(name: str) -> int:
    newest = newest_named(name)
    return newest.pk if newest else 0


def _address(url_name: str, place: Place, name: str = "") -> str:
    query: dict[str, str] = {"place": str(place.pk), **({"name": name} if name else {})}
    return f"{reverse(url_name)}?{urlencode(query)}"
