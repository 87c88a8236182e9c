"""Who may do what: permissions, and roles as static lists of them."""

from enum import StrEnum


class Permission(StrEnum):
    """A deed or a look that a role may grant. Each view names the one it needs."""

    SEE_PEOPLE = "see_people"  # names, doors, phones; ID numbers stay masked
    EDIT_PEOPLE = "edit_people"
    REVEAL_ID = "reveal_id"
    IMPORT_LISTS = "import_lists"
    SEE_ROUND = "see_round"
    RECORD_CHECK_IN = "record_check_in"
    DECIDE_CASES = "decide_cases"  # open and close
    SEE_SUPPLIES = "see_supplies"
    RECORD_SUPPLIES = "record_supplies"
    SEE_FIGURES = "see_figures"
    DECIDE_REGISTER = "decide_register"  # merge people, answer offers of another street, take such deeds back
    MANAGE_HELPERS = "manage_helpers"  # helpers, stand-ins and hand-overs in one's own grids
    HANDLE_ALERTS = "handle_alerts"  # see alerts, take them, say what came of them
    ASK_QUESTIONS = "ask_questions"  # one question to chosen people, answered at their doors
    MANAGE_RULES = "manage_rules"  # rule sets, and where alerts go outside the portal
    MANAGE_PLACES = "manage_places"
    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"


class Role(StrEnum):
    """What a post makes of its holder."""

    GRID_WORKER = "grid_worker"
    COMMUNITY_LEAD = "community_lead"
    STREET_SUPERVISOR = "street_supervisor"
    DISTRICT_VIEWER = "district_viewer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


_WORKER = frozenset(
    {
        Permission.SEE_PEOPLE,
        Permission.EDIT_PEOPLE,
        Permission.SEE_ROUND,
        Permission.RECORD_CHECK_IN,
        Permission.SEE_SUPPLIES,
        Permission.RECORD_SUPPLIES,
        Permission.HANDLE_ALERTS,
    }
)

PERMISSIONS_OF: dict[Role, frozenset[Permission]] = {
    Role.GRID_WORKER: _WORKER,
    Role.COMMUNITY_LEAD: _WORKER
    | {
        Permission.REVEAL_ID,
        Permission.IMPORT_LISTS,
        Permission.DECIDE_CASES,
        Permission.SEE_FIGURES,
        Permission.DECIDE_REGISTER,
        Permission.MANAGE_HELPERS,
        Permission.ASK_QUESTIONS,
    },
    Role.STREET_SUPERVISOR: frozenset(
        {
            Permission.SEE_PEOPLE,
            Permission.SEE_ROUND,
            Permission.SEE_SUPPLIES,
            Permission.SEE_FIGURES,
            Permission.HANDLE_ALERTS,
            Permission.ASK_QUESTIONS,
        }
    ),
    # A district sees numbers and masked lists; names stay with those who knock at the doors.
    Role.DISTRICT_VIEWER: frozenset({Permission.SEE_FIGURES}),
    Role.ADMINISTRATOR: frozenset({Permission.MANAGE_PLACES, Permission.MANAGE_STAFF, Permission.MANAGE_RULES}),
    Role.AUDITOR: frozenset({Permission.READ_AUDIT}),
}


def roles_with(permission: Permission) -> frozenset[Role]:
    """The roles that grant the permission."""
    return frozenset(role for role, granted in PERMISSIONS_OF.items() if permission in granted)
