"""A lead decides on many at once: more days, newer rules, care visits. Chosen, looked at, done."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from grid.access import StaffRequest, actor_of, needs
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions import cases as case_deeds
from quarantine.actions import many_cases as deeds
from quarantine.forms.many_cases import CareGroupForm, ExtendManyForm, HowOftenForm, ShowForm, WhyForm
from quarantine.models import IsolationCase
from quarantine.queries import many_cases as queries
from quarantine.queries.many_cases import CARE_GROUPS, Change
from quarantine.queries.rule_sets import offered_at
from quarantine.rules.stages import shifted

BOTH = ["GET", "HEAD", "POST"]


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def case_many(request: StaffRequest) -> HttpResponse:
    """Choose cases, say how many days more and why, look at each new last day, extend."""
    today, tokens = local_day(timezone.now()), request.POST.getlist("case")
    show = ShowForm(request.GET, grids=queries.grids_to_decide(request.user))
    form = ExtendManyForm(request.POST or None)
    context: dict[str, Any] = {"show": show, "form": form, "heading": _("More days for many"), "chosen": set(tokens)}
    if form.is_bound and not tokens:
        form.add_error(None, _("Choose at least one person."))
    if form.is_bound and form.is_valid() and request.POST.get("step") != "edit":
        if request.POST.get("step") == "save":
            said = {"versions": queries.versions_in(tokens), **form.cleaned_data}
            return _tell(request, deeds.extend_many(**said, by=actor_of(request), at=timezone.now()))
        cases, days = queries.by_tokens(request.user, tokens), form.cleaned_data["days"]
        context["changes"] = [_longer(case, days, today) for case in cases]
        return render(request, "quarantine/many_preview.html", context)
    cases = queries.chosen_of(request.user, **show.filters(today))
    context["changes"] = [Change(case, case.last_day, case.monitoring_from) for case in cases[: queries.MOST_SHOWN]]
    context["more"] = len(cases) > queries.MOST_SHOWN
    return render(request, "quarantine/case_many.html", context, status=422 if form.errors else 200)


def _longer(case: IsolationCase, days: int, today: date) -> Change:
    last = case.last_day + timedelta(days=days)
    return Change(case, last, shifted(case.first_day, case.last_day, case.monitoring_from, last, today))


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def case_rules(request: StaffRequest) -> HttpResponse:
    """Her cases that follow an older version: who, what changes for each; chosen ones are moved over."""
    tokens, form = request.POST.getlist("case"), WhyForm(request.POST or None)
    if form.is_bound and not tokens:
        form.add_error(None, _("Choose at least one person."))
    if form.is_bound and form.is_valid():
        said = {"versions": queries.versions_in(tokens), **form.cleaned_data}
        return _tell(request, deeds.follow_newest_rules(**said, by=actor_of(request), at=timezone.now()))
    context = {
        "changes": queries.with_older_rules(request.user), "form": form, "chosen": set(tokens),
        "heading": _("Move cases to newer rules"),
    }  # fmt: skip
    return render(request, "quarantine/case_rules.html", context, status=422 if form.errors else 200)


def _tell(request: StaffRequest, done: deeds.Done) -> HttpResponse:
    """What came of it, and who was passed over."""
    number = len(done.changed)
    if number:
        messages.success(request, ngettext("%(n)s record changed.", "%(n)s records changed.", number) % {"n": number})
    if done.passed_over:
        number = len(done.passed_over)
        words = ngettext(
            "%(n)s record was left as it is: it has been changed already, or is closed.",
            "%(n)s records were left as they are: they have been changed already, or are closed.", number,
        )  # fmt: skip
        messages.warning(request, words % {"n": number})
    return redirect("case_many")


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def care_many(request: StaffRequest) -> HttpResponse:
    """All in a grid who live alone, are very old or ill: choose whom to visit, and how often."""
    grids = queries.grids_to_decide(request.user)
    show = CareGroupForm(request.GET or None, grids=grids)
    context: dict[str, Any] = {"show": show, "heading": _("Care visits for many"), "people": None}
    if not show.is_valid():
        return render(request, "quarantine/care_many.html", context)
    grid = next(grid for grid in grids if grid.pk == show.cleaned_data["grid"])
    group = show.cleaned_data["group"]
    people = queries.people_to_visit(request.user, grid.pk, group, local_day(timezone.now()))
    form = HowOftenForm(request.POST or None, offered=offered_at(grid.path, "care"))
    wanted = set(request.POST.getlist("person"))
    if form.is_bound and not wanted:
        form.add_error(None, _("Choose at least one person."))
    if form.is_bound and form.is_valid():
        chosen = [person for person in people if str(person.pk) in wanted]
        said = {"reason": CARE_GROUPS[group], "rules_name": form.cleaned_data["rules_name"]}
        try:
            opened = case_deeds.open_care_visits(people=chosen, **said, by=actor_of(request), at=timezone.now())
        except ValidationError as fault:  # the rules were withdrawn meanwhile
            form.add_error(None, fault)
        else:
            words = ngettext(
                "%(n)s person is visited from today on.", "%(n)s people are visited from today on.", len(opened)
            )
            messages.success(request, words % {"n": len(opened)})
            return redirect(f"{request.path}?grid={grid.pk}&group={group}")
    context |= {"people": people, "form": form, "chosen": wanted}
    return render(request, "quarantine/care_many.html", context, status=422 if form.errors else 200)
