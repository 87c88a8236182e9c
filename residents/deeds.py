"""The deeds of the register and of lists in the words of the audit."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grid.registries import FactWords
from residents.models.moves import ENDED_BY_ITSELF
from residents.models.resident import LEFT_LABELS

REGISTER_DEEDS: dict[str, Any] = {
    "household_added": _("Household added"),
    "household_edited": _("Household changed"),
    "resident_added": _("Person added"),
    "resident_edited": _("Person changed"),
    "household_split": _("Household split"),
    "households_joined": _("Households joined"),
    "households_parted": _("Joining of households taken back"),
    "presence_noted": _("Nobody in, or somebody again"),
    "head_changed": _("Head of household changed"),
    "beds_changed": _("Beds changed"),
    "contact_added": _("Contact added"),
    "contact_edited": _("Contact changed"),
    "contact_removed": _("Contact removed"),
    "contact_restored": _("Contact put back"),
    "resident_moved": _("Person moved"),
    "household_moved": _("Household moved"),
    "move_undone": _("Move taken back"),
    "residents_left": _("Moved out or died"),
    "resident_back": _("Registered here again"),
    "resident_away": _("Away for some days"),
    "resident_not_away": _("Back already"),
    "move_offered": _("Offered to another street"),
    "offer_accepted": _("Taken over from another street"),
    "offer_joined": _("Taken over, and made one with the record here"),
    "offer_declined": _("Offer of another street declined"),
    "offer_withdrawn": _("Offer to another street taken back"),
    "id_revealed": _("ID number looked at"),
    "twins_kept_apart": _("Two people told apart"),
    "twins_reopened": _("Two people no longer told apart"),
    "people_merged": _("Two records made one person"),
    "people_unmerged": _("Merge of two records taken back"),
    "change_undone": _("Change undone"),
    "person_file_printed": _("Everything kept of a person printed"),
    "removal_asked": _("Removal of a person's data asked for"),
    "removal_withdrawn": _("Wish for removal taken back"),
    "person_purged": _("A person's data removed for good"),
    "list_uploaded": _("List uploaded"),
    "list_read": _("List compared with the register"),
    "list_rows_left_out": _("Rows of a list left out"),
    "list_rows_taken_again": _("Rows of a list no longer left out"),
    "list_twins_decided": _("Said of rows of a list whether they are somebody known"),
    "list_confirmed": _("List confirmed"),
    "list_taken_in": _("List taken in"),
    "list_taken_back": _("List taken back"),
    "list_discarded": _("List thrown away"),
    "list_written": _("List of people written"),
    "refused_rows_fetched": _("Refused rows fetched"),
}

REGISTER_SUBJECTS: dict[str, Any] = {
    "household": pgettext_lazy("audit", "household"),
    "resident": pgettext_lazy("audit", "resident"),
    "importbatch": pgettext_lazy("audit", "list"),
    "moveoffer": pgettext_lazy("audit", "offer"),
    "twinpair": pgettext_lazy("audit", "suspicion"),
}

_FIELDS: dict[str, Any] = {
    "compound": _("Compound"),
    "building": _("Building"),
    "unit": _("Unit"),
    "room": _("Room"),
    "note": _("Remark"),
    "grid_id": _("Grid"),
    "name": pgettext_lazy("audit", "name of a person"),
    "id_type": _("ID type"),
    "id_number": _("ID number"),
    "sex": _("Sex"),
    "birth_date": _("Birth date"),
    "phones": _("Phones"),
    "relation": _("Relation to head"),
    "residency": _("Residency"),
    "care_tags": _("Care tags"),
    "away_until": _("Away until"),
    "bed": _("Bed"),
    "empty_since": _("Nobody in since"),
    "left_on": pgettext_lazy("audit", "day of leaving"),
    "left_reason": pgettext_lazy("audit", "reason of leaving"),
    "has_key": _("Has a key"),
    "may_report": _("May report for the person"),
    # made from the door and the name
    "walk_key": "",
    "name_key": "",
    "pinyin": "",
    "initials": "",
}

REGISTER_FACTS: dict[str, FactWords] = {
    "changed": FactWords(pgettext_lazy("audit", "changed"), _FIELDS),
    "people": FactWords(pgettext_lazy("audit", "people")),
    "household": FactWords(pgettext_lazy("audit", "household"), holds="number"),
    "left": FactWords(pgettext_lazy("audit", "household left"), holds="number"),
    "head": FactWords(pgettext_lazy("audit", "head now: resident"), holds="number"),
    "residents_left.why": FactWords(pgettext_lazy("audit", "reason"), dict(LEFT_LABELS)),
    "offer_withdrawn.why": FactWords(pgettext_lazy("audit", "reason"), dict(ENDED_BY_ITSELF)),
    "to": FactWords(pgettext_lazy("audit", "to the place"), holds="place"),
    "move": FactWords(pgettext_lazy("audit", "record of the move"), holds="number"),
    "from_version": FactWords("", holds="nothing"),  # by it a second tap is known
    "contact": FactWords(pgettext_lazy("audit", "contact"), holds="number"),
    "resident": FactWords(pgettext_lazy("audit", "resident"), holds="number"),
    "duplicate": FactWords(pgettext_lazy("audit", "the other record"), holds="number"),
    "stayed": FactWords(pgettext_lazy("audit", "left as changed since"), _FIELDS),
    "digest": FactWords(pgettext_lazy("audit", "fingerprint of the file")),
    "size": FactWords(pgettext_lazy("audit", "bytes")),
    "rows": FactWords(pgettext_lazy("audit", "rows")),
    "list_twins_decided.decision": FactWords(
        pgettext_lazy("audit", "decided"),
        {
            "apart": pgettext_lazy("audit", "another person"),
            "same": pgettext_lazy("audit", "the same person"),
            "again": pgettext_lazy("audit", "undecided again"),
        },
    ),
    "list_written.whole": FactWords(pgettext_lazy("audit", "with whole ID numbers")),
    "overtaken": FactWords(pgettext_lazy("audit", "rows overtaken meanwhile")),
    "made": FactWords(pgettext_lazy("audit", "people of the list")),
    "use_list": FactWords(pgettext_lazy("audit", "what the list says goes first")),
    "counts": FactWords(
        pgettext_lazy("audit", "counted"),
        {
            "new": pgettext_lazy("audit", "new"),
            "changed": pgettext_lazy("audit", "changed"),
            "same": pgettext_lazy("audit", "same"),
            "refused": pgettext_lazy("audit", "refused"),
            "differing": pgettext_lazy("audit", "differing"),
            "twins": pgettext_lazy("audit", "possibly known"),
        },
    ),
}
