"""The list of cases: rows, total up to a cap and the person's saved filters in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.cases.models import Case, Party, SavedFilter
from chengshu.cases.procedure.clocks import AMBER_DAYS
from chengshu.cases.procedure.transitions import FINAL, State
from chengshu.cases.queries import text
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page

OVERDUE, SOON = "overdue", "soon"
OPEN = "open"
GOING_ON = sorted(set(State) - FINAL)  # said positively, so that the index of states answers
SORTS: dict[str, tuple[Any, ...]] = {
    "": ("-id",),
    "due": ("due_on", "-id"),
    "-decided": ("-decided_on", "-id"),
}
NEEDED = {"due": "due_on", "-decided": "decided_on"}
COLUMNS = (
    "id", "number", "procedure", "state", "cause", "town_id", "squad_id", "summary", "due_on", "due_for",
    "decided_on", "fine", "is_key", "findings",
)  # fmt: skip


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are asked for; everything empty means all. ``state`` may be ``open``: not ended."""

    state: str = ""
    procedure: str = ""
    squad: int | None = None
    town: int | None = None
    field: str = ""
    cause: str = ""
    source: str = ""
    key: bool = False
    due: str = ""
    decided_from: date | None = None
    decided_to: date | None = None
    q: str = ""
    object: int | None = None

    def condition(self, today: date) -> Q:
        """The filter as a condition on rows."""
        names = ("procedure", "squad", "town", "field", "cause", "source", "object")
        found = Q(**{name: value for name in names if (value := getattr(self, name))})
        if self.state == OPEN:
            found &= Q(state__in=GOING_ON)
        elif self.state:
            found &= Q(state=self.state)
        if self.key:
            found &= Q(is_key=True)
        if self.due == OVERDUE:
            found &= Q(due_on__lt=today)
        elif self.due == SOON:
            found &= Q(due_on__gte=today, due_on__lte=today + timedelta(days=AMBER_DAYS))
        if self.decided_from:
            found &= Q(decided_on__gte=self.decided_from)
        if self.decided_to:
            found &= Q(decided_on__lte=self.decided_to)
        return found & text.condition(self.q) if self.q.split() else found


@dataclass(frozen=True)
class Row:
    """A case as the list needs it; ``parties`` are pairs of kind and name."""

    id: int
    number: str
    procedure: str
    state: str
    cause: str
    town_id: int | None
    squad_id: int | None
    summary: str
    due_on: date | None
    due_for: str
    decided_on: date | None
    fine: Decimal
    is_key: bool
    findings: int
    parties: list[list[str]]


@dataclass(frozen=True)
class Found:
    """A page and the filters that the person has saved."""

    page: Page
    saved: list[dict[str, Any]]


def case_page(user: User, wanted: CaseFilter, request: HttpRequest, sort: str = "") -> Found:
    """One page of the cases that the person may see; one query; a number past the end means the last."""
    number = _number(request)
    rows, total, saved = _run(user, wanted, sort, number)
    number = min(number, max(1, -(-min(total, COUNT_CAP) // PER_PAGE)))
    return Found(Page(rows, number, PER_PAGE, min(total, COUNT_CAP), total > COUNT_CAP), saved)


def _run(user: User, wanted: CaseFilter, sort: str, number: int) -> tuple[list[Row], int, list[Any]]:
    order = SORTS.get(sort, SORTS[""])
    found = Case.objects.visible_to(user).filter(wanted.condition(timezone.localdate()))
    if sort in NEEDED:  # in the order of a date only those that have one, as the index holds them
        found = found.filter(**{f"{NEEDED[sort]}__isnull": False})
    hits = found.order_by(*order).values("id")[: COUNT_CAP + 1]
    try:
        sql, params = hits.query.sql_with_params()
    except EmptyResultSet:
        sql, params = "SELECT NULL::bigint AS id WHERE false", ()
    table, party, saved = (model._meta.db_table for model in (Case, Party, SavedFilter))
    statement = f"""
        WITH hits AS MATERIALIZED ({sql}),
        numbered AS (SELECT id, row_number() OVER () AS n FROM hits),
        page AS (
            SELECT (least({number:d}, greatest(1, ceil(least(count(*), {COUNT_CAP}) / {PER_PAGE}.0))) - 1)
                * {PER_PAGE} AS start FROM hits
        ),
        picked AS (SELECT id, n FROM numbered, page WHERE n > start AND n <= start + {PER_PAGE})
        SELECT (SELECT count(*) FROM hits),
            (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'query', query) ORDER BY name)
             FROM {saved} WHERE user_id = %s),
            {", ".join(f"c.{column}" for column in COLUMNS)},
            (SELECT jsonb_agg(jsonb_build_array(p.kind, p.name) ORDER BY p.key)
             FROM {party} AS p WHERE p.case_id = c.id)
        FROM (SELECT 1) AS one LEFT JOIN (picked JOIN {table} AS c USING (id)) ON true
        ORDER BY n
    """  # noqa: S608 - table names of the models, numbers, and SQL made by the ORM
    with connection.cursor() as cursor:
        cursor.execute(statement, (*params, user.pk))
        answer = cursor.fetchall()
    rows = [_row([*row[2:-1], _json(row[-1])]) for row in answer if row[2] is not None]
    return rows, int(answer[0][0]), _json(answer[0][1])


def _row(values: list[Any]) -> Row:
    return Row(*values)


def _json(value: Any) -> list[Any]:
    """Arrays come from this cursor as text or as values, depending on the driver's adapters."""
    return json.loads(value) if isinstance(value, str) else (value or [])


def _number(request: HttpRequest) -> int:
    try:
        wanted = int(request.GET.get("page", "1"))
    except ValueError:
        return 1
    return min(max(wanted, 1), max(1, -(-COUNT_CAP // PER_PAGE)))
