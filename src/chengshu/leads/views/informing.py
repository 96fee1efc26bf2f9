"""Reporters who want to know how it ended."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy_masks import mask_name, mask_phone
from chengshu.leads.lifecycle import Outcome
from chengshu.leads.models import LeadReporter
from chengshu.leads.services import LeadProblem, informing
from chengshu.leads.views.common import INFORM, person
from chengshu.ui.paging import paginate


@permission_required(INFORM)
@require_GET
def to_inform(request: HttpRequest) -> HttpResponse:
    """Everybody in the person's area who waits for an answer."""
    page = paginate(informing.waiting_for(person(request)), request)
    return render(request, "leads/informing.html", {"page": page, "rows": [_row(one) for one in page]})


def _row(reporter: LeadReporter) -> dict[str, Any]:
    lead = reporter.lead
    ended = lead.merged_into or lead
    return {
        "id": reporter.pk,
        "name": mask_name(reporter.name),
        "phone": mask_phone(reporter.phone),
        "email": bool(reporter.email),
        "number": lead.number,
        "url": reverse("leads:lead", args=[lead.pk]),
        "kind": lead.lead_class.label,
        "outcome": Outcome(ended.outcome).label,
        "joined": ended.number if ended is not lead else "",
        "closed_at": ended.closed_at,
    }


@permission_required(INFORM)
@require_POST
def informed(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep that a reporter was told, and how."""
    user = person(request)
    scope = user.scope_for("leads.view").q(district="lead__district", squad="lead__squad")
    reporter = get_object_or_404(LeadReporter.objects.filter(scope), pk=pk)
    try:
        informing.mark_informed(reporter, request.POST.get("how", "")[:200], by=user)
        messages.success(request, _("Recorded: the reporter has been told."))
    except LeadProblem as problem:
        messages.error(request, str(problem))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe else reverse("leads:informing"))
