"""What an officer has to do today, and how much a day holds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from shapely.geometry import shape

from chengshu.bureau.models import Unit, User
from chengshu.leads.clocks import end_of_day
from chengshu.leads.duties import Duty, Position
from chengshu.leads.lifecycle import WITH_SQUAD
from chengshu.leads.models import DutyCapacity, Lead

MOST = 500
"""So many leads are ordered at once, those due first."""
HOURS = "hours"
"""The attribute of an object in which its opening hours stand (registry's data)."""


def leads_of(officer: User, now: datetime) -> list[Lead]:
    """Open leads given to the officer, or to nobody of his squad yet; not those that wait for a later day."""
    mine = Q(officer=officer) | Q(officer=None, squad=officer.unit_id)
    waiting = Q(recheck_on__gt=timezone.localdate(now))
    rows = Lead.objects.filter(mine, stage__in=WITH_SQUAD, held_at=None, parts=None).exclude(waiting)
    found = rows.select_related("lead_class", "object", "town").order_by("handle_by", "id")
    return list(found[:MOST])


def duty_of(lead: Lead, now: datetime) -> Duty:
    """A lead as a duty: a re-check is due by the end of its day."""
    recheck = lead.recheck_on is not None
    hours = lead.object.attributes.get(HOURS, "") if lead.object else ""
    due = lead.handle_by
    if recheck and due is None:
        due = end_of_day(now)
    position = lead.position or (lead.object.position if lead.object else None)
    return Duty(
        lead=lead.pk,
        due=due,
        amber_at=None if recheck else lead.amber_at,
        position=tuple(position) if position else None,
        hours=hours if isinstance(hours, str) else "",
        recheck=recheck,
        severity=lead.severity,
    )


def capacity_of(officer: User) -> int | None:
    """How many duties a day: the officer's own number before the squad's; None: no limit."""
    rows = DutyCapacity.objects.filter(Q(officer=officer) | Q(officer=None, unit=officer.unit_id))
    numbers = {row.officer_id: row.per_day for row in rows}
    return numbers.get(officer.pk, numbers.get(None))


def place_of(squad: Unit) -> Position | None:
    """Where a squad is thought to start from: a point inside its first town."""
    town = squad.towns.order_by("code").first()
    if town is None or not town.boundary:
        return None
    point = shape(town.boundary).representative_point()
    return point.x, point.y
