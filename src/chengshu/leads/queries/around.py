"""Other leads that may be the same thing: open ones near by, earlier ones at the same object."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.kernel.fields import Position
from chengshu.kernel.geometry import haversine_m
from chengshu.leads.lifecycle import Outcome
from chengshu.leads.models import Lead, LeadClass
from chengshu.leads.settings import clocks

METRES_PER_DEGREE = 111_195.0
SHOWN = 8


@dataclass(frozen=True)
class Other:
    """A lead near by; ``metres`` where both have a position."""

    lead: Lead
    metres: int | None = None


def box(position: Position, metres: float) -> tuple[float, float, float, float]:
    """West, south, east and north of the square around a position."""
    lng, lat = position
    dy = metres / METRES_PER_DEGREE
    dx = dy / math.cos(math.radians(lat))
    return lng - dx, lat - dy, lng + dx, lat + dy


def open_near(
    user: User,
    position: Position,
    kind: LeadClass | None = None,
    *,
    exclude: int | None = None,
    now: datetime | None = None,
) -> list[Other]:
    """Visible open leads within the distance of doubles, of one class if given, nearest first.

    Distance and age come from the clocks' data; older leads are no doubles any more.
    """
    limits = clocks()
    since = (now or timezone.now()) - timedelta(days=limits.similar_days)
    found = (
        Lead.objects.visible_to(user)
        .open()
        .filter(position__in_box=box(position, limits.similar_radius_m), reported_at__gte=since)
        .select_related("lead_class")
        .defer("search_tokens", "data", "step_data")
        .order_by("-id")
    )
    if kind is not None:
        found = found.filter(lead_class=kind)
    if exclude is not None:
        found = found.exclude(pk=exclude)
    near = [
        Other(lead, round(float(haversine_m(*position, *lead.position))))
        for lead in found[: SHOWN * 4]
        if lead.position is not None
    ]
    within = [other for other in near if (other.metres or 0) <= limits.similar_radius_m]
    return sorted(within, key=lambda other: (other.metres or 0, -other.lead.pk))[:SHOWN]


def at_object(user: User, object_id: int, *, exclude: int | None = None) -> list[Lead]:
    """Leads at the same regulated object, newest first, open and closed; joined doubles are left out."""
    found = (
        Lead.objects.visible_to(user)
        .filter(object=object_id)
        .exclude(outcome=Outcome.MERGED)
        .select_related("lead_class")
        .defer("search_tokens", "data", "step_data")
        .order_by("-id")
    )
    return list(found.exclude(pk=exclude or 0)[:SHOWN])
