"""Charts and maps as numbers and outlines, counted with the report; `docx_graphs` and Typst draw them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.ops import polylabel

from chengshu.bureau.models import District, Town
from chengshu.kernel.indicators.asking import (
    RIVALS,
    Figure,
    Line,
    Place,
    breakdown,
    dimensions_of,
    refuse_fines,
    rounded,
    series,
)
from chengshu.kernel.indicators.declarations import declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.checking import additive
from chengshu.reports.template import MONTH, Graph
from chengshu.reports.wording import SCALES, Form

LEVELS = 5
STEPS = tuple(Decimal(step) for step in ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))
Spot = tuple[float, float]
Rings = tuple[tuple[Spot, ...], ...]
OTHERS = "其他"


@dataclass(frozen=True)
class Row:
    """A set of values of a chart, one a label; None where there is nothing to say.

    keys: what opens the records behind each: a month's code, or a key of what the chart is divided by; empty
    where several parts are one value.
    """

    name: str
    values: tuple[Decimal | None, ...]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """What charts and maps share. total: of what is drawn, in the figure's unit; unit: as it is printed."""

    figure: str
    unit: str
    total: Decimal
    decimals: int
    scale: Decimal

    def label(self, value: Decimal) -> str:
        """A value as it stands beside a column or on a map, without its unit."""
        return _fixed(value / self.scale, self.decimals)


@dataclass(frozen=True)
class Chart(Drawn):
    """kind: ``columns``, ``bars`` or ``lines``; by: what it is divided by; values in the figure's unit."""

    kind: str = "columns"
    labels: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    by: str = ""

    @property
    def words(self) -> str:
        """Its content for who cannot see it."""
        told = []
        for row in self.rows:
            pairs = zip(self.labels, row.values, strict=True)
            parts = [f"{label}{self.label(value)}" for label, value in pairs if value is not None]
            told.append(f"{row.name}（{self.unit}）：{'，'.join(parts)}")
        return "；".join(told)


@dataclass(frozen=True)
class Area:
    """A street or town on the map, in units of the map's width, down from the top.

    at: place of its name; key: of the town among the figure's parts.
    """

    name: str
    rings: Rings
    at: Spot
    value: Decimal
    level: int
    key: str = ""


@dataclass(frozen=True)
class Map(Drawn):
    """Areas shaded by level, from 0. legend: what each means; height: over width; source: of the outlines."""

    areas: tuple[Area, ...] = ()
    legend: tuple[str, ...] = ()
    height: float = 1.0
    source: str = ""

    @property
    def words(self) -> str:
        """Its content for who cannot see it."""
        return "，".join(f"{area.name}{self.label(area.value)}{self.unit}" for area in self.areas)


def data_of(graph: Chart | Map) -> dict[str, Any]:
    """What Typst and the page draw, and what is kept of a final document: plain JSON."""
    common = {"figure": graph.figure, "unit": graph.unit}
    if isinstance(graph, Map):
        areas = [
            {
                "name": area.name, "rings": area.rings, "at": area.at, "text": graph.label(area.value),
                "level": area.level, "key": area.key,
            }
            for area in graph.areas
        ]  # fmt: skip
        return common | {
            "kind": "map", "by": "town", "legend": graph.legend, "height": graph.height,
            "source": graph.source, "areas": areas,
        }  # fmt: skip
    rows = [
        {
            "name": row.name,
            "values": [None if value is None else float(value / graph.scale) for value in row.values],
            "texts": ["" if value is None else graph.label(value) for value in row.values],
            "keys": row.keys,
        }
        for row in graph.rows
    ]
    return common | {"kind": graph.kind, "by": graph.by, "labels": graph.labels, "rows": rows}


def graph_of(
    graph: Graph, district: District, period: Period, place: Place, *, beside: bool
) -> Chart | Map | None:
    """What a template's chart or map shows; None where there is nothing to draw.

    beside: whether the year before may stand beside (`checking.alike`). Raises `FinesForbidden` where towns
    or squads would be set against each other by fines.
    """
    if graph.by in RIVALS:
        refuse_fines(graph.figure)
    if graph.kind == "map":
        return _map(graph, district, period, place)
    if graph.by != MONTH and graph.by not in dimensions_of(graph.figure):
        return None
    return _chart(graph, period, place, beside=beside)


def _common(graph: Graph, total: Decimal) -> tuple[str, str, Decimal, int, Decimal]:
    form, one = Form.parse(graph.form), declared(graph.figure)
    decimals = form.decimals if form.decimals is not None else (2 if form.scale else one.decimals)
    scale = SCALES.get(form.scale, Decimal(1))
    return graph.figure, form.scale + unit_name(one.unit), total, decimals, scale


def _chart(graph: Graph, period: Period, place: Place, *, beside: bool) -> Chart | None:
    name = f"{period.start.year}年"
    if graph.by == MONTH:
        told = series(graph.figure, period, place)
        labels = tuple(f"{month.start.month}月" for month, _figure in told)
        rows = [_months(name, told)]
        if beside and graph.beside:
            then = series(graph.figure, period.year_before(), place)
            rows.insert(0, _months(f"{period.start.year - 1}年", then))
    else:
        lines = _largest(breakdown(graph.figure, period, graph.by, place), graph)
        labels = tuple(label for label, _value, _key in lines)
        rows = [Row(name, tuple(value for _l, value, _k in lines), tuple(key for _l, _v, key in lines))]
    if not labels or not any(rows[-1].values):
        return None
    total = sum((value or Decimal(0) for value in rows[-1].values), Decimal(0))
    return Chart(*_common(graph, total), graph.kind, labels, tuple(rows), graph.by)


def _months(name: str, told: Sequence[tuple[Period, Figure]]) -> Row:
    return Row(name, tuple(one.value for _month, one in told), tuple(month.code for month, _one in told))


def _largest(lines: Sequence[Line], graph: Graph) -> list[tuple[str, Decimal, str]]:
    """The largest parts by name, with their keys; what is left in one, without, where parts add up."""
    told = [(line.label, line.figure.value, line.key) for line in lines if line.figure.value]
    kept = [(name, value, key) for name, value, key in told if value is not None]
    if not graph.most or len(kept) <= graph.most:
        return kept
    rest = sum((value for _name, value, _key in kept[graph.most :]), Decimal(0))
    return kept[: graph.most] + ([(OTHERS, rest, "")] if additive(graph.figure) else [])


def _map(graph: Graph, district: District, period: Period, place: Place) -> Map | None:
    towns = list(Town.objects.filter(district=district).exclude(boundary=None))
    lines = {line.key: line.figure for line in breakdown(graph.figure, period, "town", place)}
    values = {town.pk: _value(lines.get(str(town.pk))) for town in towns}
    if not towns or not any(values.values()):
        return None
    total = sum((_value(one) for one in lines.values()), Decimal(0))
    common = _common(graph, total)
    step = nice_step(max(values.values()) / common[-1], common[-2])
    outlines, height = _outlines(towns)
    areas = tuple(
        Area(
            town.name, *outlines[town.pk], values[town.pk], _level(values[town.pk] / common[-1], step),
            str(town.pk),
        )
        for town in towns
    )  # fmt: skip
    legend = tuple(_range(at, step, common[-2]) for at in range(max(area.level for area in areas) + 1))
    sources = sorted({town.boundary_source for town in towns if town.boundary_source})
    return Map(*common, areas, legend, height, "；".join(sources))


def _value(one: Figure | None) -> Decimal:
    return (one.value if one else None) or Decimal(0)


def nice_step(largest: Decimal, decimals: int = 0) -> Decimal:
    """The round width of a level, so that the largest value falls into one of the `LEVELS` above nothing."""
    smallest = Decimal(1).scaleb(-decimals)
    rough = max(largest / LEVELS, smallest)
    power = Decimal(1).scaleb(rough.adjusted())
    return next(step * power for step in STEPS if step * power >= rough and (step * power) % smallest == 0)


def _level(value: Decimal, step: Decimal) -> int:
    """0 for nothing, then 1 for up to a step, 2 for up to two …"""
    return math.ceil(value / step)


def _range(level: int, step: Decimal, decimals: int) -> str:
    """What a level means: 0, 1—50, 51—100 …"""
    if level == 0:
        return "0"
    first = (level - 1) * step + Decimal(1).scaleb(-decimals)
    return f"{_fixed(first, decimals)}—{_fixed(level * step, decimals)}"


def _fixed(value: Decimal, decimals: int) -> str:
    """With all its decimals: numbers beside each other in a picture look alike."""
    return format(rounded(value, decimals), "f")


def _outlines(towns: Sequence[Town]) -> tuple[dict[int, tuple[Rings, Spot]], float]:
    """Rings and the place of the name of every town, in a flat picture one unit wide; and its height."""
    shapes = {town.pk: shape(town.boundary) for town in towns}
    boxes = [one.bounds for one in shapes.values()]
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    narrow = math.cos(math.radians((south + north) / 2))  # a degree of longitude is so much shorter
    width = (east - west) * narrow

    def flat(x: float, y: float) -> tuple[float, float]:
        return round((x - west) * narrow / width, 4), round((north - y) / width, 4)

    found: dict[int, tuple[Rings, Spot]] = {}
    for key, one in shapes.items():
        pieces = list(one.geoms) if isinstance(one, MultiPolygon) else [one]
        rings = tuple(tuple(flat(x, y) for x, y, *_z in piece.exterior.coords) for piece in pieces)
        main = Polygon(max(rings, key=lambda ring: Polygon(ring).area))
        spot = polylabel(main.buffer(0), 0.005)
        found[key] = (rings, (round(spot.x, 4), round(spot.y, 4)))
    return found, round((north - south) / width, 4)
