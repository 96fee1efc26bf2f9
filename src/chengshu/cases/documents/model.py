"""What a document says, apart from how it looks: one model, which both writers (PDF, .docx) set.

Plain values throughout; `as_data` and `from_data` turn a model into JSON and back, so that what was issued
can be kept word for word whatever becomes of the templates.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

BLANK = "＿＿＿＿＿＿"
"""Stands in running text where a value is missing, to be filled in by hand."""


@dataclass(frozen=True)
class Paragraphs:
    """Running text under an optional heading; ``note`` sets it small, ``flush`` without the indent."""

    texts: tuple[str, ...]
    heading: str = ""
    note: bool = False
    flush: bool = False
    centred: bool = False


@dataclass(frozen=True)
class Cell:
    """A label and its value; ``lines`` is the height kept free, ``sign`` a line at the foot of the cell.

    ``marks``: pictures of signatures made on a screen, which stand before that line.
    """

    label: str
    value: str = ""
    lines: int = 1
    sign: str = ""
    marks: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Grid:
    """Rows of one or two labelled cells with borders, as in the printed forms."""

    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table with a head; ``widths`` are the columns' shares, ``blank_rows`` are ruled for hand-writing."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    blank_rows: int = 0


@dataclass(frozen=True)
class Dialogue:
    """Questions and answers: (mark, text), the mark being 问, 答 or a speaker."""

    turns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Signatures:
    """Lines to sign on, each with a label; ``dated`` adds 年月日."""

    labels: tuple[str, ...]
    dated: bool = True


@dataclass(frozen=True)
class Picture:
    """A picture and what is known of it; without ``image`` an empty frame."""

    caption: str
    details: tuple[str, ...] = ()
    image: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Pictures:
    """Pictures one below the other, two to a page."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Closing:
    """落款: authority and date at the right; ``seal`` keeps the place of the seal over both."""

    authority: str
    date: str
    seal: bool = True


Section = Paragraphs | Grid | Table | Dialogue | Signatures | Pictures | Closing
SECTIONS: dict[str, type[Any]] = {
    each.__name__.lower(): each
    for each in (Paragraphs, Grid, Table, Dialogue, Signatures, Pictures, Closing, Cell, Picture)
}


@dataclass(frozen=True)
class DocumentModel:
    """A whole document. ``look`` as in `DocumentKind`; ``page_signatures`` stand on every page."""

    kind: str
    look: str
    authority: str
    title: str
    number: str
    date: str
    sections: tuple[Section, ...]
    issued: bool = False
    page_signatures: tuple[str, ...] = ()


def as_data(model: DocumentModel) -> dict[str, Any]:
    """The model as JSON values; pictures in base64."""
    data: dict[str, Any] = _data(model)
    del data["type"]
    return data


def from_data(data: dict[str, Any]) -> DocumentModel:
    """The model that `as_data` gave. Raises KeyError or TypeError for anything else."""
    values = {**data, "sections": tuple(_section(each) for each in data["sections"])}
    values["page_signatures"] = tuple(data["page_signatures"])
    return DocumentModel(**values)


def _data(value: Any) -> Any:
    if is_dataclass(value):
        return {
            "type": type(value).__name__.lower(),
            **{each.name: _data(getattr(value, each.name)) for each in fields(value)},
        }
    if isinstance(value, tuple):
        return [_data(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _section(value: Any) -> Any:
    if isinstance(value, dict):
        made = {name: _section(each) for name, each in value.items() if name != "type"}
        if made.get("image"):
            made["image"] = base64.b64decode(made["image"])
        if made.get("marks"):
            made["marks"] = tuple(base64.b64decode(mark) for mark in made["marks"])
        return SECTIONS[value["type"]](**made)
    if isinstance(value, list):
        return tuple(_section(each) for each in value)
    return value
