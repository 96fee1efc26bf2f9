"""What a table is once it has been read, and how one is put together from rows of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl
from django.utils.translation import gettext as _

#: The column with each row's number in the file, as a spreadsheet program shows it.
ROW = "_row"

#: Blanks that people and exports leave around values; also the ideographic, no-break and zero-width ones.
BLANKS = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u2000\u2002\u2003\u2009\u200b\u2028\u2029\u202f\u3000\ufeff"

#: How the name of a sheet ends that tells about the list beside it.
ABOUT = "说明"

_BATCH = 4096
_INNER_BLANKS = re.compile(r"\s+")


class TableError(ValueError):
    """The file cannot be read as a table; carries one translated sentence for the person who sent it."""


@dataclass(frozen=True)
class Limits:
    """What is still accepted. Bytes are of the file itself and of its unpacked parts."""

    max_bytes: int = 100 * 1024**2
    max_unpacked: int = 640 * 1024**2
    max_ratio: int = 250
    max_rows: int = 200_000
    max_columns: int = 200
    max_cells: int = 6_000_000


@dataclass
class Table:
    """A table as text: ``frame`` has ``columns`` (String, trimmed, empty → null) and ``_row`` (Int64)."""

    columns: list[str]
    frame: pl.DataFrame
    notes: list[str] = field(default_factory=list)
    encoding: str | None = None
    sheet: str | None = None

    def __len__(self) -> int:
        return self.frame.height


def normalise(text: str | None) -> str | None:
    """The text without the blanks around it; ``None`` if nothing is left."""
    return (text.strip(BLANKS) or None) if text else None


def letter(index: int) -> str:
    """The spreadsheet letter of a column: 0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_name(text: str | None) -> str | None:
    """A header cell's text: line breaks inside are dropped between Chinese characters, else one blank."""
    text = normalise(text)
    if text is None:
        return None
    return _INNER_BLANKS.sub(lambda m: " " if text[m.start() - 1] < "\u2e80" else "", text)


def assemble(
    rows: Iterable[tuple[int, Sequence[str | None]]], *, limits: Limits, first_column: int = 0
) -> tuple[list[str], pl.DataFrame]:
    """Columns and frame from (row number, normalised cells); the first row with a value is the header.

    ``first_column`` is the index in the file of the first cell given, for messages. Rows without any value
    are left out. Raises :class:`TableError`.
    """
    iterator = iter(rows)
    header = next((row for row in iterator if any(row[1])), None)
    if header is None:
        raise TableError(_("The table is empty."))
    header_row, cells = header
    names = [column_name(cell) for cell in cells]
    while names and names[-1] is None:
        names.pop()
    _check_header(names, header_row, limits, first_column)
    width = len(names)
    values: list[list[str | None]] = [[] for _name in names]
    numbers: list[int] = []
    pending: list[Sequence[str | None]] = []
    for number, cells in iterator:
        if len(cells) != width:
            cells = _fit(cells, width, number, first_column)
        if not any(cells):
            continue
        numbers.append(number)
        pending.append(cells)
        if len(pending) == _BATCH:
            _spread(pending, values)
        if len(numbers) > limits.max_rows:
            raise TableError(too_many_rows(limits))
    _spread(pending, values)
    return _frame(names, values, numbers, header_row, first_column)


def too_many_rows(limits: Limits) -> str:
    """The sentence for a table longer than the limit."""
    return _("The table has more than %(limit)s rows. Split it into smaller files.") % {
        "limit": f"{limits.max_rows:,}"
    }


def too_many_columns(limits: Limits) -> str:
    """The sentence for a table wider than the limit."""
    return _("The table has more than %(limit)s columns. Delete the columns that are not needed.") % {
        "limit": limits.max_columns
    }


def _check_header(names: list[str | None], row: int, limits: Limits, first_column: int) -> None:
    if len(names) > limits.max_columns:
        raise TableError(too_many_columns(limits))
    seen: dict[str, int] = {}
    for index, name in enumerate(names, start=first_column):
        if name is None:
            continue
        if name == ROW:
            raise TableError(_("The column name “%(name)s” is reserved. Rename the column.") % {"name": name})
        if name in seen:
            raise TableError(
                _("Row %(row)s names two columns “%(name)s” (%(first)s and %(second)s). Rename one of them.")
                % {"row": row, "name": name, "first": letter(seen[name]), "second": letter(index)}
            )
        seen[name] = index
    if not any(char.isalpha() for name in seen for char in name):
        raise TableError(
            _("Row %(row)s holds no column names. The first row must name the columns.") % {"row": row}
        )


def _spread(pending: list[Sequence[str | None]], values: list[list[str | None]]) -> None:
    for column, cells in zip(values, zip(*pending, strict=True), strict=False):
        column.extend(cells)
    pending.clear()


def _fit(cells: Sequence[str | None], width: int, row: int, first_column: int) -> Sequence[str | None]:
    if len(cells) < width:
        return [*cells, *[None] * (width - len(cells))]
    for index, cell in enumerate(cells[width:], start=width):
        if cell is not None:
            raise _nameless(index + first_column, row)
    return cells[:width]


def _nameless(index: int, row: int) -> TableError:
    return TableError(
        _("Column %(column)s has a value in row %(row)s but no column name. Name the column or empty it.")
        % {"column": letter(index), "row": row}
    )


def _frame(
    names: list[str | None], values: list[list[str | None]], numbers: list[int], header: int, first: int
) -> tuple[list[str], pl.DataFrame]:
    series: dict[str, pl.Series] = {ROW: pl.Series(ROW, numbers, dtype=pl.Int64)}
    for index, name in enumerate(names):
        column = pl.Series(name or "", values[index], dtype=pl.String)
        values[index] = []  # the Python strings are as large again: let each column's go at once
        if name is not None:
            series[name] = column
        elif column.null_count() < len(column):
            at = column.is_not_null().arg_max()
            raise _nameless(index + first, numbers[at] if at is not None else header)
    frame = pl.DataFrame(series)
    columns = [name for name in names if name is not None]
    for name in columns:
        if frame[name].str.contains("\x00", literal=True).any():
            raise TableError(
                _("Column “%(name)s” holds characters that are not text (NUL).") % {"name": name}
            )
    return columns, frame.select([*columns, ROW])
