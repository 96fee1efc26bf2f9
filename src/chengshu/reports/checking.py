"""What must hold before a report is frozen: parts add up, ratios match, a figure is the same everywhere.

Each check yields one translated sentence a fault; `faults` puts them together for `Report.faults`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.kernel.indicators.asking import Compared, Figure, rounded
from chengshu.kernel.indicators.computing import place_of, rows_within
from chengshu.kernel.indicators.declarations import (
    Indicator,
    Population,
    Ratio,
    UnknownIndicator,
    basic,
    declared,
)
from chengshu.kernel.indicators.periods import FIRST_YEAR, LAST_YEAR, Period
from chengshu.reports.template import Check
from chengshu.reports.wording import Form, plain

if TYPE_CHECKING:
    from chengshu.reports.composing import Block
    from chengshu.reports.numbers import Numbers

RULES = Path(__file__).parent / "data" / "checking.yaml"


def faults(checks: Iterable[Check], numbers: Numbers, blocks: Iterable[Block]) -> tuple[str, ...]:
    """Everything that does not hold in a report, as sentences."""
    found = {id_: both.now for id_, both in numbers.year.items()}
    told = list(blocks)
    return (
        *faults_of(checks, found),
        *ratio_faults(found),
        *graph_faults(told, found),
        *told_faults(told, numbers),
    )


def faults_of(checks: Iterable[Check], found: Mapping[str, Figure]) -> Iterator[str]:
    """Declared checks that do not hold; those whose figures are missing are passed over."""
    for one in checks:
        values = [found[id_].value if id_ in found else None for id_ in (one.whole, *one.parts)]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            continue
        whole, parts = known[0], sum(known[1:], Decimal(0))
        names = {"whole": _named(one.whole), "parts": " + ".join(_named(part) for part in one.parts)}
        numbers = {"n": plain(whole), "sum": plain(parts)}
        if one.kind == "sum" and whole != parts:
            yield _("%(whole)s is %(n)s, but its parts add up to %(sum)s: %(parts)s.") % (names | numbers)
        elif one.kind != "sum" and parts > whole:
            yield _("%(whole)s is %(n)s, less than what belongs to it, %(sum)s: %(parts)s.") % (
                names | numbers
            )


def ratio_faults(found: Mapping[str, Figure]) -> Iterator[str]:
    """Ratios that are not their numerator over their denominator, rounded, as these are told themselves."""
    for id_, one in found.items():
        how = _declared(id_)
        if not isinstance(how, Ratio) or one.value is None:
            continue
        above, below = (
            found[part].value if part in found else kept
            for part, kept in ((how.numerator, one.numerator), (how.denominator, one.denominator))
        )
        right = how.factor * above / below if above is not None and below else None
        if right is None or rounded(right, how.decimals) != rounded(one.value, how.decimals):
            yield _("%(ratio)s is told as %(n)s, but %(above)s over %(below)s gives %(right)s.") % {
                "ratio": _named(id_),
                "n": plain(rounded(one.value, how.decimals)),
                "above": "—" if above is None else plain(above),
                "below": "—" if below is None else plain(below),
                "right": "—" if right is None else plain(rounded(right, how.decimals)),
            }


def graph_faults(blocks: Iterable[Block], found: Mapping[str, Figure]) -> Iterator[str]:
    """Charts and maps whose parts do not add up to the figure that the text tells."""
    for block in blocks:
        graph = block.graph
        if graph is None or graph.figure not in found or not additive(graph.figure):
            continue
        whole, parts = found[graph.figure].value or Decimal(0), graph.total
        if whole != parts:
            yield _("The parts of %(caption)s add up to %(sum)s, but %(name)s is %(n)s.") % {
                "caption": block.text,
                "sum": plain(parts),
                "name": _named(graph.figure),
                "n": plain(whole),
            }


def told_faults(blocks: Iterable[Block], numbers: Numbers) -> Iterator[str]:
    """Numbers in text or tables that are not what their figure gives: the same value in every place."""
    for block in blocks:
        runs = (*block.runs, *(number for _name, number, _unit in block.rows))
        for run in (*runs, *(run for row in block.more for run in row)):
            if not run.figure:
                continue
            form = Form.parse(run.form)
            right = numbers.text(run.figure, form)
            if right is not None and run.text not in (right, right.removesuffix(form.scale)):
                yield _("%(name)s is told as %(told)s in one place, but it is %(right)s.") % {
                    "name": _named(run.figure),
                    "told": run.text,
                    "right": right,
                }


def additive(id_: str) -> bool:
    """Whether a figure's parts add up to it: numbers and sums do; means, ratios, different values do not."""
    one = _declared(id_)
    return isinstance(one, Indicator) and one.measure.kind in ("count", "sum")


def alike(found: Mapping[str, Compared], district: int) -> frozenset[str]:
    """The figures whose two periods may be compared: both over, equally long, records reaching over both."""
    known: dict[tuple[str, Period, Period], bool] = {}

    def reaches(population: Population, both: Compared) -> bool:
        now, then = both.now.period, both.then.period
        at = population.code, now, then
        if at not in known:
            known[at] = reach_over(population, now, then, district)
        return known[at]

    return frozenset(
        id_
        for id_, both in found.items()
        if same_length(both.now.period, both.then.period)
        and both.now.period.end <= timezone.localdate()
        and all(reaches(one.population, both) for one in basic([id_]))
    )


def same_length(now: Period, then: Period) -> bool:
    """Whole years with whole years, quarters with quarters, days with as many days (a leap day apart)."""
    if now.kind != then.kind:
        return False
    return now.kind != "days" or abs((now.end - now.start) - (then.end - then.start)) <= timedelta(days=1)


def reach_over(population: Population, now: Period, then: Period, district: int) -> bool:
    """Whether a district's records begin by the earlier period's start and go on to the later one's end."""
    place = place_of(district)
    if population.time is None:
        return rows_within(population, then, place).exists()
    first, last = min(now.start, then.start), max(now.end, then.end)
    gap = Fraction(_gap())
    early = first + timedelta(days=int((then.end - then.start).days * gap))
    late = last - timedelta(days=int((now.end - now.start).days * gap))
    begun = rows_within(population, Period(date(FIRST_YEAR, 1, 1), early), place)
    gone_on = rows_within(population, Period(late, date(LAST_YEAR, 1, 1)), place)
    inside = rows_within(population, then, place)
    return begun.exists() and gone_on.exists() and inside.exists()


@cache
def _gap() -> str:
    return str(yaml.safe_load(RULES.read_text(encoding="utf-8"))["gap"])


def _declared(id_: str) -> object:
    try:
        return declared(id_)
    except UnknownIndicator:
        return None


def _named(id_: str) -> str:
    """A figure's name, with the id by which it is found in ``figures.csv``."""
    try:
        return f"{declared(id_).name} ({id_})"
    except UnknownIndicator:
        return id_
