"""Notices about changed places, in words. Names of places are no secret; no door and no person is told."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grid.models import Notice, Place, Staff

Lines = dict[int, tuple[Any, str]]


def lines_of(sentence: Callable[[Notice, dict[int, str]], str]) -> Callable[[Staff, list[Notice]], Lines]:
    """Words for one kind of notice: the names of all places it speaks of are read at once."""

    def lines(_staff: Staff, notices: list[Notice]) -> Lines:
        keys = {key for one in notices for key in (one.subject_id, *map(one.facts.get, ("from", "into"))) if key}
        keys |= {key for one in notices for key in one.facts.get("places", [])}
        names = dict(Place.objects.filter(pk__in=keys).values_list("pk", "name"))
        return {one.pk: (sentence(one, names), "") for one in notices}

    return lines


def place_merged(notice: Notice, names: dict[int, str]) -> str:
    """Told at the receiving place, and of grids at their communities."""
    if "into" in notice.facts:
        facts = {"place": names.get(notice.subject_id or 0, ""), "into": names.get(notice.facts["into"], "")}
        return _("%(place)s was merged into %(into)s.") % facts
    return _("%(place)s was merged into your place: its doors and people are yours now.") % {
        "place": names.get(notice.subject_id or 0, "")
    }


def buildings_moved(notice: Notice, names: dict[int, str]) -> str:
    """Told at both grids and their communities."""
    facts = {"from": names.get(notice.facts["from"], ""), "into": names.get(notice.facts["into"], "")}
    names_of_buildings = [name or _("doors without a building") for name in notice.facts["buildings"]]
    buildings = pgettext("between two words", ", ").join(names_of_buildings)
    return _("Moved from %(from)s to %(into)s: %(buildings)s.") % {**facts, "buildings": buildings}


def place_moved(notice: Notice, names: dict[int, str]) -> str:
    """Told at the grid, and at both communities of all grids at once."""
    grids = notice.facts.get("places", [notice.subject_id])
    place = pgettext("between two words", ", ").join(names.get(key or 0, "") for key in grids)
    facts = {"place": place, "into": names.get(notice.facts["into"], "")}
    return _("%(place)s now belongs to %(into)s.") % facts
