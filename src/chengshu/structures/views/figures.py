"""Statistics of a year; each number opens its list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.kernel.access import permission_required
from chengshu.registry.queries.reference import area_label, reference
from chengshu.structures.lifecycle import Disposal
from chengshu.structures.models import Structure
from chengshu.structures.queries.figures import Cell, year_figures
from chengshu.structures.queries.lists import ELIMINATED_CODE, KEY_ANY, STANDING_CODE
from chengshu.structures.views.common import VIEW, person
from chengshu.structures.words import type_labels
from chengshu.ui import formats

SHOWN = (Disposal.WRITE_OFF, Disposal.LEGALISE, Disposal.DEFER)
FIRST_YEAR = 2000
YEARS_LEAST, YEARS_MOST = 4, 14  # before this one, to choose from


@permission_required(VIEW)
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The year's figures by town, type, disposal and month."""
    year = year_asked(request)
    found = year_figures(person(request), year, timezone.now())
    towns = reference().towns
    months = {month: found.by_month.get(month, {}) for month in range(1, 13)}
    tables = [
        _table(
            (_("By town"), _("Street or town")),
            found.by_town,
            lambda key: area_label(towns.get(key)),
            "town",
            year,
        ),
        _table(
            (_("By type"), _("Type of structure")),
            found.by_type,
            lambda key: type_labels([key])[0],
            "type",
            year,
        ),
        _table((_("By month"), _("Month")), months, lambda key: _("Month %(n)d") % {"n": key}, "month", year),
    ]
    gone = {"year": year, "status": ELIMINATED_CODE}
    stats = [
        (_("Standing"), found.standing, None, link(status=STANDING_CODE)),
        (_("Overdue"), found.overdue, None, link(overdue="on")),
        (_("Entered in the year"), found.entered, None, link(entered=year)),
        (_("Eliminated in the year"), found.eliminated.count, _area(found.eliminated), link(**gone)),
        (_("Written off in the year"), found.written_off.count, _area(found.written_off),
         link(**gone, disposal=Disposal.WRITE_OFF.value)),
        (_("Key types eliminated"), found.key_types.count, _area(found.key_types),
         link(**gone, key=KEY_ANY)),
    ]  # fmt: skip
    context = {
        "year": year, "stats": stats, "tables": tables, "ways": [kind.label for kind in SHOWN],
        "years": years_offered(request, year),
    }  # fmt: skip
    return render(request, "structures/figures.html", context)


def _area(cell: Cell) -> str:
    return f"{formats.number(cell.area, 0)} m²"


def year_asked(request: HttpRequest) -> int:
    """The year of the page; this one where none is asked for."""
    text, this = request.GET.get("year", ""), timezone.localdate().year
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else this
    return asked if FIRST_YEAR <= asked <= this + 1 else this


def years_offered(request: HttpRequest, asked: int) -> list[tuple[int, str]]:
    """Years to choose from, the newest first: from the ledger's first on, and the one that is shown."""
    rows = Structure.objects.visible_to(person(request), VIEW).order_by()
    this, first = timezone.localdate().year, rows.aggregate(first=Min("entered_on"))["first"]
    begin = max(this - YEARS_MOST, min(first.year if first else this, this - YEARS_LEAST))
    return [(one, f"?year={one}") for one in sorted({asked, *range(begin, this + 1)}, reverse=True)]


def link(**wanted: Any) -> str:
    """The list with these filters."""
    return f"{reverse('structures:list')}?{urlencode(wanted)}"


def _table(
    titles: tuple[str, str], lines: dict[Any, dict[str, Cell]], label: Any, name: str, year: int
) -> dict[str, Any]:
    """``titles``: of the table, and of its first column."""
    gone = {"year": year, "status": ELIMINATED_CODE}
    rows: list[dict[str, Any]] = []
    for key, cells in lines.items():
        here = {**gone, name: "" if key is None else key}
        listed = [cells.get(kind, Cell()) for kind in SHOWN]
        total = Cell(sum(cell.count for cell in listed), sum((cell.area for cell in listed), Decimal(0)))
        rows.append(
            {
                "label": label(key) or "—",
                "cells": [
                    (cell, link(**here, disposal=kind)) for kind, cell in zip(SHOWN, listed, strict=True)
                ],
                "total": (total, link(**here)),
            }
        )
    if name != "month":
        rows.sort(key=lambda row: (-row["total"][0].count, row["label"]))
    return {"title": titles[0], "head": titles[1], "rows": rows}
