"""Working days (工作日) by the State Council's yearly notices, and periods counted from a day.

The days come from the maintained package ``chinesecalendar``. A year that neither it nor
:func:`add_year` knows raises :class:`WorkingDayCalendarError`: a guessed deadline is worse than none.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, get_args

from chinese_calendar import constants
from django.utils import timezone
from django.utils.translation import gettext as _

DayUnit = Literal["calendar_day", "working_day", "month", "year"]
HourUnit = Literal["hour", "working_hour"]
Unit = Literal["calendar_day", "working_day", "month", "year", "hour", "working_hour"]
UNITS: tuple[str, ...] = get_args(Unit)

OfficeHours = Sequence[tuple[time, time]]
#: Used where the caller names no office hours; a bureau sets its own.
DEFAULT_OFFICE_HOURS: OfficeHours = ((time(9, 0), time(12, 0)), (time(13, 30), time(17, 30)))

_ONE_DAY = timedelta(days=1)


class WorkingDayCalendarError(LookupError):
    """The holiday notice of the year is not known; carries one translated sentence."""


@dataclass(frozen=True)
class _Year:
    rest: frozenset[date]
    makeup: frozenset[date]


_added: dict[int, _Year] = {}


@lru_cache(maxsize=1)
def _packaged_years() -> tuple[int, int]:
    return min(constants.holidays).year, max(constants.holidays).year


def covered_years() -> list[int]:
    """The years whose holidays are known, in order."""
    first, last = _packaged_years()
    return sorted({*range(first, last + 1), *_added})


def add_year(year: int, *, holidays: Iterable[date], makeup_days: Iterable[date]) -> None:
    """Make a year known (or correct it) for this process, from its State Council notice.

    For the weeks between a new notice and the package's next release. Raises ``ValueError`` for a day
    of another year.
    """
    rest, makeup = frozenset(holidays), frozenset(makeup_days)
    if any(day.year != year for day in rest | makeup):
        raise ValueError(_("Every day must lie in the year %(year)s.") % {"year": year})
    _added[year] = _Year(rest, makeup)


def is_working_day(day: date) -> bool:
    """Whether offices work on the day: make-up days (调休上班) count, holidays and weekends do not."""
    if isinstance(day, datetime):
        day = _as_date(day)
    known = _added.get(day.year)
    if known is not None:
        return day in known.makeup or (day.weekday() < 5 and day not in known.rest)
    first, last = _packaged_years()
    if not first <= day.year <= last:
        raise WorkingDayCalendarError(
            _(
                "The public holidays of %(year)s are not known yet (known: %(first)s to %(last)s). "
                "Update the holiday calendar first."
            )
            % {"year": day.year, "first": first, "last": covered_years()[-1]}
        )
    return day in constants.workdays or (day.weekday() < 5 and day not in constants.holidays)


def is_public_holiday(day: date) -> bool:
    """Whether the day is off by a public holiday (法定节假日 with its exchanged days); no mere weekend.

    False for years whose holidays are not known.
    """
    known = _added.get(day.year)
    return day in (known.rest if known is not None else constants.holidays)


def next_working_day(day: date) -> date:
    """The day itself if it is a working day, else the first one after it (节假日顺延)."""
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when ``end`` comes first."""
    if end < start:
        return -working_days_between(end, start)
    days = (start + timedelta(days=i) for i in range(1, (end - start).days + 1))
    return sum(1 for day in days if is_working_day(day))


def add_period(start: date, n: int, unit: DayUnit, *, roll: bool = False) -> date:
    """The last day of a period of ``n`` units that begins on ``start``; it runs until 24:00 of that day.

    The first day is not counted (期间开始之日不计入, Civil Code art. 201). Months and years end on the same
    day of the month, or its last day if there is none (art. 202). With ``roll`` a last day that is a day
    of rest moves to the next working day (art. 203). ``n`` may be negative: counted backwards, for
    "at least seven working days before". An aware ``datetime`` counts from its local date.

    Raises :class:`WorkingDayCalendarError` for years without a known calendar, ``ValueError`` for a unit
    of hours (see :func:`add_hours`).
    """
    day = _as_date(start) if isinstance(start, datetime) else start
    if unit == "working_day":
        return _add_working_days(day, n)
    if unit == "calendar_day":
        end = day + timedelta(days=n)
    elif unit == "month":
        end = _add_months(day, n)
    elif unit == "year":
        end = _add_months(day, 12 * n)
    else:
        raise ValueError(_("“%(unit)s” is not a unit of days.") % {"unit": unit})
    return next_working_day(end) if roll else end


def add_hours(
    start: datetime, n: float, unit: HourUnit = "hour", *, office_hours: OfficeHours = DEFAULT_OFFICE_HOURS
) -> datetime:
    """The moment ``n`` hours after ``start``; ``working_hour`` counts only office hours of working days.

    ``office_hours`` are (from, to) pairs of local clock times in order. ``n`` must not be negative. Counts
    on the clock of ``start``'s own time zone (China has no summer time).
    """
    if n < 0:
        raise ValueError(_("A number of hours cannot be negative."))
    if unit == "hour":
        return start + timedelta(hours=n)
    if unit != "working_hour":
        raise ValueError(_("“%(unit)s” is not a unit of hours.") % {"unit": unit})
    _check_office_hours(office_hours)
    left = timedelta(hours=n)
    day = start.date()
    moment = start
    while True:
        if is_working_day(day):
            for opens, closes in office_hours:
                begin = max(moment, datetime.combine(day, opens, start.tzinfo))
                end = datetime.combine(day, closes, start.tzinfo)
                if begin < end:
                    if begin + left <= end:
                        return begin + left
                    left -= end - begin
                    moment = end
        day += _ONE_DAY


def _add_working_days(day: date, n: int) -> date:
    step = _ONE_DAY if n >= 0 else -_ONE_DAY
    left = abs(n)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def _add_months(day: date, n: int) -> date:
    index = day.year * 12 + day.month - 1 + n
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _as_date(moment: datetime) -> date:
    return timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()


def _check_office_hours(office_hours: OfficeHours) -> None:
    edges = [edge for pair in office_hours for edge in pair]
    if not edges or edges != sorted(set(edges)):
        raise ValueError(_("Office hours must be periods of the day in order, without overlap."))
