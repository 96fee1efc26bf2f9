"""Writing tables that a spreadsheet program opens without running anything in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, BinaryIO

import xlsxwriter
from django.utils import timezone

from chengshu.kernel.tables.model import ABOUT

Cell = str | int | float | Decimal | bool | date | datetime | None


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its name, its header, its rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r\n]")
_LONGEST_CELL = 32_767
_EXACT = 10**15


def escape_formula(text: str) -> str:
    """Text that a spreadsheet would run as a formula, with a quotation mark in front; other text as it is.

    Text that already looks so marked gets one more, so that :func:`unescape_formula` gives back exactly
    what went in.
    """
    return "'" + text if _FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    """The inverse of :func:`escape_formula`."""
    return text[1:] if _ESCAPED.match(text) else text


def write_xlsx(
    target: str | Path | BinaryIO,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    sheet: str = "Sheet1",
    widths: Sequence[float] | None = None,
    about: Iterable[tuple[str, str]] = (),
    further: Iterable[Sheet] = (),
) -> int:
    """Write one sheet row by row in constant memory; returns the number of rows.

    ``further``: sheets after the first, which `read_table` does not read. ``about``: pairs of words that
    tell about the table, on a last sheet that `read_table` passes over.

    Text is written as text whatever it begins with (``=1+1`` stays those four characters); integers of more
    than 15 digits are written as text, since a spreadsheet would round them. ``widths`` are in characters.
    Raises ``ValueError`` for text longer than a cell can hold (32,767 characters).
    """
    destination = str(target) if isinstance(target, str | Path) else target
    workbook = xlsxwriter.Workbook(
        destination,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        },
    )
    try:
        formats = {
            "header": workbook.add_format({"bold": True}),
            "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        count = _write_sheet(workbook, Sheet(sheet, columns, rows), widths or (), formats)
        for one in further:
            _write_sheet(workbook, one, (), formats)
        _write_about(workbook, about)
    finally:
        workbook.close()
    return count


def _write_sheet(workbook: Any, sheet: Sheet, widths: Sequence[float], formats: dict[str, Any]) -> int:
    worksheet = workbook.add_worksheet(sheet.name)
    worksheet.freeze_panes(1, 0)
    for index, width in enumerate(widths):
        worksheet.set_column(index, index, width)
    for index, name in enumerate(sheet.columns):
        worksheet.write_string(0, index, name, formats["header"])
    count = 0
    for count, row in enumerate(sheet.rows, start=1):
        for index, value in enumerate(row):
            _write_cell(worksheet, count, index, value, formats)
    return count


def _write_about(workbook: Any, about: Iterable[tuple[str, str]]) -> None:
    lines = list(about)
    if not lines:
        return
    worksheet = workbook.add_worksheet(ABOUT)
    worksheet.set_column(0, 1, 24)
    for row, (label, value) in enumerate(lines):
        worksheet.write_string(row, 0, label)
        worksheet.write_string(row, 1, value)


def _write_cell(worksheet: Any, row: int, column: int, value: Cell, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        worksheet.write_boolean(row, column, value)
    elif isinstance(value, int | float) and abs(value) < _EXACT:
        worksheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        moment = timezone.make_naive(value) if timezone.is_aware(value) else value
        worksheet.write_datetime(row, column, moment, formats["moment"])
    elif isinstance(value, date):
        worksheet.write_datetime(row, column, value, formats["date"])
    else:
        text = str(value)
        if len(text) > _LONGEST_CELL:
            raise ValueError(f"cell text of {len(text)} characters; a cell holds {_LONGEST_CELL}")
        worksheet.write_string(row, column, text)


def write_csv(
    target: str | Path | BinaryIO,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> int:
    """Write UTF-8 with a byte order mark (Excel needs it) and CRLF; returns the number of rows.

    Text that would run as a formula is marked (:func:`escape_formula`); reading the file with
    :func:`~chengshu.kernel.tables.read_table` gives it back unmarked.
    """
    if isinstance(target, str | Path):
        with Path(target).open("w", encoding="utf-8-sig", newline="") as file:
            return _write_rows(file, columns, rows)
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    try:
        return _write_rows(text, columns, rows)
    finally:
        text.flush()
        text.detach()


def _write_rows(file: IO[str], columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    writer = csv.writer(file)
    writer.writerow([escape_formula(name) for name in columns])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 (the number of rows is the result)
        writer.writerow([_csv_cell(value) for value in row])
    return count


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return escape_formula(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        moment = timezone.make_naive(value) if timezone.is_aware(value) else value
        return moment.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
