"""Deeds about names to verify: what was found out, to whom they are given, and what is taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.http import Http404
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_open, confirm_scope, deed, hold_street
from grid.actions.notices import notify, settle
from grid.models import Place, Post
from grid.rules.actors import Actor, ActorKind
from grid.rules.permissions import Permission, roles_with
from residents.actions import people as shared
from residents.actions.households import add_household
from residents.actions.moves import Arrival
from residents.actions.offers import confirm_answerable
from residents.actions.residents import add_resident
from residents.lists.names import FACTS, retell, said_of
from residents.models import Household, ImportRow, NameSource, NameToVerify, Resident
from residents.queries.names import receivers_in
from residents.rules.people import PersonFacts
from residents.rules.verifying import is_same

OUTCOMES = ("not_here", "unknown", "isolated")  # told in one tap; the others ask for more
_SOURCE = ("list_name", "row", "said_at", "deadline", "faults", *FACTS)


class NameAnswered(Exception):
    """Somebody else was faster: `name` is the row as it stands now."""

    def __init__(self, name: NameToVerify) -> None:
        super().__init__(f"name {name.pk} is {name.state}")
        self.name = name


def _held(name: NameToVerify) -> NameToVerify:
    """The name as it stands now, kept so until the transaction ends. Raises Http404 where it is gone."""
    rows = NameToVerify.unscoped.select_for_update(of=("self",)).select_related("grid")
    now: NameToVerify | None = rows.filter(pk=name.pk).first()
    if now is None:
        raise Http404
    return now


def _confirm_hers(name: NameToVerify, by: Actor, at: datetime) -> None:
    """Whoever edits people in the whole community may answer, and the worker it was given to while she works there."""
    if by.kind is ActorKind.STAFF and name.worker_id == by.staff_id:
        posts = Post.objects.current(at).filter(staff=by.staff_id, staff__is_active=True)
        there = posts.filter(place__path__startswith=name.grid.path, role__in=roles_with(Permission.EDIT_PEOPLE))
        if there.select_for_update(of=("self",)).values_list("pk", flat=True)[:1]:
            return
    confirm_scope(by, Permission.EDIT_PEOPLE, name.grid, at)


def _claim(name: NameToVerify, version: int, **columns: Any) -> None:
    """One conditional UPDATE: open, and as it was shown. Raising takes the audit record back with it."""
    waiting = NameToVerify.unscoped.filter(pk=name.pk, state="open", version=version)
    if not waiting.update(version=F("version") + 1, **columns):
        raise NameAnswered(NameToVerify.unscoped.select_related("answered_by").get(pk=name.pk))


def _answered(state: str, by: Actor, at: datetime) -> dict[str, Any]:
    return {"state": state, "answered_at": at, "answered_by": by.staff_id}


# -- what was found out -----------------------------------------------------------------------------------------------


def answer(*, name: NameToVerify, outcome: str, version: int, by: Actor, at: datetime) -> None:
    """Not here, unknown here, or in isolation already. The same word again changes nothing.

    Raises NameAnswered, PermissionDenied, ValueError for another outcome.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome} is told in another way")
    with transaction.atomic():
        now = _held(name)
        if now.state == outcome and now.answered_by_id == by.staff_id:
            return
        with deed("name_answered", by=by, at=at, place=now.grid_id, subject=now, outcome=outcome):
            _confirm_hers(now, by, at)
            _claim(now, version, **_answered(outcome, by, at))
            settle(kind="name_received", subject=now, at=at)


def note_try(*, name: NameToVerify, version: int, by: Actor, at: datetime) -> None:
    """Nobody answered: it stays to be found, and whoever comes next sees who tried. Raises NameAnswered (also where
    the same try was noted a moment ago), PermissionDenied."""
    with transaction.atomic():
        now = _held(name)
        with deed("name_tried", by=by, at=at, place=now.grid_id, subject=now):
            _confirm_hers(now, by, at)
            _claim(now, version, tries=F("tries") + 1, last_try_at=at, last_try_by=by.staff_id)


def found_registered(*, name: NameToVerify, resident: Resident, version: int, by: Actor, at: datetime) -> None:
    """She lives here and is in the register: what the list knows and the register lacks is added, nothing replaced.

    Raises NameAnswered, PermissionDenied, Http404 where she left meanwhile, AlreadyRegistered.
    """
    with shared.refusals_named(), transaction.atomic():
        now = _held(name)
        if now.state == "lives_here" and now.resident_id == resident.pk:
            return
        facts = {"outcome": "lives_here", "resident": resident.pk}
        with deed("name_answered", by=by, at=at, place=now.grid_id, subject=now, **facts):
            _confirm_hers(now, by, at)
            person = shared.held(Resident.unscoped.current(), resident)
            hers = _may_edit(person, by, at)
            if not hers and not person.grid.path.startswith(now.grid.path):
                raise PermissionDenied
            _claim(now, version, resident=person.pk, **_answered("lives_here", by, at))
            if hers:  # of somebody in another grid of the community she only says that it is her
                _complete(person, now)
            settle(kind="name_received", subject=now, at=at)


def _may_edit(person: Resident, by: Actor, at: datetime) -> bool:
    try:
        confirm_scope(by, Permission.EDIT_PEOPLE, person.grid, at, door=person)
    except PermissionDenied:
        return False
    return True


def _complete(person: Resident, name: NameToVerify) -> None:
    more: dict[str, Any] = {}
    agree = all(
        getattr(name, fact) in (None, "", getattr(person, fact)) or not getattr(person, fact)
        for fact in ("sex", "birth_date")
    )
    if set(name.phones) - set(person.phones):
        more["phones"] = list(dict.fromkeys([*person.phones, *name.phones]))
    others = Resident.unscoped.current().filter(street=person.street_id, id_digest=name.id_digest)
    # A number that proves another sex or birth date than the register holds is for a person to look at.
    if agree and name.id_digest and person.id_digest is None and not others.exists():
        more |= {column: getattr(name, column) for column in ("id_type", "id_sealed", "id_digest", "id_tail_digest")}
    for column in ("sex", "birth_date"):
        if getattr(name, column) and not getattr(person, column):
            more[column] = getattr(name, column)
    if more:
        Resident.unscoped.filter(pk=person.pk).update(version=F("version") + 1, **more)


def found_at_door(
    *, name: NameToVerify, version: int, to: Arrival, key: int, facts: PersonFacts, by: Actor, at: datetime
) -> Resident:
    """She lives here and was not registered: now she is, at a new door or with a household that stands there.

    `key`: the id reserved for her where she joins a household. Raises NameAnswered, PermissionDenied and what
    `add_household` and `add_resident` raise.
    """
    with shared.refusals_named(), transaction.atomic():
        now = _held(name)
        with deed("name_answered", by=by, at=at, place=now.grid_id, subject=now, outcome="lives_here"):
            _confirm_hers(now, by, at)
            _claim(now, version, **_answered("lives_here", by, at))
            if to.beside is None:
                there = add_household(
                    key=to.key, grid=to.grid, door=to.door, note="", people=[facts], by=by, at=at
                )  # fmt: skip
                resident = Resident.unscoped.get(household=there)
            else:
                resident = add_resident(key=key, household=Household(pk=to.beside), facts=facts, by=by, at=at)
            NameToVerify.unscoped.filter(pk=now.pk).update(resident=resident.pk)
            settle(kind="name_received", subject=now, at=at)
    return resident


def say_isolation(*, name: NameToVerify, isolate: bool, tell_lead: bool, by: Actor, at: datetime) -> None:
    """The answer to 要隔离吗 once she was found. Said already: nothing happens.

    `tell_lead`: whoever answers opens no records herself, so the community hears of a yes. Raises PermissionDenied,
    ValueError for somebody not found here.
    """
    with transaction.atomic():
        now = _held(name)
        if now.resident is None:
            raise ValueError("nobody was found")
        if now.to_isolate == isolate:
            return
        with deed("name_isolation_said", by=by, at=at, place=now.grid_id, subject=now, isolate=isolate):
            _confirm_hers(now, by, at)
            NameToVerify.unscoped.filter(pk=now.pk).update(to_isolate=isolate)
            if isolate and tell_lead:
                notify("isolation_wanted", place=now.grid_id, by=by, at=at, subject=now.resident)


# -- to another community ---------------------------------------------------------------------------------------------


def pass_on(*, name: NameToVerify, to: Place, version: int, by: Actor, at: datetime) -> NameToVerify:
    """Another community finds her: it gets all that the lists say, and the sender sees what comes of it.

    Where the number waits there already it is one visit. Raises NameAnswered, PlaceClosed, PermissionDenied,
    ValidationError where nobody there could answer.
    """
    with transaction.atomic():
        hold_street(to.street_id or 0)  # lists of the receiver make names, too
        confirm_open(to.pk)
        now = _held(name)
        if now.state == "passed_on" and now.answered_by_id == by.staff_id and now.became and now.became.grid == to:
            return now.became
        if to.pk == now.grid_id:
            raise ValidationError(_("This community looks for the person already. Choose another one."))
        with deed("name_passed_on", by=by, at=at, place=now.grid_id, subject=now, to=to.pk):
            _confirm_hers(now, by, at)
            confirm_answerable(to, at)
            there = _waiting_at(to, now) or _copy_for(to, now, at)
            _claim(now, version, became=there.pk, **_answered("passed_on", by, at))
            told = NameSource.unscoped.filter(of=now).values(*_SOURCE)
            NameSource.unscoped.bulk_create(NameSource(of=there, **facts) for facts in told)
            retell([there])
            settle(kind="name_received", subject=now, at=at)
            notify("name_received", place=to, by=by, at=at, subject=there)
    return there


def _waiting_at(place: Place, name: NameToVerify) -> NameToVerify | None:
    """Who is surely the same person and waits at the place already; None where that is nobody, or more than one."""
    alike = Q(id_digest=name.id_digest) if name.id_digest else Q(pk__in=[])
    alike |= Q(name_key=name.name_key) if name.name_key else Q(pk__in=[])
    rows = NameToVerify.unscoped.open().filter(alike, grid=place).order_by("pk").select_for_update()
    same = [row for row in rows if is_same(said_of(row), said_of(name))]
    numbered = [row for row in same if row.id_digest and row.id_digest == name.id_digest]
    sure = numbered or same
    return sure[0] if len(sure) == 1 else None


def _copy_for(place: Place, name: NameToVerify, at: datetime) -> NameToVerify:
    columns = ("name_key", "walk_key", "deadline", *FACTS)
    facts = {column: getattr(name, column) for column in columns}
    return NameToVerify.unscoped.create(grid=place, street_id=place.street_id or 0, created_at=at, **facts)


def reopen(*, name: NameToVerify, version: int, by: Actor, at: datetime) -> None:
    """Takes an answer back: she is to be found again. What the register got by it stays there. Open already: nothing.

    Raises NameAnswered where it is not as it was shown, ValidationError where that cannot be, PermissionDenied.
    """
    there = NameToVerify.unscoped.filter(pk=name.became_id or 0).first()
    with transaction.atomic():
        # The streets first: lists make names, too.
        for street in sorted({name.street_id, there.street_id if there else name.street_id}):
            hold_street(street)
        now = _held(name)
        if now.state == "open":
            return
        if now.version != version or now.became_id != name.became_id:
            raise NameAnswered(now)
        if (twin := _waiting_at(now.grid, now)) and twin.pk != now.pk:
            raise ValidationError(_("A later list names this person: she is to be found already."))
        with deed("name_reopened", by=by, at=at, place=now.grid_id, subject=now):
            _confirm_hers(now, by, at)
            facts = {"answered_at": None, "answered_by": None, "became": None, "to_isolate": None, "resident": None}
            NameToVerify.unscoped.filter(pk=now.pk).update(state="open", version=F("version") + 1, **facts)
            if there is not None:
                _take_back_from(there, now, at)


def _take_back_from(there: NameToVerify, name: NameToVerify, at: datetime) -> None:
    theirs = _held(there)
    begun = theirs.state != "open" or theirs.tries or theirs.worker_id or theirs.created_at != name.answered_at
    told = NameSource.unscoped.filter(of=theirs).exclude(batch=None).exists()
    if begun or told or NameToVerify.unscoped.filter(became=theirs).exists():
        raise ValidationError(_("The other community is at work on it already. Ring them."))
    settle(kind="name_received", subject=theirs, at=at)
    theirs.delete()


# -- whose visit it is ------------------------------------------------------------------------------------------------


def hand_out(*, place: Place, to: Mapping[int, int], seen: int | None, by: Actor, at: datetime) -> int:
    """Gives open names of the place (name → worker) to those who are to find them; how many now are theirs.

    `seen`: whose they were on the page, None for nobody's. What was answered or given to somebody else meanwhile is
    passed over: two would go. Raises PermissionDenied, ValidationError for somebody who does not work there.
    """
    if not to:
        return 0
    with transaction.atomic():
        rows = NameToVerify.unscoped.open().filter(pk__in=to, grid__path__startswith=place.path, worker=seen)
        free = set(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        with deed("names_handed_out", by=by, at=at, place=place, people=len(free)):
            confirm_scope(by, Permission.MANAGE_HELPERS, place, at)
            if set(to.values()) - set(receivers_in([place.path], at).values_list("pk", flat=True)):
                raise ValidationError(_("Somebody you chose does not work there any more. Look again."))
            for worker in set(to.values()):
                hers = [key for key, one in to.items() if one == worker and key in free]
                NameToVerify.unscoped.filter(pk__in=hers).update(worker=worker)
    return len(free)


# -- two names, one person? -------------------------------------------------------------------------------------------


def _both(first: NameToVerify, second: NameToVerify) -> list[NameToVerify]:
    """Both names as they stand now, by their ids and kept so; fewer where one is gone.

    Raises NameAnswered where one was answered, ValueError for names of two places.
    """
    rows = NameToVerify.unscoped.select_for_update(of=("self",)).select_related("grid").order_by("pk")
    pair = list(rows.filter(pk__in=[first.pk, second.pk]))
    for name in pair:
        if name.state != "open":
            raise NameAnswered(name)
    if len({name.grid_id for name in pair}) > 1:
        raise ValueError("these stand at two places")
    return pair


def make_one(*, first: NameToVerify, second: NameToVerify, by: Actor, at: datetime) -> None:
    """Both names are one person, and so one visit: the earlier row stays. One of them gone already: nothing happens.

    Raises NameAnswered, PermissionDenied, ValueError where their numbers say that they are two.
    """
    with transaction.atomic():
        pair = _both(first, second)
        if len(pair) < 2:
            return
        kept, other = pair
        if is_same(said_of(kept), said_of(other)) is False:
            raise ValueError("these are two people")
        with deed("names_made_one", by=by, at=at, place=kept.grid_id, subject=kept):
            confirm_scope(by, Permission.EDIT_PEOPLE, kept.grid, at)
            _absorb(kept, other)


def _absorb(kept: NameToVerify, other: NameToVerify) -> None:
    NameSource.unscoped.filter(of=other).update(of=kept)
    batches = NameSource.unscoped.filter(of=kept).exclude(batch=None).values("batch")
    ImportRow.unscoped.filter(batch__in=batches, name_id=other.pk).update(name_id=kept.pk)
    NameToVerify.unscoped.filter(became=other).update(became=kept)
    tried = max((kept, other), key=lambda one: (one.last_try_at is not None, one.last_try_at or one.created_at))
    NameToVerify.unscoped.filter(pk=kept.pk).update(
        tries=kept.tries + other.tries, worker=kept.worker_id or other.worker_id, last_try_at=tried.last_try_at,
        last_try_by=tried.last_try_by_id, apart=sorted({*kept.apart, *other.apart} - {kept.pk}),
    )  # fmt: skip
    other.delete()
    retell([NameToVerify.unscoped.get(pk=kept.pk)])


def keep_apart(*, first: NameToVerify, second: NameToVerify, by: Actor, at: datetime) -> None:
    """These are two people: not asked again. Again, or where one is gone, it changes nothing.

    Raises NameAnswered, PermissionDenied, ValueError for names of two places.
    """
    with transaction.atomic():
        pair = _both(first, second)
        if len(pair) < 2 or pair[1].pk in pair[0].apart:
            return
        with deed("names_kept_apart", by=by, at=at, place=pair[0].grid_id, subject=pair[0]):
            confirm_scope(by, Permission.EDIT_PEOPLE, pair[0].grid, at)
            for name, other in (pair, reversed(pair)):
                NameToVerify.unscoped.filter(pk=name.pk).update(apart=[*name.apart, other.pk])


# -- what others do ---------------------------------------------------------------------------------------------------


def hear_place_merged(*, place: Place, into: Place, by: Actor, at: datetime) -> None:
    """The hook "place_merged": names follow; one number that waited at both places is one visit."""
    rows = NameToVerify.unscoped.select_for_update().filter(grid=place).order_by("pk")
    for name in rows:
        twin = _waiting_at(into, name) if name.state == "open" else None
        if twin is not None:
            _absorb(twin, name)
    NameToVerify.unscoped.filter(grid=place).update(grid=into, street_id=into.street_id)


def hear_place_closed(*, place: Place, by: Actor, at: datetime) -> None:
    """The hook "place_closed": nobody may be left there to be found."""
    if NameToVerify.unscoped.open().filter(grid=place).exists():
        raise ValidationError(_("People are to be found here yet. Let the lead answer or pass them on first."))
