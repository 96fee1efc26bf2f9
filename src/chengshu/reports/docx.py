"""The report as an editable Word document with the layout of 公文 (GB/T 9704-2012) and real styles.

Body 仿宋 size 3, title 小标宋 size 2, headings 黑体, 楷体, 仿宋; page and surroundings: `docx_frame`.
"""

from __future__ import annotations

import io
import math
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from chengshu.cases.documents.docx_base import add_style
from chengshu.reports.composing import Block, Report
from chengshu.reports.docx_frame import line, opening, page, signature
from chengshu.reports.docx_graphs import add_graph
from chengshu.reports.imprint import CHARACTERS, LINE, POINTS, SIZE_2, SIZE_3, SIZE_4, WIDTH, Imprint
from chengshu.reports.tables import table_of

FANG = "仿宋_GB2312"
STYLES: dict[str, dict[str, Any]] = {
    "公文标记": {"font": "黑体", "size": SIZE_3, "align": ALIGN.LEFT},
    "公文红头": {"font": "方正小标宋简体", "size": SIZE_2, "align": ALIGN.CENTER},
    "公文标题": {"font": "方正小标宋简体", "size": SIZE_2, "align": ALIGN.CENTER, "line": 36, "after": LINE},
    "公文文号": {"font": FANG, "size": SIZE_3, "align": ALIGN.CENTER},
    "公文主送": {"font": FANG, "size": SIZE_3, "align": ALIGN.LEFT},
    "公文正文": {"font": FANG, "size": SIZE_3, "align": ALIGN.JUSTIFY, "indent": 2 * SIZE_3},
    "公文一级标题": {"font": "黑体", "size": SIZE_3, "indent": 2 * SIZE_3, "outline": 0},
    "公文二级标题": {"font": "楷体_GB2312", "size": SIZE_3, "indent": 2 * SIZE_3, "outline": 1},
    "公文三级标题": {"font": FANG, "size": SIZE_3, "bold": True, "indent": 2 * SIZE_3, "outline": 2},
    "公文四级标题": {"font": FANG, "size": SIZE_3, "indent": 2 * SIZE_3, "outline": 3},
    "公文表题": {"font": "黑体", "size": SIZE_4, "align": ALIGN.CENTER, "before": 8, "keep": True},
    "公文图": {"font": FANG, "size": SIZE_4, "align": ALIGN.CENTER, "before": 6, "keep": True, "line": None},
    "公文图题": {"font": "黑体", "size": SIZE_4, "align": ALIGN.CENTER, "after": 8},
    "公文表格": {"font": FANG, "size": SIZE_4, "line": 22},
    "公文落款": {"font": FANG, "size": SIZE_3, "align": ALIGN.RIGHT},
    "公文版记": {"font": FANG, "size": SIZE_4, "line": 24},
    "公文页码": {"font": "宋体", "size": SIZE_4, "align": ALIGN.RIGHT, "line": None},
}
FORM = {"align": ALIGN.JUSTIFY, "line": LINE}  # of every style that does not say otherwise
HEADINGS = ("公文一级标题", "公文二级标题", "公文三级标题", "公文四级标题")
CLOSER = math.floor((WIDTH * POINTS / CHARACTERS - SIZE_3) * 20)
"""Twentieths of a point between characters of size 3, so that a line takes 28 of them."""


def write_docx(report: Report, imprint: Imprint) -> bytes:
    """The Word file. The same report and imprint give the same content."""
    document = Document()
    _styles(document)
    page(document)
    opening(document, report.title, imprint)
    for block in report.blocks:
        _block(document, block)
    signature(document, imprint)
    core = document.core_properties
    core.title, core.author, core.language = report.title, imprint.authority, "zh-CN"
    core.created = core.modified = datetime(imprint.on.year, imprint.on.month, imprint.on.day)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _styles(document: Any) -> None:
    normal = document.styles["Normal"]  # the grid counts characters of its size
    normal.font.size, normal.font.name = Pt(SIZE_3), FANG
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FANG)
    for name, look in STYLES.items():
        wanted = FORM | {"latin": look["font"], "keep": "outline" in look} | look
        add_style(document, name, {key: value for key, value in wanted.items() if value is not None})
    document.styles["公文红头"].font.color.rgb = RGBColor(0xFF, 0, 0)
    for name, look in STYLES.items():
        if look["size"] == SIZE_3:
            closer = OxmlElement("w:spacing")
            closer.set(qn("w:val"), str(CLOSER))
            document.styles[name].element.rPr.find(qn("w:sz")).addprevious(closer)


def _block(document: Any, block: Block) -> None:
    if block.kind == "heading":
        line(document, block.text, HEADINGS[block.level - 1])
    elif block.kind == "table":
        if block.text:
            line(document, block.text, "公文表题")
        _table(document, block)
    elif block.graph is not None:
        add_graph(line(document, "", "公文图"), block.graph, block.text)
        line(document, block.text, "公文图题")
    else:
        paragraph = line(document, "", "公文正文")
        for run in block.runs:
            paragraph.add_run(run.text)


def _table(document: Any, block: Block) -> None:
    """A table whose heads stand again on every page, with no line torn and no line left alone."""
    told = table_of(block)
    size = None if told.size == SIZE_4 else Pt(told.size)
    table = document.add_table(rows=len(told.lines) + 1, cols=len(told.heads))
    table.style, table.alignment = document.styles["Table Grid"], WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = [Mm(width) for width in told.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for at, (row, texts) in enumerate(zip(table.rows, (told.heads, *told.lines), strict=True)):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        if at == 0:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph._p.style = "公文表格"
            paragraph.alignment = _side(at, column, told.numbers)
            paragraph.paragraph_format.keep_with_next = at < 3 or at == len(told.lines) - 1
            run = paragraph.add_run(text)
            if size is not None:
                run.font.size = size
            cell.width = widths[column]


def _side(row: int, column: int, numbers: frozenset[int]) -> Any:
    if row == 0:
        return ALIGN.CENTER
    return ALIGN.LEFT if column == 0 else ALIGN.RIGHT if column in numbers else ALIGN.CENTER
