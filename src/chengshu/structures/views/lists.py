"""The list of the ledger, and as a table to take away."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.kernel.access import permission_required
from chengshu.registry.queries.reference import area_label, reference
from chengshu.structures import exporting
from chengshu.structures.forms.filters import StructureFilterForm
from chengshu.structures.lifecycle import Built
from chengshu.structures.queries.lists import page_of
from chengshu.structures.views.common import EXPORT, VIEW, WORK, person
from chengshu.structures.words import clock_light, status_of, type_labels
from chengshu.ui.filters import active
from chengshu.ui.paging import page_number


@permission_required(VIEW)
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """The list: session, person, and one query for total and rows."""
    user = person(request)
    form = StructureFilterForm(request.GET, user)
    page = page_of(user, form.wanted(), page_number(request))
    known, today = reference(), timezone.localdate()
    context = {
        "form": form,
        "page": page,
        "rows": [_row(row, known, today) for row in page],
        "asked": request.GET.urlencode(),
        "may_enter": user.may(WORK),
        "may_export": user.may(EXPORT),
    }
    return render(request, "structures/list.html", context)


def _row(row: Any, known: Any, today: Any) -> dict[str, Any]:
    state, tone = status_of(row)
    return {
        "url": reverse("structures:entry", args=[row.pk]),
        "number": row.number,
        "address": row.address,
        "town": area_label(known.towns.get(row.town_id or 0)),
        "types": type_labels(row.types),
        "built": Built(row.built).label,
        "area": row.area_m2,
        "state": state,
        "tone": tone,
        "light": clock_light(row, today),
        "review_on": row.review_on,
        "waits": row.waits,
        "key_task": row.key_task,
        "relapses": row.relapses,
        "found_at": row.found_at,
    }


@permission_required(EXPORT)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The entries that the filters leave, as xlsx or csv; people masked."""
    user = person(request)
    query = QueryDict(request.POST.get("query", ""))
    form = StructureFilterForm(query, user)
    words = "; ".join(f"{one.label} {one.value}".strip() for one in active(form, query))
    kind = "csv" if request.POST.get("format") == "csv" else "xlsx"
    try:
        made = exporting.plan(user, form.wanted(), words)
    except exporting.ExportProblem as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('structures:list')}?{query.urlencode()}")
    file = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 (the response closes it)
    exporting.write(made, file, kind)  # type: ignore[arg-type]
    file.seek(0)
    name = f"{_('Ledger of illegal structures')}-{timezone.localdate():%Y%m%d}.{kind}"
    answer: Any = FileResponse(file, as_attachment=True, filename=name)
    return answer  # type: ignore[no-any-return]
