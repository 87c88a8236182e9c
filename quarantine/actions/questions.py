"""Deeds on 补问: ask, answer at the door, take an answer back, close."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed, reserve_id
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import lock_cases
from quarantine.actions.check_ins import closed
from quarantine.models import IsolationCase, Question, QuestionAnswer

MOST_PEOPLE = 5_000  # one question; beyond that a street asks its communities one by one
LONGEST = timedelta(days=14)


class Expired(ValidationError):
    """The question is not asked any more."""

    def __init__(self) -> None:
        super().__init__(_("This question is not asked any more."))


def ask_question(
    *, place: Place, case_ids: Sequence[int], text: str, kind: str, unit: str, expires_at: datetime, uuid: UUID,
    by: Actor, at: datetime,
) -> Question:  # fmt: skip
    """Asks one question of the people of these open cases in the place. The same uuid asks once.

    Raises ValidationError: nobody chosen, too many, a moment that is past or too far away, another question meanwhile.
    """
    if (asked := _asked_already(uuid, text)) is not None:
        return asked
    if not at < expires_at <= at + LONGEST:
        raise ValidationError(_("Choose until when it is asked: at most 14 days."))
    key = reserve_id(Question)
    try:
        with transaction.atomic():
            people = _held(place, case_ids)
            with deed("question_asked", by=by, at=at, place=place, subject=(Question, key), count=len(people)):
                confirm_scope(by, Permission.ASK_QUESTIONS, place, at)
                question = Question.unscoped.create(
                    pk=key, uuid=uuid, grid=place, text=text, kind=kind, unit=unit, asked_at=at,
                    asked_by_id=by.staff_id, expires_at=expires_at,
                )  # fmt: skip
                QuestionAnswer.unscoped.bulk_create(
                    [QuestionAnswer(question=question, case=case, grid_id=case.grid_id) for case in people]
                )
    except IntegrityError:  # the same form may have arrived twice at once
        asked = _asked_already(uuid, text)
        if asked is None:
            raise
        return asked
    return question


def _asked_already(uuid: UUID, text: str) -> Question | None:
    """The question that this form has asked before. Raises ValidationError where it now says another one."""
    asked = Question.unscoped.filter(uuid=uuid).first()
    if asked is not None and asked.text != text:
        raise ValidationError(_("This form has asked its question already. Open the page again to ask another one."))
    return asked


def _held(place: Place, case_ids: Sequence[int]) -> list[IsolationCase]:
    """Whom to ask, locked: nobody moves away or is released between being chosen and being asked."""
    if len(set(case_ids)) > MOST_PEOPLE:
        raise ValidationError(_("At most %(number)s people can be asked at once.") % {"number": MOST_PEOPLE})
    cases = [case for case in lock_cases(case_ids) if case.closed_at is None and case.grid.path.startswith(place.path)]
    if not cases:
        raise ValidationError(_("Choose whom to ask."))
    return cases


def answer_question(*, answer: QuestionAnswer, value: Decimal | None, by: Actor, at: datetime) -> None:
    """Notes what the person said; None takes an answer back. The same answer again changes nothing.

    Raises Expired, and ValidationError for a value that the kind of question cannot have, and for a closed isolation.
    """
    question = answer.question
    if question.kind == "yes_no" and value not in (None, 0, 1):
        raise ValidationError(_("Answer with yes or no."))
    with deed("question_answered", by=by, at=at, place=answer.grid_id, subject=answer):
        now = QuestionAnswer.unscoped.select_for_update().get(pk=answer.pk)
        confirm_scope(by, Permission.RECORD_CHECK_IN, now.grid, at, door=now)
        if now.case.closed_at is not None:
            raise closed()
        if Question.unscoped.filter(pk=question.pk, closed_at=None, expires_at__gt=at).first() is None:
            raise Expired
        if now.value != value:
            said = {"value": value, "answered_at": at, "answered_by": by.staff_id}
            taken_back = {"value": None, "answered_at": None, "answered_by": None}
            QuestionAnswer.unscoped.filter(pk=answer.pk).update(**(taken_back if value is None else said))


def close_question(*, question: Question, by: Actor, at: datetime) -> None:
    """Asks no longer; what was answered stays. Harmless twice."""
    with deed("question_closed", by=by, at=at, place=question.grid_id, subject=question):
        confirm_scope(by, Permission.ASK_QUESTIONS, question.grid, at)
        Question.unscoped.filter(pk=question.pk, closed_at=None).update(closed_at=at)
