"""What one can ask of beats: visits by hour, required visits made and missing, cover.

Whole months come from `BeatMonth`, the days around them from `BeatDay`: a year is a few thousand rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from chengshu.bureau.models import Unit, User
from chengshu.patrol.models import Beat, BeatDay, BeatMonth, BeatPoint, Requirement
from chengshu.patrol.models.coverage import HOURS
from chengshu.patrol.services.counting import WAYS

VIEW = "patrol.view"
SUMMED = ("visits", *WAYS.values(), "due", "met")


@dataclass(frozen=True)
class Span:
    """Days from first to last, both included."""

    first: date
    last: date

    @property
    def months(self) -> list[date]:
        """First days of the months that lie inside as a whole."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            if month >= self.first and _next(month) - timedelta(days=1) <= self.last:
                found.append(month)
            month = _next(month)
        return found

    @property
    def edges(self) -> Q:
        """The days that are in no whole month."""
        months = self.months
        if not months:
            return Q(day__gte=self.first, day__lte=self.last)
        before = Q(day__gte=self.first, day__lt=months[0])
        after = Q(day__gte=_next(months[-1]), day__lte=self.last)
        return before | after


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


@dataclass
class Figures:
    """Sums of some days of a beat, squad or month."""

    visits: int = 0
    nfc_dynamic: int = 0
    nfc_plain: int = 0
    qr: int = 0
    by_position: int = 0
    due: int = 0
    met: int = 0
    cells: int = 0
    covered: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)

    @property
    def share_met(self) -> float | None:
        """Required visits made, from 0 to 1; None where none was due."""
        return self.met / self.due if self.due else None

    @property
    def share_covered(self) -> float | None:
        """Places passed by officers a day, from 0 to 1; None where no positions came in."""
        return self.covered / self.cells if self.cells else None

    @property
    def missing(self) -> int:
        """Required visits that were not made."""
        return self.due - self.met

    def add(self, row: dict[str, Any]) -> None:
        """Add a row of sums."""
        for name in (*SUMMED, "cells", "covered"):
            setattr(self, name, getattr(self, name) + (row[name] or 0))
        for hour in range(HOURS):
            self.hours[hour] += row.get(f"h{hour}") or 0


def _sums(rows: QuerySet[Any], by: Iterable[str], hours: bool) -> list[dict[str, Any]]:
    sums: dict[str, Any] = {name: Sum(name) for name in SUMMED}
    if hours:
        sums |= {f"h{hour}": Sum(f"hours__{hour}") for hour in range(HOURS)}
    inside = Q(covered_day__isnull=False)
    sums |= {"cells": Sum("cells", filter=inside), "covered": Sum("covered_day", filter=inside)}
    # the sums have names of their own columns, so they are told apart by a prefix
    found = rows.order_by().values(*by).annotate(**{f"s_{name}": one for name, one in sums.items()})
    return [{name.removeprefix("s_"): value for name, value in row.items()} for row in found]


def by_beat(user: User, span: Span, squad: int | None = None, *, hours: bool = True) -> dict[int, Figures]:
    """Figures of each beat that the person may see and where anything was counted; two queries."""
    found: dict[int, Figures] = defaultdict(Figures)
    for row in _rows(user, span, squad, ("beat_id",), hours):
        found[row["beat_id"]].add(row)
    return found


def by_month(user: User, span: Span, squad: int | None = None) -> dict[date, Figures]:
    """Figures of each month, also of those of which only some days lie inside; two queries."""
    found: dict[date, Figures] = defaultdict(Figures)
    for row in _rows(user, span, squad, (), False, by_time=True):
        found[row.get("month") or row["day"].replace(day=1)].add(row)
    return dict(sorted(found.items()))


def _rows(
    user: User, span: Span, squad: int | None, by: tuple[str, ...], hours: bool, *, by_time: bool = False
) -> Iterator[dict[str, Any]]:
    whose = Q(beat__squad=squad) if squad else Q()
    months, edges = span.months, span.edges
    if months:
        rows = BeatMonth.objects.visible_to(user).filter(whose, month__in=months)
        yield from _sums(rows, (*by, "month") if by_time else by, hours)
    if not months or months[0] != span.first or _next(months[-1]) - timedelta(days=1) != span.last:
        days = BeatDay.objects.visible_to(user).filter(whose, edges)
        yield from _sums(days, (*by, "day") if by_time else by, hours)


def beats(user: User, squad: int | None = None) -> QuerySet[Beat]:
    """The beats in use that the person may see, with their squads; without the squad's district."""
    found: QuerySet[Beat] = Beat.objects.visible_to(user).filter(active=True).select_related("squad")
    return found.filter(squad=squad) if squad else found


def squads(user: User) -> QuerySet[Unit]:
    """The squads whose beats the person may see."""
    inside = user.scope_for(VIEW).q(squad="pk")
    kinds = [Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD]
    return Unit.objects.filter(inside, kind__in=kinds, active=True).order_by("code")


def short_days(
    user: User, span: Span, squad: int | None = None, beat: int | None = None
) -> QuerySet[BeatDay]:
    """Days of beats with fewer visits than required, newest first."""
    rows = BeatDay.objects.visible_to(user).filter(day__gte=span.first, day__lte=span.last, due__gt=F("met"))
    if squad:
        rows = rows.filter(beat__squad=squad)
    if beat:
        rows = rows.filter(beat=beat)
    found: QuerySet[BeatDay] = rows.select_related("beat", "beat__squad").order_by("-day", "beat__code")
    return found.defer("beat__boundary")


@dataclass(frozen=True)
class Gap:
    """缺口: a window of a day in which a point was seen less often than required."""

    day: date
    beat: Beat
    point: str
    hours: str
    wanted: int
    made: int


def gaps_of(days: Iterable[BeatDay]) -> list[Gap]:
    """The gaps of some days with their names; two queries."""
    rows = list(days)
    gaps = [gap for row in rows for gap in row.gaps]
    points = dict(BeatPoint.objects.filter(pk__in={gap[0] for gap in gaps}).values_list("pk", "name"))
    windows = {
        one.pk: f"{one.first_hour:02}:00–{one.end_hour:02}:00"
        for one in Requirement.objects.filter(pk__in={gap[1] for gap in gaps})
    }
    return [
        Gap(row.day, row.beat, points.get(point, "—"), windows.get(requirement, "—"), wanted, made)
        for row in rows
        for point, requirement, wanted, made in row.gaps
    ]
