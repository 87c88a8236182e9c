"""照单录入: a paper list typed line by line, which then goes the way of every list."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grid import registries
from grid.access import StaffRequest, actor_of, needs
from grid.actions.audit import EditedMeanwhile
from grid.parts import wants_part
from grid.rules.permissions import Permission
from residents.actions import lists as deeds
from residents.actions.typed_lists import keep_typed
from residents.forms.lists import MappingForm
from residents.forms.typed_lists import CARRIED, BeginForm, TypingPage, lines_in
from residents.lists import staging
from residents.lists.typed import LINES_LIMIT, Typed
from residents.models import ImportBatch
from residents.queries.lists import lists_of
from residents.views.lists import to_preview, where_it_is


@needs(Permission.IMPORT_LISTS)
@require_http_methods(["GET", "POST"])
def list_begin(request: StaffRequest) -> HttpResponse:
    """Which paper it is. From here on the list has an address of its own: coming back shows what was typed."""
    form = BeginForm(request.POST if request.method == "POST" else None, staff=request.user)
    if not form.is_valid():
        context = {"form": form, "nowhere": not form.fields["place"].queryset}  # type: ignore[attr-defined]
        return render(request, "residents/lists/begin.html", context, status=422 if form.is_bound else 200)
    said = form.cleaned_data
    typed = Typed.blank(registries.LIST_KINDS[said["kind"]], said["title"])
    batch, _is_new = deeds.receive_list(
        place=said["place"], kind=said["kind"], file_name=said["title"] or _("Typed list"), data=typed.as_bytes(),
        tables=staging.plain_tables(typed.found()), typed=True, by=actor_of(request), at=timezone.now(),
    )  # fmt: skip
    return where_it_is(batch)


@needs(Permission.IMPORT_LISTS)
@require_http_methods(["GET", "POST"])
def list_type(request: StaffRequest, batch_id: int) -> HttpResponse:
    """The table. Whatever is pressed, what was typed is stored first, sealed; then it goes on.

    It shows whole ID numbers, to whoever typed them and nobody else: colleagues come to the page that masks them.
    """
    batch = get_object_or_404(lists_of(request.user), pk=batch_id)
    if not batch.typed or batch.state not in deeds.OPEN_FOR_CHOICES:
        return where_it_is(batch)
    if batch.by_id != request.user.pk:
        return redirect("list_mapping", batch.pk)
    page = TypingPage(staging.open_typed(batch), batch.file_digest)
    if request.method == "GET":
        return _table(request, batch, page)
    page.typed = page.typed.with_lines(lines_in(request.POST, page.typed.columns))
    try:
        _store(request, batch, page.typed)
    except EditedMeanwhile:
        page.elsewhere = True
        return _table(request, batch, page)
    except deeds.ListMovedOn:
        return where_it_is(get_object_or_404(lists_of(request.user), pk=batch_id))
    return _go_on(request, batch, page)


def _store(request: StaffRequest, batch: ImportBatch, typed: Typed) -> None:
    said = request.POST
    [table] = staging.plain_tables(typed.found())
    keep_typed(
        batch=batch, data=typed.as_bytes(), tables=[table | {"page": said.get("page", "")[:32]}],
        seen=said.get("seen", ""), page=said.get("page", ""), by=actor_of(request), at=timezone.now(),
    )  # fmt: skip


def _go_on(request: StaffRequest, batch: ImportBatch, page: TypingPage) -> HttpResponse:
    """What was pressed: further lines, later, or the preview."""
    batch.refresh_from_db(fields=["state", "tables", "file_digest"])
    page.seen = batch.file_digest
    if "keep" in request.POST and wants_part(request):
        return render(request, "residents/lists/_typed_kept.html", {"at": timezone.now()})
    if "keep" in request.POST:
        messages.success(request, _("Stored. Go on with it here whenever you like."))
        return redirect("list_home")
    if "more" in request.POST:
        return redirect(f"{reverse('list_type', args=[batch.pk])}#line-{page.first_blank}")
    page.faults = page.typed.faults(batch.file_name)
    nobody = not any(map(page.typed.says_something, page.typed.lines))
    if nobody or page.unread or (page.faults and "anyway" not in request.POST):
        return _table(request, batch, page, nobody)
    return _to_preview(request, batch, page.typed.found())


def _to_preview(request: StaffRequest, batch: ImportBatch, found: staging.Found) -> HttpResponse:
    """To the preview where the list says all, else to the page that asks what it does not say."""
    asked = MappingForm(batch=batch, found=found)
    form = MappingForm({name: asked[name].value() for name in asked.fields}, batch=batch, found=found)
    asks = form.makes_names  # until when people are to be found is hers to say
    return (not asks and form.is_valid() and to_preview(request, batch, form)) or redirect("list_mapping", batch.pk)


def _table(request: StaffRequest, batch: ImportBatch, page: TypingPage, nobody: bool = False) -> HttpResponse:
    if page.elsewhere and wants_part(request):
        return render(request, "residents/lists/_typed_kept.html", {"elsewhere": True}, status=422)
    context = {
        "batch": batch, "page": page, "kind": registries.LIST_KINDS[batch.kind], "limit": LINES_LIMIT,
        "carried": " ".join(CARRIED), "nobody": nobody,
    }  # fmt: skip
    failed = nobody or page.faults or page.elsewhere
    return render(request, "residents/lists/type.html", context, status=422 if failed else 200)
