"""Charts and maps drawn by Typst: data for its templates, and a map as a picture for Word."""

from __future__ import annotations

import json
from pathlib import Path

from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.pdf import typeset_picture
from chengshu.reports.graphs import Chart, Map, data_of

FOLDER = Path(__file__).parent / "typst"
DOTS = 220
"""Dots an inch: sharp on an office printer, and a map stays below 200 kB."""


def picture(graph: Chart | Map) -> bytes:
    """A map or chart as a PNG. Raises `DocumentProblem` where no Chinese font is installed."""
    data = {"fonts": font_set().families, "graph": data_of(graph)}
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return typeset_picture((FOLDER / "picture.typ").read_bytes(), inputs, FOLDER, DOTS)
