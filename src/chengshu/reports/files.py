"""The numbers of a dashboard as a file: a workbook, or a PDF set by Typst."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chengshu.cases.documents.fonts import font_set
from chengshu.cases.documents.pdf import typeset
from chengshu.kernel.indicators.asking import Compared, Figure, dimensions_of
from chengshu.kernel.indicators.declarations import declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.tables.write import Cell, Sheet, write_xlsx
from chengshu.reports.boards import DIVIDED, RANKING, SERIES, TILE
from chengshu.reports.showing import Shown
from chengshu.ui import formats

TEMPLATE = Path(__file__).parent / "typst" / "board.typ"
SHEET_NAME_MOST = 31
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
WIDTHS = (36, 14, 14, 12, 10)


@dataclass(frozen=True)
class Table:
    """A table of a file: title, heads, rows; a number is a `Figure`."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def tables_of(shown: Sequence[Shown]) -> list[Table]:
    """The numbers of all tiles in one table, then one for each chart."""
    tiles = [one for one in shown if one.item.kind == TILE and one.both is not None]
    found = [_numbers(tiles)] if tiles else []
    for one in shown:
        if one.item.kind in (SERIES, *DIVIDED) and one.rows:
            found.append(_rows(one))
    return found


def _numbers(tiles: Sequence[Shown]) -> Table:
    columns = (
        pgettext("report", "Figure"), _("Value"), _("Year before"), pgettext("report", "Change %"),
        pgettext("report", "Unit"),
    )  # fmt: skip
    rows = []
    for one in tiles:
        both: Compared | None = one.both
        if both is None or one.one is None:
            continue
        change = None if both.change is None else formats.number(both.change, 1)
        rows.append((str(one.one.name), both.now, both.then, change, one.unit))
    return Table(_("Figures"), columns, rows)


def _rows(one: Shown) -> Table:
    name = str(one.one.name) if one.one else ""
    titled = f"{name} ({one.unit})" if one.unit else name
    if one.item.kind == SERIES:
        year = one.rows[0].period
        then = str(year.start.year - 1) if year else ""
        columns = (pgettext("report", "Month"), str(year.start.year) if year else "", then)
        return Table(titled, columns, [(row.label, row.figure, row.then) for row in one.rows])
    by = str(dimensions_of(one.item.figure)[one.item.by].label)
    if one.item.kind == RANKING:
        columns = (pgettext("ranking", "Rank"), by, _("Value"))
        return Table(titled, columns, [(row.rank, row.label, row.figure) for row in one.rows])
    return Table(titled, (by, _("Value")), [(row.label, row.figure) for row in one.rows])


def as_xlsx(tables: Sequence[Table], title: str, period: Period, place: str) -> bytes:
    """A workbook, one sheet for each table."""
    out = io.BytesIO()
    sheets = [
        Sheet(_sheet_name(at, one.title), one.columns, [[_cell(value) for value in row] for row in one.rows])
        for at, one in enumerate(tables, 1)
    ]
    if not sheets:
        sheets = [Sheet("1", [_("Nothing to show")], [])]
    about = ((_("Title"), title), (_("Period"), str(period)), (pgettext("target", "Place"), place))
    first = sheets[0]
    write_xlsx(
        out, first.columns, first.rows, sheet=first.name, widths=WIDTHS, about=about, further=sheets[1:]
    )
    return out.getvalue()


def as_pdf(tables: Sequence[Table], title: str, period: Period, place: str) -> bytes:
    """A PDF. Raises `DocumentProblem` where no Chinese font is installed."""
    data = {
        "fonts": font_set().families,
        "title": title,
        "under": f"{period} · {place}",
        "tables": [
            {
                "title": one.title, "columns": list(one.columns),
                "rows": [[_text(value) for value in row] for row in one.rows],
                "numbers": [_is_number(one, at) for at in range(len(one.columns))],
            }
            for one in tables
        ],
    }  # fmt: skip
    return typeset(TEMPLATE.read_bytes(), {"data": json.dumps(data, ensure_ascii=False)})


def _is_number(table: Table, column: int) -> bool:
    return any(isinstance(row[column], Figure | int) for row in table.rows)


def _cell(value: Any) -> Cell:
    found = value.rounded if isinstance(value, Figure) else value
    return None if found is None else found if isinstance(found, int | str) else float(found)


def _text(value: Any) -> str:
    if not isinstance(value, Figure):
        return formats.NOTHING if value is None else str(value)
    return formats.number(value.rounded, declared(value.indicator).decimals)


def _sheet_name(at: int, title: str) -> str:
    return f"{at} {NOT_IN_SHEET_NAMES.sub(' ', title)}"[:SHEET_NAME_MOST].strip()
