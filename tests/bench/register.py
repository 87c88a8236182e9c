"""The register at 20,000 and at 1,000,000 residents: every kind of search, and the pages that work with it.

Run by `make bench ARGS=register` (`REGISTER_SIZES=20000,100000` in the environment measures others). Each page is asked
for through the whole Django stack, in process, beside an empty page behind the same middleware and beside Django's
admin searching the same table. Milliseconds; what counts are the ratios, measured in one run.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from random import Random
from statistics import quantiles
from time import perf_counter
from typing import Any

import django
from django.conf import settings

settings.INSTALLED_APPS += ["django.contrib.admin"]
settings.ROOT_URLCONF = "tests.bench._urls"
django.setup()

from django.core.management import call_command  # noqa: E402  (the apps must be loaded first)
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from opencc import OpenCC  # noqa: E402

from grid.models import Staff  # noqa: E402
from residents import identity  # noqa: E402
from residents.models import Resident  # noqa: E402
from tests.bench._city import City, build  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402

SIZES = [int(size) for size in os.environ.get("REGISTER_SIZES", "20000,1000000").split(",")]
PEOPLE, ROUNDS, TRIES_OF_PEER = 12, 3, 2
PEER_CAN = {"name", "part of a name", "initials", "pinyin", "phone", "end of a phone"}
Words = Callable[[Resident], str]


@dataclass
class Times:
    """Milliseconds of the same thing asked several times."""

    all: list[float]

    @property
    def p50(self) -> float:
        """The middle one."""
        return sorted(self.all)[len(self.all) // 2]

    @property
    def p95(self) -> float:
        """All but the slowest twentieth."""
        return quantiles(self.all, n=20, method="inclusive")[-1]


def number_of(person: Resident) -> str:
    """The ID number in clear."""
    known = identity.unsealed(person.id_type, person.id_sealed)
    return known.number if known else ""


_traditional = OpenCC("s2t")
KINDS: dict[str, Words] = {
    "name": lambda person: person.name,
    "part of a name": lambda person: person.name[1:],
    "one character": lambda person: person.name[0],
    "initials": lambda person: person.initials,
    "pinyin": lambda person: person.pinyin.split(" ")[0],
    "part of pinyin": lambda person: person.pinyin.split(" ")[0][-4:],
    "name and building": lambda person: f"{person.name} {person.household.building}栋",
    "initials and door": lambda person: f"{person.initials} {person.household.door.split(' ')[-1]}",
    "surname and end of phone": lambda person: f"{person.name[0]} {person.phones[0][-4:]}",
    "phone": lambda person: person.phones[0],
    "end of a phone": lambda person: person.phones[0][-4:],
    "door": lambda person: person.household.door.split(" ")[-1],
    "room": lambda person: person.household.room,
    "ID number": number_of,
    "end of the ID": lambda person: number_of(person)[-4:],
    "traditional": lambda person: str(_traditional.convert(person.name)),
    "compound": lambda person: person.household.compound,
}


def timed(ask: Callable[[Any], Any], things: Iterable[Any]) -> Times:
    """Asks once to warm up, then for each thing."""
    things, found = list(things), []
    for thing in [things[0], *things]:
        began = perf_counter()
        answer = ask(thing)
        found.append((perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code} for {thing}")
    return Times(found[1:])


def client_of(staff: Staff) -> Client:
    """A browser in which she is logged in."""
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(staff)
    return client


def some_people(staff: Staff) -> list[Resident]:
    """People in her places with everything that can be looked for."""
    rows = Resident.objects.visible_to(staff).filter(id_sealed__isnull=False).exclude(phones=[])
    ids = Random(7).sample(list(rows.values_list("pk", flat=True)), PEOPLE)
    return list(rows.filter(pk__in=ids).select_related("household").order_by("pk"))


def searches(staff: Staff, label: str) -> dict[str, Times]:
    """Every kind of search as the box sends it while somebody types."""
    client, people = client_of(staff), some_people(staff)

    def ask(words: str) -> Any:
        return client.post("/residents/", {"words": words}, headers={"HX-Request": "true"})

    return {f"{label}: {kind}": timed(ask, map(words, people)) for kind, words in KINDS.items()}


def peers(city: City) -> dict[str, Times]:
    """The same words in Django's admin."""
    client, people = client_of(city.lead), some_people(city.lead)[:TRIES_OF_PEER]

    def ask(words: str) -> Any:
        return client.get("/bench/peer/residents/resident/", {"q": words})

    return {f"admin: {kind}": timed(ask, map(KINDS[kind], people)) for kind in KINDS if kind in PEER_CAN}


def pages(city: City) -> dict[str, Times]:
    """The pages of a working day, for people of the first street, which has the same size in every register."""
    lead, worker, supervisor = map(client_of, (city.lead, city.worker, city.supervisor))
    people = some_people(city.lead)
    return {
        "empty page": timed(lead.get, ["/bench/empty/"] * PEOPLE),
        "today, one grid": timed(worker.get, ["/today/"] * PEOPLE),
        "residents of a grid": timed(worker.get, ["/residents/"] * PEOPLE),
        "household": timed(lead.get, [f"/households/{person.household_id}/" for person in people]),
        "person": timed(lead.get, [f"/residents/{person.pk}/" for person in people]),
        "figures of a street": timed(supervisor.get, [f"/figures/{city.street.pk}/"] * PEOPLE),
    }


def built(databases: TestDatabases, size: int) -> tuple[str, City]:
    """A register of this size in a database of its own."""
    name = databases.clone()
    with connected_to(name):
        began = perf_counter()
        city = build(size, timezone.now())
        seconds = perf_counter() - began
    print(f"{city.residents:,} residents, {city.cases:,} open records: built in {seconds:.0f} s", flush=True)
    return name, city


def measured(registers: list[tuple[str, City]]) -> list[dict[str, Times]]:
    """Everything asked of each register, in turns, so that whatever else the machine does befalls all of them."""
    found: list[dict[str, Times]] = [{} for _register in registers]
    for turn in range(ROUNDS):
        for times, (name, city) in zip(found, registers, strict=True):
            with connected_to(name):
                rows = pages(city) | searches(city.worker, "worker") | searches(city.lead, "lead")
                rows |= searches(city.big_supervisor, "street")
                rows |= peers(city) if turn == 0 else {}
            for row, more in rows.items():
                times.setdefault(row, Times([])).all.extend(more.all)
    return found


def table(small: dict[str, Times], large: dict[str, Times]) -> None:
    """Prints every row with its ratio, how it stands to the empty page, and how many times faster than the peer."""
    sizes = f"{SIZES[0]:>10,} p50    p95{SIZES[-1]:>12,} p50    p95"
    print(f"\n{'milliseconds':<34}{sizes}   ratio   × empty  × admin")
    for row, times in large.items():
        before = small[row]
        admin = large.get(f"admin: {row.partition(': ')[2]}")
        faster = f"{admin.p50 / times.p50:>9.0f}" if admin and admin is not times else ""
        empty = times.p50 / large["empty page"].p50
        print(
            f"{row:<34}{before.p50:>14.1f}{before.p95:>7.1f}{times.p50:>16.1f}{times.p95:>7.1f}"
            f"{times.p50 / before.p50:>8.2f}{empty:>10.1f}{faster}"
        )


if __name__ == "__main__":
    import_module(settings.ROOT_URLCONF)  # now: the sources may change while the registers are built
    call_command("collectstatic", interactive=False, verbosity=0)  # the admin's files too
    databases = TestDatabases()
    registers = [built(databases, size) for size in SIZES]
    times = measured(registers)
    for name, _city in registers:
        databases.drop(name)
    databases.close()
    table(times[0], times[-1])
