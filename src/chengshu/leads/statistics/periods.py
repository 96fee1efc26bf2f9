"""The period that statistics are asked for, and the one before it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

DAY, WEEK, MONTH, RANGE = "day", "week", "month", "range"
KINDS = (DAY, WEEK, MONTH, RANGE)


@dataclass(frozen=True)
class Period:
    """Days of reporting from ``begin`` to ``end``, both included."""

    kind: str
    begin: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.begin).days + 1

    def before(self) -> Period:
        """The day, week or month before; for a range as many days before it."""
        if self.kind == MONTH:
            return month_of(self.begin - timedelta(days=1))
        last = self.begin - timedelta(days=1)
        return Period(self.kind, last - timedelta(days=self.days - 1), last)

    def after(self) -> Period:
        """The next one of the same kind and length."""
        if self.kind == MONTH:
            return month_of(self.end + timedelta(days=1))
        first = self.end + timedelta(days=1)
        return Period(self.kind, first, first + timedelta(days=self.days - 1))


def month_of(day: date) -> Period:
    """The calendar month of a day."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(MONTH, day.replace(day=1), day.replace(day=last))


def period_of(kind: str, day: date, begin: date | None = None, end: date | None = None) -> Period:
    """The day, the week (Monday to Sunday) or the month of a day, or a range.

    A range without a begin or an end begins or ends on ``day``; one the wrong way round is turned.
    """
    if kind == DAY:
        return Period(DAY, day, day)
    if kind == WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(WEEK, monday, monday + timedelta(days=6))
    if kind == RANGE:
        first, last = sorted((begin or day, end or day))
        return Period(RANGE, first, last)
    return month_of(day)
