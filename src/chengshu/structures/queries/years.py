"""The year's tasks of the towns: what is done, and where the pace leads."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.structures.models import AnnualTask, Elimination, Structure
from chengshu.structures.queries.figures import of_key_type

LEAST_DAYS = 30  # with fewer days behind it a pace says nothing


@dataclass(frozen=True)
class Progress:
    """A task's quota and what is done. ``expected``: structures at the year's end if the pace stays."""

    task: AnnualTask
    done: int
    expected: int | None

    @property
    def percent(self) -> int:
        """Done of the quota in percent, rounded down; a task of nothing is done."""
        return 100 * self.done // self.task.quota if self.task.quota else 100


def days_behind(year: int, today: date) -> tuple[int, int]:
    """Days of the year that are over on the day, the day itself among them; and its days altogether."""
    whole = 366 if calendar.isleap(year) else 365
    return max(0, min(whole, (today - date(year, 1, 1)).days + 1)), whole


def progress(district: District, year: int, today: date) -> list[Progress]:
    """Every task of the year; two queries.

    done: what counts for the year (`Elimination`) with the task's type, or with any key type or on the task
    list where it names none. expected: done / days behind * days.
    """
    tasks = list(AnnualTask.objects.filter(district=district, year=year).select_related("town"))
    if not tasks:
        return []
    gone = Elimination.objects.filter(district=district).of_year(year).order_by()
    wanted = {task.type for task in tasks}
    key = of_key_type()
    counts: dict[str, Any] = {
        f"n_{code or 'key'}": Count("pk", filter=Q(types__contains=[code]) if code else key)
        for code in wanted
    }
    lines: Any = gone.values("town").annotate(**counts)
    by_town: dict[int, dict[str, int]] = {row["town"]: row for row in lines}
    past, whole = days_behind(year, today)
    found = []
    for task in tasks:
        done = by_town.get(task.town_id, {}).get(f"n_{task.type or 'key'}", 0)
        expected = done * whole // past if past >= LEAST_DAYS else None
        found.append(Progress(task, done, expected))
    return found


@dataclass(frozen=True)
class NewOnes:
    """新增动态: structures of a year that are new or being built, by what became of them."""

    entered: int = 0
    standing: int = 0
    removed: int = 0
    late: int = 0


def new_ones(district: District, year: int, within_days: int, today: date) -> dict[int | None, NewOnes]:
    """New ones by town; one query.

    entered: all of the year; removed: demolished; standing: not demolished, legalised nor a false report;
    late: demolished more than ``within_days`` after they were found, or still standing after so many.
    """
    rows = Structure.objects.filter(district=district, entered_on__year=year).exclude(built="stock")
    found: dict[int | None, list[int]] = {}
    fields = ("town", "status", "found_at", "demolished_on")
    for town, status, found_at, demolished_on in rows.values_list(*fields):
        one = found.setdefault(town, [0, 0, 0, 0])
        one[0] += 1
        limit = timezone.localdate(found_at) + timedelta(days=within_days)
        if status in ("pending", "deferred"):
            one[1] += 1
            one[3] += today > limit
        elif status == "demolished":
            one[2] += 1
            one[3] += demolished_on > limit
    return {town: NewOnes(*numbers) for town, numbers in found.items()}
