"""Statistics of the ledger: by town, type, disposal and month. Every number is a filter of the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Func, Q, QuerySet, Sum

from chengshu.bureau.models import User
from chengshu.structures.lifecycle import STANDING, Disposal
from chengshu.structures.models import Structure
from chengshu.structures.settings import key_types

GONE = Q(eliminated_on__isnull=False)


@dataclass(frozen=True)
class Cell:
    """A number of structures and their area in m²."""

    count: int = 0
    area: Decimal = Decimal(0)


@dataclass
class YearFigures:
    """What a year brought. ``area_demolished``: m² of entries written off after demolition in the year."""

    standing: int = 0
    overdue: int = 0
    entered: int = 0
    relapsed: int = 0
    eliminated: Cell = field(default_factory=Cell)
    written_off: Cell = field(default_factory=Cell)
    key_types: Cell = field(default_factory=Cell)
    by_town: dict[int, dict[str, Cell]] = field(default_factory=dict)
    by_type: dict[str, dict[str, Cell]] = field(default_factory=dict)
    by_month: dict[int, dict[str, Cell]] = field(default_factory=dict)


def year_figures(user: User, year: int, now: Any) -> YearFigures:
    """All figures of a year over what the person may see; five queries.

    eliminated: entries whose disposal of the year (write-off, legalisation, deferral) stands now;
    written_off: write-offs among them; key_types: those with a key type. An entry of two types counts
    in both lines.
    """
    rows: QuerySet[Structure] = Structure.objects.visible_to(user, "structures.view").order_by()
    gone = rows.filter(GONE, eliminated_on__year=year)
    here = rows.aggregate(
        standing=Count("pk", filter=Q(status__in=STANDING)),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        entered=Count("pk", filter=Q(entered_on__year=year)),
        relapsed=Count("pk", filter=Q(relapsed_at__year=year)),
    )
    keys = gone.filter(types__overlap=key_types())
    total = gone.aggregate(n=Count("pk"), a=Sum("area_m2"))
    key_total = keys.aggregate(n=Count("pk"), a=Sum("area_m2"))
    months = _grouped(gone, F("eliminated_on__month"))
    figures = YearFigures(
        **here,
        eliminated=Cell(total["n"], total["a"] or Decimal(0)),
        key_types=Cell(key_total["n"], key_total["a"] or Decimal(0)),
        by_month=months,
        by_town=_grouped(gone, F("town")),
        by_type=_grouped(gone, Func(F("types"), function="unnest")),
    )
    figures.written_off = _sum(cells.get(Disposal.WRITE_OFF, Cell()) for cells in months.values())
    return figures


def _grouped(rows: QuerySet[Structure], by: Any) -> dict[Any, dict[str, Cell]]:
    found: dict[Any, dict[str, Cell]] = {}
    values = rows.annotate(line=by).values("line", "disposal").annotate(n=Count("pk"), a=Sum("area_m2"))
    for row in values:
        found.setdefault(row["line"], {})[row["disposal"]] = Cell(row["n"], row["a"] or Decimal(0))
    return found


def _sum(cells: Iterable[Cell]) -> Cell:
    listed = list(cells)
    return Cell(sum(cell.count for cell in listed), sum((cell.area for cell in listed), Decimal(0)))
