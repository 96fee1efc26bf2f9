"""The PDF that is issued: Typst sets a model by one template (``templates/document.typ``, or the bureau's).

Values reach the template as JSON, never as markup. The same model gives the same bytes with the same fonts.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from chengshu.cases.documents.bodies import own_folder
from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.model import DocumentModel, Grid, Pictures, as_data
from chengshu.cases.documents.problems import DocumentProblem

TEMPLATES = Path(__file__).resolve().parent / "templates"
TEMPLATE = "document.typ"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in for the time of making, which would make every copy a different file."""

LONGEST_MARK = 600
"""Pixels a signature keeps: 5 cm at 300 dpi."""

LONGEST_SIDE = 1800
"""Pixels a picture keeps: 15 cm at 300 dpi."""


@dataclass(frozen=True)
class SealPlace:
    """Where the seal stands: page from 0, centre in points from the left and the bottom edge."""

    page: int
    x: float
    y: float


A4_HEIGHT = 841.89


def render_pdf(*models: DocumentModel) -> bytes:
    """One PDF of the documents, one after the other, each with pages of its own (第 x 页 共 y 页).

    Raises `DocumentProblem` where a Chinese font is missing, a picture cannot be read or the bureau's own
    template cannot be set.
    """
    with _inputs(models) as (inputs, root):
        return typeset(_template(), inputs, root)


def seal_place(model: DocumentModel) -> SealPlace | None:
    """Where the seal of the document stands (the last one), None for one that bears none."""
    with _inputs([model]) as (inputs, root), _named_problem():
        found = json.loads(_compiler(_template(), inputs, root).query("<seal>", field="value"))
    if not found:
        return None
    last = found[-1]
    return SealPlace(last["page"] - 1, last["x"], A4_HEIGHT - last["y"])


def typeset(template: bytes, inputs: dict[str, str], root: Path | None = None) -> bytes:
    """The PDF that a Typst template makes of its inputs; it may read the files under ``root`` alone.

    Raises `DocumentProblem` where the template cannot be set.
    """
    with _named_problem():
        made = _compiler(template, inputs, root).compile(format="pdf", timestamp=EPOCH)
    assert isinstance(made, bytes)  # noqa: S101 (a PDF is one file; pages come apart in other formats only)
    return made


def typeset_picture(template: bytes, inputs: dict[str, str], root: Path, dots: float) -> bytes:
    """The only page of a Typst template as a PNG with so many dots an inch. Raises as `typeset`."""
    with _named_problem():
        made = _compiler(template, inputs, root).compile(format="png", ppi=dots)
    assert isinstance(made, bytes)  # noqa: S101 (the template has one page)
    return made


def _compiler(template: bytes, inputs: dict[str, str], root: Path | None) -> typst.Compiler:
    return typst.Compiler(template, root=root or TEMPLATES, font_paths=font_set().found, sys_inputs=inputs)


@contextmanager
def _named_problem() -> Iterator[None]:
    """What the template's compiler says, as one sentence."""
    try:
        yield
    except typst.TypstError as error:
        raise DocumentProblem(
            _("The template of the PDF cannot be set: %(error)s") % {"error": error.message}
        ) from error


@contextmanager
def _inputs(models: Iterable[DocumentModel]) -> Iterator[tuple[dict[str, str], Path]]:
    """The models' data for the template, and a folder that holds nothing but their pictures."""
    with tempfile.TemporaryDirectory(prefix="chengshu-document-") as scratch:
        root = Path(scratch)
        documents = [_data(each, root, at) for at, each in enumerate(models)]
        data = {"fonts": font_set().families, "documents": documents}
        yield {"data": json.dumps(data, ensure_ascii=False)}, root


def _template() -> bytes:
    folder = own_folder()
    own = folder / TEMPLATE if folder else None
    return own.read_bytes() if own and own.is_file() else _ours()


@lru_cache(maxsize=1)
def _ours() -> bytes:
    return (TEMPLATES / TEMPLATE).read_bytes()


def _data(model: DocumentModel, root: Path, at: int) -> dict[str, Any]:
    """The model as JSON values, its pictures as files under the root."""
    data = as_data(model)
    for number, section in enumerate(data["sections"]):
        source = model.sections[number]
        if isinstance(source, Grid):
            _place_marks(section, source, root, f"{at}-{number}")
        if section["type"] != "pictures":
            continue
        assert isinstance(source, Pictures)  # noqa: S101 (its "type" says so)
        for index, picture in enumerate(section["pictures"]):
            image = source.pictures[index].image
            if image:
                name = f"{at}-{number}-{index}.jpg"
                (root / name).write_bytes(readable_picture(image, picture["caption"]))
                picture["image"] = f"/{name}"
    return data


def _place_marks(section: dict[str, Any], grid: Grid, root: Path, prefix: str) -> None:
    """The signatures in a grid as files under the root."""
    for row, (cells, texts) in enumerate(zip(grid.rows, section["rows"], strict=True)):
        for column, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            text["marks"] = []
            for index, mark in enumerate(cell.marks):
                name = f"{prefix}-{row}-{column}-{index}.png"
                (root / name).write_bytes(ink_of(mark, cell.label))
                text["marks"].append(f"/{name}")


def ink_of(mark: bytes, caption: str) -> bytes:
    """A signature as a PNG on white, cut to what is drawn. Raises `DocumentProblem` as `readable_picture`."""
    try:
        with Image.open(BytesIO(mark)) as opened:
            drawn = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise DocumentProblem(_("The picture “%(name)s” cannot be read.") % {"name": caption}) from error
    white = Image.new("RGB", drawn.size, "white")
    white.paste(drawn, mask=drawn.getchannel("A"))
    box = ImageOps.invert(white.convert("L")).getbbox()
    cut = white.crop(box) if box else white
    cut.thumbnail((LONGEST_MARK, LONGEST_MARK))
    out = BytesIO()
    cut.save(out, "PNG")
    return out.getvalue()


def readable_picture(image: bytes, caption: str) -> bytes:
    """The picture as an upright JPEG of printing size. Raises `DocumentProblem` where it cannot be read."""
    try:
        with Image.open(BytesIO(image)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise DocumentProblem(_("The picture “%(name)s” cannot be read.") % {"name": caption}) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = BytesIO()
    upright.save(out, "JPEG", quality=88)
    return out.getvalue()
