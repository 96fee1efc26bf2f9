"""One quick pass over a worksheet's XML before it is loaded: its extent, merged cells and formulas.

The library loads a sheet as a full grid from the first to the last cell, so one stray cell in the far
corner would cost gigabytes; and a million-row sheet should be refused without reading it to the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from django.utils.translation import gettext as _

from chengshu.kernel.tables.archive import check_xml
from chengshu.kernel.tables.model import Limits, TableError, letter, too_many_columns

# The way every common program writes a cell, with something inside.
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
# A cell written in another way (other attribute first, namespace prefix): the slow exact way is taken.
_OTHER_CELLS = tuple(b"<c" + end for end in (b">", b"/", b"\t", b"\r", b"\n"))
_PREFIXED_CELLS = tuple(b":c" + end for end in (b" ", b">", b"/", b"\t", b"\r", b"\n"))
_MERGE = re.compile(rb'<(?:[\w.-]+:)?mergeCell\s[^>]*?ref=["\']([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)["\']')
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MAX_MERGES = 100_000


@dataclass
class Extent:
    """Rows from 1, columns from 0; ``first_row`` is 0 for a sheet without values."""

    first_row: int = 0
    last_row: int = 0
    first_column: int = 1 << 30
    last_column: int = -1
    formulas: int = 0
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)  # row, column, row, column

    @property
    def empty(self) -> bool:
        return self.first_row == 0

    def add(self, column: int, row: int) -> None:
        """Stretch to the cell."""
        self.first_row = min(self.first_row, row) if self.first_row else row
        self.last_row = max(self.last_row, row)
        self.first_column = min(self.first_column, column)
        self.last_column = max(self.last_column, column)

    def check(self, limits: Limits) -> None:
        """Raise :class:`TableError` once the grid is larger than the limits."""
        rows, columns = self.last_row - self.first_row + 1, self.last_column - self.first_column + 1
        if rows > limits.max_rows + 1:
            raise TableError(
                _(
                    "The sheet reaches row %(row)s; at most %(limit)s rows can be read. "
                    "Split the list, or delete the stray cells below it."
                )
                % {"row": f"{self.last_row:,}", "limit": f"{limits.max_rows:,}"}
            )
        if columns > limits.max_columns:
            raise TableError(too_many_columns(limits))
        if rows * columns > limits.max_cells:
            raise TableError(
                _("The sheet has %(count)s cells; at most %(limit)s can be read. Split the list.")
                % {"count": f"{rows * columns:,}", "limit": f"{limits.max_cells:,}"}
            )


def column_index(letters: str) -> int:
    """A → 0, AA → 26."""
    index = 0
    for char in letters:
        index = index * 26 + ord(char) - 64
    return index - 1


def scan(pieces: Iterable[bytes], limits: Limits, *, stop_at_value: bool = False) -> Extent | None:
    """The sheet's extent, or ``None`` if its XML is written in a way only :func:`scan_exactly` can follow."""
    extent, tail = Extent(), b""
    columns: dict[bytes, int] = {}
    for piece in pieces:
        check_xml(piece)
        text = tail + piece
        cut = text.rfind(b"<")
        text, tail = text[:cut], text[cut:]
        if not _scan_piece(text, extent, columns):
            return None
        if extent.first_row:
            extent.check(limits)
            if stop_at_value:
                return extent
        if len(extent.merges) > _MAX_MERGES:
            extent.merges = extent.merges[:_MAX_MERGES]
    return extent


def _scan_piece(text: bytes, extent: Extent, columns: dict[bytes, int]) -> bool:
    plain = text.count(b'<c r="')
    if text.count(b"<c") != plain and (
        text.count(b"<c ") != plain or any(other in text for other in _OTHER_CELLS)
    ):
        return False
    if b":c" in text and any(other in text for other in _PREFIXED_CELLS):
        return False
    cells = _PLAIN_CELL.findall(text)
    if cells:
        rows = {int(row) for row in {row for _column, row in cells}}
        for name in {column for column, _row in cells}:
            if name not in columns:
                columns[name] = column_index(name.decode("ascii"))
            extent.add(columns[name], min(rows))
        extent.add(extent.first_column, max(rows))
    extent.formulas += text.count(b"<f>") + text.count(b"<f ")
    if b"mergeCell" not in text:
        return True
    for first, top, last, bottom in _MERGE.findall(text):
        extent.merges.append(
            (int(top), column_index(first.decode()), int(bottom), column_index(last.decode()))
        )
    return True


def scan_exactly(pieces: Iterable[bytes], limits: Limits) -> Extent:
    """As :func:`scan`, by a real XML parser: several times slower, for unusual writers."""
    extent = Extent()
    at = [0, -1]  # current row (from 1) and column (from 0)
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "row":
            at[0], at[1] = int(attributes.get("r", at[0] + 1)), -1
        elif tag == "c":
            match = _REFERENCE.fullmatch(attributes.get("r", ""))
            if match:
                at[0], at[1] = int(match[2]), column_index(match[1])
            else:
                at[1] += 1
        elif tag in ("v", "is"):
            extent.add(at[1], at[0])
            extent.check(limits)
        elif tag == "f":
            extent.formulas += 1
        elif tag == "mergeCell" and len(extent.merges) < _MAX_MERGES:
            ends = _REFERENCE.findall(attributes.get("ref", ""))
            if len(ends) == 2:
                (first, top), (last, bottom) = ends
                extent.merges.append((int(top), column_index(first), int(bottom), column_index(last)))

    parser.StartElementHandler = start
    try:
        for piece in pieces:
            check_xml(piece)
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(
            _("The workbook is damaged. Open it in Excel or WPS, save it again and retry.")
        ) from None
    return extent


def range_name(merge: tuple[int, int, int, int]) -> str:
    """A merged range as a spreadsheet program writes it: A1:C1."""
    top, first, bottom, last = merge
    return f"{letter(first)}{top}:{letter(last)}{bottom}"
