"""签到、无效签到、中队巡查: what came in, with its lights, and what a squad still owes today."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.bureau.models import Unit
from chengshu.kernel.access import permission_required
from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.forms.filters import AttemptFilterForm, CheckInFilterForm
from chengshu.patrol.models import Beat, CheckIn, TagAttempt
from chengshu.patrol.queries.beats import beats_today
from chengshu.patrol.queries.lists import CheckInFilter, attempt_rows, checkin_rows
from chengshu.patrol.queries.logs import to_confirm
from chengshu.patrol.services.lights import in_words
from chengshu.patrol.views.checkin_common import CONFIGURE, VIEW, person, squad_names
from chengshu.registry.queries.reference import area_label, choices
from chengshu.ui.paging import paginate

NEWEST = 20
FAULT_TONES = {
    TagAttempt.Fault.REPLAYED: "danger",
    TagAttempt.Fault.FORGED: "danger",
    TagAttempt.Fault.UNKNOWN: "warn",
    TagAttempt.Fault.OUT_OF_USE: "neutral",
}


def shown(row: CheckIn) -> dict[str, Any]:
    """A check-in as lists show it."""
    return {
        "row": row,
        "way": CheckIn.Way(row.way).label,
        "metres": None if row.distance_m is None else round(row.distance_m),
        "lights": in_words(row.lights),
        "squad": area_label(squad_names().get(row.squad_id)),
    }


@permission_required(VIEW)
@require_GET
def checkin_list(request: HttpRequest) -> HttpResponse:
    """Check-ins with filters: session, total, rows."""
    user = person(request)
    form = CheckInFilterForm(request.GET, user)
    page = paginate(checkin_rows(user, form.wanted()), request)
    context = {
        "form": form,
        "page": page,
        "rows": [shown(row) for row in page],
        "verified": rules().verified,
        "may_configure": user.may(CONFIGURE),
    }
    return render(request, "patrol/checkin_list.html", context)


@permission_required(VIEW)
@require_GET
def attempt_list(request: HttpRequest) -> HttpResponse:
    """Reads that proved nothing: session, total, rows."""
    user = person(request)
    form = AttemptFilterForm(request.GET, user)
    page = paginate(attempt_rows(user, **form.wanted()), request)
    rows = [
        {
            "row": row,
            "fault": TagAttempt.Fault(row.fault).label,
            "tone": FAULT_TONES[TagAttempt.Fault(row.fault)],
            "squad": area_label(squad_names().get(row.squad_id or 0)),
            "point": row.tag.point.name if row.tag else "",
        }
        for row in page
    ]
    return render(request, "patrol/attempt_list.html", {"form": form, "page": page, "rows": rows})


@permission_required(VIEW)
@require_GET
def squad_room(request: HttpRequest) -> HttpResponse:
    """One squad's day: every point with what is wanted and done, the newest check-ins, what needs a look."""
    user, today = person(request), timezone.localdate()
    offered = choices(user, VIEW)["squad"]
    squad = _chosen(request, offered)
    beats = beats_today(Beat.objects.filter(squad=squad.pk), squad.district_id, today)
    newest = checkin_rows(user, CheckInFilter(first=today, squad=squad.pk))[:NEWEST]
    rows = [shown(row) for row in newest]
    address = reverse("patrol:squad_room")
    context = {
        "squad": squad,
        "squads": [
            {"label": label, "url": f"{address}?squad={pk}", "current": pk == squad.pk}
            for pk, label in offered
        ],
        "beats": beats,
        "wanted": sum(beat.wanted for beat in beats),
        "done": sum(beat.done for beat in beats),
        "rows": rows,
        "lit": sum(1 for row in rows if row["lights"]),
        "to_confirm": to_confirm(user).filter(squad=squad.pk).count() if user.may("patrol.confirm") else None,
        "attempts": attempt_rows(user, squad=squad.pk).filter(received_at__date=today).count(),
        "title": _("Patrols of %(squad)s") % {"squad": squad.label},
    }
    return render(request, "patrol/squad_room.html", context)


def _chosen(request: HttpRequest, offered: list[tuple[int, str]]) -> Unit:
    """The squad that is asked for, else the own one, else the first."""
    user, known = person(request), squad_names()
    may = [pk for pk, _label in offered]
    asked = request.GET.get("squad", "")
    for pk in (int(asked) if asked.isascii() and asked.isdigit() else 0, user.unit_id, *may):
        if pk in may:
            return known[pk]
    raise Http404
