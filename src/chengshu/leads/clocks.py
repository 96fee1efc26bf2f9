"""Deadlines and lights of leads: pure functions of a class, moments and what is on hold."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Literal

from django.utils import timezone

from chengshu.kernel.workdays import WorkingDayCalendarError, add_hours, add_period
from chengshu.leads.models.classes import LeadClass
from chengshu.leads.settings import clocks

Light = Literal["green", "amber", "red", "held"]


def limit(start: datetime, n: int, unit: str) -> datetime:
    """The moment at which a limit of ``n`` units that begins at ``start`` has run out.

    Days run until 24:00 of the last day. Where the holidays of a year are not known yet, working time is
    counted as plain time: earlier, never later, and no lead is refused for it.
    """
    start = timezone.localtime(start)
    try:
        if unit == LeadClass.Unit.HOUR:
            return add_hours(start, n, "hour")
        if unit == LeadClass.Unit.WORKING_HOUR:
            return add_hours(start, n, "working_hour")
        last = add_period(start, n, "working_day" if unit == LeadClass.Unit.WORKING_DAY else "calendar_day")
    except WorkingDayCalendarError:
        if unit == LeadClass.Unit.WORKING_HOUR:
            return start + timedelta(hours=n)
        last = start.date() + timedelta(days=n)
    return end_of_day(datetime.combine(last, time(), start.tzinfo))


def end_of_day(moment: datetime) -> datetime:
    """24:00 of the moment's local day."""
    local = timezone.localtime(moment)
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)


def deadlines(kind: LeadClass, start: datetime) -> dict[str, Any]:
    """``arrive_by``, ``handle_by`` and ``amber_at`` of a lead of this class registered at ``start``."""
    handle_by = limit(start, kind.handle_within, kind.handle_unit)
    arrive_by = min(limit(start, kind.arrive_within, kind.arrive_unit), handle_by)
    return {"arrive_by": arrive_by, "handle_by": handle_by, "amber_at": amber(start, handle_by)}


def amber(start: datetime, handle_by: datetime) -> datetime:
    """From when on the light is amber."""
    return start + (handle_by - start) * clocks().amber_share


def light(
    now: datetime,
    *,
    handle_by: datetime | None,
    amber_at: datetime | None = None,
    handled_at: datetime | None = None,
    held_at: datetime | None = None,
) -> Light:
    """Green, amber or red; a lead handled after its time stays red, one on hold has no light."""
    if held_at is not None and handled_at is None:
        return "held"
    if handle_by is None:
        return "green"
    if handled_at is not None:
        return "green" if handled_at <= handle_by else "red"
    if now > handle_by:
        return "red"
    return "amber" if amber_at is not None and now >= amber_at else "green"
