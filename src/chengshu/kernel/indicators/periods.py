"""Periods: years, quarters, months and other stretches of whole days, and the like ones before them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

Kind = Literal["year", "quarter", "month", "days"]
FIRST_YEAR, LAST_YEAR = 1949, 2999
MONTHS = {"year": 12, "quarter": 3, "month": 1}


class PeriodProblem(ValueError):
    """A text that names no period; one translated sentence."""


@dataclass(frozen=True, order=True)
class Period:
    """Whole days from ``start`` up to, not including, ``end``. ``kind`` decides what is like it."""

    start: date
    end: date
    kind: Kind = "days"

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise PeriodProblem(_("A period ends after it begins."))

    @classmethod
    def year(cls, year: int) -> Period:
        """A calendar year."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1), "year")

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Period:
        """A quarter, 1 to 4."""
        return cls(date(year, 3 * quarter - 2, 1), _months_on(date(year, 3 * quarter - 2, 1), 3), "quarter")

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A calendar month, 1 to 12."""
        return cls(date(year, month, 1), _months_on(date(year, month, 1), 1), "month")

    @classmethod
    def days(cls, first: date, last: date) -> Period:
        """From the first to the last day, both included."""
        return cls(first, last + timedelta(days=1))

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2020``, ``2020-Q3``, ``2020-03`` or ``2020-03-01..2020-12-31``. Raises `PeriodProblem`."""
        try:
            if found := re.fullmatch(r"(\d{4})", text):
                return cls.year(_year(found[1]))
            if found := re.fullmatch(r"(\d{4})-[Qq]([1-4])", text):
                return cls.quarter(_year(found[1]), int(found[2]))
            if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
                return cls.month(_year(found[1]), int(found[2]))
            if found := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text):
                first, last = (date.fromisoformat(part) for part in found.groups())
                _year(found[1][:4]), _year(found[2][:4])
                return cls.days(first, last)
        except ValueError:
            pass
        raise PeriodProblem(
            _("“%(text)s” is not a period like 2020, 2020-Q3, 2020-03 or 2020-03-01..2020-12-31.")
            % {"text": text[:40]}
        )

    @property
    def code(self) -> str:
        """What `parse` reads."""
        if self.kind == "year":
            return f"{self.start:%Y}"
        if self.kind == "quarter":
            return f"{self.start:%Y}-Q{(self.start.month + 2) // 3}"
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        return f"{self.start:%Y-%m-%d}..{self.last:%Y-%m-%d}"

    def __str__(self) -> str:
        if self.kind == "year":
            return _("%(year)s (year)") % {"year": self.start.year}
        if self.kind == "quarter":
            return _("%(year)s, quarter %(n)s") % {"year": self.start.year, "n": (self.start.month + 2) // 3}
        if self.kind == "month":
            return _("%(year)s, month %(n)s") % {"year": self.start.year, "n": self.start.month}
        return _("%(first)s to %(last)s") % {"first": date_format(self.start), "last": date_format(self.last)}

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The same as moments of the bureau's time zone, the second not included."""
        begin, end = (datetime.combine(day, time.min) for day in (self.start, self.end))
        return timezone.make_aware(begin), timezone.make_aware(end)

    def year_before(self) -> Period:
        """The same stretch a year earlier: what 同比 compares with. 29 February becomes the 28th."""
        if self.kind == "days":
            return Period.days(_years_back(self.start), _years_back(self.last))
        return Period(_months_on(self.start, -12), _months_on(self.end, -12), self.kind)

    def before(self) -> Period:
        """The stretch of the same kind and length just before: what 环比 compares with."""
        if self.kind == "days":
            return Period(self.start - (self.end - self.start), self.start)
        return Period(_months_on(self.start, -MONTHS[self.kind]), self.start, self.kind)

    def months(self) -> list[Period]:
        """The calendar months that lie wholly inside."""
        found, first = [], self.start if self.start.day == 1 else _months_on(self.start.replace(day=1), 1)
        while (after := _months_on(first, 1)) <= self.end:
            found.append(Period(first, after, "month"))
            first = after
        return found


def _year(text: str) -> int:
    if not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise ValueError(text)
    return int(text)


def _months_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, day.day)


def _years_back(day: date) -> date:
    return (
        day.replace(year=day.year - 1, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - 1)
    )
