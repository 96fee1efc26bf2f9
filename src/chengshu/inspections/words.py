"""The words and colours of inspections on pages: lights by day, tones of states and results."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chengshu.inspections.lifecycle import PROBLEM, Kind, Result, State
from chengshu.inspections.settings import work
from chengshu.leads.words import Light
from chengshu.ui import tones

STATE_TONES = {
    State.ASSIGNED: tones.INFO,
    State.STARTED: tones.WARN,
    State.ORDERED: tones.WARN,
    State.CLOSED: tones.OK,
    State.WITHDRAWN: tones.NEUTRAL,
}
OUTSIDE = (Kind.ROUTINE, Kind.SPECIAL, Kind.FOLLOW_UP)
"""Kinds that come out of no draw; their figures stand apart from those of drawn ones."""


def found_label(found: str) -> str:
    """An answer in words."""
    return {
        "yes": _("Problem found"),
        "no": _("No problem"),
        "not_applicable": _("Does not apply"),
    }.get(found, found)


def result_tone(result: int | None) -> str:
    """The tone of a result."""
    if result is None:
        return tones.NEUTRAL
    if result == Result.NOTHING_FOUND:
        return tones.OK
    return tones.DANGER if result in PROBLEM else tones.WARN


def deadline(row: Any) -> date | None:
    """The day that counts now: of the inspection, or of the order to rectify; None once it is over."""
    counted = row.due_on if row.state in (State.ASSIGNED, State.STARTED) else None
    day: date | None = row.rectify_by if row.state == State.ORDERED else counted
    return day


def light_of(row: Any, today: date) -> Light | None:
    """The light of an open inspection, or red for one that was reported late. ``row``: its columns."""
    day = deadline(row)
    if day is None:
        done = row.done_at
        if row.state == State.CLOSED and done and timezone.localdate(done) > row.due_on:
            return Light("red", _("reported late"), _end(row.due_on))
        return None
    left = (day - today).days
    colour = "red" if left < 0 else "amber" if left <= work().amber_days else "green"
    return Light(colour, days_left(left), _end(day))


def days_left(left: int) -> str:
    """How many days are left until the last day, or how many it is over."""
    if left == 0:
        return _("last day today")
    if left < 0:
        return ngettext("%(n)d day over", "%(n)d days over", -left) % {"n": -left}
    return ngettext("%(n)d day to go", "%(n)d days to go", left) % {"n": left}


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())
