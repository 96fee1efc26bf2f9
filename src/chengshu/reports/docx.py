"""The report as an editable Word document with the layout of 公文 (GB/T 9704-2012) and real styles.

Page A4, type area 156 mm × 225 mm (margins 37, 28, 35, 26 mm), body 仿宋 size 3 on 22 lines of 28 characters,
title size 2, headings 黑体, 楷体, 仿宋, page numbers outside in dashes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.shared import Mm, Pt

from chengshu.cases.documents.docx_base import add_field, add_style
from chengshu.reports.composing import Block, Report

SIZE_2, SIZE_3, SIZE_4 = 22, 16, 14  # 2号, 3号, 4号 in points
LINE = 28.95  # 22 lines on 225 mm
STYLES: dict[str, dict[str, Any]] = {
    "公文标题": {"font": "方正小标宋简体", "size": SIZE_2, "align": ALIGN.CENTER, "line": 36, "after": LINE},
    "公文文号": {"font": "仿宋_GB2312", "size": SIZE_3, "align": ALIGN.CENTER, "after": LINE},
    "公文正文": {"font": "仿宋_GB2312", "size": SIZE_3, "align": ALIGN.JUSTIFY, "indent": 2 * SIZE_3},
    "公文一级标题": {"font": "黑体", "size": SIZE_3, "indent": 2 * SIZE_3, "outline": 0},
    "公文二级标题": {"font": "楷体_GB2312", "size": SIZE_3, "indent": 2 * SIZE_3, "outline": 1},
    "公文三级标题": {"font": "仿宋_GB2312", "size": SIZE_3, "bold": True, "indent": 2 * SIZE_3, "outline": 2},
    "公文四级标题": {"font": "仿宋_GB2312", "size": SIZE_3, "indent": 2 * SIZE_3, "outline": 3},
    "公文表题": {"font": "黑体", "size": SIZE_4, "align": ALIGN.CENTER, "before": 8, "keep": True},
    "公文表格": {"font": "仿宋_GB2312", "size": SIZE_4, "line": 22},
    "公文落款": {"font": "仿宋_GB2312", "size": SIZE_3, "align": ALIGN.RIGHT, "right": 4 * SIZE_3},
    "公文页码": {"font": "宋体", "size": SIZE_4},
}
FORM = {"align": ALIGN.JUSTIFY, "line": LINE}
HEADINGS = ("公文一级标题", "公文二级标题", "公文三级标题", "公文四级标题")


@dataclass(frozen=True)
class Imprint:
    """Who issues the document: the authority as it signs, the number of the document, the day."""

    authority: str
    number: str
    on: date


def write_docx(report: Report, imprint: Imprint) -> bytes:
    """The Word file. The same report and imprint give the same content."""
    document = Document()
    _page(document)
    for name, look in STYLES.items():
        add_style(document, name, FORM | {"latin": look["font"], "keep": "outline" in look} | look)
    _line(document, report.title, "公文标题")
    if imprint.number:
        _line(document, imprint.number, "公文文号")
    for block in report.blocks:
        _block(document, block)
    _line(document, "", "公文正文")
    _line(document, imprint.authority, "公文落款")
    _line(document, f"{imprint.on.year}年{imprint.on.month}月{imprint.on.day}日", "公文落款")
    core = document.core_properties
    core.title, core.author, core.language = report.title, imprint.authority, "zh-CN"
    core.created = core.modified = datetime(imprint.on.year, imprint.on.month, imprint.on.day)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(26)  # the number stands 7 mm below the type area
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        side = Pt(SIZE_4)  # one character from the edge
        paragraph.paragraph_format.right_indent = side if align == ALIGN.RIGHT else None
        paragraph.paragraph_format.left_indent = side if align == ALIGN.LEFT else None
        for text in ("— ", "PAGE", " —"):
            run = paragraph.add_run("" if text == "PAGE" else text)
            run.font.size, run.font.name = Pt(SIZE_4), "宋体"
            if text == "PAGE":
                add_field(run, text)


def _block(document: Any, block: Block) -> None:
    if block.kind == "heading":
        _line(document, block.text, HEADINGS[block.level - 1])
    elif block.kind == "table":
        if block.text:
            _line(document, block.text, "公文表题")
        _table(document, block)
    else:
        paragraph = document.add_paragraph(style=document.styles["公文正文"])
        for run in block.runs:
            paragraph.add_run(run.text)


def _table(document: Any, block: Block) -> None:
    table = document.add_table(rows=0, cols=3)
    table.style, table.alignment = document.styles["Table Grid"], WD_TABLE_ALIGNMENT.CENTER
    for name, number, unit in (("指标", None, "单位"), *block.rows):
        cells = table.add_row().cells
        for cell, text, align in (
            (cells[0], name, ALIGN.LEFT),
            (cells[1], number.text if number else "数值", ALIGN.RIGHT if number else ALIGN.CENTER),
            (cells[2], unit, ALIGN.CENTER),
        ):
            paragraph = cell.paragraphs[0]
            paragraph.style, paragraph.alignment = document.styles["公文表格"], align
            paragraph.add_run(text)
    table.autofit = False
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, (Mm(86), Mm(42), Mm(28)), strict=True):
            cell.width = width
            cell.paragraphs[0].paragraph_format.keep_with_next = row is not table.rows[-1]


def _line(document: Any, text: str, style: str) -> None:
    document.add_paragraph(text, style=document.styles[style])
