"""Models of the work: isolation cases, check-ins, tests, alerts, questions, papers, supplies."""

from quarantine.models.alert import Alert, AlertAddress, AlertMessage, AlertStep, SweepMark
from quarantine.models.case import CaseChange, CheckIn, IsolationCase, RuleSet
from quarantine.models.paper import CasePaper, PaperNumber
from quarantine.models.question import Question, QuestionAnswer
from quarantine.models.sample import TestSample
from quarantine.models.supplies import SupplyLine, SupplyRequest

__all__ = [
    "Alert", "AlertAddress", "AlertMessage", "AlertStep", "CaseChange", "CasePaper", "CheckIn", "IsolationCase",
    "PaperNumber", "Question", "QuestionAnswer", "RuleSet", "SupplyLine", "SupplyRequest", "SweepMark", "TestSample",
]  # fmt: skip
