"""Workbooks (.xlsx, .xls) by calamine, after the checks that keep it out of trouble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import BinaryIO

import python_calamine
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chengshu.kernel.tables.archive import Archive, Sheet
from chengshu.kernel.tables.model import (
    ABOUT,
    BLANKS,
    Limits,
    Table,
    TableError,
    assemble,
    letter,
    too_many_columns,
    too_many_rows,
)
from chengshu.kernel.tables.scan import Extent, range_name, scan, scan_exactly

Value = int | float | str | bool | date | datetime | time | timedelta
_EXACT = 10**15
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_xlsx(file: BinaryIO, limits: Limits, sheet: str | None) -> Table:
    """Read one sheet of an xlsx; see :func:`chengshu.kernel.tables.read_table`."""
    archive = Archive(file, limits)
    chosen = _choose([one for one in archive.sheets if _in_play(archive, one, limits, sheet)], sheet, archive)
    extent = _extent(archive, chosen, limits)
    if extent.empty:
        raise TableError(_("The sheet “%(sheet)s” is empty.") % {"sheet": chosen.name})
    notes = _merge_notes(extent)
    if extent.formulas:
        notes.append(
            ngettext(
                "%(count)s formula was read as the value last calculated.",
                "%(count)s formulas were read as the values last calculated.",
                extent.formulas,
            )
            % {"count": extent.formulas}
        )
    if archive.has_macros:
        notes.append(_("The workbook contains macros; they were ignored."))
    if archive.has_external_links:
        notes.append(_("The workbook links to other files; the links were ignored."))
    file.seek(0)
    return _load(file, chosen.name, limits, notes)


def read_xls(file: BinaryIO, limits: Limits, sheet: str | None) -> Table:
    """Read one sheet of an old .xls (at most 65,536 rows by 256 columns, so no bomb to fear)."""
    if _ENCRYPTED in file.read():
        raise _encrypted()
    file.seek(0)
    workbook = _open(file)
    filled = [
        (meta.name, workbook.get_sheet_by_name(meta.name))
        for meta in workbook.sheets_metadata
        if sheet == meta.name or (sheet is None and meta.visible == python_calamine.SheetVisibleEnum.Visible)
    ]
    filled = [(name, loaded) for name, loaded in filled if loaded.height]
    names = [name for name, _loaded in filled]
    if sheet is not None and not names and sheet not in workbook.sheet_names:
        raise _no_such_sheet(sheet, workbook.sheet_names)
    if not names:
        raise TableError(_("The workbook is empty."))
    if len(names) > 1:
        raise _which(names)
    loaded = filled[0][1]
    merged = [(a[0] + 1, a[1], b[0] + 1, b[1]) for a, b in loaded.merged_cell_ranges or ()]
    top, _left = loaded.start or (0, 0)
    notes = _merge_notes(Extent(first_row=top + 1, last_row=top + loaded.height, merges=merged))
    return _table(loaded, names[0], limits, notes)


def _in_play(archive: Archive, sheet: Sheet, limits: Limits, wanted: str | None) -> bool:
    if wanted is not None:
        return sheet.name == wanted
    if sheet.hidden:
        return False
    extent = scan(archive.pieces(sheet.part), limits, stop_at_value=True)
    return extent is None or not extent.empty


def _choose(candidates: Sequence[Sheet], wanted: str | None, archive: Archive) -> Sheet:
    if wanted is not None and not candidates:
        raise _no_such_sheet(wanted, [sheet.name for sheet in archive.sheets])
    if not candidates:
        raise TableError(_("The workbook is empty."))
    # a sheet that explains the list (说明, 填表说明) is not the list, unless it is asked for
    lists = [sheet for sheet in candidates if wanted is not None or not sheet.name.endswith(ABOUT)]
    if len(lists or candidates) > 1:
        raise _which([sheet.name for sheet in lists or candidates])
    return (lists or candidates)[0]


def _extent(archive: Archive, sheet: Sheet, limits: Limits) -> Extent:
    quick = scan(archive.pieces(sheet.part), limits)
    return scan_exactly(archive.pieces(sheet.part), limits) if quick is None else quick


def _merge_notes(extent: Extent) -> list[str]:
    """A sentence about merged cells among the rows; raises for those that touch the header."""
    header = extent.first_row
    over_header = [merge for merge in extent.merges if merge[0] <= header <= merge[2]]
    if over_header:
        names = ", ".join(range_name(merge) for merge in over_header[:6])
        raise TableError(
            _(
                "The column names must stand in one row of single cells, but these are merged: %(cells)s. "
                "Unmerge them and delete title rows."
            )
            % {"cells": names + ("…" if len(over_header) > 6 else "")}
        )
    below = [merge for merge in extent.merges if header < merge[0] <= extent.last_row]
    if not below:
        return []
    names = ", ".join(range_name(merge) for merge in below[:6])
    return [
        _("Merged cells count only for their first row and column: %(cells)s.")
        % {"cells": names + ("…" if len(below) > 6 else "")}
    ]


def _open(file: BinaryIO) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError:
        raise _encrypted() from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        if "assword" in str(error):
            raise _encrypted() from None
        raise TableError(
            _("The workbook is damaged. Open it in Excel or WPS, save it again and retry.")
        ) from None


def _load(file: BinaryIO, name: str, limits: Limits, notes: list[str]) -> Table:
    try:
        sheet = _open(file).get_sheet_by_name(name)
    except python_calamine.CalamineError:
        raise TableError(
            _("The workbook is damaged. Open it in Excel or WPS, save it again and retry.")
        ) from None
    return _table(sheet, name, limits, notes)


def _table(sheet: python_calamine.CalamineSheet, name: str, limits: Limits, notes: list[str]) -> Table:
    if sheet.start is None or not sheet.height:
        raise TableError(_("The sheet “%(sheet)s” is empty.") % {"sheet": name})
    if sheet.width > limits.max_columns:
        raise TableError(too_many_columns(limits))
    if sheet.height > limits.max_rows + 1:
        raise TableError(too_many_rows(limits))
    rounded: dict[int, int] = {}
    rows = _rows(sheet, rounded)
    columns, frame = assemble(rows, limits=limits, first_column=sheet.start[1])
    for column, row in sorted(rounded.items()):
        notes.append(
            _(
                "Column %(column)s holds numbers of more than 15 digits (first in row %(row)s); "
                "spreadsheets round them. Format the column as text and enter them again."
            )
            % {"column": letter(column + sheet.start[1]), "row": row}
        )
    return Table(columns=columns, frame=frame, notes=notes, sheet=name)


def _rows(
    sheet: python_calamine.CalamineSheet, rounded: dict[int, int]
) -> Iterator[tuple[int, list[str | None]]]:
    # iter_rows() begins at the sheet's row 1 but leaves out the columns before the first value.
    start = sheet.start or (0, 0)
    skip = start[1] if sheet.total_width == sheet.width + start[1] else 0
    for number, values in enumerate(sheet.iter_rows(), start=1):
        row: list[str | None] = []
        for value in values[skip:] if skip else values:
            if isinstance(value, str):
                row.append(value.strip(BLANKS) or None)
                continue
            if isinstance(value, float) and abs(value) >= _EXACT:
                rounded.setdefault(len(row), number)
            row.append(_text(value))
        yield number, row


def _text(value: Value) -> str:
    """A cell's value as exact text: 3.0 → 3, dates in ISO form, no exponents."""
    if isinstance(value, float):
        if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        plain = repr(value)
        return format(Decimal(plain), "f").removesuffix(".0") if "e" in plain or ".0" in plain else plain
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _which(names: Sequence[str]) -> TableError:
    return TableError(
        _("The workbook has several sheets with values: %(names)s. Say which one to read.")
        % {"names": ", ".join(names[:20])}
    )


def _no_such_sheet(wanted: str, names: Sequence[str]) -> TableError:
    return TableError(
        _("The workbook has no sheet “%(sheet)s”; it has: %(names)s.")
        % {"sheet": wanted, "names": ", ".join(names[:20])}
    )


def _encrypted() -> TableError:
    return TableError(_("The workbook is protected by a password. Save it without one and send it again."))
