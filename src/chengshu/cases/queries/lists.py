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
from chengshu.cases.models import Party, SavedFilter
from chengshu.cases.procedure.clocks import AMBER_DAYS
from chengshu.cases.procedure.transitions import FINAL, State
from chengshu.cases.queries import statements
from chengshu.cases.queries.statements import Asked
from chengshu.registry.queries.filters import Compiled
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Cut, Page, page_number

OVERDUE, SOON = "overdue", "soon"
OPEN = "open"
GOING_ON = sorted(set(State) - FINAL)  # said positively, so that the index of states answers
SORTS = {"": "id DESC", "due": "due_on ASC, id DESC", "-decided": "decided_on DESC, id DESC"}
COLUMNS = (
    "id", "number", "procedure", "state", "cause", "town_id", "squad_id", "summary", "due_on", "due_for",
    "decided_on", "fine", "is_key", "findings", "to_correct",
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
    to_correct: bool = False

    def kinds(self) -> Q:
        """The part of the filter that `CaseKind` knows."""
        names = ("procedure", "squad", "town", "field", "cause", "source")
        found = Q(**{name: value for name in names if (value := getattr(self, name))})
        if self.state == OPEN:
            found &= Q(state__in=GOING_ON)
        elif self.state:
            found &= Q(state=self.state)
        return found & Q(is_key=True) if self.key else found

    def decided(self) -> Q:
        """Decided within the days."""
        found = Q()
        if self.decided_from:
            found &= Q(decided_on__gte=self.decided_from)
        if self.decided_to:
            found &= Q(decided_on__lte=self.decided_to)
        return found

    def rest(self, today: date) -> Q:
        """What has an index of its own: a deadline, an object, what is to be put right."""
        found = Q(object=self.object) if self.object else Q()
        if self.to_correct:
            found &= Q(to_correct=True)
        if self.due == OVERDUE:
            found &= Q(due_on__lt=today)
        elif self.due == SOON:
            found &= Q(due_on__gte=today, due_on__lte=today + timedelta(days=AMBER_DAYS))
        return found


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
    to_correct: bool
    parties: list[list[str]]


@dataclass(frozen=True)
class Found:
    """A page and the filters that the person has saved."""

    page: Page
    saved: list[dict[str, Any]]


def case_page(user: User, wanted: CaseFilter, request: HttpRequest, sort: str = "") -> Found:
    """One page of the cases that the person may see; one query; a number past the end means the last."""
    number = page_number(request, per_page=PER_PAGE, cap=COUNT_CAP)
    rows, total, saved = _run(user, wanted, sort, number)
    number = min(number, max(1, -(-min(total, COUNT_CAP) // PER_PAGE)))
    return Found(Page(rows, number, PER_PAGE, min(total, COUNT_CAP), total > COUNT_CAP), saved)


def _run(user: User, wanted: CaseFilter, sort: str, number: int) -> tuple[list[Row], int, list[Any]]:
    sql, params = statement(user, wanted, sort, number)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        answer = cursor.fetchall()
    rows = [_row([*row[2:-1], _json(row[-1])]) for row in answer if row[2] is not None]
    return rows, int(answer[0][0]), _json(answer[0][1])


def statement(user: User, wanted: CaseFilter, sort: str, number: int) -> Compiled:
    """The SQL of a page: total up to the cap, saved filters, and the columns of each row."""
    cut = Cut(SORTS.get(sort, SORTS[""]), PER_PAGE, (number - 1) * PER_PAGE, COUNT_CAP)
    dates, rest = wanted.decided(), wanted.rest(timezone.localdate())
    if sort == "-decided":  # in the order of a date only those that have one, as the index holds them
        dates &= Q(decided_on__isnull=False)
    elif sort == "due":
        rest &= Q(due_on__isnull=False)
    try:
        body, params = statements.body(Asked(user, wanted.kinds(), dates, rest, wanted.q, cut))
    except EmptyResultSet:
        body, params = statements.nothing(cut)
    party, saved = (model._meta.db_table for model in (Party, SavedFilter))
    sql = f"""
        WITH {body}
        SELECT total.n,
            (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'query', query) ORDER BY name)
             FROM {saved} WHERE user_id = %s),
            {", ".join(f"c.{column}" for column in COLUMNS)},
            (SELECT jsonb_agg(jsonb_build_array(p.kind, p.name) ORDER BY p.key)
             FROM {party} AS p WHERE p.case_id = c.id)
        FROM total LEFT JOIN (picked JOIN {statements.TABLE} AS c USING (id)) ON true
        ORDER BY {cut.order}
    """  # noqa: S608 - table names of the models, numbers, and SQL made by the ORM
    return sql, (*params, user.pk)


def _row(values: list[Any]) -> Row:
    return Row(*values)


def _json(value: Any) -> list[Any]:
    """Arrays come from this cursor as text or as values, depending on the driver's adapters."""
    return json.loads(value) if isinstance(value, str) else (value or [])
