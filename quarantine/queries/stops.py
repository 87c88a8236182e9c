"""The doors of a round and the people behind them: what is known in the running slot, what is due, whom to ring."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grid.models.place import building_in_words
from grid.rules.clock import LOCAL, local_day, moment
from quarantine.models import Alert, IsolationCase, QuestionAnswer, SupplyRequest
from quarantine.queries.case_days import day_words
from quarantine.rules import case_clock
from quarantine.rules.case_clock import SlotOfDay
from quarantine.rules.rule_sets import CARE
from residents.models import Household
from residents.models.contact import CONTACT_LABELS
from residents.models.resident import CARE_TAG_LABELS


@dataclass
class Person:
    """An isolated or visited person of a stop, and what is known of her in the running slot."""

    case: IsolationCase
    slot: SlotOfDay
    at: datetime
    alerts: list[Alert] = field(default_factory=list)  # open ones about her
    questions: list[QuestionAnswer] = field(default_factory=list)  # asked of her now, answered or not

    def _in_slot(self, moment_of_fact: datetime | None) -> bool:
        return moment_of_fact is not None and moment_of_fact >= self.slot.starts_at

    @property
    def is_care(self) -> bool:
        """Visited out of care, not isolated."""
        return self.case.rule_set.purpose == CARE

    @property
    def is_to_measure(self) -> bool:
        """Whether her rules ask for a temperature at all."""
        return self.case.rule_set.threshold is not None

    @property
    def is_due(self) -> bool:
        """Whether the running slot lies in the person's period; a pause is nobody's slot."""
        in_period = self.case.first_day <= self.slot.day <= self.case.last_day
        return in_period and self.case.paused_at is None

    @property
    def is_measured(self) -> bool:
        """Measured in the running slot."""
        return self._in_slot(self.case.last_measured_at)

    @property
    def is_reached(self) -> bool:
        """Reached in the running slot."""
        return self._in_slot(self.case.last_reached_at)

    @property
    def is_asked(self) -> bool:
        """Asked about symptoms in the running slot."""
        return self._in_slot(self.case.last_asked_at)

    @property
    def is_known(self) -> bool:
        """Measured, asked or reached in the running slot."""
        return self.is_measured or self.is_asked or self.is_reached

    @property
    def is_left(self) -> bool:
        """Due, and none of the three facts is there."""
        return self.is_due and not self.is_known

    @property
    def is_missing(self) -> bool:
        """Still left though the slot and its grace are over."""
        return self.is_left and self.at > self.slot.grace_until

    @property
    def is_abnormal(self) -> bool:
        """Something abnormal was observed today."""
        day_began = moment(self.slot.day, datetime.min.time())
        return self.case.last_abnormal_at is not None and self.case.last_abnormal_at >= day_began

    @property
    def is_urgent(self) -> bool:
        """Something abnormal today, or an open alert that waits for no morning."""
        return self.is_abnormal or any(alert.is_urgent for alert in self.alerts)

    @property
    def is_on_round(self) -> bool:
        """Whether her door is a stop: she is due in the running slot, urgent, or a sample is to be taken."""
        return self.is_due or self.is_urgent or self.test_is_due

    @property
    def abnormal_temperature(self) -> Decimal | None:
        """The reading that was abnormal, in ℃; None where it was something else, or another reading came since."""
        same = self.is_abnormal and self.case.last_measured_at == self.case.last_abnormal_at
        return self.case.last_temperature if same else None

    @property
    def tried_in_vain(self) -> bool:
        """The last try in the running slot reached nobody, and nothing is known by another way."""
        vain = self.case.last_try_outcome not in case_clock.REACHED_OUTCOMES
        return self._in_slot(self.case.last_try_at) and vain and not self.is_known

    @property
    def tried(self) -> str:
        """Who tried last today, when, and how it went, whoever it was: 9:10 王芳打过，没接. Empty: nobody has."""
        when, case = self.case.last_try_at, self.case
        if when is None or local_day(when) != local_day(self.at):
            return ""
        clock, name = when.astimezone(LOCAL).strftime("%H:%M"), case.last_try_by.name if case.last_try_by else ""
        words = {
            "no_answer": _("%(time)s %(name)s rang, nobody picked up"),
            "nobody_in": _("%(time)s %(name)s knocked, nobody answered"),
        }.get(case.last_try_outcome, "%(time)s %(name)s %(outcome)s")
        return words % {"time": clock, "name": name, "outcome": case.get_last_try_outcome_display()}

    @property
    def rings_again_at(self) -> str:
        """When somebody wants to be rung again, as a clock; empty where nothing was agreed."""
        when = self.case.call_back_at
        return when.astimezone(LOCAL).strftime("%H:%M") if when and local_day(when) >= local_day(self.at) else ""

    @property
    def is_call_due(self) -> bool:
        """Left, and the moment has come at which she was to be rung again."""
        return self.is_left and self.case.call_back_at is not None and self.case.call_back_at <= self.at

    @property
    def waits(self) -> bool:
        """Tried in vain, and the moment agreed for the next try has not come."""
        return self.tried_in_vain and self.case.call_back_at is not None and not self.is_call_due

    @property
    def phone_rank(self) -> tuple[int, datetime]:
        """The place in the order of ringing: agreed moments that have come, never tried, tried longest ago."""
        case, ever = self.case, moment(self.slot.day, datetime.min.time())
        if self.is_call_due:
            return 0, case.call_back_at or ever
        if not self.ways_to_ring:
            return 4, ever
        if not self.tried_in_vain or case.last_try_at is None:
            return 1, ever
        return (3, case.call_back_at) if case.call_back_at else (2, case.last_try_at)

    @property
    def ways_to_ring(self) -> int:
        """How many people can be rung to reach her, herself among them."""
        return bool(self.case.resident.phones) + len(self.family) + len(self._contacts())

    @property
    def family(self) -> list[dict[str, Any]]:
        """Who else of her door has a phone: name and phones."""
        own = self.case.resident
        found: list[dict[str, Any]] = self.case.family or []  # type: ignore[attr-defined]
        return [one for one in found if (one["name"], one["phones"]) != (own.name, own.phones)]

    @property
    def relatives(self) -> list[dict[str, Any]]:
        """Her contacts other than neighbours, with who they are in words."""
        return [one for one in self._contacts() if not one["knocks"]]

    @property
    def neighbours(self) -> list[dict[str, Any]]:
        """Her contacts who can knock at the door: neighbours, and whoever has a key."""
        return [one for one in self._contacts() if one["knocks"]]

    def _contacts(self) -> list[dict[str, Any]]:
        labels = dict(CONTACT_LABELS)
        found: list[dict[str, Any]] = getattr(self.case, "contacts_to_ring", None) or []
        return [
            one | {"who": str(labels[one["relation"]]), "knocks": one["has_key"] or one["relation"] == "neighbour"}
            for one in found
        ]

    @property
    def test_is_due(self) -> bool:
        """A scheduled sample is to be taken today, or should have been earlier."""
        wanted = self.case.next_test_on
        return wanted is not None and wanted <= min(local_day(self.at), self.case.last_day) and not self.case.paused_at

    @property
    def test_is_overdue(self) -> bool:
        """It should have been taken on an earlier day."""
        return self.test_is_due and self.case.next_test_on != local_day(self.at)

    @property
    def lacks_notice(self) -> bool:
        """Isolated, and no notice of the isolation was handed out yet."""
        return not self.is_care and not getattr(self.case, "has_notice", True)

    @property
    def is_late(self) -> bool:
        """The newest entry came after its slot's hours."""
        row = self.case.last_check_in
        slots = case_clock.slots_from(self.case.rule_set.slots)
        return row is not None and case_clock.is_late(row.observed_at, row.received_at, slots)

    @property
    def state(self) -> str:
        """What is known in the running slot, in a word: the reading, reached or asked only, or nothing."""
        if self.is_measured:
            return f"{self.case.last_temperature}℃"
        if self.is_reached:
            is_well = self.is_care and self.case.last_try_outcome == "well"
            return str(self.case.get_last_try_outcome_display()) if is_well else _("Reached, not measured")
        return _("Asked, not measured") if self.is_asked else _("Not reached")

    @property
    def detail(self) -> str:
        """Day 5/14 and the last reading; of a visit only when somebody was last there."""
        if self.is_care:
            seen = self.case.known_at
            return _("care visit") + (f" · {date_format(seen.astimezone(LOCAL), 'MONTH_DAY_FORMAT')}" if seen else "")
        words = day_words(self.case, self.slot.day)
        if self.case.last_measured_at is None:
            return words
        seen = self.case.last_measured_at.astimezone(LOCAL)
        when = seen.strftime("%H:%M")
        if seen.date() != self.slot.day:
            when = f"{date_format(seen, 'MONTH_DAY_FORMAT')} {when}"
        return f"{words} · {self.case.last_temperature}℃ {when}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """What to know at the door, each a word: not reached in time, tests, papers, care tags."""
        labels = dict(CARE_TAG_LABELS)
        found = [{"word": _("Not reached"), "kind": "urgent"}] if self.is_missing else []
        if self.rings_again_at:
            found.append({"word": _("ring again at %(time)s") % {"time": self.rings_again_at}, "kind": "waiting"})
        return found + [{"word": str(labels.get(tag, tag)), "kind": "care"} for tag in self.case.resident.care_tags]

    @property
    def day_number(self) -> int:
        """Which day of the isolation the slot's day is."""
        return self.case.day_number(self.slot.day)


def person_now(case: IsolationCase, alerts: list[Alert], at: datetime) -> Person:
    """The person of a case as a round would show her now; `alerts` are her open ones."""
    return Person(case, case_clock.slot_at(at, case_clock.slots_from(case.rule_set.slots)), at, alerts)


@dataclass
class Stop:
    """A door with isolated people, and all that is due there."""

    household: Household
    people: list[Person]
    may_record: bool  # whether the reader may note anything at this door
    may_ask: bool  # … and ask for supplies, or say that they were brought
    supplies: list[SupplyRequest] = field(default_factory=list)  # open ones

    @property
    def short(self) -> str:
        """The door within its building: `1-502`."""
        return "-".join(part for part in (self.household.unit, self.household.room) if part) or self.household.door

    @property
    def left(self) -> list[Person]:
        """Of whom nothing is known yet: those who are to be rung now and those not tried yet first."""
        left = [person for person in self.people if person.is_left]
        return sorted(left, key=lambda person: person.tried_in_vain and not person.is_call_due)

    @property
    def waits(self) -> bool:
        """Nobody left can be tried before an agreed moment comes."""
        return all(person.waits for person in self.left)

    @property
    def unasked(self) -> list[Person]:
        """Who was measured or reached, but not asked about symptoms yet; visits ask for none."""
        return [person for person in self.people if person.is_due and person.is_known and not person.is_asked
                and person.is_to_measure]  # fmt: skip

    @property
    def tries(self) -> list[str]:
        """Who tried here in vain in this slot, when, and whom she will ring again, in words; the same is said once."""
        again = _("ring again at %(time)s")
        words = [
            " · ".join([who.tried, *([again % {"time": who.rings_again_at}] if who.rings_again_at else [])])
            for who in self.left
            if who.tried_in_vain
        ]
        return list(dict.fromkeys(words))

    @property
    def to_test(self) -> list[Person]:
        """Whose sample is to be taken today or overdue."""
        return [person for person in self.people if person.test_is_due]

    @property
    def to_sign(self) -> list[Person]:
        """Who has no notice of the isolation yet."""
        return [person for person in self.people if person.lacks_notice]

    @property
    def has_errands(self) -> bool:
        """Whether something else than asking after people is due: a sample, a delivery, an answer."""
        return bool(self.to_test or self.supplies or self.to_answer)

    @property
    def to_answer(self) -> list[Person]:
        """Whom a lead's question still waits for."""
        return [person for person in self.people if any(row.answered_at is None for row in person.questions)]

    @property
    def marks(self) -> list[dict[str, str]]:
        """What else is due here, each a word, and who was not reached in time."""
        words = [_("Test")] if self.to_test else []
        words += [_("Delivery")] if self.supplies else []
        words += [_("Question")] if self.to_answer else []
        words += [_("Visit")] if any(person.is_care for person in self.left) else []
        found = [{"word": word, "kind": "waiting"} for word in words]
        missing = [{"word": _("Not reached"), "kind": "urgent"}] if any(who.is_missing for who in self.left) else []
        return missing + found

    @property
    def phone_rank(self) -> tuple[int, datetime]:
        """See `Person.phone_rank`; the most pressing of those left."""
        return min(person.phone_rank for person in self.left)


@dataclass
class Building:
    """The stops left in one building."""

    name: str
    stops: list[Stop]


def building_of(household: Household) -> str:
    """The building in words, as one walks: 望江花园 3栋; empty where the door names none."""
    return building_in_words(household.compound, household.building)
