"""Pages of twins: who looks like the person being typed, suspicions, two rows made one, and that taken back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile
from grid.queries.places import grids_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.actions import merges as deeds
from residents.actions import twins as suspicions
from residents.forms import twins as forms
from residents.forms.households import HouseholdForm
from residents.forms.people import EditPersonForm, PersonForm
from residents.models import Household, Merge, Resident, TwinPair
from residents.models.twins import TWIN_REASONS
from residents.queries import twins
from residents.queries.history_words import listed

_TEMPLATES = "residents/twins/"


@needs(Permission.EDIT_PEOPLE)
@require_POST
def twin_look(request: StaffRequest) -> HttpResponse:
    """The part beside a form while one types: who of her places may be the same person. Nothing is saved."""
    beside = _beside_typed(request)
    return render(request, f"{_TEMPLATES}_beside.html", {"beside": beside})


def _beside_typed(request: StaffRequest) -> forms.Beside | None:
    """By what the form was opened for: a door, a person, or a new household in one of her grids."""
    today = local_day(timezone.now())
    chosen = request.POST.get("resident", "") or request.POST.get("household", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        grids = list(grids_of(request.user, Permission.EDIT_PEOPLE))
        return HouseholdForm(request.POST, staff=request.user, grids=grids, today=today).beside()
    if "resident" in request.POST:
        people = Resident.objects.visible_to(request.user).select_related("household")
        resident = get_object_or_404(people, pk=chosen)
        form: PersonForm = EditPersonForm(request.POST, resident=resident, today=today)
        return beside_resident(request, form, resident)
    door = get_object_or_404(Household.objects.visible_to(request.user), pk=chosen)
    return beside_door(request, PersonForm(request.POST, today=today), door)


def beside_door(request: StaffRequest, form: PersonForm, household: Household) -> forms.Beside | None:
    """The likely twins of a person being added to a door."""
    if not form.is_bound:
        return None
    form.is_valid()
    rows = [(form, twins.door_key(household.grid_id, household))]
    return forms.Beside(
        request.user, household.street_id, rows, word=request.POST.get("different", ""), door=household.pk
    )


def beside_resident(request: StaffRequest, form: PersonForm, resident: Resident) -> forms.Beside | None:
    """The likely twins that a change of a person brings up; pairs that somebody knows of already are not told again."""
    if not form.is_bound:
        return None
    form.is_valid()
    rows = [(form, twins.door_key(resident.grid_id, resident.household))]
    known = [resident.pk, *twins.paired_with(resident)]
    word = request.POST.get("different", "")
    return forms.Beside(request.user, resident.street_id, rows, word=word, other_than=known, registered=True)


@needs(Permission.DECIDE_REGISTER)
@require_safe
def twin_list(request: StaffRequest) -> HttpResponse:
    """The open suspicions, the surest first. After a decision its undo stands on top."""
    reason = request.GET.get("reason", "")
    reason = reason if reason in dict(TWIN_REASONS) else ""
    page = twins.waiting(request.user, reason=reason, page=request.GET.get("page", "1"))
    context = {"page": page, "reason": reason, "reasons": TWIN_REASONS, "apart": _just_decided(request)}
    return render(request, f"{_TEMPLATES}list.html", context)


def _just_decided(request: StaffRequest) -> TwinPair | None:
    chosen = request.GET.get("apart", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        return None
    found: TwinPair | None = twins.pairs_in_sight(request.user).filter(pk=chosen, decision="apart").first()
    return found


@needs(Permission.DECIDE_REGISTER)
@require_POST
def twin_apart(request: StaffRequest, pair_id: int) -> HttpResponse:
    """Two people: never suspected again unless a reason is new."""
    pair = _pair(request, pair_id)
    suspicions.keep_apart(pair=pair, by=actor_of(request), at=timezone.now())
    return redirect(f"{reverse('twin_list')}?apart={pair.pk}")


@needs(Permission.DECIDE_REGISTER)
@require_POST
def twin_reopen(request: StaffRequest, pair_id: int) -> HttpResponse:
    """Takes back that two were kept apart."""
    suspicions.take_apart_back(pair=_pair(request, pair_id), by=actor_of(request), at=timezone.now())
    return redirect("twin_list")


def _pair(request: StaffRequest, pair_id: int) -> TwinPair:
    pair: TwinPair = get_object_or_404(twins.pairs_in_sight(request.user), pk=pair_id)
    for person in (pair.first, pair.second):
        require(request.user, Permission.DECIDE_REGISTER, person)
    return pair


@needs(Permission.DECIDE_REGISTER)
@require_http_methods(["GET", "POST"])
def twin_compare(request: StaffRequest, first_id: int, second_id: int) -> HttpResponse:
    """Two people side by side; sent, they become one. Merged already: the page of the one."""
    first, second = _two(request, first_id, second_id)
    if one := _already_one(first, second):
        return redirect("resident_detail", one)
    known: dict[str, Any] = {"first": first, "second": second, "values": _values(first, second)}
    form = forms.MergeForm(request.POST if request.method == "POST" else None, **known)
    if form.is_valid() and (answer := _merge(request, form)):
        return answer
    status = 422 if form.is_bound else 200
    context: dict[str, Any] = {"form": form}
    if form.has_error(NON_FIELD_ERRORS, "meanwhile"):
        first, second = _two(request, first_id, second_id)
        fresh = forms.MergeForm(first=first, second=second, values=_values(first, second))
        context = {"form": fresh, "refusal": form.non_field_errors()}
    context |= {"first": first, "second": second, "both": [first, second], "today": local_day(timezone.now())}
    context["pair"] = twins.pairs_in_sight(request.user).filter(first=first, second=second, decision="").first()
    return render(request, f"{_TEMPLATES}compare.html", context, status=status)


def _values(first: Resident, second: Resident) -> tuple[dict[str, Any], dict[str, Any]]:
    return deeds.values_of(first), deeds.values_of(second)


def _two(request: StaffRequest, first_id: int, second_id: int) -> tuple[Resident, Resident]:
    people = Resident.objects.visible_to(request.user).select_related("household", "grid__parent")
    first, second = (get_object_or_404(people, pk=key) for key in sorted((first_id, second_id)))
    for person in (first, second):
        require(request.user, Permission.DECIDE_REGISTER, person)
    return first, second


def _already_one(first: Resident, second: Resident) -> int | None:
    if first.pk == second.pk or second.merged_into_id == first.pk:
        return first.pk
    return second.pk if first.merged_into_id == second.pk else None


def _merge(request: StaffRequest, form: forms.MergeForm) -> HttpResponse | None:
    kept, duplicate, versions, choices = form.decision()
    try:
        deeds.merge_people(
            kept=kept, duplicate=duplicate, versions=versions, choices=choices, by=actor_of(request), at=timezone.now()
        )
    except EditedMeanwhile:
        form.say_overtaken()
        return None
    except deeds.CannotMerge as refused:
        form.add_error(None, refused)
        return None
    messages.success(request, _("Made one person. You can take it back on this page."))
    return redirect("resident_detail", kept.pk)


@needs(Permission.DECIDE_REGISTER)
@require_http_methods(["GET", "POST"])
def merge_undo(request: StaffRequest, merge_id: int) -> HttpResponse:
    """Says what goes back, and takes the merge back whole."""
    merge: Merge = get_object_or_404(twins.merges_in_sight(request.user), pk=merge_id)
    for person in (merge.kept,) if merge.taken_over else (merge.kept, merge.duplicate):
        require(request.user, Permission.DECIDE_REGISTER, person)
    if merge.undone_at is not None:
        return redirect("resident_detail", merge.kept_id)
    refusal = ""
    if request.method == "POST":
        try:
            stayed = deeds.take_merge_back(merge=merge, by=actor_of(request), at=timezone.now())
        except deeds.CannotTakeBack as refused:
            refusal = refused.messages[0]
        except EditedMeanwhile:
            refusal = _("One of the two is moving at this moment. Try once more.")
        else:
            return _taken_back(request, merge, stayed)
    context = {"merge": merge, "refusal": refusal, "going": forms.going_back_words(*deeds.preview(merge))}
    return render(request, f"{_TEMPLATES}undo.html", context, status=422 if refusal else 200)


def _taken_back(request: StaffRequest, merge: Merge, stayed: list[str]) -> HttpResponse:
    messages.success(request, _("Two people again."))
    if stayed:
        words = _("Left as somebody changed it meanwhile: %(fields)s.")
        messages.warning(request, words % {"fields": listed(forms.FIELD_LABELS[name] for name in stayed)})
    return redirect("resident_detail", merge.kept_id)
