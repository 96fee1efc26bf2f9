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
from chengshu.inspections.credit.services import exchange
from chengshu.inspections.credit.settings import credit_data
from chengshu.inspections.models import CreditExport, ExportedPenalty
from chengshu.kernel import files, jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged
from chengshu.kernel.privacy import unmask
from chengshu.ui.paging import paginate

from .credit_classes import district_of
from .credit_common import PROPOSE, Act, offered, person, status_of, tabs, trail

LIST = "inspections:credit_exports"
SHOWN = ("CF_XDR_MC", "CF_XDR_LB", "CF_WSH", "CF_WFXW", "CF_NR_FK", "CF_JDRQ", "CF_GSJZQ", "BZ")


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
    english = (get_language() or "").startswith("en")
    names = {one.code: one.en if english else one.zh for one in credit_data().exchange.columns}
    page = paginate(ExportedPenalty.objects.filter(export=found).order_by("pk"), request)
    context = {
        "export": found,
        "columns": [names[code] for code in SHOWN],
        "page": page,
        "rows": [_shown(row) for row in page],
        # exports of before kept the sentences as they came
        "problems": [{**one, "says": exchange.masked_sentence(one["says"])} for one in found.problems],
        "acts": acts,
        "trail": trail(LIST, _("Exchange with the credit office"), _("Export %(n)d") % {"n": found.number}),
    }
    return render(request, "inspections/credit_export.html", context, status=status_of(acts))


def _shown(row: ExportedPenalty) -> dict[str, Any]:
    content = exchange.masked(row.content)
    return {"case": row.case_id, "kind": row.get_kind_display(), "cells": [content[code] for code in SHOWN]}


def _take(found: CreditExport, kind: str, reason: str, user: Any) -> tuple[Any, str]:
    unmask(user, f"credit.export:{found.pk}", ["name", "id_number"], reason)
    day = timezone.localtime(found.made_at)
    return getattr(found, kind), f"双公示-{found.district.name}-{day:%Y%m%d}-{found.number}.{kind}"
