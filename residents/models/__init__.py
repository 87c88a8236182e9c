"""Models of the register."""

from residents.models.contact import Contact
from residents.models.household import Household
from residents.models.lists import ColumnMemory, ImportBatch, ImportBlock, ImportRow, ImportTwin
from residents.models.moves import MoveOffer
from residents.models.names import NameSource, NameToVerify
from residents.models.resident import Resident
from residents.models.twins import Merge, TwinPair

__all__ = [
    "ColumnMemory",
    "Contact",
    "Household",
    "ImportBatch",
    "ImportBlock",
    "ImportRow",
    "ImportTwin",
    "Merge",
    "MoveOffer",
    "NameSource",
    "NameToVerify",
    "Resident",
    "TwinPair",
]
