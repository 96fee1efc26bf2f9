"""The list of objects: one statement finds the rows of a page and their total.

How many objects of each kind there are is known from `ObjectCount`. Where few match, their rows are taken
from the index by facet and sorted; where many match, the index in the wanted order is read until the page
is full. The database decides between the two by the number it has just added up.
"""

# ruff: noqa: S608  names and orders come from this code, values are parameters
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest

from chengshu.bureau.models import User
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries.filters import (
    Compiled,
    ObjectFilter,
    compiled,
    group_counts,
    visible,
    where_of,
)
from chengshu.registry.queries.text import question
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page

SORTS = {
    "name": "sort_key ASC, id ASC",
    "-name": "sort_key DESC, id DESC",
    "updated": "updated_at ASC, id ASC",
    "-updated": "updated_at DESC, id DESC",
    "verified": "verified_on ASC NULLS FIRST, id ASC",
    "-verified": "verified_on DESC NULLS LAST, id DESC",
}
FEW = 40_000
"""Up to so many index entries are sorted; above, the order is read from an index."""
FEW_ROWS = 4_000
"""The same where the rows themselves must be read."""
COMMON_ROWS = 12_000
"""A word in more rows than this is first looked for among the first rows in order."""
LOOKED_AT = 4_000
"""Rows read in order when a word is too common for the index."""
_COLUMNS = (
    "id", "object_class_id", "town_id", "squad_id", "name", "address", "uscc", "responsible_name",
    "responsible_phone", "status", "credit", "verified_on", "updated_at",
)  # fmt: skip
_TABLE = RegulatedObject._meta.db_table


@dataclass(frozen=True)
class Row:
    """One object in a list. Personal data is masked by whoever shows it."""

    id: int
    object_class_id: int
    town_id: int | None
    squad_id: int | None
    name: str
    address: str
    uscc: str
    responsible_name: str
    responsible_phone: str
    status: str
    credit: str
    verified_on: date | None
    updated_at: datetime

    @property
    def status_label(self) -> str:
        """The status in words."""
        return str(RegulatedObject.Status(self.status).label)


def object_page(user: User, wanted: ObjectFilter, request: HttpRequest, sort: str = "name") -> Page:
    """The page that ``?page=`` asks for: one query, two where the number lies past the end."""
    number = _number(request)
    rows, total, capped = page_rows(user, wanted, sort, PER_PAGE, (number - 1) * PER_PAGE)
    if not rows and total and number > 1:
        number = max(1, -(-total // PER_PAGE))
        rows, total, capped = page_rows(user, wanted, sort, PER_PAGE, (number - 1) * PER_PAGE)
    return Page(rows, number, PER_PAGE, total, capped)


def page_rows(
    user: User, wanted: ObjectFilter, sort: str, limit: int, offset: int
) -> tuple[list[Row], int, bool]:
    """Rows, total (at most `COUNT_CAP`) and whether there are more than the total says."""
    asked = question(wanted.q)
    if wanted.q and not asked.words:
        return [], 0, False
    if asked.words and asked.common(COMMON_ROWS) and wanted.permit_days is None:
        rows, total, of_kinds = _run(user, wanted, sort, limit, offset, first_rows=True)
        if of_kinds <= LOOKED_AT:
            return rows, total, False
        if len(rows) == limit:
            return rows, min(total, COUNT_CAP), True
    rows, total, _of_kinds = _run(user, wanted, sort, limit, offset, first_rows=False)
    return rows, min(total, COUNT_CAP), total > COUNT_CAP


def _run(
    user: User, wanted: ObjectFilter, sort: str, limit: int, offset: int, *, first_rows: bool
) -> tuple[list[Row], int, int]:
    """Rows, total, and how many objects of the wanted kinds there are whatever else is asked."""
    try:
        sql, params = statement(user, wanted, sort, limit, offset, first_rows=first_rows)
    except EmptyResultSet:
        return [], 0, 0
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    return [Row(*row[2:]) for row in found if row[2] is not None], int(found[0][0]), int(found[0][1])


def statement(
    user: User, wanted: ObjectFilter, sort: str, limit: int, offset: int, *, first_rows: bool = False
) -> Compiled:
    """The SQL of a page. ``first_rows``: look for the words only among the first rows in order."""
    order = SORTS.get(sort, SORTS["name"])
    scope = user.scope_for("registry.view").q()
    groups = group_counts(scope, wanted.facets())
    asked = question(wanted.q)
    narrow = wanted.verification()
    few = FEW if order.startswith("sort_key") else FEW_ROWS
    if first_rows:
        body = _first_rows(user, wanted, asked.condition() & narrow, order, limit, offset, few)
    elif asked.words or wanted.permit_days is not None:
        body = _matches(user, wanted, asked.condition() & wanted.permits() & narrow, order, limit, offset)
    else:
        body = _gated(user, wanted, narrow if wanted.not_verified_since else None, order, limit, offset, few)
    sql = f"""
        WITH kinds AS MATERIALIZED (
            SELECT facet, sum(n)::bigint AS n FROM ({groups[0]}) AS added GROUP BY facet HAVING sum(n) > 0
        ), known AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint AS n FROM kinds),
        {body[0]}
        SELECT total.n, (SELECT n FROM known), {", ".join(f"o.{column}" for column in _COLUMNS)}
        FROM total LEFT JOIN (picked JOIN {_TABLE} AS o USING (id)) ON true
        ORDER BY {order}
    """
    return sql, groups[1] + body[1]


def _ways(user: User, wanted: ObjectFilter, narrow: Q | None, few: int) -> tuple[Compiled, Compiled]:
    """Two SELECTs of ids of which the known number lets one run: by facet, or all that the person may see."""
    by_facet, facet_params = compiled(
        RegulatedObject.objects.live().filter(narrow or Q()).order_by().values("id")
    )
    in_order, order_params = compiled(visible(user).filter(narrow or Q()).values("id"))
    by_facet += f" AND facet = ANY(ARRAY(SELECT facet FROM kinds)) AND (SELECT n FROM known) <= {few:d}"
    in_order += f" AND (SELECT n FROM known) > {few:d}"
    if wanted.facets():  # IS TRUE keeps it a look-up in a hash, in the order of the index
        in_order += " AND (facet IN (SELECT facet FROM kinds)) IS TRUE"
    return (by_facet, facet_params), (in_order, order_params)


def _gated(
    user: User, wanted: ObjectFilter, narrow: Q | None, order: str, limit: int, offset: int, few: int
) -> Compiled:
    """By facet and sorted, or in order and filtered, whichever the known number calls for."""
    by_facet, in_order = _ways(user, wanted, narrow, few)
    page = f"ORDER BY {order} LIMIT {limit:d} OFFSET {offset:d}"
    picked = f"picked AS MATERIALIZED (({by_facet[0]} {page}) UNION ALL ({in_order[0]} {page}))"
    params = by_facet[1] + in_order[1]
    if narrow is None:
        return f"total AS (SELECT n FROM known), {picked}", params
    most = f"LIMIT {COUNT_CAP + 1:d}"
    total = f"""total AS MATERIALIZED (SELECT count(*) AS n FROM (
        ({by_facet[0]} {most}) UNION ALL ({in_order[0]} {most})) AS counted)"""
    return f"{total}, {picked}", params + params


def _matches(user: User, wanted: ObjectFilter, narrow: Q, order: str, limit: int, offset: int) -> Compiled:
    """Gather the rows, sort them and cut the page. Past the cap the order holds among those gathered."""
    sql, params = compiled(visible(user).filter(wanted.facets(), narrow).values("id"))
    return (
        f"""hits AS MATERIALIZED ({sql} LIMIT {COUNT_CAP + 1}),
        total AS (SELECT count(*) AS n FROM hits),
        picked AS MATERIALIZED (
            SELECT o.id FROM hits JOIN {_TABLE} AS o USING (id)
            ORDER BY {order}
            LIMIT {limit:d} OFFSET {offset:d}
        )""",
        params,
    )


def _first_rows(
    user: User, wanted: ObjectFilter, narrow: Q, order: str, limit: int, offset: int, few: int
) -> Compiled:
    """A word that stands everywhere: look at the first rows of the wanted kinds in order.

    The total is what was found there, a lower bound where there are more of these kinds.
    """
    by_facet, in_order = _ways(user, wanted, None, few)
    page = f"ORDER BY {order} LIMIT {LOOKED_AT:d}"
    condition = where_of(RegulatedObject.objects.filter(narrow))
    return (
        f"""first AS MATERIALIZED (({by_facet[0]} {page}) UNION ALL ({in_order[0]} {page})),
        hits AS MATERIALIZED (
            SELECT id FROM (SELECT o.* FROM first JOIN {_TABLE} AS o USING (id) OFFSET 0) AS "{_TABLE}"
            WHERE {condition[0]}
        ),
        total AS (SELECT count(*) AS n FROM hits),
        picked AS MATERIALIZED (
            SELECT o.id FROM hits JOIN {_TABLE} AS o USING (id)
            ORDER BY {order} LIMIT {limit:d} OFFSET {offset:d}
        )""",
        by_facet[1] + in_order[1] + condition[1],
    )


def _number(request: HttpRequest) -> int:
    try:
        wanted = int(request.GET.get("page", "1"))
    except ValueError:
        return 1
    return min(max(wanted, 1), max(1, -(-COUNT_CAP // PER_PAGE)))
