"""Pages of a person's contacts: add one, change one, remove one and put it back."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile, reserve_id
from grid.models import Staff
from grid.rules.permissions import Permission
from residents.actions import contacts as deeds
from residents.actions.people import AlreadyAdded
from residents.forms import contacts as forms
from residents.forms.households import key_in, ticket_for
from residents.models import Contact, Resident
from residents.queries.contacts import removed_contact
from residents.views.conflicts import gone_on, retold


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def contact_add(request: StaffRequest, resident_id: int) -> HttpResponse:
    """One more contact. A form that was saved already leads to the person."""
    people = Resident.objects.visible_to(request.user).select_related("household", "grid")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    require(request.user, Permission.EDIT_PEOPLE, resident)
    if answer := gone_on(request, resident, must_live=False):
        return answer
    key = key_in(Contact, request.POST.get("ticket", ""), request.user) or reserve_id(Contact)
    form = forms.ContactForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _added(request, key, resident, form, timezone.now()):
        return redirect("resident_detail", resident.pk)
    context = {"form": form, "resident": resident, "ticket": ticket_for(Contact, key, request.user)}
    return render(request, "residents/contacts/add.html", context, status=422 if form.is_bound else 200)


def _added(request: StaffRequest, key: int, resident: Resident, form: forms.ContactForm, at: datetime) -> bool:
    try:
        deeds.add_contact(key=key, resident=resident, facts=form.facts(), by=actor_of(request), at=at)
    except AlreadyAdded:
        return True
    except deeds.TooMany:
        form.add_error(None, _too_many())
        return False
    messages.success(request, _("%(name)s added") % {"name": form.cleaned_data["name"]})
    return True


def _too_many() -> str:
    return _("There are %(number)s contacts already. Remove one first.") % {"number": deeds.MOST_CONTACTS}


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def contact_edit(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Changes what is known of a contact."""
    contact = _standing(request.user, contact_id)
    if contact is None:
        return _removed_page(request, contact_id)
    require(request.user, Permission.EDIT_PEOPLE, contact)
    form = forms.EditContactForm(request.POST or None, initial=forms.initial_of(contact))
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            deeds.edit_contact(
                contact=contact, version=version, facts=form.facts(), by=actor_of(request), at=timezone.now()
            )
        except EditedMeanwhile:
            contact.refresh_from_db(from_queryset=Contact.objects.visible_to(request.user))
            form = retold(form, forms.initial_of(contact))
        else:
            messages.success(request, _("Saved"))
            return redirect("resident_detail", contact.resident_id)
    context = {"form": form, "contact": contact, "resident": contact.resident}
    return render(request, "residents/contacts/edit.html", context, status=422 if form.is_bound else 200)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def contact_remove(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Asks, removes, and then offers to put it back: the same address, so that a repeat lands there too."""
    found = _standing(request.user, contact_id)
    if found is None:
        return _removed_page(request, contact_id)
    require(request.user, Permission.EDIT_PEOPLE, found)
    if request.method == "POST":
        deeds.remove_contact(contact=found, by=actor_of(request), at=timezone.now())
        return redirect("contact_remove", contact_id)
    return render(request, "residents/contacts/remove.html", {"contact": found, "resident": found.resident})


def _removed_page(request: StaffRequest, contact_id: int) -> HttpResponse:
    resident = removed_contact(request.user, contact_id)
    if resident is None:
        raise Http404
    require(request.user, Permission.EDIT_PEOPLE, resident)
    context = {"resident": resident, "contact_id": contact_id}
    return render(request, "residents/contacts/removed.html", context)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def contact_restore(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Puts a removed contact back; one that stands is left as it is."""
    found = _standing(request.user, contact_id)
    resident = found.resident if found else removed_contact(request.user, contact_id)
    if resident is None:
        raise Http404
    require(request.user, Permission.EDIT_PEOPLE, resident)
    if answer := gone_on(request, resident, must_live=False):
        return answer
    try:
        deeds.restore_contact(key=contact_id, resident=resident, by=actor_of(request), at=timezone.now())
        messages.success(request, _("It stands here again."))
    except deeds.TooMany:
        messages.error(request, _too_many())
    return redirect("resident_detail", resident.pk)


def _standing(staff: Staff, contact_id: int) -> Contact | None:
    rows = Contact.objects.visible_to(staff).select_related("resident__household", "grid")
    found: Contact | None = rows.filter(pk=contact_id).first()
    return found
