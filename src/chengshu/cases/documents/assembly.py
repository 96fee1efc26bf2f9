"""A whole case file as one PDF: its catalogue, every document in order, running page numbers (卷宗装订)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from chengshu.cases.documents.composing import compose
from chengshu.cases.documents.facts import CatalogueEntry, DocumentFacts, When
from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.pdf import TEMPLATES, render_pdf, typeset
from chengshu.cases.documents.problems import DocumentProblem


@dataclass(frozen=True)
class FilePart:
    """One document of the file: what the catalogue says of it, and its PDF."""

    title: str
    pdf: bytes
    number: str = ""
    on: When = None
    note: str = ""


def assemble_pdf(
    parts: list[FilePart], *, page_numbers: bool = True, facts: DocumentFacts | None = None
) -> bytes:
    """The parts in the order given as one PDF, behind a cover and a catalogue filled from ``facts``.

    Page numbers count from the first part, at the upper outer corner; cover and catalogue bear none. The
    signatures of the parts stay visible, but only the parts themselves prove them. Without ``facts`` there is
    neither cover nor catalogue. Raises `DocumentProblem` for no part or one that cannot be read.
    """
    if not parts:
        raise DocumentProblem(_("The file has no document yet."))
    readers = [_reader(part) for part in parts]
    entries, start = [], 1
    for part, reader in zip(parts, readers, strict=True):
        end = start + len(reader.pages) - 1
        pages = f"{start}-{end}" if end > start else str(start)
        entries.append(CatalogueEntry(part.title, part.number, part.on, pages, part.note))
        start = end + 1
    writer = PdfWriter()
    front = _front(facts, tuple(entries), start - 1) if facts else None
    for page in front.pages if front else ():
        writer.add_page(page)
    before = len(writer.pages)
    if front:
        writer.add_outline_item(title=_("Cover and catalogue"), page_number=0)
    for part, reader in zip(parts, readers, strict=True):
        first = len(writer.pages)
        for page in reader.pages:
            _flatten(writer.add_page(page))
        writer.add_outline_item(title=part.title, page_number=first)
    if page_numbers:
        _number(writer, before)
    writer.metadata = {"/Title": facts.case_number if facts else parts[0].title, "/Producer": "Chengshu"}
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _reader(part: FilePart) -> PdfReader:
    problem = DocumentProblem(_("“%(name)s” is not a PDF that can be read.") % {"name": part.title})
    try:
        reader = PdfReader(BytesIO(part.pdf))
        if reader.is_encrypted or not reader.pages:
            raise problem
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise problem from error
    return reader


def _front(facts: DocumentFacts, entries: tuple[CatalogueEntry, ...], pages: int) -> PdfReader:
    """Cover and catalogue."""
    filled = replace(facts, entries=entries, pages=pages)
    models = (compose("file_cover", filled), compose("file_catalogue", filled))
    return PdfReader(BytesIO(render_pdf(*(replace(model, issued=True) for model in models))))


def _flatten(page: PageObject) -> None:
    """Draw the looks of form fields and signatures into the page; without their form they would vanish."""
    if "/Annots" not in page:
        return
    kept: Any = []
    for reference in page["/Annots"]:  # type: ignore[attr-defined]
        annotation = reference.get_object()
        look = annotation.get("/AP", {}).get("/N")
        if annotation.get("/Subtype") != "/Widget":
            kept.append(reference)
        elif look is not None and "/BBox" in look.get_object():
            _draw(page, look.get_object(), annotation["/Rect"])
    page[NameObject("/Annots")] = ArrayObject(kept)


def _draw(page: PageObject, look: Any, rectangle: Any) -> None:
    """Merge an appearance into the page at its rectangle."""
    left, right = sorted(float(look["/BBox"][at]) for at in (0, 2))
    bottom, top = sorted(float(look["/BBox"][at]) for at in (1, 3))
    x1, x2 = sorted(float(rectangle[at]) for at in (0, 2))
    y1, y2 = sorted(float(rectangle[at]) for at in (1, 3))
    if right == left or top == bottom:
        return
    sheet = PageObject.create_blank_page(width=right - left, height=top - bottom)
    sheet[NameObject("/Contents")] = look
    sheet[NameObject("/Resources")] = look.get("/Resources", DictionaryObject())
    across, up = (x2 - x1) / (right - left), (y2 - y1) / (top - bottom)
    move = Transformation().translate(-left, -bottom).scale(across, up).translate(x1, y1)
    page.merge_transformed_page(sheet, move)


def _number(writer: PdfWriter, before: int) -> None:
    """Stamp 1, 2, 3 … on the pages after the first ``before``, upright whatever the page's rotation."""
    pages = writer.pages[before:]
    sizes = []
    for page in pages:
        if page.rotation:
            page.transfer_rotation_to_content()
        sizes.append((float(page.mediabox.width), float(page.mediabox.height)))
    fonts = font_set()
    made = typeset(
        (TEMPLATES / "numbers.typ").read_bytes(),
        {
            "sizes": " ".join(f"{width:.2f}x{height:.2f}" for width, height in sizes),
            "font": fonts.families["song"],
        },
    )
    for page, stamp in zip(pages, PdfReader(BytesIO(made)).pages, strict=True):
        corner = Transformation().translate(float(page.mediabox.left), float(page.mediabox.bottom))
        page.merge_transformed_page(stamp, corner)
