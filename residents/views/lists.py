"""名单: a list from its columns through the preview into the register, and back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from grid import registries
from grid.access import StaffRequest, actor_of, needs
from grid.parts import wants_part
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.actions import lists as deeds
from residents.forms.lists import CommitForm, LeaveOutForm, MappingForm
from residents.lists import refused_workbook, staging
from residents.models import ImportBatch
from residents.queries import lists as queries

A_PAGE = 50
PAGE_OF_STATE = {
    "mapping": "list_mapping",
    "preview": "list_preview",
    "committing": "list_progress",
    "failed": "list_progress",
}


def find_list(request: StaffRequest, batch_id: int) -> ImportBatch:
    """A list in her places, without its file; 404 otherwise."""
    rows = ImportBatch.objects.visible_to(request.user, Permission.IMPORT_LISTS).select_related("grid", "by")
    batch: ImportBatch = get_object_or_404(rows.defer("sealed_file"), pk=batch_id)
    return batch


def page_of(batch: ImportBatch) -> str:
    """The page that fits the list's state; what was typed and not looked at yet is typed on."""
    if batch.typed and batch.state == "mapping":
        return "list_type"
    return PAGE_OF_STATE.get(batch.state, "list_result")


def where_it_is(batch: ImportBatch) -> HttpResponse:
    """To the page that fits the list's state."""
    return redirect(page_of(batch), batch.pk)


def moved_on(request: StaffRequest, batch: ImportBatch, *, looked_at: bool = False) -> HttpResponse:
    """To where the list is by now, with a word where the page that was `looked_at` is not the list any more."""
    if looked_at:
        messages.warning(request, _("The list was read anew meanwhile. Look at it once more."))
    return where_it_is(find_list(request, batch.pk))


@needs(Permission.IMPORT_LISTS)
def list_mapping(request: StaffRequest, batch_id: int) -> HttpResponse:
    """What was understood of the list, to be mended; then its rows are compared with the register."""
    batch = find_list(request, batch_id)
    if batch.state not in deeds.OPEN_FOR_CHOICES:
        return where_it_is(batch)
    found = staging.open_file(batch)
    form = MappingForm(request.POST or None, batch=batch, found=found)
    if "look" in request.POST:  # another kind was chosen: what it asks is shown, nothing is checked yet
        form = MappingForm(initial={name: request.POST.get(name, "") for name in form.fields}, batch=batch, found=found)
    elif request.method == "POST" and form.is_valid() and (answer := to_preview(request, batch, form)):
        return answer
    context = {"batch": batch, "form": form}
    return render(request, "residents/lists/mapping.html", context, status=422 if form.errors else 200)


def to_preview(request: StaffRequest, batch: ImportBatch, form: MappingForm) -> HttpResponse | None:
    """Compares the rows with the register and leads to the preview; None with errors where a grid is missing."""
    kind = registries.LIST_KINDS[form.cleaned_data["kind"]]
    staged = staging.stage(batch, form.found, form.tables(), kind, form.choices(), timezone.now())
    if form.asks_more(staged):
        return None
    try:
        deeds.keep_preview(
            batch=batch, found=form.found, staged=staged, tables=form.tables(), kind=form.cleaned_data["kind"],
            choices=form.choices(), by=actor_of(request), at=timezone.now(),
        )  # fmt: skip
    except deeds.ListMovedOn:
        return moved_on(request, batch)
    return redirect("list_preview", batch.pk)


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_preview(request: StaffRequest, batch_id: int) -> HttpResponse:
    """What would become of each row; nothing is in the register yet."""
    batch = find_list(request, batch_id)
    if batch.state not in ("preview", "failed"):
        return where_it_is(batch)
    show, fault = request.GET.get("show", ""), request.GET.get("fault", "")
    page = Paginator(queries.rows_shown(batch, show, fault), A_PAGE).get_page(request.GET.get("page"))
    kind = registries.LIST_KINDS[batch.kind]
    context = {
        "batch": batch, "page": page, "show": show,
        "rows": queries.shown_rows(list(page), batch.grid, local_day(timezone.now()), kind),
        "tabs": queries.tabs_of(batch), "shown_words": queries.words_of_tabs(batch).get(show), "fault": fault,
        "faults": queries.faults_of(batch) if show == "refused" else [], "kind": kind,
        "form": CommitForm(batch=batch),
        "nothing": not any(batch.counts.get(verdict) for verdict in queries.what_counts(batch)),
    }  # fmt: skip
    return render(request, "residents/lists/preview.html", context)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_commit(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Hands the list to the background; a second tap lands on the same page."""
    batch = find_list(request, batch_id)
    form = CommitForm(request.POST, batch=batch)
    if not form.is_valid():
        return where_it_is(batch)
    try:
        deeds.ask_commit(batch=batch, **form.cleaned_data, by=actor_of(request), at=timezone.now())
    except deeds.ListMovedOn:
        return moved_on(request, batch, looked_at=batch.state == "preview")
    return redirect("list_progress", batch.pk)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_leave_out(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Takes the ticked rows out of what the list is to do, or back into it."""
    batch = find_list(request, batch_id)
    form = LeaveOutForm(request.POST)
    if not form.is_valid():
        return where_it_is(batch)
    try:
        back = deeds.leave_out(
            batch=batch, rows=form.cleaned_data["row"], reading=form.cleaned_data["reading"],
            left_out=form.cleaned_data["left_out"], by=actor_of(request), at=timezone.now(),
        )  # fmt: skip
    except deeds.ListMovedOn:
        return moved_on(request, batch)
    tell_of_later_rows(request, back)
    return where_it_is(batch)


def tell_of_later_rows(request: StaffRequest, count: int) -> None:
    """Says that later rows count now, since an earlier one of the same person is left out."""
    words = ngettext(
        "%(count)s later row of the same person was refused until now: it counts instead.",
        "%(count)s later rows of the same people were refused until now: they count instead.",
        count,
    )
    if count:
        messages.info(request, words % {"count": count})


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_progress(request: StaffRequest, batch_id: int) -> HttpResponse:
    """How far it is. The part asks for itself; once done it leads to the result."""
    batch = find_list(request, batch_id)
    part = wants_part(request)
    if batch.state not in ("committing", "failed"):
        answer = where_it_is(batch)
        return HttpResponse(headers={"HX-Redirect": answer["Location"]}) if part else answer
    stuck = batch.state == "failed" or queries.is_given_up(batch)
    context = {"batch": batch, "stuck": stuck, "reading": batch.choices.get("reading")}
    return render(request, "residents/lists/_progress.html" if part else "residents/lists/progress.html", context)


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_result(request: StaffRequest, batch_id: int) -> HttpResponse:
    """What became of the list; its refused rows; the way back."""
    batch = find_list(request, batch_id)
    if batch.state not in ("done", "undone"):
        return where_it_is(batch)
    refused = batch.rows.filter(verdict="refused").order_by("pk")
    page = Paginator(refused, A_PAGE).get_page(request.GET.get("page"))
    kept = queries.kept_after_undo(batch, request.user) if batch.state == "undone" else []
    kind = registries.LIST_KINDS[batch.kind]
    context = {
        "batch": batch, "page": page, "kept": kept,
        "rows": queries.shown_rows(list(page), batch.grid, local_day(timezone.now())), "kind": kind,
        "panels": registries.panels_for("list_result", request.user, batch, timezone.now()),
        "left": batch.counts["changed"] + batch.counts["same"] - batch.counts.get("people_changed", 0),
        "names": kind.makes_names,
        "left_out_kept": batch.rows.filter(left_out=True, sealed_cells__isnull=False).exists(),
        "refused_file": batch.created_at > timezone.now() - deeds.KEPT,
    }  # fmt: skip
    return render(request, "residents/lists/result.html", context)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_refused(request: StaffRequest, batch_id: int) -> FileResponse:
    """The refused rows (and those left out) as a workbook, each fault marked and explained; that is recorded."""
    batch = find_list(request, batch_id)
    left_out = request.POST.get("left_out") == "yes"
    rows = deeds.fetch_refused(batch=batch, left_out=left_out, by=actor_of(request), at=timezone.now())
    book = refused_workbook.write(batch.tables, rows)
    return FileResponse(book, as_attachment=True, filename=_("Refused rows") + f"-{batch.pk}.xlsx")


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_undo(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Takes back what the list brought, as far as nobody worked with it."""
    batch = find_list(request, batch_id)
    try:
        deeds.take_back(batch=batch, by=actor_of(request), at=timezone.now())
    except deeds.ListMovedOn:
        return moved_on(request, batch)
    messages.success(request, _("The list was taken back."))
    return redirect("list_result", batch.pk)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_discard(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Throws the list away before it is taken in."""
    batch = find_list(request, batch_id)
    try:
        deeds.discard(batch=batch, by=actor_of(request), at=timezone.now())
    except deeds.ListMovedOn:
        return moved_on(request, batch)
    messages.success(request, _("The list was thrown away. Nothing of it was taken in."))
    return redirect("list_home")
