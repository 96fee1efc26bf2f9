"""Counting: all indicators of one population, period and place in one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from chengshu.kernel.indicators import keeping, versions
from chengshu.kernel.indicators.declarations import Indicator, Population
from chengshu.kernel.indicators.keeping import Cell, Cells, Kept
from chengshu.kernel.indicators.periods import Period

MONTH = "month"
NONE = "-"  # the key of records without a value in the dimension
VALUE, SAMPLE = "value_", "sample_"  # before an id, which may be a column's name too


@dataclass(frozen=True)
class Ask:
    """What is asked for: an indicator's cells over a period and place, whole or divided by a dimension."""

    indicator: Indicator
    period: Period
    place: tuple[tuple[str, Any], ...] = ()
    by: str = ""

    @property
    def key(self) -> str:
        """Under which its cells are kept."""
        one = self.indicator
        outside = one.population.outside()
        return keeping.key_of(one.id, one.version, self.period.code, self.place, self.by, outside)

    @property
    def query(self) -> tuple[Any, ...]:
        """Asks with the same are counted in one query."""
        return self.indicator.population.code, self.period, self.place, self.by


def place_of(district: int | None, **limits: Any) -> tuple[tuple[str, Any], ...]:
    """A place in the form that is part of a key: the district first, then single dimensions."""
    chosen = {"district": district, **limits}
    return tuple(sorted((name, key) for name, key in chosen.items() if key is not None))


def rows_within(
    population: Population,
    period: Period,
    place: Iterable[tuple[str, Any]] = (),
    rows: QuerySet[Any] | None = None,
) -> QuerySet[Any]:
    """The records of a period and place, unscoped unless ``rows`` are somebody's."""
    found = population.rows() if rows is None else rows
    for name, key in place:
        path = population.district if name == "district" else population.dimensions[name].path
        found = found.filter(**{path: key})
    if population.within is not None:
        found = population.within(found, period)
    if population.time is None:
        return found
    begin, end = period.moments if population.moment == "datetime" else (period.start, period.end)
    return found.filter(**{f"{population.time}__gte": begin, f"{population.time}__lt": end})


_held: ContextVar[dict[Ask, Kept] | None] = ContextVar("figures_held", default=None)


@contextmanager
def held(asks: Iterable[Ask] = ()) -> Iterator[None]:
    """Inside the block each figure is asked of the database once; ``asks``, all in one go at its beginning.

    A page of many figures so costs one query for what is kept, and says the same number in all its places.
    """
    token = _held.set({})
    try:
        cells(asks)
        yield
    finally:
        _held.reset(token)


def cells(asks: Iterable[Ask]) -> dict[Ask, Kept]:
    """The cells of every ask, from what is kept where it still holds, else counted and kept."""
    wanted, known = list(dict.fromkeys(asks)), _held.get()
    found = {ask: known[ask] for ask in wanted if ask in known} if known else {}
    if len(found) < len(wanted):
        found |= _found([ask for ask in wanted if ask not in found])
    if known is not None:
        known |= found
    return found


def _found(wanted: list[Ask]) -> dict[Ask, Kept]:
    keys = {ask: ask.key for ask in wanted}
    kept = keeping.fresh(keys.values())
    groups: dict[tuple[Any, ...], list[Ask]] = {}
    for ask in wanted:
        if keys[ask] not in kept:
            groups.setdefault(ask.query, []).append(ask)
    if groups:
        lasting = any(not group[0].indicator.population.by_clock for group in groups.values())
        watched = versions.watched() if lasting else frozenset()
        for group in groups.values():
            kept |= _counted(group, watched)
    return {ask: kept[key] for ask, key in keys.items()}


def _counted(asks: list[Ask], watched: frozenset[str]) -> dict[str, Kept]:
    population, now = asks[0].indicator.population, timezone.now()
    snapshot = "" if population.by_clock else versions.snapshot()  # before anything is counted
    rows = rows_within(population, asks[0].period, asks[0].place).order_by()
    taken = {ask.indicator.id: ask.indicator for ask in asks}
    expressions: dict[str, Any] = {}
    for id_, one in taken.items():
        condition = one.where()
        expressions[VALUE + id_] = one.measure.expression(condition)
        if one.measure.kind != "count":
            expressions[SAMPLE + id_] = Count("pk", filter=condition or None)
    if asks[0].by:
        divided = rows.annotate(_by=_division(population, asks[0].by)).values("_by")
        answer = {_text(row["_by"]): row for row in divided.annotate(**expressions)}
    else:
        answer = {"": rows.aggregate(**expressions)}
    made = {ask.key: _cells(ask.indicator, answer) for ask in asks}
    if not population.by_clock:
        sources = _sources(rows, taken.values())
        if (by := population.dimensions.get(asks[0].by)) is not None:
            sources |= versions.tables_of(rows.values(by.path))
        if sources <= watched:
            keeping.keep(made, sources, snapshot, now)
    return {key: Kept(found, now) for key, found in made.items()}


def _division(population: Population, by: str) -> Any:
    if by == MONTH:
        if population.time is None:
            raise ValueError(f"{population.code} has no time to be divided by")
        return TruncMonth(population.time)
    return F(population.dimensions[by].path)


def _text(key: Any) -> str:
    if key is None:
        return NONE
    return f"{key:%Y-%m}" if isinstance(key, date) else str(key)


def _cells(indicator: Indicator, answer: Mapping[str, Mapping[str, Any]]) -> Cells:
    found = {}
    for key, row in answer.items():
        value = row[VALUE + indicator.id]
        sample = row.get(SAMPLE + indicator.id, value)
        if value is None and indicator.measure.kind == "sum":
            value = 0
        if sample or not key:
            found[key] = Cell(None if value is None else Decimal(value), sample)
    return found


def _sources(rows: QuerySet[Any], indicators: Iterable[Indicator]) -> frozenset[str]:
    """The tables that figures rest on: those of the records, of every condition and every measure."""
    found = versions.tables_of(rows.values("pk"))
    for one in indicators:
        found |= versions.tables_of(rows.filter(one.where()).values(one.measure.path or "pk"))
    return found


def sources_of(indicator: Indicator) -> frozenset[str]:
    """The tables that an indicator counts from, whatever the period and place."""
    rows = rows_within(indicator.population, Period.year(2020))
    divided = [rows.values(one.path) for one in indicator.population.dimensions.values()]
    return _sources(rows, [indicator]).union(*(versions.tables_of(each) for each in divided))


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything asked inside is counted in one snapshot, so that parts add up while others write."""
    if connection.in_atomic_block:
        yield
        return
    with keeping.kept_afterwards(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
