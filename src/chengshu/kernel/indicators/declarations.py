"""What an indicator is: a number with one name, one definition and the records behind it.

A domain declares its populations and indicators in its ``indicators.py`` and registers them here; the value
for any period and place, comparisons, series, rankings, breakdowns and the list of counted records follow
from the declaration (`chengshu.kernel.indicators.asking`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Aggregate, Avg, Count, Model, Q, QuerySet, Sum
from django.utils.functional import Promise

Text = str | Promise
Condition = Q | Callable[[], Q]
Moment = Literal["date", "datetime"]


@dataclass(frozen=True)
class Dimension:
    """Something a population can be divided by: town, squad, cause …

    ``path`` is the column; ``names`` turns keys, as texts, into what people read.
    """

    code: str
    label: Text
    path: str
    names: Callable[[Iterable[str]], Mapping[str, str]]


@dataclass(frozen=True, eq=False)
class Population:
    """Records of one kind, among which indicators count.

    rows: all of them, unscoped; visible: those that a person may open.
    time: the column by which a record belongs to a period; None for what stands at the period's end, which
    ``within`` then picks.
    district: path of the district's key. record: a line of the list of counted records (what it is called,
    address of its page). permission: what a person needs to open the records. outside: fingerprint of what
    conditions rest on beside the database, such as the law's catalogue. by_clock: what counts changes with
    time alone (a deadline passes), so that figures are never kept.
    """

    code: str
    label: Text
    rows: Callable[[], QuerySet[Any]]
    visible: Callable[[Any], QuerySet[Any]]
    time: str | None
    time_label: Text
    moment: Moment = "date"
    within: Callable[[QuerySet[Any], Any], QuerySet[Any]] | None = None
    district: str = "district"
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    permission: str = ""
    title: Callable[[Any], str] = str
    link: Callable[[Any], str] = lambda record: str(record.get_absolute_url())
    related: tuple[str, ...] = ()
    outside: Callable[[], str] = str
    by_clock: bool = False

    @property
    def model(self) -> type[Model]:
        """The kind of record."""
        return self.rows().model

    def when(self, record: Any) -> Any:
        """The moment by which a record belongs to a period; None for what merely stands at its end."""
        for name in self.time.split("__") if self.time else ():
            record = getattr(record, name, None)
        return record if self.time else None


@dataclass(frozen=True)
class Measure:
    """What is taken of the records: their number, a sum, a mean, or how many different values.

    ``of_fines``: the amount of fines or confiscations goes in, so that nothing may be ranked, targeted or
    scored by it (行政处罚法 art. 74 para. 3).
    """

    kind: Literal["count", "sum", "mean", "distinct"]
    path: str = ""
    of_fines: bool = False

    def expression(self, condition: Q) -> Aggregate:
        """The aggregate over the records that meet a condition."""
        chosen = condition or None
        if self.kind == "count":
            return Count("pk", filter=chosen)
        if self.kind == "distinct":
            return Count(self.path, filter=chosen, distinct=True)
        return (Sum if self.kind == "sum" else Avg)(self.path, filter=chosen)


COUNT = Measure("count")


class _Named:
    id: str
    name: Text
    definition: Text
    unit: str


@dataclass(frozen=True, eq=False)
class Indicator(_Named):
    """A figure counted from the records of one population.

    unit: code of the unit (`chengshu.kernel.indicators.units`). minimum: fewer records than this say nothing.
    version: raised when the definition changes, with ``since`` the day from which it holds; figures published
    before keep the value and the words they were published with. owner: the section that answers for it.
    """

    id: str
    name: Text
    definition: Text
    unit: str
    population: Population
    condition: Condition = field(default_factory=Q)
    measure: Measure = COUNT
    minimum: int = 0
    decimals: int = 0
    version: int = 1
    owner: str = ""

    @property
    def uses_fines(self) -> bool:
        """Whether the amount of fines goes in."""
        return self.measure.of_fines

    def where(self) -> Q:
        """The condition on the records."""
        return self.condition() if callable(self.condition) else self.condition


@dataclass(frozen=True, eq=False)
class Ratio(_Named):
    """A share or mean of two other indicators: ``factor`` × numerator ÷ denominator."""

    id: str
    name: Text
    definition: Text
    unit: str
    numerator: str
    denominator: str
    factor: Decimal = Decimal(100)
    minimum: int = 0
    decimals: int = 1
    version: int = 1
    owner: str = ""


@dataclass(frozen=True, eq=False)
class Change(_Named):
    """By how many percent a figure differs from the like period a year before (同比)."""

    id: str
    name: Text
    definition: Text
    of: str
    unit: str = "%"
    minimum: int = 0
    decimals: int = 1
    version: int = 1
    owner: str = ""


Declared = Indicator | Ratio | Change
_declared: dict[str, Declared] = {}


class UnknownIndicator(KeyError):
    """No indicator of that id is declared."""


def register(*indicators: Declared) -> None:
    """Make indicators known. Raises ValueError where an id is taken by another declaration."""
    for one in indicators:
        if (known := _declared.get(one.id)) is not None and known is not one:
            raise ValueError(f"Two indicators are called {one.id}.")
        _declared[one.id] = one


def declared(id_: str) -> Declared:
    """An indicator by its id. Raises `UnknownIndicator`."""
    try:
        return _declared[id_]
    except KeyError:
        raise UnknownIndicator(id_) from None


def all_declared() -> list[Declared]:
    """Every indicator, in the order of declaration."""
    return list(_declared.values())


def parts_of(one: Declared) -> list[str]:
    """The ids that a figure is made of."""
    if isinstance(one, Ratio):
        return [one.numerator, one.denominator]
    return [one.of] if isinstance(one, Change) else []


def basic(ids: Iterable[str]) -> list[Indicator]:
    """The counted indicators that figures rest on, each once. Raises `UnknownIndicator`."""
    found: dict[str, Indicator] = {}
    waiting = list(ids)
    while waiting:
        one = declared(waiting.pop(0))
        if isinstance(one, Indicator):
            found[one.id] = one
        waiting += parts_of(one)
    return list(found.values())


def uses_fines(id_: str) -> bool:
    """Whether the amount of fines goes into a figure, directly or through its parts."""
    return any(one.uses_fines for one in basic([id_]))
