"""The list of inspections: figures by kind, total and rows in one statement."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import DONE, OPEN, PROBLEM, Kind, State
from chengshu.inspections.models import Inspection, InspectionOfficer
from chengshu.inspections.settings import work
from chengshu.registry.derive import name_key
from chengshu.registry.queries.dossier import METRES_PER_DEGREE
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page

DRAWN, OUTSIDE = "drawn", "outside"
TABS = (DRAWN, OUTSIDE)
MINE, ALL = "mine", "all"
ANY_OPEN, ANY_DONE = "open", "done"
RUNNING = (State.ASSIGNED, State.STARTED)
Position = tuple[float, float]


@dataclass(frozen=True)
class WorkFilter:
    """Which inspections are asked for; everything empty means all of the tab."""

    whose: str = MINE
    tab: str = DRAWN
    kind: str = ""
    state: str = ANY_OPEN
    light: str = ""
    result: int | None = None
    squad: int | None = None
    town: int | None = None
    q: str = ""
    near: Position | None = None
    """Where the device is: the nearest first."""

    def condition(self, today: date) -> Q:
        """The filter as a condition on rows; drawn and other inspections never stand in one list."""
        found = Q(kind=Kind.RANDOM) if self.tab == DRAWN else ~Q(kind=Kind.RANDOM)
        for name in ("kind", "result", "town"):
            if value := getattr(self, name):
                found &= Q(**{name: value})
        if self.state == ANY_OPEN:
            found &= Q(state__in=OPEN)
        elif self.state == ANY_DONE:
            found &= Q(state__in=DONE)
        elif self.state:
            found &= Q(state=self.state)
        if self.light:
            found &= with_light(self.light, today)
        if words := self.q.strip():
            named = Q(number__iexact=words) | Q(object__search_text__contains=name_key(words) or words)
            found &= named
        return found


def with_light(light: str, today: date) -> Q:
    """Open inspections that show a light on the day: `words.light_of` as a condition on rows."""
    amber = today + timedelta(days=work().amber_days)
    ranges = {
        "red": {"lt": today},
        "amber": {"gte": today, "lte": amber},
        "green": {"gt": amber},
    }[light]
    running = Q(state__in=RUNNING, **{f"due_on__{way}": day for way, day in ranges.items()})
    ordered = Q(state=State.ORDERED, **{f"rectify_by__{way}": day for way, day in ranges.items()})
    return running | ordered


@dataclass(frozen=True)
class Row:
    """An inspection as the list needs it."""

    id: int
    number: str
    kind: str
    state: str
    due_on: date
    rectify_by: date | None
    done_at: datetime | None
    result: int | None
    problem_count: int
    corrected: bool
    squad_id: int | None
    town_id: int | None
    object_id: int
    object: str
    address: str
    object_class_id: int
    task: str | None
    lead: str | None
    metres: float | None
    team: list[str]


@dataclass(frozen=True)
class Figures:
    """What one kind of inspections counts, in one's own list or in everything one may see."""

    open: int = 0
    red: int = 0
    amber: int = 0
    done: int = 0
    problems: int = 0


@dataclass(frozen=True)
class Found:
    """A page, and the figures of each kind."""

    page: Page
    figures: dict[str, Figures]


COLUMNS = (
    "id", "number", "kind", "state", "due_on", "rectify_by", "done_at", "result", "problem_count",
    "corrected", "squad_id", "town_id", "object_id", "object__name", "object__address",
    "object__object_class_id", "task__number", "lead__number",
)  # fmt: skip


def seen_by(user: User, wanted: WorkFilter, permission: str = "inspections.view") -> QuerySet[Inspection]:
    """Everything of whom the list is about: one's own, or all one may see, of a squad where one is chosen."""
    seen: QuerySet[Inspection] = Inspection.objects.visible_to(user, permission)
    if wanted.whose == MINE:
        own = InspectionOfficer.objects.filter(inspection=OuterRef("pk"), user=user, replaced_at=None)
        seen = seen.filter(Exists(own))
    return seen.filter(squad=wanted.squad) if wanted.squad else seen


def chosen(user: User, wanted: WorkFilter, permission: str = "inspections.view") -> QuerySet[Inspection]:
    """The inspections that the filters leave, the most urgent first, or the nearest first."""
    found = seen_by(user, wanted, permission).filter(wanted.condition(timezone.localdate()))
    found = found.annotate(
        deadline=Case(
            When(state=State.ORDERED, then=F("rectify_by")), default=F("due_on"), output_field=DateField()
        ),
        metres=_metres(wanted.near),
    )
    return found.order_by(*_order(wanted))


def _order(wanted: WorkFilter) -> list[Any]:
    if wanted.near is not None:
        return [F("metres").asc(nulls_last=True), F("id").asc()]
    if wanted.state in (ANY_OPEN, *OPEN):
        return [F("deadline").asc(nulls_last=True), F("id").asc()]
    return [F("done_at").desc(nulls_first=True), F("id").desc()]


def _metres(near: Position | None) -> Any:
    """How far away the object is; a plane is exact enough inside a district."""
    if near is None:
        return Value(None, output_field=FloatField())
    point = '"registry_regulatedobject"."position"'
    return RawSQL(  # noqa: S611 - numbers are parameters, the column is the model's own
        f"sqrt(power(({point}[0] - %s) * %s, 2) + power({point}[1] - %s, 2)) * %s",
        [near[0], math.cos(math.radians(near[1])), near[1], METRES_PER_DEGREE],
        output_field=FloatField(),
    )


def work_page(user: User, wanted: WorkFilter, number: int) -> Found:
    """One page and all figures by one statement; a number past the end shows nothing."""
    start = (number - 1) * PER_PAGE
    team = (
        InspectionOfficer.objects.filter(inspection=OuterRef("pk"), replaced_at=None)
        .annotate(called=Coalesce("user__full_name", "partner__name", output_field=CharField()))
        .order_by("id")
        .values("called")
    )
    rows = chosen(user, wanted).annotate(
        names=ArraySubquery(team),
        total=Window(Count("*")),
        place=Window(RowNumber(), order_by=_order(wanted)),
    )
    figures = _figures(user, wanted)
    try:
        page_sql, page_params = (
            rows.values_list("place", "total", *COLUMNS, "metres", "names")[start : start + PER_PAGE]
        ).query.sql_with_params()
        figure_sql, figure_params = figures.query.sql_with_params()
    except EmptyResultSet:
        return Found(Page([], 1, PER_PAGE, 0, capped=False), {})
    names = ", ".join(f"c{n}" for n in range(len(COLUMNS) + 4))
    statement = f"""
        SELECT (SELECT jsonb_agg(to_jsonb(f)) FROM ({figure_sql}) AS f), r.*
        FROM (SELECT 1) AS one LEFT JOIN ({page_sql}) AS r ({names}) ON true ORDER BY r.c0
    """  # noqa: S608 - SQL made by the ORM
    with connection.cursor() as cursor:
        cursor.execute(statement, (*figure_params, *page_params))
        answer = cursor.fetchall()
    found = [Row(*row[3:]) for row in answer if row[1] is not None]
    total = int(answer[0][2] or 0)
    page = Page(found, number if found else 1, PER_PAGE, min(total, COUNT_CAP), capped=total > COUNT_CAP)
    return Found(page, _by_kind(answer[0][0]))


def _figures(user: User, wanted: WorkFilter) -> Any:
    """Open ones and those of the year by kind; drawn ones are never added to the others."""
    today = timezone.localdate()
    begin = datetime.combine(date(today.year, 1, 1), time(), timezone.get_current_timezone())
    year = Q(state__in=DONE, done_at__gte=begin)
    return (
        seen_by(user, wanted)
        .filter(Q(state__in=OPEN) | year)
        .order_by()
        .values("kind")
        .annotate(
            open=Count("pk", filter=Q(state__in=OPEN)),
            red=Count("pk", filter=with_light("red", today)),
            amber=Count("pk", filter=with_light("amber", today)),
            done=Count("pk", filter=year),
            problems=Count("pk", filter=year & Q(result__in=[int(code) for code in PROBLEM])),
        )
    )


def _by_kind(value: Any) -> dict[str, Figures]:
    listed = json.loads(value) if isinstance(value, str) else (value or [])
    return {entry.pop("kind"): Figures(**entry) for entry in listed}
