"""Charts and maps of a document on its page: drawn, and as numbers each of which opens its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from chengshu.kernel.indicators.asking import dimensions_of
from chengshu.kernel.indicators.declarations import UnknownIndicator
from chengshu.reports.composing import LANGUAGE
from chengshu.reports.models import Document
from chengshu.reports.places import PLACES
from chengshu.reports.template import MONTH
from chengshu.reports.views.documents_numbers import ShownRun, explains, is_counted, opens

WIDE = 1000
"""Width of a map in units of its picture."""


@dataclass(frozen=True)
class ShownArea:
    """A street or town of a map. path: its outline as SVG writes it; at: the middle of its name."""

    name: str
    number: ShownRun
    path: str
    level: int
    at: tuple[int, int]


@dataclass(frozen=True)
class ShownGraph:
    """A chart or map. drawn: what the chart island takes; heads, lines: the same as a table.

    areas, legend, height, source: of a map. legend: level and what it means.
    """

    id: str
    unit: str
    heads: tuple[str, ...]
    lines: tuple[tuple[ShownRun, ...], ...]
    drawn: Mapping[str, Any] | None = None
    areas: tuple[ShownArea, ...] = ()
    legend: tuple[tuple[int, str], ...] = ()
    height: int = 0
    source: str = ""


def shown_graph(document: Document, data: Mapping[str, Any], number: str) -> ShownGraph:
    """A chart or map from its data (`graphs.data_of`), of now or kept; number: 图1, by which it is named."""
    return _map(document, data, number) if data["kind"] == "map" else _chart(document, data, number)


def drawings(graphs: Iterable[ShownGraph | None]) -> dict[str, Mapping[str, Any]]:
    """What the chart island draws, by the ids of the charts."""
    return {one.id: one.drawn for one in graphs if one is not None and one.drawn is not None}


def _chart(document: Document, data: Mapping[str, Any], number: str) -> ShownGraph:
    monthly = data["by"] == MONTH
    rows: Sequence[Mapping[str, Any]] = data["rows"][::-1]  # this year first, as on dashboards
    lines = tuple(
        (
            ShownRun(label),
            *(ShownRun(row["texts"][at] or "—", _url(document, data, row, at)) for row in rows),
        )
        for at, label in enumerate(data["labels"])
    )
    drawn = {
        "kind": "series" if monthly else "bars", "labels": list(data["labels"]), "unit": data["unit"],
        "lines": [{"name": row["name"], "values": list(row["values"])} for row in rows],
    }  # fmt: skip
    heads = (_by(data), *(row["name"] for row in rows))
    return ShownGraph(f"chart-{number}", data["unit"], heads, lines, drawn)


def _url(document: Document, data: Mapping[str, Any], row: Mapping[str, Any], at: int) -> str:
    """What a value opens: its records, or the figure with all its parts where it has none of its own."""
    if not row["texts"][at]:
        return ""
    key = row["keys"][at] if at < len(row["keys"]) else ""
    by = "period" if data["by"] == MONTH else data["by"]
    if key and (is_counted(data["figure"]) or by in ("period", *PLACES)):
        return opens(document, data["figure"], **{by: key})
    return explains(document, data["figure"])


def _map(document: Document, data: Mapping[str, Any], number: str) -> ShownGraph:
    areas = tuple(_area(document, data, area) for area in data["areas"])
    lines = tuple((ShownRun(area.name), area.number) for area in areas)
    heads = (_by(data), data["unit"])
    return ShownGraph(
        f"map-{number}", data["unit"], heads, lines, None, areas, tuple(enumerate(data["legend"])),
        round(WIDE * data["height"]), data["source"],
    )  # fmt: skip


def _area(document: Document, data: Mapping[str, Any], area: Mapping[str, Any]) -> ShownArea:
    url = opens(document, data["figure"], **({"town": area["key"]} if area["key"] else {}))
    path = " ".join(
        "M" + "L".join(f"{round(x * WIDE)},{round(y * WIDE)}" for x, y in ring) + "Z"
        for ring in area["rings"]
    )
    x, y = area["at"]
    spot = (round(x * WIDE), round(y * WIDE))
    return ShownArea(area["name"], ShownRun(area["text"], url), path, area["level"], spot)


def _by(data: Mapping[str, Any]) -> str:
    """What the parts are called, in the document's language."""
    if data["by"] == MONTH:
        return "月份"
    with suppress(UnknownIndicator), translation.override(LANGUAGE):
        if found := dimensions_of(data["figure"]).get(data["by"]):
            return str(found.label)
    return ""
