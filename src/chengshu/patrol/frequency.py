"""巡查频次: how often points were to be seen on a day, and how often they were. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from chengshu.kernel.workdays import WorkingDayCalendarError, is_working_day
from chengshu.patrol.models import Requirement

SATURDAY = 5
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Judged:
    """Required visits, those made, and the windows that fell short: (point, requirement, wanted, made)."""

    due: int
    met: int
    gaps: tuple[tuple[int, int, int, int], ...]


def holds(requirement: Requirement, street_class: str, district_id: int, day: date, workday: bool) -> bool:
    """Whether a requirement is about a beat of that class on that day."""
    return (
        requirement.street_class == street_class
        and requirement.district_id == district_id
        and requirement.valid_from <= day
        and (requirement.valid_to is None or day <= requirement.valid_to)
        and (workday or not requirement.workdays_only)
    )


def judge(
    requirements: Iterable[Requirement],
    points: Sequence[int],
    visits: Mapping[tuple[int, int], int],
    ended: int = 24,
) -> Judged:
    """Compare the visits, by (point, hour), with the requirements that hold on the day.

    Only windows that end at or before the hour ``ended`` count. More visits than wanted make up for nothing.
    """
    due = met = 0
    gaps = []
    for one in requirements:
        if one.end_hour > ended:
            continue
        for point in points:
            made = sum(visits.get((point, hour), 0) for hour in range(one.first_hour, one.end_hour))
            due += one.visits
            met += min(made, one.visits)
            if made < one.visits:
                gaps.append((point, one.pk, one.visits, made))
    return Judged(due, met, tuple(gaps))


def visits_of(seen: Iterable[tuple[int, datetime, Seen]], apart: timedelta) -> list[tuple[int, Seen]]:
    """The visits among check-ins ``(point, moment, anything)`` in the order of their moments: one that comes
    sooner than ``apart`` after the last visit to its point is part of that visit."""
    last: dict[int, datetime] = {}
    found = []
    for point, at, what in seen:
        if point not in last or at - last[point] >= apart:
            last[point] = at
            found.append((point, what))
    return found


def is_workday(day: date) -> bool:
    """By the State Council's notice; Monday to Friday in a year whose notice is not known yet."""
    try:
        return is_working_day(day)
    except WorkingDayCalendarError:
        return day.weekday() < SATURDAY
