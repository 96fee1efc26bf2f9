"""Targets with how their figures stand, and who is told when a light gets worse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from chengshu.kernel.indicators.asking import Figure, Place, asks_for, figure, rounded, series
from chengshu.kernel.indicators.computing import MONTH, Ask, held, place_of
from chengshu.kernel.indicators.declarations import Declared, Indicator, Ratio, all_declared, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.lights import Light, Standing, course_of, judge, rules
from chengshu.reports.models import Target
from chengshu.reports.places import Where
from chengshu.reports.showing import so_far
from chengshu.ui import formats

DATA = Path(__file__).parent / "data"
ADDED_UP = ("count", "sum")
CEILING = Decimal(100)


@dataclass(frozen=True)
class Prepared:
    """A target of the data file, which somebody may adopt."""

    figure: str
    comparison: str
    value: Decimal
    year: int
    source: str
    unverified: bool


@dataclass(frozen=True)
class Seen:
    """A target, its figure so far, and its light."""

    target: Target
    one: Declared
    figure: Figure | None
    light: Light

    @property
    def place(self) -> str:
        """Whose it is."""
        where = self.target.squad or self.target.town
        return where.label if where else _("Whole district")

    @property
    def wanted(self) -> str:
        """≥ 98%."""
        sign = "≥" if self.target.comparison == Target.Comparison.AT_LEAST else "≤"
        return f"{sign} {written(self.target.value.normalize(), self.one, exact=True)}"

    @property
    def reason(self) -> str:
        """Why the light has its colour."""
        return self.light.reason(lambda value: written(value, self.one))


def written(value: Decimal, one: Declared, *, exact: bool = False) -> str:
    """A number of a figure with its unit, rounded as the figure is; ``exact``: with all its decimals."""
    number = formats.number(value if exact else rounded(value, one.decimals), None if exact else one.decimals)
    if exact:
        number = f"{value:,f}"
    unit = unit_name(one.unit)
    return f"{number}%" if unit == "%" else f"{number} {unit}"


@cache
def prepared() -> tuple[Prepared, ...]:
    """The targets of the data file whose figures are counted."""
    raw = yaml.safe_load((DATA / "targets.yaml").read_text(encoding="utf-8"))["targets"]
    known = {one.id for one in all_declared()}
    return tuple(
        Prepared(
            one["figure"], one["comparison"], Decimal(str(one["value"])), one["year"], one["source"],
            bool(one.get("unverified")),
        )
        for one in raw
        if one["figure"] in known
    )  # fmt: skip


def at_place(where: Where, year: int) -> Any:
    """The targets of exactly a place and year."""
    return Target.objects.filter(
        district=where.district, squad=where.squad, town=where.town, year=year, withdrawn_at=None
    ).select_related("squad", "town", "owner")


def seen(targets: Iterable[Target], today: date) -> list[Seen]:
    """Every target with its light, figures asked for in one go; figures no longer known are left out."""
    known = {one.id for one in all_declared()}
    listed = [one for one in targets if one.figure in known]
    asks: list[Ask] = [ask for one in listed for ask in _asks(one, today)]
    with held(asks):
        return [_seen(one, today) for one in listed]


def light_of(target: Target, today: date) -> Light:
    """The light of one target."""
    return _seen(target, today).light


def _place(target: Target) -> Place:
    return place_of(target.district_id, squad=target.squad_id, town=target.town_id)


def _asks(target: Target, today: date) -> Sequence[Ask]:
    year, place = Period.year(target.year), _place(target)
    if today < year.start:
        return ()
    base = _base(target.figure) if today < year.end else ""
    months = asks_for(base, year.year_before(), place, MONTH) if base else []
    return [*asks_for(target.figure, so_far(year, today), place), *months]


def _base(id_: str) -> str:
    """The figure whose months say how a year goes; empty where nothing can be carried on.

    For a ratio the records under the line; but where those stand for the whole year, as a task does, the
    ratio grows like a count does, with its numerator.
    """
    one = declared(id_)
    if isinstance(one, Ratio):
        below = declared(one.denominator)
        running = isinstance(below, Indicator) and below.population.time
        return one.denominator if running else _base(one.numerator)
    grows = isinstance(one, Indicator) and one.population.time and one.measure.kind in ADDED_UP
    return id_ if grows else ""


def _seen(target: Target, today: date) -> Seen:
    one, year, place = declared(target.figure), Period.year(target.year), _place(target)
    if today < year.start:
        ahead = judge(target.comparison, target.value, Standing(None, begun=False), rules())
        return Seen(target, one, None, ahead)
    now = figure(target.figure, so_far(year, today), place)
    over = today >= year.end
    base = "" if over else _base(target.figure)
    course = None
    if base:
        months = [each.value or Decimal(0) for _m, each in series(base, year.year_before(), place)]
        course = course_of(months, today)
    running = isinstance(one, Ratio) and base == one.denominator
    standing = Standing(
        now.value,
        over=over,
        course=course,
        numerator=now.numerator,
        denominator=now.denominator,
        factor=one.factor if isinstance(one, Ratio) else Decimal(1),
        ceiling=CEILING if one.unit == "%" else None,
        ratio=running,
    )
    return Seen(target, one, now, judge(target.comparison, target.value, standing, rules()))
