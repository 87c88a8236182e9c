"""Models of the work: isolation cases, check-ins, supplies."""

from quarantine.models.case import CheckIn, IsolationCase, RuleSet
from quarantine.models.supplies import SupplyLine, SupplyRequest

__all__ = ["CheckIn", "IsolationCase", "RuleSet", "SupplyLine", "SupplyRequest"]
