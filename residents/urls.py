"""Addresses of the app."""

from django.urls import URLPattern, path

from residents.views import (
    buildings,
    contacts,
    history,
    household_deeds,
    households,
    leaving,
    lists,
    moves,
    offers,
    place_lists,
    privacy,
    residents,
    search,
    twins,
)

urlpatterns: list[URLPattern] = [
    # people and doors
    path("residents/", search.resident_search, name="resident_search"),
    path("households/add/", households.household_add, name="household_add"),
    path("households/<int:household_id>/", households.household_detail, name="household_detail"),
    path("households/<int:household_id>/edit/", households.household_edit, name="household_edit"),
    path("households/<int:household_id>/people/add/", residents.resident_add, name="resident_add"),
    path("residents/<int:resident_id>/", residents.resident_detail, name="resident_detail"),
    path("residents/<int:resident_id>/edit/", residents.resident_edit, name="resident_edit"),
    path("residents/<int:resident_id>/id-number/", residents.resident_reveal, name="resident_reveal"),
    # moves
    path("residents/<int:resident_id>/move/", moves.resident_move, name="resident_move"),
    path("households/<int:household_id>/move/", moves.household_move, name="household_move"),
    path("moves/undo/", moves.move_undo, name="move_undo"),
    path("residents/<int:resident_id>/leave/", leaving.resident_leave, name="resident_leave"),
    path("households/<int:household_id>/leave/", leaving.household_leave, name="household_leave"),
    path("residents/<int:resident_id>/away/", leaving.resident_away, name="resident_away"),
    path("residents/<int:resident_id>/away/end/", leaving.away_end, name="away_end"),
    path("residents/<int:resident_id>/return/", leaving.resident_return, name="resident_return"),
    path("residents/<int:resident_id>/offer/", offers.resident_offer, name="resident_offer"),
    path("households/<int:household_id>/offer/", offers.household_offer, name="household_offer"),
    path("offers/", offers.offer_list, name="offer_list"),
    path("offers/<int:offer_id>/", offers.offer_detail, name="offer_detail"),
    path("offers/<int:offer_id>/accept/", offers.offer_accept, name="offer_accept"),
    path("offers/<int:offer_id>/same/<int:resident_id>/", offers.offer_join, name="offer_join"),
    path("offers/<int:offer_id>/decline/", offers.offer_decline, name="offer_decline"),
    path("offers/<int:offer_id>/withdraw/", offers.offer_withdraw, name="offer_withdraw"),
    # history
    path("residents/<int:resident_id>/history/", history.resident_history, name="resident_history"),
    path("residents/<int:resident_id>/history/undo/", history.resident_change_undo, name="resident_change_undo"),
    path("households/<int:household_id>/history/", history.household_history, name="household_history"),
    path("households/<int:household_id>/history/undo/", history.household_change_undo, name="household_change_undo"),
    # deeds on a household
    path("households/<int:household_id>/split/", household_deeds.household_split, name="household_split"),
    path("households/<int:household_id>/join/", household_deeds.household_join, name="household_join"),
    path("households/<int:household_id>/part/", household_deeds.household_part, name="household_part"),
    path("households/<int:household_id>/head/", household_deeds.household_head, name="household_head"),
    path("households/<int:household_id>/beds/", household_deeds.household_beds, name="household_beds"),
    path("households/<int:household_id>/presence/", household_deeds.household_presence, name="household_presence"),
    # buildings
    path("buildings/", buildings.building_list, name="building_list"),
    path("buildings/<int:household_id>/", buildings.building_detail, name="building_detail"),
    path("buildings/<int:household_id>/chart/", buildings.building_chart, name="building_chart"),
    # who else to ring
    path("residents/<int:resident_id>/contacts/add/", contacts.contact_add, name="contact_add"),
    path("contacts/<int:contact_id>/edit/", contacts.contact_edit, name="contact_edit"),
    path("contacts/<int:contact_id>/remove/", contacts.contact_remove, name="contact_remove"),
    path("contacts/<int:contact_id>/restore/", contacts.contact_restore, name="contact_restore"),
    # rights over one's data
    path("residents/<int:resident_id>/data/", privacy.resident_privacy, name="resident_privacy"),
    path("residents/<int:resident_id>/data/file/", privacy.resident_file, name="resident_file"),
    path("residents/<int:resident_id>/data/removal/", privacy.removal_ask, name="removal_ask"),
    path("residents/<int:resident_id>/data/removal/back/", privacy.removal_withdraw, name="removal_withdraw"),
    # twins
    path("twins/", twins.twin_list, name="twin_list"),
    path("twins/look/", twins.twin_look, name="twin_look"),
    path("twins/<int:pair_id>/apart/", twins.twin_apart, name="twin_apart"),
    path("twins/<int:pair_id>/reopen/", twins.twin_reopen, name="twin_reopen"),
    path("twins/<int:first_id>/<int:second_id>/", twins.twin_compare, name="twin_compare"),
    path("merges/<int:merge_id>/undo/", twins.merge_undo, name="merge_undo"),
    # lists in
    path("places/import/", place_lists.place_import, name="place_import"),
    path("lists/", lists.list_home, name="list_home"),
    path("lists/upload/", lists.list_upload, name="list_upload"),
    path("lists/<int:batch_id>/columns/", lists.list_mapping, name="list_mapping"),
    path("lists/<int:batch_id>/preview/", lists.list_preview, name="list_preview"),
    path("lists/<int:batch_id>/commit/", lists.list_commit, name="list_commit"),
    path("lists/<int:batch_id>/progress/", lists.list_progress, name="list_progress"),
    path("lists/<int:batch_id>/result/", lists.list_result, name="list_result"),
    path("lists/<int:batch_id>/refused.xlsx", lists.list_refused, name="list_refused"),
    path("lists/<int:batch_id>/undo/", lists.list_undo, name="list_undo"),
    path("lists/<int:batch_id>/discard/", lists.list_discard, name="list_discard"),
]
