"""From a file of unknown content to a :class:`~chengshu.kernel.tables.model.Table`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import filetype
from django.utils.translation import gettext as _

from chengshu.kernel.tables.delimited import read_delimited
from chengshu.kernel.tables.model import Limits, Table, TableError
from chengshu.kernel.tables.workbook import read_xls, read_xlsx

_TEXT_NAMES = {".csv", ".txt", ".tsv", ""}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_table(
    source: str | Path | BinaryIO,
    *,
    filename: str | None = None,
    limits: Limits | None = None,
    sheet: str | None = None,
) -> Table:
    """Read an xlsx, xls or csv file whose first row with a value names the columns.

    ``source`` is a path or a seekable binary file; ``filename`` is the name the sender gave it. The kind is
    told by the content, never by the name alone. ``sheet`` picks one sheet of several. Formulas are read as
    the values last calculated; macros and links are ignored. Raises :class:`TableError`, whose text is one
    translated sentence, for anything that cannot be read safely.
    """
    limits = limits or Limits()
    if isinstance(source, str | Path):
        path = Path(source)
        try:
            with path.open("rb") as file:
                return _read(file, filename or path.name, limits, sheet)
        except (FileNotFoundError, IsADirectoryError, PermissionError):
            raise TableError(_("The file “%(name)s” cannot be opened.") % {"name": path.name}) from None
    return _read(source, filename or str(getattr(source, "name", "") or ""), limits, sheet)


def _read(file: BinaryIO, filename: str, limits: Limits, sheet: str | None) -> Table:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise TableError(_("The file is empty."))
    if size > limits.max_bytes:
        raise TableError(
            _("The file is larger than %(limit)s MB. Split it into smaller files.")
            % {"limit": limits.max_bytes // 1024**2}
        )
    head = file.read(8192)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return read_xlsx(file, limits, sheet)
    if head.startswith(_OLE):
        return read_xls(file, limits, sheet)
    suffix = Path(filename).suffix.lower()
    _refuse_other_kinds(head, suffix)
    return read_delimited(file.read(), limits)


def _refuse_other_kinds(head: bytes, suffix: str) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table")) or b"<html" in start:
        raise TableError(
            _("The file is a web page under another name. Open it in Excel or WPS and save it as .xlsx.")
        )
    kind = filetype.guess(head)
    if kind is not None:
        raise TableError(
            _("The file is not a spreadsheet but a %(kind)s file. Send an .xlsx, .xls or .csv file.")
            % {"kind": kind.extension.upper()}
        )
    if suffix not in _TEXT_NAMES or start.startswith((b"<?xml", b"%pdf", b"mz")):
        raise TableError(_("The file is not a spreadsheet. Send an .xlsx, .xls or .csv file."))
