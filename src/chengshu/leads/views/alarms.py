"""What is wrong now: standing alarms by level."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.kernel.access import permission_required
from chengshu.leads.models import LeadAlarm
from chengshu.ui.paging import paginate

Kind, Level = LeadAlarm.Kind, LeadAlarm.Level
TONES = {Level.SQUAD: "warn", Level.DISTRICT: "danger"}


@permission_required("leads.view")
@require_GET
def alarm_list(request: HttpRequest) -> HttpResponse:
    """Standing alarms in the person's area, counted by level and kind; each number opens its list."""
    user: Any = request.user
    standing = LeadAlarm.objects.filter(user.scope_for("leads.view").q(), cleared_at=None)
    level, kind = request.GET.get("level", ""), request.GET.get("kind", "")
    counted = standing.values_list("level", "kind").annotate(n=Count("pk")).order_by()
    numbers = {(at, of): n for at, of, n in counted}
    listed = standing.select_related("lead", "lead__lead_class", "squad")
    if level in Level.values:
        listed = listed.filter(level=level)
    if kind in Kind.values:
        listed = listed.filter(kind=kind)
    by_level = {at: sum(n for (of, _kind), n in numbers.items() if of == at) for at in Level.values}
    tabs = [{"label": _("All"), "url": "?", "count": sum(by_level.values()), "current": not level}]
    tabs += [
        {"label": one.label, "url": f"?level={one}", "count": by_level[one], "current": level == one}
        for one in (Level.DISTRICT, Level.SQUAD)
    ]
    kinds = [
        {"label": one.label, "n": n, "url": f"?level={level}&kind={one}"}
        for one in Kind
        if (n := sum(n for (at, of), n in numbers.items() if of == one and level in ("", at)))
    ]
    page = paginate(listed, request, per_page=50)
    rows = [{"alarm": one, "tone": TONES[Level(one.level)]} for one in page]
    context = {"tabs": tabs, "kinds": kinds, "page": page, "rows": rows, "kind": kind}
    return render(request, "leads/alarm_list.html", context)
