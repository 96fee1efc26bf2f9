"""Asking for figures: values, comparisons, series, breakdowns, rankings and the records behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chengshu.kernel.indicators.computing import MONTH, NONE, Ask, cells, rows_within
from chengshu.kernel.indicators.declarations import (
    Change,
    Declared,
    Indicator,
    Ratio,
    basic,
    declared,
    uses_fines,
)
from chengshu.kernel.indicators.keeping import Cell, Kept
from chengshu.kernel.indicators.periods import Period

Place = tuple[tuple[str, Any], ...]
HUNDRED = Decimal(100)
NOTHING = Cell(None, 0)
RIVALS = ("squad", "town")  # who must not be set against each other by fines
FINES_ARTICLE = "《行政处罚法》第七十四条第三款"


class FinesForbidden(ValueError):
    """Something was to be ranked, targeted or scored by the amount of fines; one translated sentence."""


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Rounded with halves away from nought (四舍五入)."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@dataclass(frozen=True)
class Figure:
    """An indicator's value over a period and place.

    value: exact, None where there is nothing to take it of or the sample is too small (``enough`` false).
    numerator, denominator: kept for ratios and changes. sample: records counted (of the denominator for a
    ratio). computed_at: when the oldest part was counted.
    """

    indicator: str
    version: int
    period: Period
    place: Place
    value: Decimal | None
    sample: int
    computed_at: datetime
    enough: bool = True
    numerator: Decimal | None = None
    denominator: Decimal | None = None

    @property
    def rounded(self) -> Decimal | None:
        """The value with the decimals the indicator declares, halves up."""
        return None if self.value is None else rounded(self.value, declared(self.indicator).decimals)


@dataclass(frozen=True)
class Line:
    """One part of a breakdown. place: rank among its like, the same for equal values, None without value."""

    key: str
    label: str
    figure: Figure
    rank: int | None = None


def refuse_fines(id_: str) -> None:
    """Raise `FinesForbidden` where the amount of fines goes into a figure."""
    if uses_fines(id_):
        raise FinesForbidden(
            _(
                "The amount of fines may not be ranked, set as a target or scored (%(article)s). "
                "Choose a figure that counts cases or deadlines."
            )
            % {"article": FINES_ARTICLE}
        )


def figures(ids: Iterable[str], period: Period, place: Place = ()) -> dict[str, Figure]:
    """Many figures of one period and place: one query a population, one for what is kept."""
    found = _divided(list(ids), period, place, "")
    return {id_: parts[""] for id_, parts in found.items()}


def figure(id_: str, period: Period, place: Place = ()) -> Figure:
    """One figure. Raises `UnknownIndicator`."""
    return figures([id_], period, place)[id_]


@dataclass(frozen=True)
class Compared:
    """A figure beside the like one of another period. difference: of values; change: in percent."""

    now: Figure
    then: Figure

    @property
    def difference(self) -> Decimal | None:
        """By how much it rose."""
        if self.now.value is None or self.then.value is None:
            return None
        return self.now.value - self.then.value

    @property
    def change(self) -> Decimal | None:
        """By how many percent it rose; None where there was nothing before."""
        return _percent(self.now.value, self.then.value)


def year_on_year(ids: Iterable[str], period: Period, place: Place = ()) -> dict[str, Compared]:
    """同比: each figure beside that of the same stretch a year before."""
    return _compared(ids, period, period.year_before(), place)


def period_on_period(ids: Iterable[str], period: Period, place: Place = ()) -> dict[str, Compared]:
    """环比: each figure beside that of the stretch just before."""
    return _compared(ids, period, period.before(), place)


def asks_for(id_: str, period: Period, place: Place = (), by: str = "") -> list[Ask]:
    """What `figures`, or `series` (``by`` MONTH) or `breakdown`, will ask for; for `computing.held`."""
    if by == MONTH and not _by_month(id_):
        return [ask for month in period.months() for ask in asks_for(id_, month, place)]
    return [Ask(basic([leaf])[0], when, place, by) for leaf, when in _leaves([id_], period)]


def series(id_: str, period: Period, place: Place = ()) -> list[tuple[Period, Figure]]:
    """Month by month over a period; months without records have the value of nothing."""
    if _by_month(id_):
        by_month = _divided([id_], period, place, MONTH)[id_]
        at = next(iter(by_month.values())).computed_at if by_month else None
        return [
            (month, by_month.get(f"{month.start:%Y-%m}") or _empty(id_, month, place, at))
            for month in period.months()
        ]
    return [(month, figure(id_, month, place)) for month in period.months()]


def breakdown(id_: str, period: Period, by: str, place: Place = ()) -> list[Line]:
    """The parts of a figure by a dimension, largest first; squads and towns not by fines, but by name.

    Raises KeyError for an unknown dimension.
    """
    dimension = dimensions_of(id_)[by]
    parts = _divided([id_], period, place, by)[id_]
    names = dimension.names([key for key in parts if key not in (NONE, "")])
    lines = [
        Line(key, _("Not stated") if key == NONE else names.get(key, key), one)
        for key, one in parts.items()
        if key
    ]
    if by in RIVALS and uses_fines(id_):
        return sorted(lines, key=lambda line: line.label)
    return sorted(lines, key=lambda line: (line.figure.value is None, -(line.figure.value or 0), line.label))


def ranking(
    id_: str, period: Period, by: str, place: Place = (), *, among: Mapping[str, str] | None = None
) -> list[Line]:
    """The parts in order with their ranks, equal values sharing one (1, 1, 3).

    among: key and name of everybody who takes part, so that whoever has no records is ranked too. Raises
    `FinesForbidden`.
    """
    refuse_fines(id_)
    lines = [line for line in breakdown(id_, period, by, place) if line.key != NONE]
    if among is not None:
        have = {line.key: line.figure for line in lines}
        at = lines[0].figure.computed_at if lines else None
        lines = [
            Line(key, name, have.get(key) or _empty(id_, period, place, at)) for key, name in among.items()
        ]
        lines.sort(key=lambda line: (line.figure.value is None, -(line.figure.value or 0)))
    ranked, values = [], [line.figure.value for line in lines]
    for line in lines:
        rank = None if line.figure.value is None else values.index(line.figure.value) + 1
        ranked.append(Line(line.key, line.label, line.figure, rank))
    return ranked


def records(one: Indicator, period: Period, place: Place = (), *, viewer: Any = None) -> QuerySet[Any]:
    """The records a counted figure rests on: all of them, or those that ``viewer`` may open."""
    population = one.population
    rows = None if viewer is None else population.visible(viewer)
    found = rows_within(population, period, place, rows).filter(one.where())
    order = [f"-{population.time}", "-pk"] if population.time else ["-pk"]
    return found.select_related(*population.related).order_by(*order)


def dimensions_of(id_: str) -> Mapping[str, Any]:
    """What a figure can be divided by: the dimensions that all its parts share."""
    parts = basic([id_])
    shared = set.intersection(*(set(one.population.dimensions) for one in parts))
    return {code: one for code, one in parts[0].population.dimensions.items() if code in shared}


def _by_month(id_: str) -> bool:
    """Whether the months of a figure are one query: its records have a time, and it compares no years."""
    return not isinstance(declared(id_), Change) and all(one.population.time for one in basic([id_]))


def _compared(ids: Iterable[str], now: Period, then: Period, place: Place) -> dict[str, Compared]:
    asked = list(ids)
    here, there = figures(asked, now, place), figures(asked, then, place)
    return {id_: Compared(here[id_], there[id_]) for id_ in asked}


def _divided(ids: Sequence[str], period: Period, place: Place, by: str) -> dict[str, dict[str, Figure]]:
    """Figures by the keys of a dimension; parts of ratios and changes are asked for in the same go."""
    asks: dict[str, Ask] = {}
    for id_, when in _leaves(ids, period):
        asks[f"{id_} {when.code}"] = Ask(basic([id_])[0], when, place, by)
    kept = cells(asks.values())
    counted = {name: kept[ask] for name, ask in asks.items()}
    return {id_: _figures(declared(id_), period, place, counted, by) for id_ in ids}


def _leaves(ids: Iterable[str], period: Period) -> Iterable[tuple[str, Period]]:
    for id_ in ids:
        one = declared(id_)
        if isinstance(one, Ratio):
            yield from _leaves((one.numerator, one.denominator), period)
        elif isinstance(one, Change):
            yield from _leaves((one.of,), period)
            yield from _leaves((one.of,), period.year_before())
        else:
            yield id_, period


def _figures(
    one: Declared, period: Period, place: Place, counted: Mapping[str, Kept], by: str
) -> dict[str, Figure]:
    if isinstance(one, Indicator):
        kept = counted[f"{one.id} {period.code}"]
        return {key: _counted(one, period, place, cell, kept) for key, cell in kept.cells.items()}
    if isinstance(one, Ratio):
        above, below = (
            _figures(declared(part), period, place, counted, by) for part in (one.numerator, one.denominator)
        )
        factor = one.factor
    else:
        above = _figures(declared(one.of), period, place, counted, by)
        below = _figures(declared(one.of), period.year_before(), place, counted, by)
        factor = HUNDRED
    return {
        key: _formed(one, period, place, above.get(key), below.get(key), factor)
        for key in dict.fromkeys((*above, *below))
    }


def _counted(one: Indicator, period: Period, place: Place, cell: Cell, kept: Kept) -> Figure:
    enough = cell.sample >= one.minimum
    value = cell.value if enough else None
    return Figure(one.id, one.version, period, place, value, cell.sample, kept.computed_at, enough)


def _formed(
    one: Ratio | Change,
    period: Period,
    place: Place,
    above: Figure | None,
    below: Figure | None,
    factor: Decimal,
) -> Figure:
    top = above.value if above else Decimal(0)
    under = below.value if below else Decimal(0)
    sample = below.sample if below else 0
    if isinstance(one, Change):
        value = _percent(top, under)
    else:
        value = factor * top / under if top is not None and under else None
    enough = sample >= one.minimum
    at = min(part.computed_at for part in (above, below) if part)
    value = value if enough else None
    return Figure(one.id, one.version, period, place, value, sample, at, enough, top, under)


def _percent(now: Decimal | None, then: Decimal | None) -> Decimal | None:
    return None if now is None or not then else HUNDRED * (now - then) / then


def _empty(id_: str, period: Period, place: Place, at: datetime | None) -> Figure:
    from django.utils import timezone

    one = declared(id_)
    nothing = isinstance(one, Indicator) and one.measure.kind != "mean"
    enough = one.minimum <= 0
    value = Decimal(0) if nothing and enough else None
    return Figure(id_, one.version, period, place, value, 0, at or timezone.now(), enough)
