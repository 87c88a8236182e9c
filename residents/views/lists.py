"""名单: a list from the upload through columns and preview into the register, and back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from grid.access import StaffRequest, actor_of, needs
from grid.parts import wants_part
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.actions import lists as deeds
from residents.forms.lists import CommitForm, MappingForm, UploadForm
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


def _find(request: StaffRequest, batch_id: int) -> ImportBatch:
    rows = ImportBatch.objects.visible_to(request.user, Permission.IMPORT_LISTS).select_related("grid", "by")
    batch: ImportBatch = get_object_or_404(rows.defer("sealed_file"), pk=batch_id)
    return batch


def _where_it_is(batch: ImportBatch) -> HttpResponse:
    """To the page that fits the list's state."""
    return redirect(PAGE_OF_STATE.get(batch.state, "list_result"), batch.pk)


def _moved_on(request: StaffRequest, batch: ImportBatch) -> HttpResponse:
    batch.refresh_from_db(fields=["state"])
    return _where_it_is(batch)


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_home(request: StaffRequest) -> HttpResponse:
    """Choose a file; earlier lists."""
    return _home(request, UploadForm(staff=request.user))


def _home(request: StaffRequest, form: UploadForm) -> HttpResponse:
    found = queries.lists_of(request.user)[: queries.SHOWN_LISTS]
    batches = [(batch, reverse(PAGE_OF_STATE.get(batch.state, "list_result"), args=[batch.pk])) for batch in found]
    context = {"form": form, "batches": batches}
    return render(request, "residents/lists/home.html", context, status=422 if form.errors else 200)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_upload(request: StaffRequest) -> HttpResponse:
    """Reads the file; what can be read is stored, sealed, and its columns are shown."""
    form = UploadForm(request.POST, request.FILES, staff=request.user)
    if not form.is_valid():
        return _home(request, form)
    batch, fresh = deeds.receive_list(
        place=form.cleaned_data["place"], kind="residents", file_name=form.cleaned_data["file"].name,
        data=form.data_read, tables=form.tables, by=actor_of(request), at=timezone.now(),
    )  # fmt: skip
    if not fresh:
        messages.info(request, _("You uploaded this file before. Go on where you were."))
    return _where_it_is(batch)


@needs(Permission.IMPORT_LISTS)
def list_mapping(request: StaffRequest, batch_id: int) -> HttpResponse:
    """What was understood of the list, to be mended; then its rows are compared with the register."""
    batch = _find(request, batch_id)
    if batch.state not in deeds.OPEN_FOR_CHOICES:
        return _where_it_is(batch)
    found = staging.open_file(batch)
    form = MappingForm(request.POST or None, batch=batch, found=found)
    if request.method == "POST" and form.is_valid():
        tables, choices = form.tables(), form.choices()
        staged = staging.stage(batch, found, tables, choices["grid"])
        if not (homeless := staged.count("grid_missing")):
            return _keep_preview(request, batch, staged, tables, choices)
        form.add_error(
            "grid", _("%(count)s rows have a door whose grid nobody knows. Choose a grid.") % {"count": homeless}
        )
    context = {"batch": batch, "form": form}
    return render(request, "residents/lists/mapping.html", context, status=422 if form.errors else 200)


def _keep_preview(request: StaffRequest, batch: ImportBatch, staged, tables, choices) -> HttpResponse:  # type: ignore[no-untyped-def]
    try:
        deeds.keep_preview(
            batch=batch, staged=staged, tables=tables, choices=choices, by=actor_of(request), at=timezone.now()
        )
    except deeds.ListMovedOn:
        return _moved_on(request, batch)
    return redirect("list_preview", batch.pk)


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_preview(request: StaffRequest, batch_id: int) -> HttpResponse:
    """What would become of each row; nothing is in the register yet."""
    batch = _find(request, batch_id)
    if batch.state not in ("preview", "failed"):
        return _where_it_is(batch)
    show = request.GET.get("show", "")
    rows = batch.rows.order_by("pk")
    rows = rows.filter(verdict=show) if show in queries.VERDICTS else rows
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    tabs = [(verdict, words, batch.counts.get(verdict, 0)) for verdict, words in queries.VERDICTS.items()]
    context = {
        "batch": batch, "page": page, "rows": queries.shown_rows(list(page), local_day(timezone.now())), "show": show,
        "tabs": tabs, "shown_words": queries.VERDICTS.get(show),
        "form": CommitForm(initial={"reading": batch.choices.get("reading")}),
        "nothing": not any(batch.counts.get(verdict) for verdict in ("new", "changed", "same")),
    }  # fmt: skip
    return render(request, "residents/lists/preview.html", context)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_commit(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Hands the list to the background; a second tap lands on the same page."""
    batch = _find(request, batch_id)
    form = CommitForm(request.POST)
    if not form.is_valid():
        return _where_it_is(batch)
    try:
        deeds.ask_commit(batch=batch, **form.cleaned_data, by=actor_of(request), at=timezone.now())
    except deeds.ListMovedOn:
        if batch.state == "preview":
            messages.warning(request, _("The list was read anew meanwhile. Look at it once more."))
        return _moved_on(request, batch)
    return redirect("list_progress", batch.pk)


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_progress(request: StaffRequest, batch_id: int) -> HttpResponse:
    """How far it is. The part asks for itself; once done it leads to the result."""
    batch = _find(request, batch_id)
    part = wants_part(request)
    if batch.state not in ("committing", "failed"):
        answer = _where_it_is(batch)
        return HttpResponse(headers={"HX-Redirect": answer["Location"]}) if part else answer
    stuck = batch.state == "failed" or queries.is_given_up(batch)
    context = {"batch": batch, "stuck": stuck, "reading": batch.choices.get("reading")}
    return render(request, "residents/lists/_progress.html" if part else "residents/lists/progress.html", context)


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_result(request: StaffRequest, batch_id: int) -> HttpResponse:
    """What became of the list; its refused rows; the way back."""
    batch = _find(request, batch_id)
    if batch.state not in ("done", "undone"):
        return _where_it_is(batch)
    refused = batch.rows.filter(verdict="refused").order_by("pk")
    page = Paginator(refused, A_PAGE).get_page(request.GET.get("page"))
    kept = queries.kept_after_undo(batch, request.user) if batch.state == "undone" else []
    context = {
        "batch": batch, "page": page, "rows": queries.shown_rows(list(page), local_day(timezone.now())), "kept": kept,
        "left": batch.counts["changed"] + batch.counts["same"] - batch.counts["people_changed"],
        "refused_file": batch.created_at > timezone.now() - deeds.KEPT,
    }  # fmt: skip
    return render(request, "residents/lists/result.html", context)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_refused(request: StaffRequest, batch_id: int) -> FileResponse:
    """The refused rows as a workbook, each fault marked and explained; that they left is recorded."""
    batch = _find(request, batch_id)
    rows = deeds.fetch_refused(batch=batch, by=actor_of(request), at=timezone.now())
    book = refused_workbook.write(batch.tables, rows)
    return FileResponse(book, as_attachment=True, filename=_("Refused rows") + f"-{batch.pk}.xlsx")


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_undo(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Takes back what the list brought, as far as nobody worked with it."""
    batch = _find(request, batch_id)
    try:
        deeds.take_back(batch=batch, by=actor_of(request), at=timezone.now())
    except deeds.ListMovedOn:
        return _moved_on(request, batch)
    messages.success(request, _("The list was taken back."))
    return redirect("list_result", batch.pk)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_discard(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Throws the list away before it is taken in."""
    batch = _find(request, batch_id)
    try:
        deeds.discard(batch=batch, by=actor_of(request), at=timezone.now())
    except deeds.ListMovedOn:
        return _moved_on(request, batch)
    messages.success(request, _("The list was thrown away. Nothing of it was taken in."))
    return redirect("list_home")
