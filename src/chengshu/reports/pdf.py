"""The report as PDF, set by Typst in the layout of 公文 (GB/T 9704-2012)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.pdf import typeset
from chengshu.reports.composing import Block, Report
from chengshu.reports.docx import Imprint

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"


def write_pdf(report: Report, imprint: Imprint) -> bytes:
    """The PDF file. Raises `DocumentProblem` where no Chinese font is installed."""
    day = imprint.on
    data = {
        "fonts": font_set().families,
        "title": report.title,
        "number": imprint.number,
        "authority": imprint.authority,
        "day": f"{day.year}年{day.month}月{day.day}日",
        "blocks": [_data(block) for block in report.blocks],
    }
    return typeset(TEMPLATE.read_bytes(), {"data": json.dumps(data, ensure_ascii=False)})


def _data(block: Block) -> dict[str, Any]:
    return {
        "kind": block.kind,
        "level": block.level,
        "text": block.text,
        "rows": [[name, number.text, unit] for name, number, unit in block.rows],
    }
