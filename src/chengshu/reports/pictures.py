"""Charts and maps drawn by Typst: data for its templates, and a map as a picture for Word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.pdf import typeset_picture
from chengshu.reports.graphs import Chart, Map

FOLDER = Path(__file__).parent / "typst"
DOTS = 220
"""Dots an inch: sharp on an office printer, and a map stays below 200 kB."""


def graph_data(graph: Chart | Map) -> dict[str, Any]:
    """What ``drawing.typ`` draws."""
    if isinstance(graph, Map):
        return {
            "kind": "map",
            "unit": graph.unit,
            "legend": graph.legend,
            "height": graph.height,
            "source": graph.source,
            "areas": [
                {
                    "name": area.name,
                    "rings": area.rings,
                    "at": area.at,
                    "text": graph.label(area.value),
                    "level": area.level,
                }
                for area in graph.areas
            ],
        }
    rows = [
        {
            "name": row.name,
            "values": [None if value is None else float(value / graph.scale) for value in row.values],
            "texts": ["" if value is None else graph.label(value) for value in row.values],
        }
        for row in graph.rows
    ]
    return {"kind": graph.kind, "unit": graph.unit, "labels": graph.labels, "rows": rows}


def picture(graph: Chart | Map) -> bytes:
    """A map or chart as a PNG. Raises `DocumentProblem` where no Chinese font is installed."""
    data = {"fonts": font_set().families, "graph": graph_data(graph)}
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return typeset_picture((FOLDER / "picture.typ").read_bytes(), inputs, FOLDER, DOTS)
