"""The figures of inspections (双随机 and those outside a draw), ids as in the bureau's annual summary."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.indicators import squads, towns
from chengshu.inspections.lifecycle import PROBLEM, Kind, State, TaskState
from chengshu.inspections.models import Inspection, InspectionTask, QuarterlyPublication
from chengshu.kernel.indicators.declarations import Indicator, Population, Ratio, register
from chengshu.kernel.indicators.periods import Period

OWNER = "inspections"
PLACES = {"town": towns(), "squad": squads()}
SITE = "site"


def _drawn(rows: QuerySet[Inspection]) -> QuerySet[Inspection]:
    return rows.filter(kind=Kind.RANDOM).exclude(state=State.WITHDRAWN)


def _done(rows: QuerySet[Inspection]) -> QuerySet[Inspection]:
    return rows.filter(done_at__isnull=False).exclude(state=State.WITHDRAWN)


def _publications(user: Any) -> QuerySet[QuarterlyPublication]:
    reach = user.scope_for("inspections.view")
    return QuarterlyPublication.objects.filter(reach.q(squad=None))


def _quarters(rows: QuerySet[QuarterlyPublication], period: Period) -> QuerySet[QuarterlyPublication]:
    """Those of the quarters that lie wholly inside a period."""
    wanted = Q(pk__in=[])
    for month in period.months():
        quarter = Period.quarter(month.start.year, (month.start.month + 2) // 3)
        if month.start == quarter.start and quarter.end <= period.end:
            wanted |= Q(year=month.start.year, quarter=(month.start.month + 2) // 3)
    return rows.filter(wanted)


def _title(one: Any) -> str:
    return f"{one.number} {one.object}"


def _link(one: Any) -> str:
    return reverse("inspections:inspection", args=[one.pk])


TASKS = Population(
    code="inspections.tasks",
    label=_("Random-inspection tasks"),
    rows=lambda: InspectionTask.objects.exclude(state__in=[TaskState.PLANNED, TaskState.CANCELLED]),
    visible=lambda user: InspectionTask.objects.visible_to(user).exclude(
        state__in=[TaskState.PLANNED, TaskState.CANCELLED]
    ),
    time="starts_on",
    time_label=_("first day of the task"),
    permission="inspections.view",
    title=lambda task: f"{task.number} {task.title}",
    link=lambda task: reverse("inspections:task", args=[task.pk]),
)
DRAWN = Population(
    code="inspections.drawn",
    label=_("Objects drawn"),
    rows=lambda: _drawn(Inspection.objects.all()),
    visible=lambda user: _drawn(Inspection.objects.visible_to(user)),
    time="task__starts_on",
    time_label=_("first day of the task"),
    dimensions=PLACES,
    permission="inspections.view",
    title=_title,
    link=_link,
    related=("object",),
)
DONE = Population(
    code="inspections.done",
    label=_("Inspections carried out"),
    rows=lambda: _done(Inspection.objects.all()),
    visible=lambda user: _done(Inspection.objects.visible_to(user)),
    time="done_at",
    time_label=_("time of the result"),
    moment="datetime",
    dimensions=PLACES,
    permission="inspections.view",
    title=_title,
    link=_link,
    related=("object",),
)
PUBLICATIONS = Population(
    code="inspections.publications",
    label=_("Quarterly publications"),
    rows=lambda: QuarterlyPublication.objects.filter(number=1),
    visible=lambda user: _publications(user).filter(number=1),
    time=None,
    time_label=_("quarter published"),
    within=_quarters,
    permission="inspections.view",
    title=lambda one: f"{one.year}-Q{one.quarter}",
    link=lambda _one: reverse("inspections:publication"),
)

register(
    Indicator(
        "random_tasks",
        _("Random-inspection tasks issued"),
        _("tasks drawn or announced that begin in the period; those cancelled left out"),
        "task",
        TASKS,
        owner=OWNER,
    ),
    Indicator(
        "random_tasks_done",
        _("Random-inspection tasks completed"),
        _("tasks of the period in which every object drawn has its result"),
        "task",
        TASKS,
        Q(state__in=[TaskState.DONE, TaskState.PUBLISHED]),
        owner=OWNER,
    ),
    Ratio(
        "random_completion",
        _("Completion of random-inspection tasks"),
        _("tasks completed over tasks issued"),
        "%",
        "random_tasks_done",
        "random_tasks",
        owner=OWNER,
    ),
    Indicator(
        "random_objects",
        _("Objects drawn"),
        _("objects drawn in the tasks of the period; those withdrawn with a public reason left out"),
        "object",
        DRAWN,
        owner=OWNER,
    ),
    Indicator(
        "random_findings",
        _("Problems found and handled"),
        _("drawn objects at which a problem was found and disposed of"),
        "finding",
        DRAWN,
        Q(result__in=sorted(PROBLEM), state=State.CLOSED),
        owner=OWNER,
    ),
    Indicator(
        "site_checks",
        _("Construction-site inspections"),
        _("inspections of construction sites with a result in the period, drawn or not"),
        "check",
        DONE,
        Q(object_class=SITE),
        owner=OWNER,
    ),
    Indicator(
        "random_disclosures",
        _("Results published"),
        _("quarterly publications of results of random inspections, supplements not counted"),
        "publication",
        PUBLICATIONS,
        owner=OWNER,
    ),
)
