"""Deeds at a door of 今天: asked, all well, nobody in; and when somebody is to be rung again."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from grid.access import StaffRequest, actor_of, needs, require
from grid.parts import wants_part
from grid.rules.permissions import Permission
from quarantine.actions import check_ins, tries
from quarantine.forms.check_ins import OF_A_DOOR_LABELS, DoorAskedForm, DoorTriedForm, RingAgainForm
from quarantine.models import CheckIn
from quarantine.queries.cases import check_ins_in_sight
from quarantine.views.check_ins import check_in_in_sight, first_fault
from quarantine.views.today import Wanted, answer
from residents.models import Household


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def door_asked(request: StaffRequest, household_id: int) -> HttpResponse:
    """问过，都没有: for the people of the door whom the page named."""
    at, household = timezone.now(), _door(request, household_id)
    wanted = Wanted(grid=household.grid_id, after=household.pk)
    form = DoorAskedForm(request.POST)
    if not form.is_valid():
        return _incomplete(request, wanted)
    uuid, case_ids = form.cleaned_data["uuid"], [int(key) for key in form.cleaned_data["cases"]]
    channel = form.cleaned_data["channel"]
    check_ins.door_asked(
        household=household, case_ids=case_ids, uuid=uuid, channel=channel, by=actor_of(request), at=at
    )
    messages.success(request, _("%(door)s: asked, none.") % {"door": household.door})
    return answer(request, wanted, at) if wants_part(request) else redirect(wanted.address)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def door_tried(request: StaffRequest, household_id: int) -> HttpResponse:
    """One tap for all of a door who are still left: all well, not measured; or nobody answered."""
    at, household = timezone.now(), _door(request, household_id)
    wanted = Wanted(grid=household.grid_id, after=household.pk)
    form = DoorTriedForm(request.POST)
    if not form.is_valid():
        return _incomplete(request, wanted)
    rows = tries.door_tried(
        household=household, case_ids=[int(key) for key in form.cleaned_data["cases"]], uuid=form.cleaned_data["uuid"],
        outcome=form.cleaned_data["outcome"], channel=form.said_channel, by=actor_of(request), at=at,
    )  # fmt: skip
    outcome = dict(OF_A_DOOR_LABELS)[form.cleaned_data["outcome"]]
    words = {"door": household.door, "count": len(rows), "outcome": outcome}
    messages.success(request, _("%(door)s: %(outcome)s, noted for %(count)s.") % words)
    return answer(request, wanted, at) if wants_part(request) else redirect(wanted.address)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def check_in_call_back(request: StaffRequest, check_in_id: int) -> HttpResponse:
    """再打: when to ring again after a try. Whoever waits for that moment is passed over, and the next door is open."""
    at, check_in = timezone.now(), check_in_in_sight(request.user, check_in_id)
    case = check_in.case
    here = Wanted(grid=case.grid_id, door=case.resident.household_id, case=case.pk)
    form = RingAgainForm(request.POST)
    if not form.is_valid():
        return answer(request, here, at, fault=first_fault(form.errors.as_data()), status=422)
    call_back_at = form.moment_after(at)
    tried = [check_in, *_beside(request, check_in, form.cleaned_data["also"])]
    facts = {"uuid": form.cleaned_data["uuid"], "call_back_at": call_back_at}
    try:
        tries.ring_again(check_ins=tried, **facts, by=actor_of(request), at=at)
    except ValidationError as fault:
        return answer(request, here, at, fault=" ".join(fault.messages), status=422)
    time = timezone.localtime(call_back_at).strftime("%H:%M")
    names = " ".join(row.case.resident.name for row in tried)
    messages.success(request, _("%(name)s: ring again at %(time)s.") % {"name": names, "time": time})
    wanted = Wanted(grid=case.grid_id, after=case.resident.household_id)
    return answer(request, wanted, at) if wants_part(request) else redirect(wanted.address)


def _beside(request: StaffRequest, check_in: CheckIn, keys: list[str]) -> list[CheckIn]:
    """The tries of others at the very same door that the page named."""
    rows = check_ins_in_sight(request.user).filter(pk__in=[int(key) for key in keys], withdrawn=False)
    same_door = rows.filter(case__resident__household=check_in.case.resident.household_id)
    return list(same_door.exclude(case=check_in.case_id).select_related("case__resident"))


def _door(request: StaffRequest, household_id: int) -> Household:
    doors = Household.objects.visible_to(request.user, Permission.SEE_ROUND).select_related("grid")
    household: Household = get_object_or_404(doors, pk=household_id)
    require(request.user, Permission.RECORD_CHECK_IN, household)
    return household


def _incomplete(request: StaffRequest, wanted: Wanted) -> HttpResponse:
    fault = _("This form is incomplete. Open the page again.")
    return answer(request, wanted, timezone.now(), fault=fault, status=422)
