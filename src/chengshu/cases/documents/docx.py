"""The .docx for editing before issue: the bureau's Word template, filled by its named styles and fields.

A template is ``<kind>.docx``, ``<group>.docx`` or ``base.docx`` in the folder of the bureau's templates, else
the one that comes with the platform. Its fields are ``{{authority}}``, ``{{title}}``, ``{{number}}``,
``{{date}}``, ``{{draft}}``, ``{{page_signatures}}`` anywhere and ``{{body}}`` alone in a paragraph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT as VERTICAL
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Emu, Mm, Pt

from chengshu.cases.documents import model as m
from chengshu.cases.documents.bodies import own_folder
from chengshu.cases.documents.controls import control, tag_of
from chengshu.cases.documents.editing import digest_of, spots
from chengshu.cases.documents.kinds import kind
from chengshu.cases.documents.pdf import ink_of, readable_picture
from chengshu.cases.documents.problems import DocumentProblem

TEMPLATES = Path(__file__).resolve().parent / "templates"
BODY = "{{body}}"
LABEL_WIDTH = Mm(26)
LINE_POINTS = 17
BLANK_LINES = 9


def render_docx(model: m.DocumentModel, *, issued: int = 0) -> bytes:
    """The document as an editable .docx; ``issued``: how many versions of it were issued before this draft.

    Raises `DocumentProblem` where the template is no .docx, lacks ``{{body}}`` or one of the styles.
    """
    path = template_path(model.kind)
    try:
        document = Document(str(path))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError, OSError) as error:
        raise DocumentProblem(
            _("The template %(file)s is not a .docx file.") % {"file": path.name}
        ) from error
    anchor = next((each for each in document.paragraphs if each.text.strip() == BODY), None)
    if anchor is None:
        raise DocumentProblem(_("The template %(file)s has no paragraph {{body}}.") % {"file": path.name})
    _fill_fields(document, model)
    try:
        _Writer(document, anchor).write(model, issued)
    except KeyError as error:
        raise DocumentProblem(
            _("The template %(file)s lacks a style: %(style)s") % {"file": path.name, "style": error.args[0]}
        ) from error
    anchor._p.getparent().remove(anchor._p)
    core = document.core_properties
    core.title, core.author = model.title, model.authority
    core.created = core.modified = datetime(2000, 1, 1, tzinfo=UTC)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def template_path(code: str) -> Path:
    """The template for a kind: the bureau's for the kind, for its group, for all, else the platform's."""
    folder = own_folder()
    each = kind(code)
    for name in (each.code, each.group, "base") if folder else ():
        if folder and (path := folder / f"{name}.docx").is_file():
            return path
    return TEMPLATES / "base.docx"


def _fill_fields(document: Any, model: m.DocumentModel) -> None:
    """Put the values of the simple fields in; a paragraph that would stay empty goes."""
    values = {
        "{{authority}}": model.authority,
        "{{title}}": model.title,
        "{{number}}": model.number,
        "{{date}}": model.date,
        "{{draft}}": "" if model.issued else "草稿",
        "{{page_signatures}}": "　".join(f"{label}：＿＿＿＿＿＿" for label in model.page_signatures),
    }
    for paragraph in list(_paragraphs(document)):
        found = [name for name in values if name in paragraph.text]
        if not found:
            continue
        # Word may cut a field into several runs: the whole text goes into the first one. Fields are sought
        # in the template's text alone, so that a value that looks like a field stays what it is.
        pieces = [paragraph.text]
        for name in found:
            pieces = [part for piece in pieces for part in ([piece] if piece in found else _cut(piece, name))]
        text = "".join(values.get(piece, piece) for piece in pieces)
        for run in paragraph.runs[1:]:
            run._r.getparent().remove(run._r)
        paragraph.runs[0].text = text


def _cut(text: str, name: str) -> list[str]:
    """The text cut at a field, with the field itself as pieces."""
    pieces = text.split(name)
    return [part for piece in pieces[:-1] for part in (piece, name)] + [pieces[-1]]


def _paragraphs(document: Any) -> Iterator[Any]:
    yield from document.paragraphs
    for section in document.sections:
        for area in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            yield from area.paragraphs if not area.is_linked_to_previous else ()


class _Writer:
    """Writes the sections before the paragraph ``{{body}}``."""

    def __init__(self, document: Any, anchor: Any) -> None:
        self.document, self.anchor = document, anchor
        page = document.sections[-1]
        self.width = page.page_width - page.left_margin - page.right_margin
        self.at = 0
        self.tag: Callable[[str], str] = str
        self.labels: dict[str, str] = {}

    def write(self, model: m.DocumentModel, issued: int) -> None:
        """All sections in order; what may be edited in a draft stands in content controls."""
        if not model.issued:
            self.labels = {spot.path: spot.label for spot in spots(model)}
            self.tag = partial(tag_of, digest_of(model), issued)
        for self.at, section in enumerate(model.sections):
            getattr(self, type(section).__name__.lower())(section)

    def line(self, text: str, style: str) -> Any:
        """One paragraph; raises KeyError where the template lacks the style."""
        return self.anchor.insert_paragraph_before(text, style=self.document.styles[style])

    def editable(self, paragraph: Any, runs: list[Any], *place: int) -> None:
        """Mark a text of the section as one that may be edited."""
        path = ".".join(map(str, (self.at, *place)))
        if path in self.labels:
            control(paragraph, runs, self.tag(path), self.labels[path])

    def paragraphs(self, section: m.Paragraphs) -> None:
        """Running text."""
        if section.heading:
            self.line(section.heading, "文书小标题")
        style = "文书附注" if section.note else "文书抬头" if section.flush else "文书正文"
        for index, text in enumerate(section.texts):
            line = self.line(text, style)
            self.editable(line, line.runs, index)

    def table_of(self, rows: int, widths: list[int]) -> Any:
        """An empty bordered table over the whole width."""
        table = self.document.add_table(rows, len(widths))
        table.style = self.document.styles["Table Grid"]
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Emu(width)
            for cell in column.cells:
                cell.width = Emu(width)
        self.anchor._p.addprevious(table._tbl)
        return table

    def put(self, cell: Any, text: str, style: str, *place: int, top: bool = False) -> None:
        """A text into a cell; ``place`` within the section where it may be edited."""
        cell.text = text
        cell.paragraphs[0].style = self.document.styles[style]
        cell.vertical_alignment = VERTICAL.TOP if top else VERTICAL.CENTER
        if place:
            self.editable(cell.paragraphs[0], cell.paragraphs[0].runs, *place)

    def grid(self, section: m.Grid) -> None:
        """A form: label, value, label, value."""
        value = (self.width - 2 * LABEL_WIDTH) // 2
        table = self.table_of(len(section.rows), [LABEL_WIDTH, value, LABEL_WIDTH, value])
        for index, (row, cells) in enumerate(zip(table.rows, section.rows, strict=True)):
            places = row.cells
            if len(cells) == 1:
                wide = places[1].merge(places[3])
                self.put(places[0], cells[0].label, "文书表格标签")
                self.put(wide, cells[0].value, "文书表格", index, 0, top=cells[0].lines > 1)
                if cells[0].sign or cells[0].marks:
                    foot = wide.add_paragraph(style=self.document.styles["文书表格"])
                    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                    for mark in cells[0].marks:
                        ink = BytesIO(ink_of(mark, cells[0].label))
                        foot.add_run().add_picture(ink, height=Mm(12))
                    foot.add_run(cells[0].sign)
                row.height = Pt(LINE_POINTS * max(cells[0].lines, 1) + 8)
                continue
            for at, cell in enumerate(cells):
                self.put(places[2 * at], cell.label, "文书表格标签")
                self.put(places[2 * at + 1], cell.value, "文书表格", index, at)
            row.height = Pt(LINE_POINTS + 8)

    def table(self, section: m.Table) -> None:
        """A table with a head that repeats on every page."""
        share = self.width // sum(section.widths)
        rows = [section.head, *section.rows, *[("",) * len(section.head)] * section.blank_rows]
        table = self.table_of(len(rows), [share * width for width in section.widths])
        for index, (row, texts) in enumerate(zip(table.rows, rows, strict=True), -1):  # -1: the head
            row.height = Pt(LINE_POINTS + 6)
            for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
                self.put(cell, text, "文书表格标签", index, column)
        head = table.rows[0]._tr.get_or_add_trPr()
        mark = head.makeelement(f"{{{head.nsmap['w']}}}tblHeader", {})
        head.append(mark)

    def dialogue(self, section: m.Dialogue) -> None:
        """Questions and answers, the marks in bold."""
        for turn, (mark, text) in enumerate(section.turns):
            paragraph = self.line("", "文书问答")
            paragraph.add_run(f"{mark}：").bold = True
            self.editable(paragraph, [paragraph.add_run(text)], turn)
        for _at in range(0 if section.turns else BLANK_LINES):
            self.line("＿" * 30, "文书抬头")

    def signatures(self, section: m.Signatures) -> None:
        """Lines to sign on."""
        for label in section.labels:
            day = "　　年　　月　　日" if section.dated else ""
            self.line(f"{label}：＿＿＿＿＿＿＿＿＿＿{day}", "文书签名")

    def pictures(self, section: m.Pictures) -> None:
        """Pictures with their captions; a frame to glue into where there is none."""
        for picture in section.pictures:
            if picture.image:
                data = BytesIO(readable_picture(picture.image, picture.caption))
                self.line("", "文书表格标签").add_run().add_picture(data, height=Mm(74))
            else:
                table = self.table_of(1, [self.width])
                self.put(table.rows[0].cells[0], "（照片粘贴处）", "文书表格标签")
                table.rows[0].height = Mm(74)
            self.line("　".join((picture.caption, *picture.details)), "文书附注")

    def closing(self, section: m.Closing) -> None:
        """Authority and date."""
        for text in ("", section.authority, section.date or "　　年　　月　　日"):
            self.line(text, "文书落款")
