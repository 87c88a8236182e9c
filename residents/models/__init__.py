"""Models of the register."""

from residents.models.contact import Contact
from residents.models.household import Household
from residents.models.lists import ImportBatch, ImportRow
from residents.models.moves import MoveOffer
from residents.models.resident import Resident
from residents.models.twins import Merge, TwinPair

__all__ = ["Contact", "Household", "ImportBatch", "ImportRow", "Merge", "MoveOffer", "Resident", "TwinPair"]
