"""补问: what is still to be asked at which door, and what was answered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import pgettext

from grid.models import Place, Staff
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase, Question, QuestionAnswer
from residents.models.resident import CARE_TAG_LABELS

KEPT_IN_LISTS = 20  # questions offered as columns of a list, the newest


def to_ask(staff: Staff, case_ids: Iterable[int], at: datetime) -> dict[int, list[QuestionAnswer]]:
    """What is asked of these cases now, answered or not, by case: one query."""
    rows = QuestionAnswer.objects.visible_to(staff, Permission.SEE_ROUND).select_related("question", "answered_by")
    rows = rows.filter(case__in=list(case_ids), question__closed_at=None, question__expires_at__gt=at)
    found = defaultdict(list)
    for row in rows.order_by("question_id"):
        row.words = words_of(row)
        found[row.case_id].append(row)
    return found


def words_of(answer: QuestionAnswer) -> str:
    """What was answered, in words; empty where nothing was."""
    if answer.value is None:
        return ""
    if answer.question.kind == "yes_no":
        return pgettext("answer", "yes") if answer.value else pgettext("answer", "no")
    return f"{answer.value.normalize():f}{answer.question.unit}"


@dataclass(frozen=True)
class Counted:
    """A question with what came of it."""

    question: Question
    asked: int
    answered: int
    yes: int

    @property
    def left(self) -> int:
        """Who has not answered."""
        return self.asked - self.answered

    @property
    def no(self) -> int:
        """Who said no, of a question of yes or no."""
        return self.answered - self.yes


def questions_of(staff: Staff) -> QuerySet[Question]:
    """The questions asked in her places, the newest first."""
    rows: QuerySet[Question] = Question.objects.visible_to(staff, Permission.ASK_QUESTIONS)
    return rows.select_related("grid", "asked_by").order_by("-asked_at", "-pk")


def counted(staff: Staff, questions: Iterable[Question]) -> list[Counted]:
    """Each with how many were asked, answered, and said yes: one query."""
    found = list(questions)
    of_question = {
        row["question"]: row
        for row in QuestionAnswer.objects.visible_to(staff, Permission.ASK_QUESTIONS)
        .filter(question__in=found)
        .values("question")
        .annotate(asked=Count("pk"), answered=Count("answered_at"), yes=Count("pk", filter=Q(value=1)))
    }
    nothing = {"asked": 0, "answered": 0, "yes": 0}
    rows = [(question, of_question.get(question.pk, nothing)) for question in found]
    return [Counted(question, row["asked"], row["answered"], row["yes"]) for question, row in rows]


def answers_of(staff: Staff, question: Question, state: str) -> QuerySet[QuestionAnswer]:
    """The people asked, by door: all, or those who "open" have not answered, said "yes", "no", or named a number."""
    rows: QuerySet[QuestionAnswer] = QuestionAnswer.objects.visible_to(staff, Permission.ASK_QUESTIONS)
    wanted = {
        "open": Q(answered_at=None),
        "yes": Q(value=1),
        "no": Q(value=0),
        "answered": Q(answered_at__isnull=False),
    }
    rows = rows.filter(wanted.get(state, Q()), question=question)
    rows = rows.select_related("question", "case__resident__household", "grid", "answered_by")
    return rows.order_by("grid__code", "case__resident__household__walk_key", "case_id")


def people_to_ask(staff: Staff, place: Place, tag: str) -> QuerySet[IsolationCase]:
    """Open cases in the place, of those with the care tag where one is named."""
    rows: QuerySet[IsolationCase] = IsolationCase.objects.visible_to(staff, Permission.ASK_QUESTIONS).open()
    rows = rows.filter(grid__path__startswith=place.path)
    if tag in dict(CARE_TAG_LABELS):
        rows = rows.filter(resident__care_tags__contains=[tag])
    rows = rows.select_related("resident__household", "grid")
    return rows.order_by("grid__code", "resident__household__walk_key", "pk")


def columns_offered(staff: Staff) -> list[tuple[str, str]]:
    """Questions that a list may carry as a column: (key, heading)."""
    return [(str(question.pk), question.text) for question in questions_of(staff)[:KEPT_IN_LISTS]]


def column_of(staff: Staff, key: str) -> dict[int, str]:
    """What each resident answered, by id; who did not answer is missing."""
    rows = QuestionAnswer.objects.visible_to(staff, Permission.ASK_QUESTIONS).filter(question=int(key))
    rows = rows.filter(answered_at__isnull=False).select_related("question")
    return {row.resident_id: words_of(row) for row in rows.annotate(resident_id=F("case__resident"))}
