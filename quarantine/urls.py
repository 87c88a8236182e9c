"""Addresses of the app."""

from django.urls import URLPattern, path

from quarantine.views import addresses, cases, check_ins, questions, supplies, today, tries

urlpatterns: list[URLPattern] = [
    path("today/", today.today, name="today"),
    path("cases/of/<int:resident_id>/open/", cases.case_open, name="case_open"),
    path("cases/<int:case_id>/", cases.case_detail, name="case_detail"),
    path("cases/<int:case_id>/close/", cases.case_close, name="case_close"),
    path("cases/<int:case_id>/check-ins/", check_ins.check_in_add, name="check_in_add"),
    path("cases/<int:case_id>/check-ins/more/", check_ins.check_in_more, name="check_in_more"),
    path("check-ins/<int:check_in_id>/confirm/", check_ins.check_in_confirm, name="check_in_confirm"),
    path("check-ins/<int:check_in_id>/withdraw/", check_ins.check_in_withdraw, name="check_in_withdraw"),
    path("check-ins/<int:check_in_id>/call-back/", tries.check_in_call_back, name="check_in_call_back"),
    path("doors/<int:household_id>/asked/", tries.door_asked, name="door_asked"),
    path("doors/<int:household_id>/tried/", tries.door_tried, name="door_tried"),
    path("questions/", questions.question_list, name="question_list"),
    path("questions/add/", questions.question_add, name="question_add"),
    path("questions/<int:question_id>/", questions.question_detail, name="question_detail"),
    path("questions/<int:question_id>/close/", questions.question_close, name="question_close"),
    path("answers/<int:answer_id>/", questions.question_answer, name="question_answer"),
    path("addresses/", addresses.address_list, name="address_list"),
    path("addresses/add/<slug:kind>/", addresses.address_add, name="address_add"),
    path("addresses/<int:address_id>/test/", addresses.address_test, name="address_test"),
    path("addresses/<int:address_id>/switch/", addresses.address_switch, name="address_switch"),
    path("supplies/", supplies.supply_list, name="supply_list"),
    path("supplies/door/<int:household_id>/ask/", supplies.supply_add, name="supply_add"),
    path("supplies/<int:request_id>/deliver/", supplies.supply_deliver, name="supply_deliver"),
    path("supplies/<int:request_id>/reopen/", supplies.supply_reopen, name="supply_reopen"),
    path("supplies/<int:request_id>/cancel/", supplies.supply_cancel, name="supply_cancel"),
]
