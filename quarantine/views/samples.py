"""核酸: whose sample is due, which results are still out, and one sample with its history."""

from typing import Any
from uuid import uuid4, uuid5

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile
from grid.models import Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions import samples as actions
from quarantine.forms.samples import NegativeForm, ResultForm, TakenForm, TakenManyForm
from quarantine.models import IsolationCase, TestSample
from quarantine.queries import samples as queries
from quarantine.rules.samples import NEGATIVE, POSITIVE
from quarantine.views.cases import case_in_sight
from quarantine.views.today import Wanted
from residents.views.conflicts import retold

ROWS_A_PAGE = 200


@needs(Permission.RECORD_CHECK_IN)
@require_safe
def sample_list(request: StaffRequest) -> HttpResponse:
    """Who must be tested by today, and the samples without a result; ticked in many rows at once."""
    return _list_page(request)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def sample_add(request: StaffRequest, case_id: int) -> HttpResponse:
    """已采样: one tap, today unless another day is said. Then back to where it was tapped."""
    at = timezone.now()
    case = case_in_sight(request.user, case_id)
    require(request.user, Permission.RECORD_CHECK_IN, case)
    form = TakenForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("This form is incomplete. Open the page again."))
        return _back(request, case)
    day = form.cleaned_data["taken_on"] or local_day(at)
    try:
        actions.note_sample(case=case, uuid=form.cleaned_data["uuid"], taken_on=day, by=actor_of(request), at=at)
        words = {"name": case.resident.name, "day": date_format(day, "MONTH_DAY_FORMAT")}
        messages.success(request, _("%(name)s: sample of %(day)s noted.") % words)
    except ValidationError as fault:
        messages.warning(request, " ".join(fault.messages))
    return _back(request, case)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def samples_taken(request: StaffRequest) -> HttpResponse:
    """已采样 for everybody who was ticked."""
    at = timezone.now()
    form = TakenManyForm(request.POST)
    if not form.is_valid():
        return _list_page(request, due_form=form)
    cases = IsolationCase.objects.visible_to(request.user, Permission.RECORD_CHECK_IN)
    chosen = cases.filter(pk__in=form.cleaned_data["cases"]).values_list("pk", flat=True)
    uuids = {key: uuid5(form.cleaned_data["uuid"], str(key)) for key in chosen}
    day = form.cleaned_data["taken_on"] or local_day(at)
    noted = actions.note_samples(uuids=uuids, taken_on=day, by=actor_of(request), at=at)
    words = ngettext("Sample of %(number)s person noted.", "Samples of %(number)s people noted.", len(noted.rows))
    return _told(request, words % {"number": len(noted.rows)}, noted)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def samples_negative(request: StaffRequest) -> HttpResponse:
    """阴性 for everybody who was ticked, after a page that names them once more."""
    form = NegativeForm(request.POST)
    if not form.is_valid():
        return _list_page(request, result_form=form)
    rows = queries.waiting_samples(request.user, timezone.now()).filter(pk__in=form.cleaned_data["samples"])
    if not form.cleaned_data["confirmed"]:
        context = {"heading": _("Note these as negative?"), "samples": list(rows)}
        return render(request, "quarantine/samples/negative.html", context)
    noted = actions.note_results(
        sample_ids=[row.pk for row in rows], result=NEGATIVE, by=actor_of(request), at=timezone.now()
    )
    words = ngettext("%(number)s person noted as negative.", "%(number)s people noted as negative.", len(noted.rows))
    return _told(request, words % {"number": len(noted.rows)}, noted)


@needs(Permission.RECORD_CHECK_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def sample_detail(request: StaffRequest, sample_id: int) -> HttpResponse:
    """One sample: its result noted or corrected. A positive one is asked about once more, and alarms."""
    sample = _sample(request.user, sample_id)
    known = {"may_be_none": bool(sample.result)}
    form = ResultForm(request.POST or None, initial={"version": sample.version}, **known)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if said["result"] == POSITIVE != sample.result and not said["confirmed"]:
            context = {"heading": _("Positive, no slip?"), "sample": sample, "version": said["version"]}
            return render(request, "quarantine/samples/positive.html", context)
        try:
            return _stored(request, sample, said)
        except EditedMeanwhile:
            sample = _sample(request.user, sample_id)
            form = retold(form, {"version": sample.version}, may_be_none=bool(sample.result))
        except ValidationError as fault:
            form.add_error(None, fault)
    return _sample_page(request, sample, form)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def sample_withdraw(request: StaffRequest, sample_id: int) -> HttpResponse:
    """撤销: no sample was taken; the person is due again."""
    sample = _sample(request.user, sample_id)
    actions.withdraw_sample(sample=sample, by=actor_of(request), at=timezone.now())
    messages.success(request, _("%(name)s: the sample is taken back.") % {"name": sample.case.resident.name})
    return redirect("case_detail", sample.case_id)


def _stored(request: StaffRequest, sample: TestSample, said: dict[str, Any]) -> HttpResponse:
    at, by = timezone.now(), actor_of(request)
    if sample.result or not said["result"]:
        actions.correct_result(sample=sample, result=said["result"], version=said["version"], by=by, at=at)
    else:
        noted = actions.note_results(sample_ids=[sample.pk], result=said["result"], by=by, at=at)
        if noted.refused:
            raise EditedMeanwhile
    row = _sample(request.user, sample.pk)
    words = {"name": row.case.resident.name, "result": row.get_result_display()}
    messages.success(request, _("%(name)s: %(result)s, noted.") % words)
    if said["result"] == POSITIVE:
        messages.warning(request, _("The alert is out. Ring the community now."))
    return redirect("case_detail", row.case_id)


def _sample_page(request: StaffRequest, sample: TestSample, form: ResultForm) -> HttpResponse:
    context = {
        "heading": _("Sample: %(name)s") % {"name": sample.case.resident.name},
        "sample": sample,
        "form": form,
        "changes": queries.changes_of(sample),
    }
    return render(request, "quarantine/samples/detail.html", context, status=422 if form.errors else 200)


def _sample(staff: Staff, sample_id: int) -> TestSample:
    """The sample with its person, 404 out of sight, 403 where it may only be seen."""
    rows = queries.samples_in_sight(staff, Permission.SEE_ROUND)
    rows = rows.select_related("case__resident__household", "case__grid", "noted_by", "result_by")
    sample: TestSample = get_object_or_404(rows, pk=sample_id)
    require(staff, Permission.RECORD_CHECK_IN, sample.case)
    return sample


def _list_page(request: StaffRequest, **forms: Any) -> HttpResponse:
    at = timezone.now()
    due = Paginator(queries.to_be_tested(request.user, at), ROWS_A_PAGE).get_page(request.GET.get("page"))
    waiting = Paginator(queries.waiting_samples(request.user, at), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "heading": _("Tests"),
        "today": local_day(at),
        "due": queries.by_building(due, lambda case: case),
        "due_in_all": due.paginator.count,
        "waiting_in_all": waiting.paginator.count,
        "waiting": queries.by_building(waiting, lambda sample: sample.case),
        "page": due if due.paginator.num_pages > waiting.paginator.num_pages else waiting,  # one pager turns both
        "uuid": uuid4(),
    }
    return render(request, "quarantine/samples/list.html", context | forms, status=422 if forms else 200)


def _told(request: StaffRequest, words: str, noted: actions.Noted) -> HttpResponse:
    if noted.rows:
        messages.success(request, words)
    for fault in sorted(set(noted.refused.values())):
        messages.warning(request, fault)
    return redirect("sample_list")


def _back(request: StaffRequest, case: IsolationCase) -> HttpResponse:
    """To the door of the round where it was tapped there, else to the record."""
    if request.POST.get("back") == "today":
        return redirect(Wanted(grid=case.grid_id, door=case.resident.household_id).address)
    return redirect("case_detail", case.pk)
