"""Questions about moves: where somebody may go, who lives there, and whether a form was carried out already."""

from grid.models import AuditRecord, Place, Staff
from grid.rules.places import Kind
from residents.models import Household, Resident
from residents.rules.addresses import Door


def grids_of_street(street_id: int) -> list[Place]:
    """Every open grid of a street: a mover need not work where people move to, because that grid is told at once."""
    grids = Place.objects.open().filter(street=street_id, kind=Kind.GRID)
    return list(grids.select_related("parent").in_order())  # type: ignore[attr-defined]


def households_at(grid: Place, door: Door) -> list[Household]:
    """The households at this very door, in sight or not: what may be said of them, `names_at` knows."""
    found = Household.unscoped.current().filter(street=grid.street_id, grid=grid, **door._asdict())
    return list(found.order_by("pk")[:5])


def names_at(staff: Staff, households: list[Household]) -> dict[int, str]:
    """Who lives in each household, as far as she may see it; an empty text for what is out of her sight."""
    people = Resident.objects.visible_to(staff).current().filter(household__in=[row.pk for row in households])
    names: dict[int, list[str]] = {}
    for household, name in people.order_by("pk").values_list("household", "name"):
        names.setdefault(household, []).append(name)
    return {row.pk: " ".join(names.get(row.pk, [])) for row in households}


def people_at(staff: Staff, household: Household) -> list[Resident]:
    """Who lives behind a door."""
    return list(Resident.objects.visible_to(staff).current().filter(household=household).order_by("pk"))


def moved_by_form(staff: Staff, model: type[Household] | type[Resident], key: int, version: int) -> AuditRecord | None:
    """The record of the move that this member of staff made of this row with this version of a form, if she did."""
    mine = AuditRecord.objects.filter(staff=staff.pk, subject_kind=model._meta.model_name, subject_id=key)
    moves = mine.filter(deed__in=["resident_moved", "household_moved"], facts__from_version=version)
    return moves.order_by("-at").first()


def own_move(staff: Staff, said: str) -> AuditRecord | None:
    """The record of a move with the id that a page says, where this member of staff made it."""
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        return None
    mine = AuditRecord.objects.filter(staff=staff.pk, deed__in=["resident_moved", "household_moved"])
    return mine.filter(pk=int(said)).first()
