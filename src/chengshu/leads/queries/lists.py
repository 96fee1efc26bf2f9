"""The list of leads: rows, total up to a cap, and what its filters offer, in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from chengshu.bureau.models import Unit, User
from chengshu.kernel.fields import Position
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead, LeadAlarm, LeadClass, SavedLeadFilter
from chengshu.leads.queries import catalogue, packed
from chengshu.leads.queries.around import box
from chengshu.leads.queries.text import condition as words_condition
from chengshu.leads.settings import clocks
from chengshu.leads.statistics.indicators import counted_by
from chengshu.registry.queries.reference import districts_of
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page

ANY_OPEN = "open"
MOST_PAGES = 1_000_000
WORDS_CAP = 1_000
"""Hits counted of words: a common word stands in a large part of all leads, and none of them is packed."""
TO_DISPATCH, WITH_SQUAD, TO_SETTLE = "to_dispatch", "with_squad", "to_settle"
SEVERAL = {
    TO_DISPATCH: [Stage.FOUND, Stage.REGISTERED],
    WITH_SQUAD: [Stage.DISPATCHED, Stage.ACCEPTED],
    TO_SETTLE: [Stage.HANDLED, Stage.VERIFIED],
}
"""Several stages under one name, as the numbers of the first page count them."""
LIGHTS = ("red", "amber", "green", "held")
SORTS: dict[str, tuple[str, ...]] = {"": ("-id",), "due": ("handle_by", "-id")}
COLUMNS = (
    "id", "number", "source", "lead_class_id", "severity", "description", "address", "town_id", "squad_id",
    "stage", "outcome", "reported_at", "handle_by", "amber_at", "handled_at", "held_at", "recheck_on",
    "reopened", "urged", "refused",
)  # fmt: skip


@dataclass(frozen=True)
class LeadFilter:
    """Which leads are asked for; everything empty means all. ``stage`` may be ``open`` or one of `SEVERAL`.

    ``near`` is the position of a regulated object, around which similar leads are looked for.
    """

    stage: str = ""
    outcome: str = ""
    source: str = ""
    kind: int | None = None
    major: str = ""
    squad: int | None = None
    officer: int | None = None
    town: int | None = None
    severity: int | None = None
    light: str = ""
    reported_from: date | None = None
    reported_to: date | None = None
    q: str = ""
    object: int | None = None
    near: Position | None = None
    alarm: bool = False
    counted: tuple[str, ...] = ()
    """Codes of numbers of the statistics: only the leads that all of them count."""

    def condition(self, now: datetime) -> Q:
        """The filter as a condition on rows."""
        found = Q(
            **{
                name: value
                for name in ("outcome", "source", "squad", "officer", "town", "severity", "object")
                if (value := getattr(self, name))
            }
        )
        if self.kind:
            found &= Q(lead_class=self.kind)
        if self.major:
            found &= Q(lead_class__in=LeadClass.objects.filter(major_zh=self.major).values("pk"))
        if self.stage == ANY_OPEN:
            found &= ~Q(stage=Stage.CLOSED)  # as the partial indexes of open leads say it
        elif self.stage in SEVERAL:
            found &= Q(stage__in=SEVERAL[self.stage])
        elif self.stage:
            found &= Q(stage=self.stage)
        if self.light:
            found &= with_light(self.light, now)
        if self.reported_from:
            found &= Q(reported_at__gte=_begin(self.reported_from))
        if self.reported_to:
            found &= Q(reported_at__lt=_begin(self.reported_to + timedelta(days=1)))
        if self.near:
            found &= Q(position__in_box=box(self.near, clocks().similar_radius_m))
        if self.counted:
            found &= counted_by(self.counted, now)
        if self.alarm:
            found &= Q(pk__in=LeadAlarm.objects.filter(cleared_at=None).values("lead"))
        return found & words_condition(self.q) if self.q.split() else found


def with_light(light: str, now: datetime) -> Q:
    """The leads that show a light at this moment: `chengshu.leads.clocks.light` as a condition on rows.

    Leads that were closed without handling have none.
    """
    handled = Q(handled_at__isnull=False)
    if light == "held":
        return Q(held_at__isnull=False, handled_at=None) & ~Q(stage=Stage.CLOSED)
    waiting = Q(handled_at=None, held_at=None) & ~Q(stage=Stage.CLOSED)
    if light == "red":
        late = Q(handled_at__gt=F("handle_by"))
        return (waiting & Q(handle_by__lt=now)) | late
    soon = Q(handle_by__gte=now, amber_at__lte=now)
    if light == "amber":
        return waiting & soon
    in_time = Q(handled_at__lte=F("handle_by")) | (handled & Q(handle_by=None))
    early = Q(handle_by=None) | Q(handle_by__gte=now, amber_at=None) | Q(handle_by__gte=now, amber_at__gt=now)
    return (waiting & early) | in_time


@dataclass(frozen=True)
class Row:
    """A lead as the list needs it."""

    id: int
    number: str
    source: str
    lead_class_id: int
    severity: int
    description: str
    address: str
    town_id: int | None
    squad_id: int | None
    stage: str
    outcome: str
    reported_at: datetime
    handle_by: datetime | None
    amber_at: datetime | None
    handled_at: datetime | None
    held_at: datetime | None
    recheck_on: date | None
    reopened: int
    urged: int
    refused: bool
    officer: str


@dataclass(frozen=True)
class Found:
    """A page, and what the filters offer: classes, officers, and what the person has saved."""

    page: Page
    classes: list[LeadClass] = field(default_factory=list)
    officers: list[dict[str, Any]] = field(default_factory=list)
    saved: list[dict[str, Any]] = field(default_factory=list)


def chosen(user: User, wanted: LeadFilter, sort: str = "", permission: str = "leads.view") -> QuerySet[Lead]:
    """The leads that the filters leave, as far as the person may see them, in order."""
    found: QuerySet[Lead] = Lead.objects.visible_to(user, permission).filter(wanted.condition(timezone.now()))
    if sort == "due":  # only those that still have a deadline to keep, as the index holds them
        found = found.filter(~Q(stage=Stage.CLOSED), handle_by__isnull=False)
    return found.order_by(*SORTS.get(sort, SORTS[""]))


def lead_page(user: User, wanted: LeadFilter, request: HttpRequest, sort: str = "") -> Found:
    """One page of leads; a number past the end means the last.

    One query, and one more before it where the packed days know the filter.
    """
    cap = WORDS_CAP if wanted.q.split() else COUNT_CAP
    by_days = sort == "" and packed.answers(wanted)
    number, known = _number(request, capped=not by_days), None
    sql: str
    params: tuple[Any, ...]
    if by_days:
        sql, params, known, number = _from_days(user, wanted, number)
    else:
        try:
            sql, params = chosen(user, wanted, sort).values("id")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:
            sql, params = "SELECT NULL::bigint AS id WHERE false", ()
    lead, person, unit, saved = (model._meta.db_table for model in (Lead, User, Unit, SavedLeadFilter))
    districts = districts_of(user.scope_for("leads.view"))
    shown = number if known is None else 1
    statement = f"""
        WITH hits AS MATERIALIZED ({sql}),
        numbered AS (SELECT id, row_number() OVER () AS n FROM hits),
        page AS (
            SELECT (least({shown:d}, greatest(1, ceil(least(count(*), {cap})
                / {PER_PAGE}.0))) - 1)
                * {PER_PAGE} AS start FROM hits
        ),
        picked AS (SELECT id, n FROM numbered, page WHERE n > start AND n <= start + {PER_PAGE})
        SELECT (SELECT count(*) FROM hits),
            (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'name', p.full_name, 'unit', p.unit_id)
                ORDER BY p.name_key, p.id)
             FROM {person} AS p JOIN {unit} AS u ON u.id = p.unit_id
             WHERE p.is_active AND u.district_id = ANY(%s) AND u.kind = ANY(%s)),
            (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'query', query) ORDER BY name)
             FROM {saved} WHERE user_id = %s),
            {", ".join(f"c.{column}" for column in COLUMNS)}, coalesce(o.full_name, '')
        FROM (SELECT 1) AS one
        LEFT JOIN (picked JOIN {lead} AS c USING (id) LEFT JOIN {person} AS o ON o.id = c.officer_id) ON true
        ORDER BY n
    """  # noqa: S608 - table names of the models, numbers, and SQL made by the ORM
    squads = [Unit.Kind.SQUAD.value, Unit.Kind.MOBILE_SQUAD.value]
    with connection.cursor() as cursor:
        cursor.execute(statement, (*params, districts, squads, user.pk))
        answer = cursor.fetchall()
    rows = [Row(*row[3:]) for row in answer if row[3] is not None]
    offered = catalogue.classes_in(districts), *(_json(value) for value in answer[0][1:3])
    if known is not None:
        page = Page(rows, number, PER_PAGE, known, capped=False)
        return Found(page, *offered)
    total = int(answer[0][0])
    number = min(number, max(1, -(-min(total, cap) // PER_PAGE)))
    page = Page(rows, number, PER_PAGE, min(total, cap), total > cap)
    return Found(page, *offered)


def _from_days(user: User, wanted: LeadFilter, number: int) -> tuple[str, tuple[Any, ...], int, int]:
    """The ids of a page as they stand in the packed days, the exact total, and the page's number."""
    ids, total, number = packed.newest(user, wanted, timezone.now(), page=number, size=PER_PAGE)
    return "SELECT id FROM unnest(%s::bigint[]) AS found (id)", (ids,), total, number


def counts(user: User) -> dict[str, int]:
    """What waits: my open leads, those to register or dispatch, to verify or close, and overdue ones."""
    now = timezone.now()
    mine = Lead.objects.visible_to(user).filter(~Q(stage=Stage.CLOSED))
    return mine.aggregate(
        mine=Count("pk", filter=Q(officer=user, stage__in=SEVERAL[WITH_SQUAD])),
        dispatch=Count("pk", filter=Q(stage__in=SEVERAL[TO_DISPATCH])),
        verify=Count("pk", filter=Q(stage__in=SEVERAL[TO_SETTLE])),
        overdue=Count("pk", filter=with_light("red", now)),
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _json(value: Any) -> list[Any]:
    """Arrays come from this cursor as text or as values, depending on the driver's adapters."""
    return json.loads(value) if isinstance(value, str) else (value or [])


def _number(request: HttpRequest, *, capped: bool = True) -> int:
    try:
        wanted = int(request.GET.get("page", "1"))
    except ValueError:
        return 1
    return min(max(wanted, 1), max(1, -(-COUNT_CAP // PER_PAGE)) if capped else MOST_PAGES)
