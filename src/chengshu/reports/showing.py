"""What a dashboard shows of a period and place: numbers, tables and what charts are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chengshu.kernel.indicators.asking import (
    Compared,
    Figure,
    Line,
    asks_for,
    breakdown,
    ranking,
    series,
    year_on_year,
)
from chengshu.kernel.indicators.computing import MONTH, held
from chengshu.kernel.indicators.declarations import Declared, Indicator, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.boards import BREAKDOWN, DIVIDED, LEAST, RANKING, SERIES, TARGETS, TILE, Item
from chengshu.reports.places import Where


@dataclass(frozen=True)
class Row:
    """A line of a table. keys: what opens it, as query of the page of records (or of another period)."""

    label: str
    figure: Figure
    then: Figure | None = None
    rank: int | None = None
    keys: dict[str, str] = field(default_factory=dict)
    period: Period | None = None


@dataclass(frozen=True)
class Shown:
    """One item with its numbers. both: of a tile. rows: of everything else. rest: lines not shown."""

    item: Item
    one: Declared | None
    both: Compared | None = None
    rows: Sequence[Row] = ()
    rest: int = 0

    @property
    def unit(self) -> str:
        """Behind the numbers."""
        return unit_name(self.one.unit) if self.one else ""

    @property
    def counted(self) -> bool:
        """Whether the figure opens records itself, not those of its parts."""
        return isinstance(self.one, Indicator)


MONTHS_MOST = 36


def so_far(period: Period, today: date) -> Period:
    """What has passed of a period, so that a running year stands beside the same days of the last.

    A period yet to come stays as it is.
    """
    if not period.start <= today < period.last:
        return period
    return Period(period.start, today + timedelta(days=1))


def has_months(period: Period) -> bool:
    """Whether a period is short enough to be told month by month."""
    return (period.end - period.start).days <= MONTHS_MOST * 31


def months_of(period: Period) -> Period:
    """The calendar year whose months a chart of a period shows."""
    return Period.year(period.last.year)


Told = tuple[list[Shown], list[Declared]]


def show(items: Iterable[Item], period: Period, where: Where, today: date) -> Told:
    """Every item with its numbers, and the figures that cannot be told for the place.

    period: as chosen; numbers are those of its days so far. Targets come without rows: see `targets`.
    """
    listed = list(items)
    told = [one for one in listed if one.kind == TARGETS or _tellable(one, where)]
    left = {one.figure: declared(one.figure) for one in listed if one.figure and not where.tells(one.figure)}
    with asked_at_once(told, period, where, today):
        return [_shown(one, period, where, today) for one in told], list(left.values())


@contextmanager
def asked_at_once(items: Iterable[Item], period: Period, where: Where, today: date) -> Iterator[None]:
    """Ask for everything that items need in one go."""
    now, year = so_far(period, today), months_of(period)
    asks = []
    for one in items:
        if one.kind == TARGETS:
            continue
        if one.kind in DIVIDED:
            asks += asks_for(one.figure, now, where.place, one.by)
            continue
        asks += asks_for(one.figure, year, where.place, MONTH)
        if one.kind == TILE:
            asks += asks_for(one.figure, now, where.place)
            asks += asks_for(one.figure, now.year_before(), where.place)
        else:
            asks += asks_for(one.figure, year.year_before(), where.place, MONTH)
    with held(asks):
        yield


def _tellable(item: Item, where: Where) -> bool:
    if item.kind in DIVIDED and item.by in where.query():
        return False  # one squad among itself is no ranking
    return where.tells(item.figure)


def _shown(item: Item, period: Period, where: Where, today: date) -> Shown:
    if item.kind == TARGETS:
        return Shown(item, None)
    one, now = declared(item.figure), so_far(period, today)
    if item.kind == TILE:
        both = year_on_year([item.figure], now, where.place)[item.figure]
        return Shown(item, one, both, _months(item.figure, months_of(period), where, today))
    if item.kind == SERIES:
        return Shown(item, one, rows=_months(item.figure, months_of(period), where, today, before=True))
    if item.kind == BREAKDOWN:
        lines = breakdown(item.figure, now, item.by, where.place)
    else:
        assert item.kind == RANKING  # noqa: S101  the schema knows no other
        lines = ranking(item.figure, now, item.by, where.place, among=where.among(item.by))
    if item.order == LEAST:
        lines = _smallest_first(lines)
    rows = [Row(line.label, line.figure, rank=line.rank, keys={item.by: line.key}) for line in lines]
    return Shown(item, one, rows=rows[: item.rows], rest=max(0, len(rows) - item.rows))


def _months(id_: str, year: Period, where: Where, today: date, *, before: bool = False) -> list[Row]:
    """The months of a year that have begun, each beside that of the year before if asked for."""
    then = [figure for _month, figure in series(id_, year.year_before(), where.place)] if before else []
    rows = []
    for at, (month, figure) in enumerate(series(id_, year, where.place)):
        ahead = month.start > today
        if ahead and not before:
            continue
        shown = replace(figure, value=None) if ahead else figure
        rows.append(Row(str(month), shown, then[at] if before else None, period=month))
    return rows


def _smallest_first(lines: list[Line]) -> list[Line]:
    """The same lines from the smallest on, with the ranks of that order; what has no value stays last."""
    told = sorted(
        (line for line in lines if line.figure.value is not None),
        key=lambda line: line.figure.value or Decimal(0),
    )
    values = [line.figure.value for line in told]
    ranked = [
        replace(line, rank=None if line.rank is None else values.index(line.figure.value) + 1)
        for line in told
    ]
    return ranked + [line for line in lines if line.figure.value is None]


def spark(rows: Sequence[Row], width: int = 96, height: int = 24) -> str:
    """The points of a small line through the months, for SVG; empty where there are fewer than two values."""
    values = [float(row.figure.value) for row in rows if row.figure.value is not None]
    if len(values) < 2:
        return ""
    low, high = min(0.0, *values), max(values)
    step, span = width / (len(values) - 1), (high - low) or 1.0
    return " ".join(
        f"{at * step:.1f},{height - 1 - (value - low) / span * (height - 2):.1f}"
        for at, value in enumerate(values)
    )


def chart(shown: Shown, now: str, then: str) -> dict[str, Any] | None:
    """What the chart island draws; None for what is no chart. now, then: names of the two years."""
    if all(row.figure.value is None and (row.then is None or row.then.value is None) for row in shown.rows):
        return None
    if shown.item.kind == SERIES:
        return {
            "kind": "series",
            "labels": [row.period.start.month for row in shown.rows if row.period],
            "unit": shown.unit,
            "lines": [
                {"name": now, "values": [_value(row.figure) for row in shown.rows]},
                {"name": then, "values": [_value(row.then) for row in shown.rows]},
            ],
        }
    if shown.item.kind in DIVIDED:
        return {
            "kind": "bars",
            "labels": [row.label for row in shown.rows],
            "unit": shown.unit,
            "lines": [{"name": now, "values": [_value(row.figure) for row in shown.rows]}],
        }
    return None


def _value(figure: Figure | None) -> float | None:
    shown = figure.rounded if figure else None
    return None if shown is None else float(shown)
