"""Quarantine as a Django app."""

from django.apps import AppConfig


class QuarantineConfig(AppConfig):
    """Hands its figures, pages and demo rows down to the ground."""

    name = "quarantine"

    def ready(self) -> None:
        """Fills the registries of the ground."""
        _register_isolation()
        _register_supplies()
        _register_questions()
        _register_addresses()
        _register_samples()
        _register_papers()
        _register_alerts()
        from grid import registries
        from quarantine.actions.demo import build_work

        registries.DEMO_BUILDERS.append((20, build_work))


def _register_isolation() -> None:
    from grid import registries
    from quarantine.deeds import ISOLATION_DEEDS, ISOLATION_FACTS, ISOLATION_SUBJECTS

    _register_isolation_pages()
    _register_isolation_figures()
    _register_isolation_lists()
    _register_list_results()
    _hear_of_people()
    registries.DEEDS.update(ISOLATION_DEEDS)
    registries.SUBJECTS.update(ISOLATION_SUBJECTS)
    registries.FACTS.update(ISOLATION_FACTS)


def _register_isolation_pages() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.rules.permissions import Permission
    from quarantine.queries import leaving, marks, panels
    from quarantine.views.person_file import part_of_file

    registries.PAGES.append(registries.Page("today", _("Today"), Permission.SEE_ROUND, 10))
    registries.PAGES.append(registries.Page("case_many", _("Many at once"), Permission.DECIDE_CASES, 57))
    registries.PAGES.append(registries.Page("rule_set_list", _("Rules"), Permission.MANAGE_RULES, 75))
    registries.HOME_PAGES.append(registries.HomePage("today", Permission.RECORD_CHECK_IN, 10))
    registries.MARKS.append(registries.MarkSource(Permission.SEE_ROUND, marks.read_marks, marks.is_isolated))
    for page, template, context in (
        ("resident", "quarantine/_case_panel.html", panels.panel_of_resident),
        ("household", "quarantine/_isolated_panel.html", panels.panel_of_household),
        ("person_file", "quarantine/_person_file.html", part_of_file),
        ("resident_leave", "quarantine/_ending.html", leaving.ending_with),
        ("household_leave", "quarantine/_ending.html", leaving.ending_with),
        ("offer", "quarantine/_offered_panel.html", leaving.isolated_in),
    ):
        registries.PANELS.append(registries.Panel(page, template, context, Permission.SEE_ROUND, 10))
    registries.PERSON_DEEDS["isolate"] = registries.PersonDeed("case_open", Permission.DECIDE_CASES)
    registries.HISTORIES.setdefault("resident", []).append(panels.history_of_resident)
    ended = registries.NoticeWords(_("Isolation ended because the person left"), leaving.case_lines)
    registries.NOTICES["isolation_ended"] = ended


def _register_isolation_figures() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from quarantine.actions import places
    from quarantine.models import IsolationCase
    from quarantine.queries import cases

    source = registries.FigureSource(
        "cases", cases.cases_for_figures, "quarantine/_figure_cases.html", cases.SlotFacts.read
    )
    figures = [
        ("in_isolation", _("In isolation"), cases.in_isolation),
        ("new_today", _("New today"), cases.new_today),
        ("released_today", _("Released today"), cases.released_today),
        ("due", _("Due now"), cases.due_this_slot),
        ("measured", _("Measured"), cases.measured),
        ("reached", _("Reached, not measured"), cases.reached_not_measured),
        ("not_reached", _("Not reached"), cases.not_reached),
        ("abnormal", _("Abnormal"), cases.abnormal_today),
    ]
    for rank, (key, label, condition) in enumerate(figures, start=10):
        registries.register_figure(registries.Figure(key, label, source, cases.of_isolation(condition), rank))
    care = [("care_visits", _("Care visits"), cases.care_visits), ("care_left", _("of these due"), cases.care_left)]
    for rank, (key, label, condition) in enumerate(care, start=80):
        registries.register_figure(registries.Figure(key, label, source, condition, rank))
    registries.TENANTS.append((IsolationCase, _("isolation records")))
    registries.DOOR_COUNTS.append(registries.DoorCount(_("People isolating at home"), cases.isolated_by_grid))
    registries.register_standing(registries.Standing("cases", _("open isolation records"), places.open_cases, 30))


def _register_isolation_lists() -> None:
    from quarantine.list_kinds import LEDGER, SUPPLIES, TEMPERATURES
    from quarantine.models.case import ISOLATION_REASON_LABELS
    from quarantine.rules import case_clock
    from residents.lists import kinds

    for kind in (LEDGER, TEMPERATURES, SUPPLIES):
        kinds.register(kind)
    kinds.ISOLATION_REASONS.extend(ISOLATION_REASON_LABELS)
    kinds.FIRST_DAY_FAULTS.extend([case_clock.is_too_long_ago, case_clock.is_too_far_ahead])


def _register_list_results() -> None:
    from grid import registries
    from grid.rules.permissions import Permission
    from quarantine.queries.list_readings import abnormal_of_list

    registries.PANELS.append(
        registries.Panel("list_result", "quarantine/_list_abnormal.html", abnormal_of_list, Permission.SEE_ROUND, 10)
    )


def _hear_of_people() -> None:
    from grid import registries
    from quarantine.actions import cases, doors, merges, people, places, removals

    registries.hear("people_taken_in", cases.hear_people_taken_in)
    registries.hear("list_taken_back", cases.hear_list_taken_back)
    registries.hear("people_merged", merges.hear_people_merged)
    registries.hear("people_unmerged", merges.hear_people_unmerged)
    registries.hear("residents_moved", people.hear_residents_moved)
    registries.hear("residents_left", people.hear_residents_left)
    registries.hear("residents_back", people.hear_residents_back)
    registries.hear("households_joined", doors.hear_households_joined)
    registries.hear("households_parted", doors.hear_households_parted)
    registries.hear("place_merged", places.hear_place_merged)
    registries.PURGES.append(registries.Purge(removals.why_wait, removals.remove_work))


def _register_alerts() -> None:
    from grid import registries
    from grid.rules.permissions import Permission
    from quarantine.actions import sweeps
    from quarantine.deeds import ALERT_DEEDS, ALERT_FACTS, ALERT_SUBJECTS
    from quarantine.queries import alert_inbox as inbox

    registries.DEEDS.update(ALERT_DEEDS)
    registries.SUBJECTS.update(ALERT_SUBJECTS)
    registries.FACTS.update(ALERT_FACTS)
    registries.hear("night", sweeps.forget_marks)
    registries.INBOX.append(
        registries.InboxPart(
            "quarantine/alerts/_inbox.html", inbox.inbox, inbox.to_act_on, Permission.HANDLE_ALERTS, 10
        )
    )


def _register_supplies() -> None:
    from django.db.models import Q
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.rules.permissions import Permission
    from quarantine.actions import places
    from quarantine.deeds import SUPPLY_DEEDS, SUPPLY_FACTS, SUPPLY_SUBJECTS
    from quarantine.queries import supplies

    registries.register_standing(
        registries.Standing("requests", _("requests not delivered yet"), places.open_requests, 40)
    )
    registries.DEEDS.update(SUPPLY_DEEDS)
    registries.SUBJECTS.update(SUPPLY_SUBJECTS)
    registries.FACTS.update(SUPPLY_FACTS)
    registries.PAGES.append(registries.Page("supply_list", _("Supplies"), Permission.SEE_SUPPLIES, 40))
    registries.PANELS.append(
        registries.Panel(
            "household", "quarantine/_supply_panel.html", supplies.supplies_of_household, Permission.SEE_SUPPLIES, 20
        )
    )
    source = registries.FigureSource(
        "supplies", supplies.rows_for_figures, "quarantine/_figure_supplies.html", lambda _at: None
    )
    registries.register_figure(
        registries.Figure("supplies_open", _("Supplies not delivered"), source, lambda _facts: Q(), 90)
    )
    registries.register_figure(
        registries.Figure("supplies_urgent", _("of these urgent"), source, lambda _facts: Q(urgent=True), 91)
    )


def _register_questions() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.rules.permissions import Permission
    from quarantine.deeds import QUESTION_DEEDS, QUESTION_SUBJECTS
    from quarantine.queries import questions

    registries.PAGES.append(registries.Page("question_list", _("Questions"), Permission.ASK_QUESTIONS, 70))
    registries.DEEDS.update(QUESTION_DEEDS)
    registries.SUBJECTS.update(QUESTION_SUBJECTS)
    registries.FURTHER_COLUMNS.append(registries.FurtherColumns(questions.columns_offered, questions.column_of))


def _register_addresses() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.rules.permissions import Permission
    from quarantine.deeds import ADDRESS_DEEDS, ADDRESS_FACTS, ADDRESS_SUBJECTS

    registries.DEEDS.update(ADDRESS_DEEDS)
    registries.SUBJECTS.update(ADDRESS_SUBJECTS)
    registries.FACTS.update(ADDRESS_FACTS)
    registries.PAGES.append(registries.Page("address_list", _("Alerts sent outward"), Permission.MANAGE_RULES, 75))


def _register_samples() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.rules.permissions import Permission
    from quarantine.deeds import SAMPLE_DEEDS, SAMPLE_FACTS, SAMPLE_SUBJECTS
    from quarantine.queries import samples

    registries.DEEDS.update(SAMPLE_DEEDS)
    registries.SUBJECTS.update(SAMPLE_SUBJECTS)
    registries.FACTS.update(SAMPLE_FACTS)
    registries.PAGES.append(registries.Page("sample_list", _("Tests"), Permission.RECORD_CHECK_IN, 60))
    registries.PAGES.append(registries.Page("release_list", _("Releases"), Permission.DECIDE_CASES, 61))
    papers = registries.Page("paper_due", _("Papers handed out by the community"), Permission.RECORD_CHECK_IN, 62)
    registries.PAGES.append(papers)
    source = registries.FIGURES["in_isolation"].source
    due = registries.Figure("test_due", _("Tests due"), source, samples.test_due_in, 30)
    registries.register_figure(due)
    registries.register_figure(
        registries.Figure("test_waiting", _("Results not in"), source, samples.result_waited_for, 31)
    )


def _register_papers() -> None:
    from grid import registries
    from quarantine.deeds import PAPER_DEEDS, PAPER_FACTS

    registries.DEEDS.update(PAPER_DEEDS)
    registries.FACTS.update(PAPER_FACTS)
