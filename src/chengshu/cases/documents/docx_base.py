"""Make the Word template ``templates/base.docx``, from which a bureau makes its own in Word.

``python -m chengshu.cases.documents.docx_base base.docx`` writes it anew.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

STYLES: dict[str, dict[str, Any]] = {
    "文书机关": {"font": "宋体", "size": 18, "bold": True, "align": ALIGN.CENTER, "after": 6},
    "文书标题": {"font": "宋体", "size": 22, "bold": True, "align": ALIGN.CENTER, "after": 10},
    "文书文号": {"font": "仿宋", "size": 14, "align": ALIGN.RIGHT, "after": 6},
    "文书正文": {"font": "仿宋", "size": 14, "align": ALIGN.JUSTIFY, "indent": 28, "line": 25},
    "文书抬头": {"font": "仿宋", "size": 14, "align": ALIGN.LEFT, "line": 25},
    "文书小标题": {"font": "黑体", "size": 14, "align": ALIGN.LEFT, "line": 25, "keep": True},
    "文书附注": {"font": "仿宋", "size": 10.5, "align": ALIGN.LEFT},
    "文书表格": {"font": "仿宋", "size": 12, "align": ALIGN.LEFT, "before": 3, "after": 3},
    "文书表格标签": {"font": "仿宋", "size": 12, "align": ALIGN.CENTER, "before": 3, "after": 3},
    "文书问答": {"font": "仿宋", "size": 14, "align": ALIGN.JUSTIFY, "indent": -28, "left": 28, "line": 25},
    "文书签名": {"font": "仿宋", "size": 12, "align": ALIGN.LEFT, "line": 28},
    "文书落款": {"font": "仿宋", "size": 14, "align": ALIGN.RIGHT, "right": 56, "line": 25, "keep": True},
    "文书页脚": {"font": "宋体", "size": 10.5, "align": ALIGN.CENTER},
}
"""The styles of the template: the fonts by their Chinese names, sizes and spaces in points."""

FIELDS = (
    ("{{authority}}", "文书机关"),
    ("{{title}}", "文书标题"),
    ("{{number}}", "文书文号"),
    ("{{body}}", "文书正文"),
)


def write_base(path: Path) -> None:
    """Write the template to a file."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(28), Mm(25)
    section.left_margin, section.right_margin = Mm(28), Mm(25)
    for name, look in STYLES.items():
        add_style(document, name, look)
    section.header.paragraphs[0].text = "{{draft}}"
    section.header.paragraphs[0].style = document.styles["文书附注"]
    foot = section.footer.paragraphs[0]
    foot.style = document.styles["文书页脚"]
    foot.text = "{{page_signatures}}"
    numbers = section.footer.add_paragraph(style=document.styles["文书页脚"])
    for text in ("第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
        run = numbers.add_run("" if text.isupper() else text)
        if text.isupper():
            add_field(run, text)
    for text, style in FIELDS:
        document.add_paragraph(text, style=document.styles[style])
    core = document.core_properties
    core.author, core.title, core.comments = "", "", ""
    core.created = core.modified = datetime(2000, 1, 1, tzinfo=UTC)
    document.save(str(path))


def add_style(document: Any, title: str, look: dict[str, Any]) -> None:
    """A paragraph style from its looks: font, size, spaces in points, ``outline`` from 0 for a heading.

    ``latin``: the font of letters and figures, if it is not Times New Roman.
    """
    style = document.styles.add_style(title, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.font.size, style.font.bold, style.font.name = (
        Pt(look["size"]),
        look.get("bold", False),
        look.get("latin", "Times New Roman"),
    )
    style.element.rPr.rFonts.set(qn("w:eastAsia"), look["font"])
    form = style.paragraph_format
    form.alignment, form.space_before, form.space_after = (
        look["align"],
        Pt(look.get("before", 0)),
        Pt(look.get("after", 0)),
    )
    form.keep_with_next = look.get("keep", False)
    form.first_line_indent = Pt(look.get("indent", 0))
    form.left_indent, form.right_indent = Pt(look.get("left", 0)), Pt(look.get("right", 0))
    spacing = style.element.pPr.find(qn("w:spacing"))
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):  # no gap between 2021 and 年
        off = OxmlElement(name)
        off.set(qn("w:val"), "0")
        spacing.addprevious(off)
    language = OxmlElement("w:lang")
    language.set(qn("w:eastAsia"), "zh-CN")
    style.element.rPr.append(language)
    if "line" in look:
        form.line_spacing = Pt(look["line"])
    if "outline" in look:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(look["outline"]))
        style.element.pPr.append(level)


def add_field(run: Any, instruction: str) -> None:
    """A field that Word fills in itself, such as the page's number."""
    for kind in ("begin", None, "end"):
        if kind is None:
            part = OxmlElement("w:instrText")
            part.text = instruction
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)


if __name__ == "__main__":
    write_base(Path(sys.argv[1] if len(sys.argv) > 1 else "base.docx"))
