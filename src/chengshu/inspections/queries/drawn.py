"""Drawn inspections: their list, their numbers by quarter and squad, their places on the map."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Window
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from h3.api import basic_int as h3

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import PROBLEM, DrawState, Kind, State, TaskState
from chengshu.inspections.models import Inspection, InspectionOfficer, InspectionTask
from chengshu.inspections.planning_words import proposals
from chengshu.registry.queries.maps import Box, cell_centre, level_for
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page, page_number

from .tasks import RUNNING, SEVERAL

WAITING = (State.ASSIGNED, State.STARTED)


@dataclass(frozen=True)
class DrawnFilter:
    """Which drawn inspections are asked for; ``show`` is a code of `planning_words.SHOWN`."""

    year: int | None = None
    quarter: int | None = None
    squad: int | None = None
    task: int | None = None
    show: str = ""

    def condition(self, today: date) -> Q:
        """The filter as a condition on rows; what an abandoned attempt drew is never asked for."""
        found = Q(kind=Kind.RANDOM) & ~Q(draw__state=DrawState.ABANDONED)
        names = {"year": "task__year", "quarter": "task__quarter", "squad": "squad", "task": "task"}
        found &= Q(**{path: value for name, path in names.items() if (value := getattr(self, name))})
        return found & shown(self.show, today)


def shown(show: str, today: date) -> Q:
    """A part of the inspections, as the numbers of progress count them; an unknown code means all."""
    if show == "withdrawn":
        return Q(state=State.WITHDRAWN)
    if show == "ordered":
        return Q(state=State.ORDERED)
    if show == "open":
        return Q(state__in=WAITING)
    if show == "overdue":
        return Q(state__in=WAITING, due_on__lt=today)
    if show == "done":
        return Q(done_at__isnull=False)
    if show == "problem":
        return Q(result__in=sorted(PROBLEM))
    return Q()


def chosen(user: User, wanted: DrawnFilter) -> QuerySet[Inspection]:
    """The inspections that the filter leaves, as far as the person may see them."""
    return Inspection.objects.visible_to(user).filter(wanted.condition(timezone.localdate()))


def drawn_page(user: User, wanted: DrawnFilter, request: HttpRequest) -> Page:
    """One page, by squad and place in the draw, each with ``total`` and ``officers``: one query."""
    team = InspectionOfficer.objects.filter(inspection=OuterRef("pk"), replaced_at=None).order_by("pk")
    rows = (
        chosen(user, wanted)
        .select_related("object", "task", "squad")
        .annotate(
            total=Window(Count("pk")),
            officers=ArraySubquery(team.values_list(Coalesce("user__full_name", "partner__name"))),
        )
        .order_by("-task__year", "-task__quarter", "-task", "squad", "draw_place")
        .defer("object__attributes")
    )
    number = page_number(request)
    items = list(rows[(number - 1) * PER_PAGE : number * PER_PAGE])
    if not items and number > 1:
        number, items = 1, list(rows[:PER_PAGE])
    total = items[0].total if items else 0
    return Page(items, number, PER_PAGE, min(total, COUNT_CAP), total > COUNT_CAP)


TASK_FIGURES = ("issued", "committed", "drawn", "done", "overdue")


def task_figures(user: User, year: int) -> dict[int, dict[str, int]]:
    """Tasks of each quarter: issued (not cancelled), announced, drawn, done, overdue. One query."""
    today = timezone.localdate()
    counts = (
        InspectionTask.objects.visible_to(user)
        .filter(year=year)
        .exclude(state=TaskState.CANCELLED)
        .order_by()
        .values("quarter")
        .annotate(
            issued=Count("pk"),
            committed=Count("pk", filter=Q(state=TaskState.COMMITTED)),
            drawn=Count("pk", filter=Q(state__in=SEVERAL["was_drawn"])),
            done=Count("pk", filter=Q(state__in=SEVERAL["finished"])),
            overdue=Count("pk", filter=Q(state__in=RUNNING, due_on__lt=today)),
        )
    )
    found: list[dict[str, Any]] = list(counts)  # type: ignore[arg-type]
    return {row["quarter"]: {name: row[name] for name in TASK_FIGURES} for row in found}


FIGURES = ("drawn", "done", "overdue", "problem", "withdrawn")


@dataclass(frozen=True)
class Place:
    """Where figures belong: the quarter, and the squad with its names (none where no squad holds them)."""

    quarter: int
    squad: int | None
    zh: str
    en: str


def inspection_figures(user: User, wanted: DrawnFilter) -> dict[Place, dict[str, int]]:
    """Figures of the drawn inspections by quarter and squad. One query."""
    today = timezone.localdate()
    counts: Any = (
        chosen(user, wanted)
        .order_by()
        .values("task__quarter", "squad", "squad__name", "squad__name_en")
        .annotate(
            drawn=Count("pk", filter=~Q(state=State.WITHDRAWN)),
            **{name: Count("pk", filter=shown(name, today)) for name in FIGURES[1:]},
        )
    )
    return {
        Place(row["task__quarter"], row["squad"], row["squad__name"] or "", row["squad__name_en"] or ""): {
            name: row[name] for name in FIGURES
        }
        for row in counts
    }


def map_data(user: User, wanted: DrawnFilter, box: Box, zoom: float) -> dict[str, Any]:
    """Inspections in a box one by one, or by cells where there are too many. One query."""
    today, most = timezone.localdate(), proposals()["map_points"]
    rows: list[Any] = list(
        chosen(user, wanted)
        .filter(object__position__in_box=box)
        .order_by("pk")
        .values_list("pk", "object__position", "state", "due_on", "result", "number", "object__name")
    )
    if len(rows) > most:
        level = level_for(zoom)
        cells = Counter(h3.latlng_to_cell(position[1], position[0], level) for _pk, position, *_rest in rows)
        placed = [(*cell_centre(cell), n, f"{cell:x}") for cell, n in sorted(cells.items())]
        return {"kind": "cells", "total": len(rows), "capped": False, "level": level, "cells": placed}
    points = {
        "id": [row[0] for row in rows],
        "lng": [round(row[1][0], 6) for row in rows],
        "lat": [round(row[1][1], 6) for row in rows],
        "class": [_part(row[2], row[3], row[4], today) for row in rows],
        "status": [row[2] for row in rows],
    }
    names = [f"{row[5]} {row[6]}" for row in rows]
    return {"kind": "points", "total": len(rows), "capped": False, "points": points, "names": names}


def _part(state: str, due_on: date, result: int | None, today: date) -> str:
    if state == State.WITHDRAWN:
        return "withdrawn"
    if result is not None:
        return "problem" if result in PROBLEM else "done"
    return "overdue" if due_on < today else "open"
