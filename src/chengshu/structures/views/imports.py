"""An existing ledger from a list: upload, look at what each row would become, take it in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from chengshu.kernel import jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy_masks import mask_text
from chengshu.structures import importing, tasks
from chengshu.structures.importing import DOUBT, KNOWN, NEW, REFUSED
from chengshu.structures.models import LedgerImport
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.views.common import MANAGE, district_of, person, trail
from chengshu.structures.words import sentences_of, type_labels
from chengshu.ui.paging import paginate

TONES = {NEW: "ok", DOUBT: "warn", KNOWN: "neutral", REFUSED: "danger"}


class UploadForm(forms.Form):
    """The list."""

    file = forms.FileField(label=gettext_lazy("List (xlsx, xls or csv)"))


def labels() -> dict[str, str]:
    """Outcomes of rows in words."""
    return {
        NEW: _("To be entered"),
        DOUBT: _("In doubt"),
        KNOWN: _("In the ledger already"),
        REFUSED: _("Not taken in"),
    }


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Earlier lists, and the upload of the next."""
    user = person(request)
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else (None, None)))
    if form.is_bound and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            made = importing.keep(upload, upload.name, district_of(request, MANAGE), by=user)
        except StructureProblem as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("structures:import", pk=made.pk)
    rows = LedgerImport.objects.visible_to(user, MANAGE).select_related("by")[:50]
    title = _("Import of a ledger")
    context = {"form": form, "rows": rows, "trail": trail((title, ""))}
    return render(request, "structures/imports.html", context, status=422 if form.errors else 200)


def _batch(request: HttpRequest, pk: int) -> LedgerImport:
    rows = LedgerImport.objects.visible_to(person(request), MANAGE).select_related("district", "file", "by")
    found: LedgerImport = get_object_or_404(rows, pk=pk)
    return found


@permission_required(MANAGE)
@require_http_methods(["GET"])
def one_import(request: HttpRequest, pk: int) -> HttpResponse:
    """What each row of a list would become, or what became of it."""
    batch = _batch(request, pk)
    here = trail((_("Import of a ledger"), reverse("structures:imports")), (batch.name, ""))
    context: dict[str, Any] = {"batch": batch, "trail": here, "counts": [], "words": labels()}
    if batch.applied_at is None:
        checked = importing.check(batch)
        shown = request.GET.get("outcome", "")
        rows = [row for row in checked.rows if not shown or row.outcome == shown]
        page = paginate(rows, request)
        words, counts = labels(), checked.counts()
        context |= {
            "counts": [(words[name], counts[name], f"?outcome={name}", TONES[name]) for name in words],
            "page": page, "rows": [_shown(row, words) for row in page], "checked": checked,
            "has_doubts": counts[DOUBT] > 0,
        }  # fmt: skip
    return render(request, "structures/import.html", context)


def _shown(row: importing.Row, words: dict[str, str]) -> dict[str, Any]:
    return {
        "number": row.number, "outcome": words[row.outcome], "tone": TONES[row.outcome],
        "address": row.values["address"], "types": type_labels(row.values["types"]),
        "area": row.values["area_m2"], "remarks": sentences_of(mask_text(text) for text in row.remarks),
    }  # fmt: skip


@permission_required(MANAGE)
@require_POST
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the list in, as work in the background."""
    batch, user = _batch(request, pk), person(request)
    try:
        job = jobs.start(
            "structures.import",
            _("Import of a ledger: %(name)s") % {"name": batch.name},
            tasks.import_job,
            by=user,
            url=reverse("structures:import", args=[batch.pk]),
            key=f"structures.import:{batch.pk}",
            batch_id=batch.pk,
            user_id=user.pk,
            doubts="doubts" in request.POST,
        )
    except jobs.AlreadyRunning as running:
        messages.error(request, str(running))
        return redirect("structures:import", pk=pk)
    return redirect("job", job.pk)
