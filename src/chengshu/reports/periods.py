"""When something is due that is sent again and again, and which period it tells about."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from chengshu.kernel.indicators.periods import Period
from chengshu.reports.models import Delivery

Span = Delivery.Span


def next_due(span: str, weekday: int, day: int, hour: int, after: datetime) -> datetime:
    """The first moment after another at which something is due, in the bureau's time.

    weekday: 1 Monday to 7 Sunday, for weeks. day: of the month (of a quarter's first month), 1 to 28.
    """
    here = timezone.localtime(after).date()
    if span == Span.WEEK:
        days = [here + timedelta(days=each) for each in range(8)]
        days = [each for each in days if each.isoweekday() == weekday]
    else:
        step = 1 if span == Span.MONTH else 3
        first = here.replace(day=1, month=here.month if step == 1 else 3 * ((here.month - 1) // 3) + 1)
        days = [first.replace(day=day), _months_on(first, step).replace(day=day)]
    moments = [timezone.make_aware(datetime.combine(each, time(hour))) for each in days]
    return next(each for each in moments if each > after)


def period_before(span: str, due: datetime) -> Period:
    """The last whole week (Monday to Sunday), month or quarter before the day something is due."""
    day = timezone.localtime(due).date()
    if span == Span.WEEK:
        monday = day - timedelta(days=day.isoweekday() - 1)
        return Period.days(monday - timedelta(days=7), monday - timedelta(days=1))
    if span == Span.MONTH:
        return Period.month(day.year, day.month).before()
    return Period.quarter(day.year, (day.month + 2) // 3).before()


def _months_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
