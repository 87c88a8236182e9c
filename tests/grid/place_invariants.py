"""What holds of places whatever was done to them; any test may ask it after its deeds."""

from django.apps import apps
from django.db.models import F

from grid import registries
from grid.models import Place, Post
from grid.rules.places import Kind, kind_below, path_of


def assert_places_are_sound() -> None:
    """Paths, kinds, closed places, and the grid of every row that hangs on another."""
    faults = [*_faults_of_tree(), *_faults_of_rows()]
    assert not faults, faults


def _faults_of_tree() -> list[str]:
    faults = []
    for place in Place.objects.select_related("parent", "merged_into"):
        above = place.parent
        if place.path != path_of(above.path if above else "", place.pk):
            faults.append(f"{place}: path {place.path}")
        if above and kind_below(Kind(above.kind)) != place.kind:
            faults.append(f"{place}: a {place.kind} below a {above.kind}")
        if above and above.closed_at and not place.closed_at:
            faults.append(f"{place}: open below a closed place")
        if place.merged_into and place.merged_into.street_id != place.street_id:
            faults.append(f"{place}: merged into another street")
        own = place.pk if place.kind == Kind.STREET else above.street_id if above else None
        if place.street_id != own:
            faults.append(f"{place}: street {place.street_id}")
    return faults


# child → the relation that it hangs on: its grid is the one of that row
_HANGING = {
    "residents.Resident": "household",
    "residents.Contact": "resident",
    "residents.MoveOffer": "household",
    "residents.TwinPair": "first",
    "residents.Merge": "kept",
    "quarantine.IsolationCase": "resident",
    "quarantine.SupplyRequest": "household",
}


def _faults_of_rows() -> list[str]:
    faults = [
        f"{label} {row.pk}: another grid than its {parent}"
        for label, parent in _HANGING.items()
        for row in apps.get_model(label).unscoped.exclude(grid=F(f"{parent}__grid"))
    ]
    faults += [
        f"{standing.key} {row.pk}: in the closed {row.grid}"
        for standing in registries.STANDING
        for row in standing.rows().filter(grid__closed_at__isnull=False)
    ]
    lasting = Post.objects.filter(until=None, place__closed_at__isnull=False)
    return faults + [f"post {post.pk}: at the closed {post.place}" for post in lasting]


def standing_at(place: Place) -> dict[str, int]:
    """What stands at the place and below it: key of `registries.STANDING` → number."""
    below = {"grid__path__startswith": place.path}
    return {standing.key: standing.rows().filter(**below).count() for standing in registries.STANDING}
