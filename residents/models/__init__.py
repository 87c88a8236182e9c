"""Models of the register."""

from residents.models.household import Household
from residents.models.lists import ImportBatch, ImportRow
from residents.models.resident import Resident

__all__ = ["Household", "ImportBatch", "ImportRow", "Resident"]
