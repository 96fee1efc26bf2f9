"""Counting ahead what people are going to look at, so that a page finds its figures kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from chengshu.bureau.models import District
from chengshu.kernel.indicators.asking import dimensions_of, figures
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.places import SQUAD, squads_of
from chengshu.reports.showing import so_far

SETTLING = timedelta(days=31)  # so long after its end a year is still looked at and written to


def periods_in_use(today: date) -> list[Period]:
    """What has passed of this year, quarter and month, each with the like stretch of the year before.

    In January last year too.
    """
    year = Period.year(today.year)
    whole = [year, Period.quarter(today.year, (today.month + 2) // 3), Period.month(today.year, today.month)]
    now = [so_far(period, today) for period in whole]
    if today - year.start < SETTLING:
        now.append(Period.year(today.year - 1))
    return list(dict.fromkeys([*now, *(each.year_before() for each in now)]))


def refresh(today: date) -> int:
    """Count what has changed since it was kept, for each district and its squads; returns how many places.

    What still holds costs one query a place and period.
    """
    every = [one.id for one in all_declared()]
    divisible = [id_ for id_ in every if SQUAD in dimensions_of(id_)]
    places = 0
    for district, squad in _places():
        for period in periods_in_use(today):
            figures(divisible if squad else every, period, place_of(district, squad=squad))
        places += 1
    return places


def _places() -> Iterator[tuple[int, int | None]]:
    for district in District.objects.order_by("id").values_list("pk", flat=True):
        yield district, None
        for squad in squads_of(district).values_list("pk", flat=True):
            yield district, squad
