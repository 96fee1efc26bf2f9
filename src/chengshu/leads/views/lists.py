"""The list of leads, saved filters, and the list as a table to take away."""

from __future__ import annotations

import tempfile
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads import exporting
from chengshu.leads.forms.filters import LeadFilterForm
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import LeadClass, SavedLeadFilter
from chengshu.leads.queries import lists
from chengshu.leads.settings import sources
from chengshu.leads.views.common import EXPORT, REPORT, VIEW, person
from chengshu.leads.words import SEVERITY_TONES, STAGE_TONES, light_of
from chengshu.registry.queries.reference import Reference, area_label, reference
from chengshu.ui.filters import active
from chengshu.ui.formats import NOTHING

MOST_FILTERS = 20


@permission_required(VIEW)
@require_GET
def lead_list(request: HttpRequest) -> HttpResponse:
    """The list: session with person, and one or two queries for rows, total and what the filters offer."""
    user = person(request)
    form = LeadFilterForm(request.GET, user)
    sort = request.GET.get("sort", "")
    found = lists.lead_page(user, form.wanted(), request, sort)
    form.offer(found)
    known, now = reference(), timezone.now()
    names = {kind.pk: kind.label for kind in found.classes}
    asked = asked_for(request.GET)
    return render(
        request,
        "leads/list.html",
        {
            "form": form,
            "page": found.page,
            "rows": [_as_shown(row, names, known, now) for row in found.page],
            "saved": [{**entry, "current": entry["query"] == asked} for entry in found.saved],
            "tabs": _tabs(user, asked),
            "asked": asked,
            "sort": sort,
            "may_report": user.may(REPORT),
            "may_export": user.may(EXPORT),
        },
    )


def _tabs(user: Any, asked: str) -> list[dict[str, Any]]:
    """The lists that are opened all day."""
    ways = [
        (pgettext("lead", "Open"), {"stage": "open"}),
        (_("My leads"), {"officer": str(user.pk), "stage": "open"}),
        (_("To register"), {"stage": "found"}),
        (_("To dispatch"), {"stage": "registered"}),
        (_("To verify"), {"stage": "handled"}),
        (_("To close"), {"stage": "verified"}),
        (pgettext("light", "Overdue"), {"light": "red", "stage": "open"}),
        (_("All"), {}),
    ]
    shown = []
    for label, query in ways:
        text = asked_for(_query(query))
        shown.append({"label": label, "url": f"?{text}", "current": text == asked})
    return shown


def _query(values: dict[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(values)
    return query


def asked_for(query: QueryDict) -> str:
    """The filters of an address in a fixed order, without the page."""
    kept = QueryDict(mutable=True)
    for key in sorted(query):
        values = [value for value in query.getlist(key) if value]
        if values and key != "page":
            kept.setlist(key, values)
    return kept.urlencode()


def _as_shown(row: lists.Row, names: dict[int, str], known: Reference, now: datetime) -> dict[str, Any]:
    source = sources().get(row.source)
    return {
        "url": f"{_address()}{row.id}/",
        "number": row.number,
        "kind": names.get(row.lead_class_id, NOTHING),
        "text": mask_text(row.description),
        "address": row.address or NOTHING,
        "squad": area_label(known.squads.get(row.squad_id or 0)) or NOTHING,
        "officer": row.officer,
        "source": source.label if source else row.source,
        "stage": Stage(row.stage).label,
        "tone": STAGE_TONES[Stage(row.stage)],
        "outcome": Outcome(row.outcome).label if row.outcome else "",
        "severity": LeadClass.Severity(row.severity).label if row.severity > 1 else "",
        "severity_tone": SEVERITY_TONES.get(row.severity, "neutral"),
        "reported_at": row.reported_at,
        "light": light_of(row, now),
        "recheck_on": row.recheck_on,
        "urged": row.urged,
        "reopened": row.reopened,
        "refused": row.refused and row.stage == Stage.ACCEPTED,
    }


@cache
def _address() -> str:
    return reverse("leads:list")


@permission_required(VIEW)
@require_POST
def filter_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name; the same name again replaces them."""
    user = person(request)
    name = " ".join(request.POST.get("name", "").split())[:40]
    query = asked_for(QueryDict(request.POST.get("query", "")))[:500]
    if not name:
        messages.error(request, _("Give the filters a name."))
    elif user.lead_filters.exclude(name=name).count() >= MOST_FILTERS:
        messages.error(request, _("At most %(n)d filters can be kept.") % {"n": MOST_FILTERS})
    else:
        SavedLeadFilter.objects.update_or_create(user=user, name=name, defaults={"query": query})
        messages.success(request, _("Kept as “%(name)s”.") % {"name": name})
    return redirect(f"{reverse('leads:list')}?{query}")


@permission_required(VIEW)
@require_POST
def filter_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a saved filter of one's own."""
    get_object_or_404(SavedLeadFilter, pk=pk, user=person(request)).delete()
    return redirect("leads:list")


@permission_required(EXPORT)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The leads that the filters leave, as a workbook: numbers of people masked, no reporters."""
    user = person(request)
    query = QueryDict(request.POST.get("query", ""))
    form = LeadFilterForm(query, user)
    wanted = form.wanted()
    form.offer(lists.lead_page(user, wanted, request))
    words = "; ".join(f"{one.label} {one.value}".strip() for one in active(form, query))
    try:
        made = exporting.plan(user, wanted, words)
    except exporting.ExportProblem as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('leads:list')}?{asked_for(query)}")
    file = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 (the response closes it)
    exporting.write(made, file)  # type: ignore[arg-type]
    file.seek(0)
    name = f"{_('Leads')}-{timezone.localdate():%Y%m%d}.xlsx"
    answer: Any = FileResponse(file, as_attachment=True, filename=name)
    return answer  # type: ignore[no-any-return]
