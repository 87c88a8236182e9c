"""Who may do what: the oracle of the tests, not of the code. Every URL has its line here.

The letters of `allowed` are the roles in this order; a dash is a role that is refused:

    W grid worker   L community lead   S street supervisor   D district viewer   A administrator   U auditor

What follows from a line, for each cell URL × role × method × where the subject stands:

- no login: to the login page, unless the line is public;
- a role without its letter, an ended post, no post: 403, whatever the address names;
- a role with its letter, subject in its own places: the page or the deed;
- a role with its letter, subject in a sibling's or a foreign place: 404, as if it did not exist;
- a method that the line does not name: 405, for whoever would be let in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grid.rules.permissions import Role

ROLES = {
    "W": Role.GRID_WORKER,
    "L": Role.COMMUNITY_LEAD,
    "S": Role.STREET_SUPERVISOR,
    "D": Role.DISTRICT_VIEWER,
    "A": Role.ADMINISTRATOR,
    "U": Role.AUDITOR,
}
EVERY_STAFF = "everybody with a login, with or without a post"
PUBLIC = "everybody"


@dataclass(frozen=True)
class Line:
    """One URL: who, by which methods, and what its address names (see `tests.architecture.world.Rows`)."""

    allowed: str
    methods: str = "GET"
    names: str = ""  # the row that the address names; empty: none
    form: Mapping[str, str] = field(default_factory=dict)  # what is posted; mostly nothing, which is answered too

    asked_by_itself: bool = False  # by an open page, now and then: without a login such a part is empty
    colleagues: bool = False  # shows the names of those who work in the same community
    buildings: bool = False  # names the buildings of her own places to whoever runs them, and nobody behind their doors

    def lets_in(self, letter: str) -> bool:
        """Whether the role with this letter may do it in its own places."""
        return self.allowed in (PUBLIC, EVERY_STAFF) or letter in self.allowed


_PEOPLE = "WLS---"
_WORK = "WL----"
_LEAD = "-L----"
_ASK = "-LS---"
_FIGURES = "-LSD--"
_ADMIN = "----A-"
BOTH = "GET POST"

POLICY: dict[str, Line] = {
    # the frame
    "home": Line(EVERY_STAFF, BOTH),
    "healthz": Line(PUBLIC),
    "readyz": Line(PUBLIC),
    "text_size": Line(PUBLIC, "POST"),
    "set_language": Line(PUBLIC, BOTH),
    "login": Line(PUBLIC, BOTH),
    "unlock": Line(PUBLIC, BOTH),
    "logout": Line(PUBLIC, "POST"),
    "change_password": Line(EVERY_STAFF, BOTH),
    "set_pin": Line(EVERY_STAFF, BOTH),
    "continue_held": Line(EVERY_STAFF, BOTH),
    # staff, places, audit
    "staff_list": Line(_ADMIN, BOTH, buildings=True),
    "staff_add": Line(_ADMIN, BOTH),
    "staff_detail": Line(_ADMIN, "GET", "staff"),
    "staff_reset_password": Line(_ADMIN, "POST", "staff"),
    "staff_disable": Line(_ADMIN, "POST", "staff", {"wanted": "disabled"}),
    "post_add": Line(_ADMIN, BOTH, "staff"),
    "post_end": Line(_ADMIN, "POST", "post"),
    "place_list": Line(_ADMIN, BOTH),
    "place_add": Line(_ADMIN, BOTH, "community"),
    "place_detail": Line(_ADMIN, "GET", "grid", buildings=True),
    "place_rename": Line(_ADMIN, BOTH, "grid"),
    "place_close": Line(_ADMIN, BOTH, "grid"),
    "place_import": Line(_ADMIN, BOTH),
    "place_reopen": Line(_ADMIN, "POST", "grid"),
    "place_merge": Line(_ADMIN, BOTH, "grid"),
    "place_split": Line(_ADMIN, BOTH, "community"),
    "place_move": Line(_ADMIN, BOTH, "grid"),
    "place_buildings": Line(_ADMIN, BOTH, "grid", buildings=True),
    "audit_search": Line("-----U", BOTH),
    # notices
    "notice_list": Line(_PEOPLE),
    "notice_count": Line(_PEOPLE, asked_by_itself=True),
    "notice_seen": Line(_PEOPLE, "POST", "notice"),
    # helpers and rounds handed over
    "helper_list": Line(_LEAD),
    "helper_add": Line(_LEAD, BOTH),
    "grids_without_worker": Line(_LEAD),
    "helper_until": Line(_LEAD, BOTH, "helper_post"),
    "helper_password": Line(_LEAD, "POST", "helper_post"),
    "helper_end": Line(_LEAD, "POST", "helper_post"),
    "hand_over": Line(_WORK, BOTH, colleagues=True),
    "hand_over_back": Line(_WORK, "POST", "round_given"),
    "rounds_seen": Line(_WORK, "POST"),
    # figures
    "figures": Line(_FIGURES),
    "figures_place": Line(_FIGURES, "GET", "grid"),
    "figure_list": Line(_FIGURES, "GET", "grid"),
    # people
    "resident_search": Line(_PEOPLE, BOTH),
    "household_add": Line(_WORK, BOTH),
    "household_detail": Line(_PEOPLE, "GET", "household"),
    "household_edit": Line(_WORK, BOTH, "household"),
    "resident_add": Line(_WORK, BOTH, "household"),
    "resident_detail": Line(_PEOPLE, "GET", "resident"),
    "resident_edit": Line(_WORK, BOTH, "resident"),
    "resident_reveal": Line(_LEAD, "POST", "resident"),
    "resident_history": Line(_PEOPLE, "GET", "resident"),
    "resident_change_undo": Line(_WORK, "POST", "resident"),
    "household_history": Line(_PEOPLE, "GET", "household"),
    "household_change_undo": Line(_WORK, "POST", "household"),
    "household_split": Line(_WORK, BOTH, "household"),
    "household_join": Line(_WORK, BOTH, "household"),
    "household_part": Line(_WORK, "POST", "household"),
    "household_head": Line(_WORK, BOTH, "household"),
    "household_beds": Line(_WORK, BOTH, "household"),
    "household_presence": Line(_WORK, BOTH, "household"),
    "building_list": Line(_PEOPLE),
    "building_detail": Line(_PEOPLE, "GET", "household"),
    "building_chart": Line(_PEOPLE, "GET", "household"),
    "contact_add": Line(_WORK, BOTH, "resident"),
    "contact_edit": Line(_WORK, BOTH, "contact"),
    "contact_remove": Line(_WORK, BOTH, "contact"),
    "contact_restore": Line(_WORK, "POST", "contact"),
    "resident_privacy": Line(_LEAD, "GET", "resident"),
    "resident_file": Line(_LEAD, "POST", "resident", {"reason": "asked_by_person"}),
    "removal_ask": Line(_LEAD, "POST", "resident", {"ground": "asked_by_person"}),
    "removal_withdraw": Line(_LEAD, "POST", "resident"),
    # moves
    "resident_move": Line(_WORK, BOTH, "resident"),
    "household_move": Line(_WORK, BOTH, "household"),
    "move_undo": Line(_WORK, "POST"),
    "resident_leave": Line(_WORK, BOTH, "resident"),
    "household_leave": Line(_WORK, BOTH, "household"),
    "resident_away": Line(_WORK, BOTH, "resident"),
    "away_end": Line(_WORK, "POST", "resident"),
    "resident_return": Line(_WORK, BOTH, "resident"),
    "resident_offer": Line(_WORK, BOTH, "resident"),
    "household_offer": Line(_WORK, BOTH, "household"),
    "offer_list": Line(_WORK),
    "offer_detail": Line(_WORK, "GET", "offer_sent"),
    "offer_accept": Line(_LEAD, BOTH, "offer_received"),
    "offer_join": Line(_LEAD, BOTH, "offer_received"),
    "offer_decline": Line(_LEAD, BOTH, "offer_received"),
    "offer_withdraw": Line(_WORK, "POST", "offer_sent"),
    # twins
    "twin_list": Line(_LEAD),
    "twin_look": Line(_WORK, "POST"),
    "twin_apart": Line(_LEAD, "POST", "twins"),
    "twin_reopen": Line(_LEAD, "POST", "twins"),
    "twin_compare": Line(_LEAD, BOTH, "twins"),
    "merge_undo": Line(_LEAD, BOTH, "merge"),
    # names to verify
    "name_list": Line(_PEOPLE),
    "name_detail": Line(_PEOPLE, "GET", "name"),
    "name_answer": Line(_WORK, "POST", "name", {"outcome": "unknown", "version": "1"}),
    "name_reopen": Line(_WORK, "POST", "name"),
    "name_here": Line(_WORK, BOTH, "name"),
    "name_isolate": Line(_WORK, "POST", "name"),
    "name_pass_on": Line(_WORK, BOTH, "name"),
    "name_hand_out": Line(_LEAD, BOTH, colleagues=True),
    "name_sheet": Line(_PEOPLE),
    "name_same": Line(_LEAD, BOTH),
    # lists
    "list_home": Line(_LEAD),
    "list_write": Line(_LEAD, BOTH),
    "list_upload": Line(_LEAD, "POST"),
    "list_blank": Line(_LEAD, "GET"),
    "list_begin": Line(_LEAD, BOTH),
    "list_type": Line(_LEAD, BOTH, "list_typed"),
    "list_leave_out": Line(_LEAD, "POST", "list_in_preview"),
    "list_twins": Line(_LEAD, "GET", "list_in_preview"),
    "list_twins_decide": Line(_LEAD, "POST", "list_in_preview"),
    "list_mapping": Line(_LEAD, BOTH, "list_done"),
    "list_preview": Line(_LEAD, "GET", "list_in_preview"),
    "list_commit": Line(_LEAD, "POST", "list_done"),
    "list_progress": Line(_LEAD, "GET", "list_committing"),
    "list_result": Line(_LEAD, "GET", "list_done"),
    "list_refused": Line(_LEAD, "POST", "list_done"),
    "list_undo": Line(_LEAD, "POST", "list_done"),
    "list_discard": Line(_LEAD, "POST", "list_in_preview"),
    # isolation
    "today": Line(_PEOPLE),
    "rule_set_list": Line(_ADMIN),
    "rule_set": Line(_ADMIN),
    "rule_set_edit": Line(_ADMIN, BOTH),
    "rule_set_withdraw": Line(_ADMIN, "POST"),
    "case_many": Line(_LEAD, BOTH),
    "case_rules": Line(_LEAD, BOTH),
    "care_many": Line(_LEAD, BOTH),
    "round_sheet": Line(_PEOPLE, "GET", "grid"),
    "sheet_key": Line(_WORK, BOTH, "grid"),
    "sheet_undo": Line(_WORK, "POST", "grid"),
    "group_text": Line(_WORK, BOTH, "grid"),
    "group_text_record": Line(_WORK, "POST", "grid"),
    "group_text_undo": Line(_WORK, "POST", "grid"),
    "case_open": Line(_LEAD, BOTH, "free_resident"),
    "care_open": Line(_LEAD, BOTH, "free_resident"),
    "case_detail": Line(_PEOPLE, "GET", "case"),
    "case_close": Line(_LEAD, BOTH, "case"),
    "case_end": Line(_LEAD, BOTH, "case"),
    "case_pause": Line(_LEAD, BOTH, "case"),
    "case_resume": Line(_LEAD, BOTH, "case"),
    "case_first_day": Line(_LEAD, BOTH, "case"),
    "case_take_back": Line(_LEAD, BOTH, "decision"),
    "check_in_add": Line(_WORK, "POST", "case"),
    "check_in_more": Line(_WORK, BOTH, "case"),
    "check_in_confirm": Line(_WORK, BOTH, "check_in"),
    "check_in_withdraw": Line(_WORK, "POST", "check_in"),
    "check_in_call_back": Line(_WORK, "POST", "check_in"),
    "door_asked": Line(_WORK, "POST", "household"),
    "door_tried": Line(_WORK, "POST", "household"),
    # questions
    "question_list": Line(_ASK),
    "question_add": Line(_ASK, BOTH),
    "question_detail": Line(_ASK, "GET", "question"),
    "question_close": Line(_ASK, "POST", "question"),
    "question_answer": Line(_WORK, "POST", "answer", {"value": "1"}),
    # alerts sent outward
    "address_list": Line(_ADMIN),
    "address_add": Line(_ADMIN, BOTH),
    "address_test": Line(_ADMIN, "POST", "address"),
    "address_switch": Line(_ADMIN, "POST", "address"),
    # tests
    "sample_list": Line(_WORK),
    "samples_taken": Line(_WORK, "POST"),
    "samples_negative": Line(_WORK, "POST"),
    "sample_detail": Line(_WORK, BOTH, "sample"),
    "sample_withdraw": Line(_WORK, "POST", "sample"),
    "sample_add": Line(_WORK, "POST", "case"),
    # release
    "release_list": Line(_LEAD),
    "release_chosen": Line(_LEAD, "POST"),
    "case_release": Line(_LEAD, BOTH, "case"),
    # papers
    "paper_due": Line(_WORK),
    "paper_issue": Line(_WORK, "POST"),
    "paper_sheets": Line(_PEOPLE),
    "paper_sheets_whole": Line(_LEAD, "POST"),
    "paper_check": Line(PUBLIC),
    # alerts
    "alert_past": Line(_PEOPLE),
    "alert_detail": Line(_PEOPLE, "GET", "alert"),
    "alert_take": Line(_PEOPLE, "POST", "alert"),
    "alert_finish": Line(_PEOPLE, "POST", "alert"),
    "alert_give_back": Line(_PEOPLE, "POST", "alert"),
    # supplies
    "supply_list": Line(_PEOPLE),
    "supply_add": Line(_WORK, BOTH, "household"),
    "supply_deliver": Line(_WORK, "POST", "supply"),
    "supply_reopen": Line(_WORK, "POST", "supply"),
    "supply_cancel": Line(_WORK, BOTH, "supply"),
}
