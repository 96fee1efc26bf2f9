"""The report as PDF, set by Typst in the layout of 公文 (GB/T 9704-2012)."""

from __future__ import annotations

import json
from typing import Any

from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.pdf import typeset
from chengshu.reports.composing import Block, Report
from chengshu.reports.graphs import data_of
from chengshu.reports.imprint import Imprint
from chengshu.reports.pictures import FOLDER
from chengshu.reports.tables import table_of

TEMPLATE = FOLDER / "report.typ"


def write_pdf(report: Report, imprint: Imprint) -> bytes:
    """The PDF file. Raises `DocumentProblem` where no Chinese font is installed."""
    name, day = imprint.signature_indents
    data = {
        "fonts": font_set().families,
        "title": report.title,
        "title_lines": imprint.title_lines(report.title),
        "number": imprint.number,
        "marks": imprint.marks,
        "head": imprint.head,
        "head_size": imprint.head_size,
        "addressee": imprint.addressee,
        "authority": imprint.authority,
        "authority_indent": name,
        "day": imprint.day,
        "day_indent": day,
        "copied": imprint.copied,
        "printed_by": imprint.printed_by,
        "printed": imprint.printed,
        "blocks": [_data(block) for block in report.blocks],
    }
    return typeset(TEMPLATE.read_bytes(), {"data": json.dumps(data, ensure_ascii=False)}, FOLDER)


def _data(block: Block) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": block.kind, "level": block.level, "text": block.text}
    if block.graph is not None:
        data["graph"] = data_of(block.graph)
        data["words"] = block.graph.words
    if block.kind == "table":
        told = table_of(block)
        data |= {"heads": told.heads, "lines": told.lines, "widths": told.widths, "size": told.size}
        data["numbers"] = sorted(told.numbers)
    return data
