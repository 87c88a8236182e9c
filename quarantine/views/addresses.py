"""Where alerts go outside the portal: an administrator adds addresses, tries them, switches them off."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs
from grid.queries.places import places_of
from grid.rules.permissions import Permission
from quarantine import outward
from quarantine.actions import addresses as deeds
from quarantine.forms.addresses import FORMS
from quarantine.models.alert import ADDRESS_KINDS
from quarantine.queries import addresses as queries

_ANSWERS = {
    outward.SENT: gettext_lazy("Sent. See whether it has arrived."),
    outward.SILENT: gettext_lazy("Not sent: no answer within 8 seconds."),
    outward.UNREACHABLE: gettext_lazy("Not sent: nobody answers there. Is the address right? May the portal reach it?"),
    outward.UNTRUSTED: gettext_lazy("Not sent: the other side cannot prove who it is (certificate)."),
    outward.ELSEWHERE: gettext_lazy("Not sent: the other side sends us to another address (%(code)s). Add that one."),
    outward.GARBAGE: gettext_lazy("Not sent: something answers there, but not as it should. Is the kind right?"),
    outward.LOCKED_OUT: gettext_lazy("Not sent: user name or password are wrong (%(code)s)."),
    outward.TURNED_DOWN: gettext_lazy("Not sent: the other side says no (%(code)s)."),
    deeds.JUST_TRIED: gettext_lazy("A text has left a moment ago. Try again in five seconds."),
}


@needs(Permission.MANAGE_RULES)
@require_safe
def address_list(request: StaffRequest) -> HttpResponse:
    """Each place with its addresses, masked, and when a text last left or did not."""
    places = queries.lines_of(request.user, timezone.now())
    return render(request, "quarantine/addresses/list.html", {"places": places, "kinds": ADDRESS_KINDS})


@needs(Permission.MANAGE_RULES)
@require_http_methods(["GET", "POST"])
def address_add(request: StaffRequest, kind: str) -> HttpResponse:
    """A new address of the kind."""
    if kind not in FORMS:
        raise Http404
    places = places_of(request.user, Permission.MANAGE_RULES).open()
    form = FORMS[kind](request.POST if request.method == "POST" else None, places=places)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("level", "label")}
        place, at = form.place(), timezone.now()
        try:
            deeds.add_address(place=place, kind=kind, facts=form.facts(), **said, by=actor_of(request), at=at)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("The address is added. Send a test text now."))
            return redirect("address_list")
    context = {"form": form, "kind": dict(ADDRESS_KINDS)[kind], "key": kind}
    return render(request, "quarantine/addresses/add.html", context, status=422 if form.is_bound else 200)


@needs(Permission.MANAGE_RULES)
@require_POST
def address_test(request: StaffRequest, address_id: int) -> HttpResponse:
    """Sends a test text at once and says in words what the other side answered."""
    address = get_object_or_404(queries.addresses_of(request.user).filter(ended_at=None), pk=address_id)
    with override(settings.LANGUAGE_CODE):
        text = _("[Shouwang] This is a test text.")
    answer = deeds.try_address(address=address, text=text, by=actor_of(request), at=timezone.now())
    words = _ANSWERS[answer.word] % {"code": answer.code}
    (messages.success if answer.is_sent else messages.warning)(request, f"{address.label}：{words}")
    return redirect("address_list")


@needs(Permission.MANAGE_RULES)
@require_POST
def address_switch(request: StaffRequest, address_id: int) -> HttpResponse:
    """Switches an address off, or on again; tapped twice, it is one deed."""
    address = get_object_or_404(queries.addresses_of(request.user), pk=address_id)
    on = request.POST.get("wanted") == "on"
    deeds.switch_address(address=address, on=on, by=actor_of(request), at=timezone.now())
    messages.success(request, _("Switched on again.") if on else _("Switched off. Nothing more leaves for it."))
    return redirect("address_list")
