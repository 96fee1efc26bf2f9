"""The list of tasks with the progress of their squads, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Window
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import State, TaskState
from chengshu.inspections.models import Inspection, InspectionTask
from chengshu.inspections.planning_words import amber_from
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page, page_number

RUNNING = (TaskState.PLANNED, TaskState.COMMITTED, TaskState.DRAWN)
"""States in which a task is still awaited."""
SEVERAL: dict[str, tuple[TaskState, ...]] = {
    "running": RUNNING,
    "issued": tuple(state for state in TaskState if state != TaskState.CANCELLED),
    "was_drawn": (TaskState.DRAWN, TaskState.DONE, TaskState.PUBLISHED),
    "finished": (TaskState.DONE, TaskState.PUBLISHED),
}
"""Several states under one name, as the numbers of progress count them."""
LIGHTS = ("red", "amber", "green")
SORTS: dict[str, tuple[str, ...]] = {"": ("-year", "-quarter", "-id"), "due": ("due_on", "id")}


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks are asked for; everything empty means all. ``state`` may be one of `SEVERAL`."""

    year: int | None = None
    quarter: int | None = None
    state: str = ""
    squad: int | None = None
    light: str = ""
    origin: str = ""
    q: str = ""

    def condition(self, today: date) -> Q:
        """The filter as a condition on rows."""
        found = Q(**{name: value for name in ("year", "quarter", "origin") if (value := getattr(self, name))})
        if self.state in SEVERAL:
            found &= Q(state__in=SEVERAL[self.state])
        elif self.state:
            found &= Q(state=self.state)
        if self.squad:
            given = Inspection.objects.filter(squad=self.squad, task__isnull=False).exclude(
                state=State.WITHDRAWN
            )
            found &= Q(pk__in=given.values("task"))
        if self.light:
            found &= Q(state__in=RUNNING) & _with_light(self.light, today)
        for word in self.q.split():
            found &= Q(number__icontains=word) | Q(title__icontains=word) | Q(source_ref__icontains=word)
        return found


def _with_light(light: str, today: date) -> Q:
    if light == "red":
        return Q(due_on__lt=today)
    if light == "amber":
        return Q(due_on__gte=today, due_on__lte=amber_from(today))
    return Q(due_on__gt=amber_from(today))


def chosen(user: User, wanted: TaskFilter, sort: str = "") -> QuerySet[InspectionTask]:
    """The tasks that the filters leave, as far as the person may see them."""
    rows = InspectionTask.objects.visible_to(user).filter(wanted.condition(timezone.localdate()))
    return rows.order_by(*SORTS.get(sort, SORTS[""]))


def task_page(user: User, wanted: TaskFilter, request: HttpRequest, sort: str = "") -> Page:
    """One page of tasks, each with ``total`` and ``by_squad``: one query; past the end one more."""
    rows = chosen(user, wanted, sort).annotate(
        total=Window(Count("pk")), by_squad=ArraySubquery(_by_squad(user))
    )
    number = page_number(request)
    items = list(rows[(number - 1) * PER_PAGE : number * PER_PAGE])
    if not items and number > 1:
        number = 1
        items = list(rows[:PER_PAGE])
    total = items[0].total if items else 0
    return Page(items, number, PER_PAGE, min(total, COUNT_CAP), total > COUNT_CAP)


def _by_squad(user: User) -> QuerySet[Any, Any]:
    """{zh, en, n, done} for each squad the person may see in the task of the outer row."""
    given = Inspection.objects.visible_to(user).filter(task=OuterRef("pk"))
    return (
        given.exclude(state=State.WITHDRAWN)
        .order_by()
        .values("squad", "squad__name", "squad__name_en")
        .annotate(
            data=JSONObject(
                zh="squad__name",
                en="squad__name_en",
                n=Count("pk"),
                done=Count("pk", filter=Q(done_at__isnull=False)),
            )
        )
        .values("data")
    )
