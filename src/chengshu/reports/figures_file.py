"""``figures.csv``: every figure of a period as ``id,value,unit``, so that a document can be checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from chengshu.bureau.models import District, Unit
from chengshu.kernel.indicators.asking import Figure, dimensions_of, figures
from chengshu.kernel.indicators.computing import one_moment, place_of
from chengshu.kernel.indicators.declarations import all_declared, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.places import SQUAD
from chengshu.reports.wording import plain

COLUMNS = ("id", "value", "unit")


def figures_of(
    district: District, period: Period, ids: Iterable[str] = (), squad: Unit | None = None
) -> list[Figure]:
    """The figures of a district and period in the order of declaration, all counted in one snapshot.

    ids: only these; without, every one declared. squad: of this one alone, without the figures that squads do
    not have. Raises `UnknownIndicator`.
    """
    wanted = list(ids) or [one.id for one in all_declared()]
    if squad is not None:
        wanted = [id_ for id_ in wanted if SQUAD in dimensions_of(id_)]
    with one_moment():
        found = figures(wanted, period, place_of(district.pk, squad=squad.pk if squad else None))
    return [found[id_] for id_ in wanted]


def number(one: Figure) -> str:
    """A figure as programs read it: a point, no grouping, no exponent; empty where it has no value."""
    return "" if one.rounded is None else plain(one.rounded)


def as_csv(found: Iterable[Figure]) -> str:
    """The file's text; values rounded as the indicators declare."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        writer.writerow((one.indicator, number(one), declared(one.indicator).unit))
    return out.getvalue()
