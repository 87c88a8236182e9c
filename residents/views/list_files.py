"""名单: the files that come in, the lists there are, and blank ones to fill in."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grid import registries
from grid.access import StaffRequest, actor_of, needs
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.actions import lists as deeds
from residents.actions import written_lists as written
from residents.forms.list_files import UploadForm, WriteForm
from residents.lists import blank_workbook
from residents.queries import lists as queries
from residents.queries import names
from residents.views.lists import page_of, where_it_is

MOST_WRITTEN = 20_000  # people in one workbook: it is made while the page waits


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_home(request: StaffRequest) -> HttpResponse:
    """Choose files or paste a table; earlier lists; blank lists."""
    return _home(request, UploadForm(staff=request.user))


def _home(request: StaffRequest, form: UploadForm) -> HttpResponse:
    found = queries.lists_of(request.user)[: queries.SHOWN_LISTS]
    batches = [(batch, queries.state_words(batch), reverse(page_of(batch), args=[batch.pk])) for batch in found]
    context = {"form": form, "batches": batches, "kinds": registries.LIST_KINDS.values()}
    context["names"] = names.left_for(request.user, timezone.now())
    return render(request, "residents/lists/home.html", context, status=422 if form.errors else 200)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_upload(request: StaffRequest) -> HttpResponse:
    """Reads the files; what can be read is stored, sealed. One list goes on to its columns, several to all lists."""
    form = UploadForm(request.POST, request.FILES, staff=request.user)
    if not form.is_valid():
        return _home(request, form)
    received = [
        deeds.receive_list(
            place=form.cleaned_data["place"], kind=read.kind, file_name=read.name, data=read.data, tables=read.tables,
            by=actor_of(request), at=timezone.now(),
        )
        for read in form.lists
    ]  # fmt: skip
    for words in form.refused:
        messages.error(request, words)
    if len(received) == 1 and not form.refused:
        if not received[0][1]:
            messages.info(request, _("You uploaded this file before. Go on where you were."))
        return where_it_is(received[0][0])
    count = len(received)
    words = ngettext("%(count)s list was read. Go on with it below.", "%(count)s lists were read. Go on below.", count)
    messages.info(request, words % {"count": count})
    return redirect("list_home")


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_blank(request: StaffRequest, kind: str) -> FileResponse:
    """A blank list of a kind, to be filled in and uploaded."""
    if kind not in registries.LIST_KINDS:
        raise Http404
    declared = registries.LIST_KINDS[kind]
    book = blank_workbook.write(declared, local_day(timezone.now()))
    return FileResponse(book, as_attachment=True, filename=f"{declared.label}.xlsx")


@needs(Permission.IMPORT_LISTS)
@require_http_methods(["GET", "POST"])
def list_write(request: StaffRequest) -> HttpResponse | FileResponse:
    """People of a place as a workbook that can be read in again; that it leaves is recorded, with its reason."""
    form = WriteForm(request.POST if request.method == "POST" else None, staff=request.user)
    if form.is_valid():
        place, said = form.place(), form.cleaned_data
        people = queries.people_to_write(request.user, place)
        if people.count() <= MOST_WRITTEN:
            book = written.write_list(
                place=place, people=people.iterator(2000), whole=said["whole"], reason=said["reason"],
                further=form.further(request.user), by=actor_of(request), at=timezone.now(),
            )  # fmt: skip
            return FileResponse(book, as_attachment=True, filename=f"{place.name}.xlsx")
        form.add_error("place", _("More than %(count)s people live there. Choose a part.") % {"count": MOST_WRITTEN})
    return render(request, "residents/lists/write.html", {"form": form}, status=422 if form.errors else 200)
