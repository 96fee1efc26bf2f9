"""The duties of a day in the order in which they are best done: pure, no database.

First by urgency; within one urgency what is open before what opens later, and from place to place always the
nearest next. What a day cannot hold stays in sight after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from django.utils import timezone

from chengshu.kernel.geometry import haversine_m
from chengshu.leads.clocks import light
from chengshu.leads.opening_hours import ANY_TIME, Door, door

Position = tuple[float, float]


class Urgency(IntEnum):
    """紧急程度: what comes first."""

    RED = 0
    AMBER = 1
    TODAY = 2
    LATER = 3


@dataclass(frozen=True)
class Duty:
    """One thing to do: an open lead or the re-check of an order. Position in WGS 84 degrees."""

    lead: int
    due: datetime | None = None
    amber_at: datetime | None = None
    position: Position | None = None
    hours: str = ""
    recheck: bool = False
    severity: int = 1

    def urgency(self, now: datetime) -> Urgency:
        """By its light; then what is due today, a re-check on its day among it."""
        shown = light(now, handle_by=self.due, amber_at=self.amber_at)
        if shown == "red":
            return Urgency.RED
        if shown == "amber":
            return Urgency.AMBER
        if self.recheck or (self.due is not None and _ends_today(self.due, now)):
            return Urgency.TODAY
        return Urgency.LATER


@dataclass(frozen=True)
class Stop:
    """A duty in the order of the day; ``metres`` from the stop before, None where no place is known."""

    duty: Duty
    urgency: Urgency
    metres: float | None = None
    door: Door = field(default=ANY_TIME)


@dataclass(frozen=True)
class Plan:
    """What fits into the day, and what does not; together every duty once."""

    today: tuple[Stop, ...]
    beyond: tuple[Stop, ...]


def plan(
    duties: Iterable[Duty], *, now: datetime, start: Position | None = None, capacity: int | None = None
) -> Plan:
    """The order of the day from a place on. The same duties in any order give the same plan."""
    groups: dict[tuple[Urgency, bool], list[tuple[Duty, Door]]] = {}
    for duty in sorted(duties, key=lambda one: (one.lead, one.recheck)):
        held = door(duty.hours, now)
        groups.setdefault((duty.urgency(now), held.open is False), []).append((duty, held))
    stops: list[Stop] = []
    here = start
    for urgency, closed in sorted(groups):
        for duty, held, metres in _nearest_next(groups[urgency, closed], here):
            stops.append(Stop(duty, urgency, metres, held))
            here = duty.position or here
    fits = len(stops) if capacity is None else max(capacity, 0)
    return Plan(tuple(stops[:fits]), tuple(stops[fits:]))


def _nearest_next(
    rows: Sequence[tuple[Duty, Door]], here: Position | None
) -> list[tuple[Duty, Door, float | None]]:
    """From place to place; what has no place comes last, the earliest due first."""
    placed = [row for row in rows if row[0].position is not None]
    order: list[tuple[Duty, Door, float | None]] = []
    while placed:
        if here is None:
            best, metres = min(range(len(placed)), key=lambda n: _by_due(placed[n][0])), None
        else:
            lngs, lats = zip(*(row[0].position or (0.0, 0.0) for row in placed), strict=True)
            away = haversine_m(here[0], here[1], lngs, lats)
            best = min(range(len(placed)), key=lambda n: (round(float(away[n])), *_by_due(placed[n][0])))
            metres = float(away[best])
        duty, held = placed.pop(best)
        order.append((duty, held, metres))
        here = duty.position
    nowhere = sorted((row for row in rows if row[0].position is None), key=lambda row: _by_due(row[0]))
    return [*order, *((duty, held, None) for duty, held in nowhere)]


def _by_due(duty: Duty) -> tuple[float, int, int, bool]:
    """The earliest first, the gravest of them before."""
    due = duty.due.timestamp() if duty.due else float("inf")
    return due, -duty.severity, duty.lead, duty.recheck


def _ends_today(due: datetime, now: datetime) -> bool:
    """Limits of days end at 24:00, which is the next day's beginning."""
    end, today = timezone.localtime(due), timezone.localdate(now)
    return end.date() <= today or (end.time() == datetime.min.time() and (end.date() - today).days <= 1)
