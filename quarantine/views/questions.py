"""补问: one question to chosen people, answered at their doors."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.models import Place, Staff
from grid.models.place import PlaceQuerySet
from grid.parts import wants_part
from grid.rules.permissions import Permission
from quarantine.actions import questions as actions
from quarantine.forms.questions import AnswerForm, QuestionForm, WhereForm
from quarantine.models import Question, QuestionAnswer
from quarantine.queries import questions as queries
from quarantine.views.today import Wanted, answer

ON_A_PAGE = 30
LISTED = 300  # people shown to be ticked; a larger choice is narrowed by place or tag, or asked as a whole


@needs(Permission.ASK_QUESTIONS)
@require_safe
def question_list(request: StaffRequest) -> HttpResponse:
    """What is asked and was asked, with how many have answered."""
    page = Paginator(queries.questions_of(request.user), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "heading": _("Questions"),
        "page": page,
        "rows": queries.counted(request.user, page),
        "now": timezone.now(),
    }
    return render(request, "quarantine/questions/list.html", context)


@needs(Permission.ASK_QUESTIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def question_add(request: StaffRequest) -> HttpResponse:
    """First where and of whom (the address says it), then the question, for all of them or those ticked."""
    where = WhereForm(request.GET if request.GET else None, places=_places(request.user))
    context: dict[str, Any] = {"where": where, "heading": _("Ask a question")}
    if not where.is_valid():
        status = 422 if where.is_bound else 200
        return render(request, "quarantine/questions/add.html", context, status=status)
    place = where.place()
    people = queries.people_to_ask(request.user, place, where.cleaned_data["tag"])
    everybody = list(people.values_list("pk", flat=True)[: actions.MOST_PEOPLE + 1])
    form = QuestionForm(request.POST or None, initial={"uuid": uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            question = _ask(request, place, form, everybody)
            messages.success(request, _("Asked. It stands at the doors now."))
            return redirect("question_detail", question.pk)
        except ValidationError as fault:
            form.add_error(None, fault)
    listed = people[:LISTED] if len(everybody) <= LISTED else []
    ticked = set(request.POST.getlist("cases"))
    context |= {"form": form, "place": place, "people": listed, "number": len(everybody), "ticked": ticked}
    return render(request, "quarantine/questions/add.html", context, status=422 if form.errors else 200)


def _ask(request: StaffRequest, place: Place, form: QuestionForm, everybody: list[int]) -> Question:
    said = form.cleaned_data
    return actions.ask_question(
        place=place, case_ids=form.chosen(everybody), text=said["text"], kind=said["kind"], unit=said["unit"],
        expires_at=form.expires_at(), uuid=said["uuid"], by=actor_of(request), at=timezone.now(),
    )  # fmt: skip


@needs(Permission.ASK_QUESTIONS)
@require_safe
def question_detail(request: StaffRequest, question_id: int) -> HttpResponse:
    """What came of a question, and who has not answered yet."""
    question = _question(request.user, question_id)
    state = request.GET.get("state", "")
    page = Paginator(queries.answers_of(request.user, question, state), ON_A_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.words = queries.words_of(row)  # type: ignore[attr-defined]
    is_open = question.closed_at is None and question.expires_at > timezone.now()
    context = {"heading": question.text, "question": question, "counted": queries.counted(request.user, [question])[0]}
    context |= {"page": page, "state": state, "is_open": is_open}
    return render(request, "quarantine/questions/detail.html", context)


@needs(Permission.ASK_QUESTIONS)
@require_POST
def question_close(request: StaffRequest, question_id: int) -> HttpResponse:
    """不再问: it goes from the doors; what was answered stays."""
    question = _question(request.user, question_id)
    actions.close_question(question=question, by=actor_of(request), at=timezone.now())
    messages.success(request, _("Not asked any more. The answers stay."))
    return redirect("question_detail", question.pk)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def question_answer(request: StaffRequest, answer_id: int) -> HttpResponse:
    """One tap or number at the door; the door stays open."""
    at = timezone.now()
    rows = QuestionAnswer.objects.visible_to(request.user, Permission.SEE_ROUND)
    row = get_object_or_404(rows.select_related("question", "grid", "case__resident__household"), pk=answer_id)
    require(request.user, Permission.RECORD_CHECK_IN, row)
    here = Wanted(grid=row.grid_id, door=row.case.resident.household_id)
    form = AnswerForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError([message for found in form.errors.values() for message in found])
        actions.answer_question(answer=row, value=form.cleaned_data["said"], by=actor_of(request), at=at)
    except ValidationError as fault:
        return answer(request, here, at, fault=" ".join(fault.messages), status=422)
    return answer(request, here, at) if wants_part(request) else redirect(here.address)


def _places(staff: Staff) -> PlaceQuerySet:
    within: PlaceQuerySet = Place.objects.within(staff.paths_with(Permission.ASK_QUESTIONS))
    return within.open().filter(street__isnull=False).in_order()


def _question(staff: Staff, question_id: int) -> Question:
    rows = Question.objects.visible_to(staff, Permission.ASK_QUESTIONS).select_related("grid", "asked_by")
    found: Question = get_object_or_404(rows, pk=question_id)
    return found
