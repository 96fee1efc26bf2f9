"""Importing in the browser: upload, columns, dry run, result, import, done."""

from __future__ import annotations

import re
import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.kernel.access import permission_required
from chengshu.kernel.coordinates import CRS
from chengshu.kernel.jobs import cancel
from chengshu.kernel.privacy_masks import mask_text, mask_value
from chengshu.kernel.tables import write_xlsx
from chengshu.registry.forms.imports import MappingForm, UploadForm
from chengshu.registry.importing import reasons
from chengshu.registry.importing.columns import field_label
from chengshu.registry.importing.source import limits
from chengshu.registry.models import ImportBatch, ImportRow
from chengshu.registry.services import imports
from chengshu.registry.services.imports import ImportProblem
from chengshu.registry.services.values import definitions_of
from chengshu.ui.paging import paginate

PERMISSION = "registry.import"
State = ImportBatch.State
STEPS = [gettext_lazy("Upload"), gettext_lazy("Columns"), gettext_lazy("Check"), gettext_lazy("Import")]
STEP_OF = {
    State.UPLOADED: 2, State.CHECKING: 3, State.CHECKED: 3, State.FAILED: 2, State.CANCELLED: 2,
    State.IMPORTING: 4, State.IMPORTED: 4,
}  # fmt: skip
REMARKS = "remarks"


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest) -> HttpResponse:
    """Earlier imports, and the upload of the next."""
    user: Any = request.user
    district = imports.import_district(user)
    if district is None:
        raise Http404
    form = UploadForm(request.POST or None, request.FILES or None, district=district)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            batch = imports.upload(
                district=district,
                object_class=form.chosen_class,
                file=data["file"],
                filename=data["file"].name,
                source_label=data["source_label"],
                observed_on=data["observed_on"],
                by=user,
                sheet=data["sheet"].strip(),
            )
            return redirect("registry:import_columns", batch.pk)
        except ImportProblem as problem:
            form.add_error("file", str(problem))
    batches = _batches(user).select_related("object_class", "created_by").defer("preview", "notes", "mapping")
    page = paginate(batches, request, per_page=20)
    context = {"form": form, "page": page, "limit_mb": limits().max_bytes // 1024**2,
               "limit_rows": limits().max_rows, "steps": STEPS}  # fmt: skip
    return render(request, "registry/import_list.html", context, status=422 if form.errors else 200)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column is what, with the first rows to look at."""
    batch = _batch(request, pk)
    if batch.state not in imports.OPEN_STATES:
        return redirect("registry:import", batch.pk)
    mapping, crs, lacking = dict(batch.mapping), batch.crs, []
    wanted = request.GET.get("saved", "")
    saved = imports.saved_mappings(batch).filter(pk=wanted).first() if _number(wanted) else None
    if saved is not None:
        mapping = {field: column for field, column in saved.columns.items() if column in batch.columns}
        crs, lacking = saved.crs, sorted(set(saved.columns.values()) - set(batch.columns))
    form = MappingForm(request.POST or None, batch, mapping, crs)
    if request.method == "POST" and form.is_valid():
        chosen, chosen_crs = form.result()
        try:
            batch = imports.set_mapping(
                batch,
                chosen,
                chosen_crs,
                save_as=form.cleaned_data["save_as"],
                by=request.user,  # type: ignore[arg-type]
            )
            imports.start_check(batch, request.user, _url(batch))  # type: ignore[arg-type]
            return redirect("registry:import", batch.pk)
        except ImportProblem as problem:
            form.add_error(None, str(problem))
    context = {
        "batch": batch,
        "form": form,
        "saved": imports.saved_mappings(batch),
        "lacking": lacking,
        "chosen": saved,
        "groups": _groups(form, batch),
        "readings": _readings(form, batch),
        "preview": _by_column(batch),
        "steps": STEPS,
        "step": 2,
        "trail": _trail(batch),
    }
    return render(request, "registry/import_columns.html", context, status=422 if form.errors else 200)


@permission_required(PERMISSION)
@require_GET
def import_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the import stands: progress, the result of the check row by row, or what was done."""
    batch = _batch(request, pk)
    imports.release(batch)
    if batch.state == State.UPLOADED:
        return redirect("registry:import_columns", batch.pk)
    context: dict[str, Any] = {
        "batch": batch,
        "job": batch.job,
        "steps": STEPS,
        "step": STEP_OF[State(batch.state)],
        "trail": _trail(batch),
        "running": batch.state in (State.CHECKING, State.IMPORTING),
        "crs": CRS(batch.crs).label,
        "poll": reverse("registry:import_state", args=[batch.pk]),
    }
    if batch.state in (State.CHECKED, State.IMPORTED):
        context |= _result(request, batch)
    return render(request, "registry/import_batch.html", context)


@permission_required(PERMISSION)
@require_GET
def import_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress bar, polled; at the end the browser loads the page anew."""
    batch = _batch(request, pk)
    imports.release(batch)
    answer = render(
        request,
        "registry/import_progress.html",
        {"batch": batch, "job": batch.job, "poll": reverse("registry:import_state", args=[batch.pk])},
    )
    if batch.state not in (State.CHECKING, State.IMPORTING):
        answer["HX-Refresh"] = "true"
    return answer


@permission_required(PERMISSION)
@require_POST
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Check (again) with the columns as they are."""
    batch = _batch(request, pk)
    return _started(request, batch, imports.start_check)


@permission_required(PERMISSION)
@require_POST
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Import what was checked; asked twice, done once."""
    batch = _batch(request, pk)
    return _started(request, batch, imports.start_apply)


@permission_required(PERMISSION)
@require_POST
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the check or the import; nothing is left half done."""
    batch = _batch(request, pk)
    if batch.job is not None and cancel(batch.job):
        messages.info(request, _("The work is being stopped."))
    imports.release(batch)
    return redirect("registry:import", batch.pk)


@permission_required(PERMISSION)
@require_GET
def import_refused(request: HttpRequest, pk: int) -> Any:
    """Rows that were refused or must be settled, with the reasons, to be corrected and imported again.

    Personal data is masked, and the import leaves masked values as they are.
    """
    batch = _batch(request, pk)
    kinds = personal_columns(batch)
    definitions = definitions_of(batch.object_class)
    outcomes = dict(ImportRow.Outcome.choices)
    rows = batch.rows.filter(outcome__in=(ImportRow.Outcome.CONFLICT, ImportRow.Outcome.REJECT)).order_by(
        "row"
    )
    file = tempfile.SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115 (the response closes it)
    write_xlsx(
        file,  # type: ignore[arg-type]
        [_("Row"), _("Result"), _("Reasons"), *batch.columns],
        (
            [
                row.row,
                str(outcomes[ImportRow.Outcome(row.outcome)]),
                " ".join(reasons.describe(reason, definitions) for reason in reasons.sort(row.reasons)),
                *(
                    masked_cell(str(row.raw.get(column) or ""), kinds.get(column, ""))
                    for column in batch.columns
                ),
            ]
            for row in rows.iterator(chunk_size=2000)
        ),
        widths=[8, 12, 60],
    )
    file.seek(0)
    stem = batch.filename.rsplit(".", 1)[0]
    return FileResponse(file, as_attachment=True, filename=f"{stem}-{_('to be corrected')}.xlsx")


# --- helpers --------------------------------------------------------------------------------------
def _batches(user: Any) -> Any:
    return ImportBatch.objects.filter(user.scope_for(PERMISSION).q(squad=None))


def _batch(request: HttpRequest, pk: int) -> ImportBatch:
    related = ("district", "object_class", "file", "job", "created_by")
    batch: ImportBatch = get_object_or_404(_batches(request.user).select_related(*related), pk=pk)
    return batch


def _url(batch: ImportBatch) -> str:
    return reverse("registry:import", args=[batch.pk])


def _trail(batch: ImportBatch) -> list[tuple[str, str]]:
    return [(_("Imports"), reverse("registry:imports")), (batch.filename, "")]


def _number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10


def _started(request: HttpRequest, batch: ImportBatch, begin: Any) -> HttpResponse:
    try:
        begin(batch, request.user, _url(batch))
    except ImportProblem as problem:
        messages.error(request, str(problem))
    return redirect("registry:import", batch.pk)


def _groups(form: MappingForm, batch: ImportBatch) -> list[dict[str, Any]]:
    """The selects in groups, each with examples from the column it stands on."""
    samples = {
        column: next((row[i] for row in _preview(batch) if row[i]), "")
        for i, column in enumerate(batch.columns)
    }
    titles = {("core", "identifiers"): _("Facts"), ("attributes",): batch.object_class.label}
    groups = []
    for codes, title in titles.items():
        rows = [
            {"bound": form[field.name], "sample": samples.get(form[field.name].value() or "", "")}
            for field in form.targets
            if field.group in codes
        ]
        groups.append({"title": title, "rows": rows})
    return groups


def _preview(batch: ImportBatch) -> list[list[str]]:
    """The first rows, personal data masked."""
    kinds = personal_columns(batch)
    return [
        [
            masked_cell(cell or "", kinds.get(column, ""))
            for column, cell in zip(batch.columns, row, strict=False)
        ]
        for row in batch.preview.get("rows", [])
    ]


def _by_column(batch: ImportBatch) -> list[dict[str, Any]]:
    """The first rows turned: a line for each column of the list, which may have many."""
    rows = _preview(batch)
    return [{"name": column, "cells": [row[i] for row in rows]} for i, column in enumerate(batch.columns)]


def personal_columns(batch: ImportBatch) -> dict[str, str]:
    """Columns that stand for personal data, as far as it is known what they are, and how each is masked."""
    definitions = definitions_of(batch.object_class)
    kinds = {column: reasons.masked_as(field, definitions) for field, column in batch.mapping.items()}
    return {column: kind for column, kind in kinds.items() if kind}


def masked_cell(cell: str, kind: str = "") -> str:
    """A cell masked as its column is; elsewhere numbers of people, and a coordinate is none."""
    if kind:
        return mask_value(kind, cell)
    return cell if re.fullmatch(r"-?\d{1,7}\.\d+", cell) else mask_text(cell)


def _readings(form: MappingForm, batch: ImportBatch) -> list[dict[str, Any]]:
    """The ways to read the coordinates, with what speaks for each."""
    chosen = form["reading"].value()
    labels = dict(CRS.choices)
    return [
        {
            **option,
            "key": MappingForm.reading_key(option),
            "checked": MappingForm.reading_key(option) == chosen,
            "label": labels[CRS(option["crs"])],
        }
        for option in batch.preview.get("options", [])
    ]


def _result(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """The table of rows behind one tab, and the counts on all tabs."""
    counts = batch.counts
    outcome = request.GET.get("outcome", "")
    rows = batch.rows.order_by("row").defer("raw").select_related("object")
    total = counts.get("rows", 0)
    if outcome in ImportRow.Outcome.values:
        rows, total = rows.filter(outcome=outcome), counts.get(outcome, 0)
    elif outcome == REMARKS:
        rows, total = rows.filter(reasons__contains=[{"code": "unreadable_value"}]), None
    else:
        outcome = ""
    page = paginate(rows, request, per_page=50, total=total)
    definitions = definitions_of(batch.object_class)
    labels = [("", _("All"), counts.get("rows", 0))]
    labels += [(value, str(label), counts.get(value, 0)) for value, label in ImportRow.Outcome.choices]
    labels.append((REMARKS, _("With remarks"), counts.get(REMARKS, 0)))
    return {
        "page": page,
        "rows": [_shown(row, definitions) for row in page],
        "tabs": [
            {
                "label": label,
                "url": f"?outcome={value}" if value else "?",
                "count": count,
                "current": value == outcome,
            }
            for value, label, count in labels
        ],
        "writes": counts.get("create", 0) + counts.get("update", 0),
        "doubtful": counts.get("conflict", 0) + counts.get("reject", 0),
    }


def _shown(row: ImportRow, definitions: Any) -> dict[str, Any]:
    return {
        "row": row,
        "name": row.values.get("name", ""),
        "address": row.values.get("address", ""),
        "reasons": [
            {"text": reasons.describe(reason, definitions), "tone": reasons.tone(reason["code"])}
            for reason in reasons.sort(row.reasons)
        ],
        "changes": [
            {
                "label": field_label(name, definitions),
                "before": reasons.show_value(name, before, definitions),
                "after": reasons.show_value(name, after, definitions),
            }
            for name, (before, after) in row.changes.items()
        ],
    }
