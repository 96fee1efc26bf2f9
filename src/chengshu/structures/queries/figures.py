"""Statistics of the ledger: by town, type, disposal and month. Every number is a filter of the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Func, Q, QuerySet, Sum

from chengshu.bureau.models import User
from chengshu.structures.lifecycle import STANDING, Action, Disposal
from chengshu.structures.models import Elimination, Step, Structure
from chengshu.structures.settings import key_types


def of_key_type() -> Q:
    """重点类型: of a key type or on the year's task list, for entries and for what counted of them."""
    return Q(types__overlap=key_types()) | Q(key_task=True)


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
    """All figures of a year over what the person may see; seven queries.

    eliminated: what counts for the year (`Elimination`: write-off, legalisation, deferral);
    written_off: write-offs among them; key_types: those of a key type or on the task list. An entry of two
    types counts in both lines.
    """
    rows: QuerySet[Structure] = Structure.objects.visible_to(user, "structures.view").order_by()
    gone = Elimination.objects.visible_to(user, "structures.view").of_year(year).order_by()
    here = rows.aggregate(
        standing=Count("pk", filter=Q(status__in=STANDING)),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        entered=Count("pk", filter=Q(entered_on__year=year)),
    )
    keys = gone.filter(of_key_type())
    total = gone.aggregate(n=Count("pk"), a=Sum("area_m2"))
    key_total = keys.aggregate(n=Count("pk"), a=Sum("area_m2"))
    months = _grouped(gone, F("on__month"))
    figures = YearFigures(
        **here,
        relapsed=relapses_of(rows, year).count(),
        eliminated=Cell(total["n"], total["a"] or Decimal(0)),
        key_types=Cell(key_total["n"], key_total["a"] or Decimal(0)),
        by_month=months,
        by_town=_grouped(gone, F("town")),
        by_type=_grouped(gone, Func(F("types"), function="unnest")),
    )
    figures.written_off = _sum(cells.get(Disposal.WRITE_OFF, Cell()) for cells in months.values())
    return figures


def relapses_of(rows: QuerySet[Structure], year: int) -> QuerySet[Step]:
    """What was built again in a year among the entries; a later relapse takes none of it away."""
    return Step.objects.filter(
        structure__in=rows.values("pk"), action=Action.RELAPSE, at__year=year
    ).order_by()


def _grouped(rows: QuerySet[Elimination], by: Any) -> dict[Any, dict[str, Cell]]:
    found: dict[Any, dict[str, Cell]] = {}
    values = rows.annotate(line=by).values("line", "kind").annotate(n=Count("pk"), a=Sum("area_m2"))
    for row in values:
        found.setdefault(row["line"], {})[row["kind"]] = Cell(row["n"], row["a"] or Decimal(0))
    return found


def _sum(cells: Iterable[Cell]) -> Cell:
    listed = list(cells)
    return Cell(sum(cell.count for cell in listed), sum((cell.area for cell in listed), Decimal(0)))
