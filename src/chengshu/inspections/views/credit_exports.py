"""Pages of the exchange with the credit office (双公示)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.inspections.credit import forms, tasks
from chengshu.inspections.credit.services import exchange, exchange_entries
from chengshu.inspections.credit.settings import Column, credit_data
from chengshu.inspections.models import CreditExport, ExportedEntry, ExportedPenalty
from chengshu.kernel import files, jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged
from chengshu.kernel.privacy import unmask
from chengshu.ui.paging import paginate

from .credit_classes import district_of
from .credit_common import PROPOSE, Act, offered, person, status_of, tabs, trail

LIST = "inspections:credit_exports"
SHOWN = ("CF_XDR_MC", "CF_XDR_LB", "CF_WSH", "CF_WFXW", "CF_NR_FK", "CF_JDRQ", "CF_GSJZQ", "BZ")
SHORT = 12  # characters
SHOWN_PROBLEMS = 10  # of those that lack the same
SHOWN_ENTRIES = ("SX_XDR_MC", "SX_XDR_LB", "SX_BH", "SX_CD", "SX_SY", "SX_RDRQ", "SX_JZRQ", "BZ")


def _exports(user: Any) -> Any:
    return CreditExport.objects.filter(district__in=sorted(user.scope_for(PROPOSE).districts))


@permission_required(PROPOSE)
@require_GET
def export_list(request: HttpRequest) -> HttpResponse:
    """What was given to the credit office so far."""
    user = person(request)
    page = paginate(_exports(user).select_related("made_by", "xlsx", "csv"), request)
    context = {"page": page, "tabs": tabs(user, LIST), "may_export": bool(user.scope_for(PROPOSE).districts)}
    return render(request, "inspections/credit_exports.html", context)


@permission_required(PROPOSE)
@require_POST
def export_new(request: HttpRequest) -> HttpResponse:
    """Let the worker write what has changed since the last export."""
    user = person(request)
    district = district_of(user)
    try:
        job = jobs.start(
            "credit.export",
            _("Exchange with the credit office"),
            tasks.export_job,
            by=user,
            url=reverse(LIST),
            key=f"credit.export:{district.pk}",
            district_id=district.pk,
            user_id=user.pk,
        )
    except jobs.AlreadyRunning as running:
        messages.error(request, str(running))
        return redirect(LIST)
    return redirect("job", job.pk)


@permission_required(PROPOSE)
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, pk: int) -> Any:
    """One export, masked; whoever may see names takes the file away with a reason."""
    user = person(request)
    found = get_object_or_404(_exports(user).select_related("made_by", "xlsx", "csv", "district"), pk=pk)
    taken: list[Any] = []

    def taking(kind: str) -> Act:
        def run(data: dict[str, Any]) -> None:
            taken.append(_take(found, kind, data["reason"], user))

        return Act(kind, _("Take the %(kind)s file") % {"kind": kind}, forms.UnmaskForm, run, "")

    acts = [taking("xlsx"), taking("csv")] if user.may("privacy.unmask") else []
    if offered(request, acts, quiet=True):
        stored, name = taken[0]
        try:
            return files.response(stored, name, request)
        except FileDamaged as damaged:
            raise Http404 from damaged
    page = paginate(ExportedPenalty.objects.filter(export=found).order_by("pk"), request)
    of_entries = ExportedEntry.objects.filter(export=found).order_by("pk") if page.number == 1 else ()
    context = {
        "export": found,
        "problems": _grouped(found.problems),
        "entry_rows": [_shown_entry(row) for row in of_entries],
        "page": page,
        "rows": [_shown(row) for row in page],
        "acts": acts,
        "trail": trail(LIST, _("Exchange with the credit office"), _("Export %(n)d") % {"n": found.number}),
    }
    return render(request, "inspections/credit_export.html", context, status=status_of(acts))


def _grouped(problems: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]], int]]:
    """What was left out, by what it lacks: the first few rows of each, and how many there are."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for problem in problems:
        # exports of before kept the sentences as they came
        groups.setdefault(exchange.masked_sentence(problem["says"]), []).append(problem)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [(says, rows[:SHOWN_PROBLEMS], len(rows)) for says, rows in ordered]


def _cells(
    content: dict[str, str], shown: tuple[str, ...], columns: tuple[Column, ...]
) -> list[dict[str, Any]]:
    """Name and value of each column shown; short values stay in one line."""
    english = (get_language() or "").startswith("en")
    names = {one.code: one.en if english else one.zh for one in columns}
    return [
        {"label": names[code], "value": content[code], "short": len(content[code]) <= SHORT} for code in shown
    ]


def _shown(row: ExportedPenalty) -> dict[str, Any]:
    cells = _cells(exchange.masked(row.content), SHOWN, credit_data().exchange.columns)
    return {"kind": row.get_kind_display(), "cells": cells}


def _shown_entry(row: ExportedEntry) -> dict[str, Any]:
    known = credit_data().entry_exchange
    cells = _cells(exchange_entries.masked(row.content), SHOWN_ENTRIES, known.columns)
    return {"kind": row.get_kind_display(), "cells": cells}


def _take(found: CreditExport, kind: str, reason: str, user: Any) -> tuple[Any, str]:
    unmask(user, f"credit.export:{found.pk}", ["name", "id_number"], reason)
    day = timezone.localtime(found.made_at)
    return getattr(found, kind), f"双公示-{found.district.name}-{day:%Y%m%d}-{found.number}.{kind}"
