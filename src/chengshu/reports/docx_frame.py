"""What surrounds the text of 公文 in Word: page, red head, signature, 版记 (GB/T 9704-2012)."""

from __future__ import annotations

from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from chengshu.cases.documents.docx_base import add_field
from chengshu.reports.imprint import (
    BOTTOM,
    HEAD_BELOW,
    LEFT,
    LINE,
    POINTS,
    RIGHT,
    SEAL_ROOM,
    SIZE_3,
    SIZE_4,
    TOP,
    WIDTH,
    Imprint,
)

THICK, THIN = 8, 6
"""Rules of 版记 in eighths of a point: 0.35 mm and 0.25 mm."""

RED, RED_RULE = "FF0000", 16
UNDER_RULE = round(4 * POINTS)


def page(document: Any) -> None:
    """A4 with the type area of 156 × 225 mm, 22 lines of 28 characters, page numbers outside in dashes."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.footer_distance = Mm(BOTTOM - 7 - SIZE_4 / POINTS)  # the number stands 7 mm below the type area
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph._p.style = "公文页码"
        paragraph.alignment = align
        side = Pt(SIZE_4)  # one character from the edge
        paragraph.paragraph_format.right_indent = side if align == ALIGN.RIGHT else None
        paragraph.paragraph_format.left_indent = side if align == ALIGN.LEFT else None
        for text in ("— ", "PAGE", " —"):
            run = paragraph.add_run("" if text == "PAGE" else text)
            if text == "PAGE":
                add_field(run, text)


def opening(document: Any, title: str, imprint: Imprint) -> None:
    """Everything above the text: the red head, or the number alone, the title, the addressee."""
    if imprint.head:
        _red_head(document, imprint)
    heading = line(document, "\n".join(imprint.title_lines(title)), "公文标题")
    if imprint.head:
        heading.paragraph_format.space_before = Pt(2 * LINE)
    elif imprint.number:
        line(document, imprint.number, "公文文号").paragraph_format.space_after = Pt(LINE)
    if imprint.addressee:
        line(document, f"{imprint.addressee}：", "公文主送")


def _red_head(document: Any, imprint: Imprint) -> None:
    for mark in imprint.marks:
        line(document, mark, "公文标记")
    head = line(document, imprint.head, "公文红头")
    size, height = imprint.head_size, imprint.head_size * 1.25
    above = HEAD_BELOW * POINTS - len(imprint.marks) * LINE - (height - size) / 2
    head.paragraph_format.space_before, head.paragraph_format.line_spacing = Pt(max(above, 0)), Pt(height)
    head.runs[0].font.size = Pt(size)
    number = line(document, imprint.number, "公文文号")
    number.paragraph_format.space_before = Pt(2 * LINE)
    rule = parse_xml(
        f"<w:pBdr {nsdecls('w')}>"
        f'<w:bottom w:val="single" w:sz="{RED_RULE}" w:space="{UNDER_RULE}" w:color="{RED}"/></w:pBdr>'
    )
    number._p.pPr.find(qn("w:spacing")).addprevious(rule)  # the schema's order


def signature(document: Any, imprint: Imprint) -> None:
    """Authority and day with room for the seal over both; they never stand on a page alone."""
    body = document.paragraphs[-1] if document.paragraphs else None
    if body is not None:
        body.paragraph_format.keep_with_next = True
    for _empty in range(SEAL_ROOM):
        line(document, "", "公文落款").paragraph_format.keep_with_next = True
    name, day = imprint.signature_indents
    for text, indent in ((imprint.authority, name), (imprint.day, day)):
        if text == imprint.day and imprint.printed_by:
            _closing(document, imprint)  # hangs on the paragraph after it
        signed = line(document, text, "公文落款")
        signed.paragraph_format.right_indent = Pt(indent * SIZE_3)
        signed.paragraph_format.keep_with_next = text == imprint.authority


def _closing(document: Any, imprint: Imprint) -> None:
    """版记 at the foot of the last page: copies, who printed the document and when, between rules."""
    rows = [(imprint.copied, "")] if imprint.copied else []
    rows.append((imprint.printed_by, imprint.printed))
    for left, right in rows:
        paragraph = line(document, f"　{left}" + (f"\t{right}" if right else ""), "公文版记")
        paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(WIDTH * POINTS - SIZE_4), WD_TAB_ALIGNMENT.RIGHT)
        form = paragraph._p.pPr
        form.find(qn("w:pStyle")).addnext(
            parse_xml(
                f'<w:framePr {nsdecls("w")} w:w="{round(WIDTH * POINTS * 20)}" w:hSpace="0" w:wrap="around"'
                ' w:vAnchor="margin" w:hAnchor="margin" w:xAlign="center" w:yAlign="bottom"/>'
            )
        )
        form.find(qn("w:tabs")).addprevious(_rules())


def _rules() -> Any:
    """The first and the last rule 0.35 mm, the one between 0.25 mm; all paragraphs of 版记 share them."""
    sides = ("top", THICK), ("bottom", THICK), ("between", THIN)
    drawn = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="3" w:color="000000"/>' for side, size in sides
    )
    return parse_xml(f"<w:pBdr {nsdecls('w')}>{drawn}</w:pBdr>")


def line(document: Any, text: str, style: str) -> Any:
    """A paragraph in a style of ours, whose id is its name: python-docx is slow to look a style up."""
    paragraph = document.add_paragraph(text)
    paragraph._p.style = style
    return paragraph
