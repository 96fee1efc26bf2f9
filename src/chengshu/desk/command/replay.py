"""A past day again: what stood open when it began, and every step of it. The screen plays it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.desk.command.rooms import Room
from chengshu.desk.command.settings import settings
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead, LeadStep

# The last step of each lead before a moment, with what it takes to know hold and handling at that moment.
BEFORE = """
SELECT DISTINCT ON (s.lead_id) s.lead_id, s.version, s.stage, s.squad_id, s.officer_id,
    (SELECT h.action FROM leads_leadstep h WHERE h.lead_id = s.lead_id AND h.at < %(begins)s
        AND h.action IN ('hold', 'resume', 'parts_done') ORDER BY h.version DESC LIMIT 1) = 'hold',
    CASE WHEN s.stage IN ('handled', 'verified') THEN (SELECT max(d.at) FROM leads_leadstep d
        WHERE d.lead_id = s.lead_id AND d.at < %(begins)s AND d.stage = 'handled') END
FROM leads_leadstep s WHERE s.lead_id = ANY(%(leads)s) AND s.at < %(begins)s
ORDER BY s.lead_id, s.version DESC
"""


def bounds(day: date) -> tuple[datetime, datetime]:
    """Midnight to midnight, local time."""
    zone = timezone.get_current_timezone()
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def replay(user: User, room: Room, day: date) -> dict[str, Any]:
    """Everything the screen needs to show any moment of a day. Four statements.

    Time limits are those of today: a limit that was extended later is shown as extended.
    """
    begins, ends = bounds(day)
    touched = LeadStep.objects.filter(district=room.district, at__gte=begins, at__lt=ends).values("lead_id")
    seen = Lead.objects.visible_to(user).filter(room.q(), reported_at__lt=ends)
    # open when the day began, as far as can be told without the steps; or something happened to it
    there = Q(closed_at=None) | Q(closed_at__gte=begins) | Q(pk__in=touched)
    columns = ("pk", "number", "lead_class_id", "source", "severity", "town_id", "position", "address",
               "arrive_by", "handle_by", "amber_at", "reported_at")  # fmt: skip
    leads: dict[int, dict[str, Any]] = {}
    for values in seen.filter(there).order_by("pk").values_list(*columns)[: settings().rows_most]:
        row = dict(zip(columns, values, strict=True))
        lng, lat = row.pop("position") or (None, None)
        pk = row.pop("pk")
        leads[pk] = {
            "id": pk, "class": row.pop("lead_class_id"), "town": row.pop("town_id"), "lng": lng, "lat": lat,
            **row,
        }  # fmt: skip
    return {
        "begins": begins,
        "ends": ends,
        "leads": list(leads.values()),
        "before": _before(list(leads), begins),
        "steps": _steps(list(leads), begins, ends),
    }


def _before(leads: list[int], begins: datetime) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, {"leads": leads, "begins": begins})
        rows = cursor.fetchall()
    names = ("lead", "version", "stage", "squad", "officer", "held", "handled_at")
    return [dict(zip(names, row, strict=True)) for row in rows if row[2] != Stage.CLOSED]


def _steps(leads: list[int], begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    rows = LeadStep.objects.filter(lead__in=leads, at__gte=begins, at__lt=ends).order_by("at", "id")
    columns = ("lead_id", "version", "at", "action", "stage", "squad_id", "officer_id")
    names = ("lead", "version", "at", "action", "stage", "squad", "officer")
    return [dict(zip(names, values, strict=True)) for values in rows.values_list(*columns)]
