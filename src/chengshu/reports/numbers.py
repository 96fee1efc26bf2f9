"""What a report may say of its figures, counted in one snapshot: values, comparisons, ranks, targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from chengshu.bureau.models import District, Unit
from chengshu.kernel.indicators.asking import (
    Compared,
    Figure,
    dimensions_of,
    figures,
    period_on_period,
    ranking,
    year_on_year,
)
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import Change, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.aims import Aim, aims
from chengshu.reports.checking import alike
from chengshu.reports.places import SQUAD, ranked, squads_of
from chengshu.reports.template import RANK, TARGET, Condition, Template
from chengshu.reports.wording import Form, points

YEAR, BEFORE, WHOLE = ("同比", "上年"), ("环比", "上期"), "全区"


@dataclass(frozen=True)
class Numbers:
    """The figures of a report. year, before: beside those of the year and the period before.

    like_year, like_before: ids of the figures for which the two may be compared (`checking.alike`).
    wider: the district's figures where the report tells of a squad; ranks: among the squads.
    """

    period: Period
    year: Mapping[str, Compared]
    like_year: frozenset[str] = frozenset()
    before: Mapping[str, Compared] = field(default_factory=dict)
    like_before: frozenset[str] = frozenset()
    wider: Mapping[str, Figure] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    aims: Mapping[str, Aim] = field(default_factory=dict)

    def now(self, id_: str) -> Decimal | None:
        """A figure's value; None where it is not counted yet or has none."""
        both = self.year.get(id_)
        return None if both is None else both.now.value

    def compared(self, id_: str, kind: str) -> Compared | None:
        """A figure beside the year (同比, 上年) or the period before (环比, 上期), if the two are alike."""
        if kind in YEAR:
            return self.year.get(id_) if id_ in self.like_year else None
        return self.before.get(id_) if id_ in self.like_before else None

    def value(self, id_: str, kind: str = "") -> Decimal | None:
        """What a form of that kind says of a figure, as a number."""
        if kind in (*YEAR, *BEFORE):
            if isinstance(declared(id_), Change):
                return self.now(id_) if kind == "同比" else None
            both = self.compared(id_, kind)
            if both is None:
                return None
            if kind in ("上年", "上期"):
                return both.then.value
            return both.difference if declared(id_).unit == "%" else both.change
        if kind == WHOLE:
            return self.wider[id_].value if id_ in self.wider else None
        if kind == RANK:
            return Decimal(self.ranks[id_]) if id_ in self.ranks else None
        return self.now(id_)

    def meets(self, condition: Condition) -> bool:
        """Whether a figure meets a condition; what is not known does not."""
        known = condition.figure in self.year
        return known and condition.holds(self.value(condition.figure, condition.of))

    def text(self, id_: str, form: Form) -> str | None:
        """A figure as a sentence says it; None where it cannot be said."""
        if id_ not in self.year:
            return None
        if form.kind == TARGET:
            return self.aims[id_].words if id_ in self.aims else None
        value, one = self.value(id_, form.kind), declared(id_)
        if value is None:
            return None
        if form.kind in ("同比", "环比") and one.unit == "%" and not isinstance(one, Change):
            return points(value, one.decimals if form.decimals is None else form.decimals)
        return form.write(value, 0 if form.kind == RANK else one.decimals)


def numbers_of(
    template: Template, ids: Iterable[str], district: District, period: Period, squad: Unit | None
) -> Numbers:
    """The numbers that a template asks for. Raises `FinesForbidden` where a rank rests on fines."""
    wanted = [id_ for id_ in ids if squad is None or SQUAD in dimensions_of(id_)]
    whole = place_of(district.pk)
    place = place_of(district.pk, squad=squad.pk) if squad else whole
    asks = template.asks()
    year = year_on_year(wanted, period, place)
    before = period_on_period(wanted, period, place) if asks & set(BEFORE) else {}
    return Numbers(
        period,
        year,
        alike(year, district.pk),
        before,
        alike(before, district.pk),
        figures(wanted, period, whole) if squad else {},
        _ranks(template.ranked() & set(wanted), district, period, squad) if squad else {},
        aims(district, period.start.year + 1) if TARGET in asks else {},
    )


def _ranks(ids: Iterable[str], district: District, period: Period, squad: Unit | None) -> dict[str, int]:
    among = ranked(squads_of(district.pk))
    found: dict[str, int] = {}
    for id_ in ids:
        for line in ranking(id_, period, SQUAD, place_of(district.pk), among=among):
            if squad and line.key == str(squad.pk) and line.rank:
                found[id_] = line.rank
    return found
