"""Text tables (.csv): encodings met in Chinese offices, any of the usual delimiters, quoted line breaks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from chengshu.kernel.tables.model import Limits, Table, TableError, assemble, normalise
from chengshu.kernel.tables.write import unescape_formula

_DELIMITERS = ",\t;"
_MAX_FIELD = 1_000_000


def read_delimited(data: bytes, limits: Limits) -> Table:
    """Read a csv; see :func:`chengshu.kernel.tables.read_table`."""
    text, encoding = _decode(data)
    if not text.strip():
        raise TableError(_("The file is empty."))
    delimiter = _delimiter(text)
    columns, frame = assemble(_rows(text, delimiter), limits=limits)
    return Table(columns=columns, frame=frame, encoding=encoding)


def _decode(data: bytes) -> tuple[str, str]:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            candidates = [encoding]
            break
    else:
        if b"\x00" in data:
            raise _not_text()
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise _not_text()
        return text, "utf-8" if encoding == "utf-8-sig" else encoding
    raise TableError(_("The text of the file is neither UTF-8 nor GB18030. Save it as “CSV UTF-8”."))


def _not_text() -> TableError:
    return TableError(_("The file is not text (it holds NUL bytes). Send an .xlsx, .xls or .csv file."))


def _delimiter(text: str) -> str:
    """The delimiter that occurs most in the first line with a value, outside quotation marks."""
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for char in text[:_MAX_FIELD]:
        if char == '"':
            quoted = not quoted
        elif char == "\n" and not quoted and any(counts.values()):
            break
        elif char in counts and not quoted:
            counts[char] += 1
    return max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str | None]]]:
    # csv.reader counts a quoted line break as part of its record, and a spreadsheet shows a record per row.
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise TableError(
                _("Row %(row)s cannot be read: a quotation mark is not closed or stands in the wrong place.")
                % {"row": number}
            ) from None
        # unmarked first: what was marked may begin with a tab or a line break
        yield number, [normalise(unescape_formula(cell)) if cell else None for cell in cells]
