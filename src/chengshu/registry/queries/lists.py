"""The list of objects: one statement finds the rows of a page and their total.

How many objects of each kind (facet) there are is known from `ObjectCount`. Where few match, their entries
are taken from the index by facet and sorted; where many match, the index in the wanted order is read until
the page is full. Words are looked for in one of three ways (`_with_words`). The database decides by the
number it has just added up, so that a page is always one statement, also when a first way finds too little.
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
from chengshu.registry.queries.text import Question, question, token_statistics
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Cut, Page, page_number

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
ROWS_READ = 25_000
"""Up to so many rows are read to look for words in them."""
ENTRIES_READ = 100_000
"""Up to so many index entries of the wanted kinds are set against those of the words."""
ENTRIES_PER_ROW = 5
"""So many entries of the kinds are read in the time of one row."""
LOOKED_AT = 4_000
"""Rows read in order where both the kinds and the word have more rows than that."""
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
    """The page that ``?page=`` asks for, the last one where the number lies past the end: one query."""
    number = page_number(request, per_page=PER_PAGE, cap=COUNT_CAP)
    rows, total, capped = page_rows(user, wanted, sort, PER_PAGE, (number - 1) * PER_PAGE)
    return Page(rows, min(number, max(1, -(-total // PER_PAGE))), PER_PAGE, total, capped)


def page_rows(
    user: User, wanted: ObjectFilter, sort: str, limit: int, offset: int
) -> tuple[list[Row], int, bool]:
    """Rows, total (at most `COUNT_CAP`) and whether there are more than the total says.

    An offset past the end gives the last page of this size.
    """
    if wanted.q and not question(wanted.q).words:
        return [], 0, False
    try:
        sql, params = statement(user, wanted, sort, limit, offset)
    except EmptyResultSet:
        return [], 0, False
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    total, more = found[0][:2]
    rows = [Row(*row[2:]) for row in found if row[2] is not None]
    return rows, min(total, COUNT_CAP), more or total > COUNT_CAP


def statement(user: User, wanted: ObjectFilter, sort: str, limit: int, offset: int) -> Compiled:
    """The SQL of a page: total, whether it is only a lower bound, and the columns of each row."""
    cut = Cut(SORTS.get(sort, SORTS["name"]), limit, offset, COUNT_CAP)
    groups = group_counts(user.scope_for("registry.view").q(), wanted.facets())
    by_words = bool(question(wanted.q).words) or wanted.permit_days is not None
    body = _with_words(user, wanted, cut) if by_words else _without_words(user, wanted, cut)
    sql = f"""
        WITH kinds AS MATERIALIZED (
            SELECT facet, sum(n)::bigint AS n FROM ({groups[0]}) AS added GROUP BY facet HAVING sum(n) > 0
        ), known AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint AS n FROM kinds),
        {body[0]}
        SELECT total.n, total.more, {", ".join(f"o.{column}" for column in _COLUMNS)}
        FROM total LEFT JOIN (picked JOIN {_TABLE} AS o USING (id)) ON true
        ORDER BY {cut.order}
    """
    return sql, groups[1] + body[1]


def _of_kinds(cut: Cut, parts: list[Q]) -> Compiled:
    """Ids and key of the wanted kinds by the index that begins with the facet; ``parts`` do not overlap."""
    chosen = [
        compiled(RegulatedObject.objects.live().filter(part).order_by().values("id", cut.key))
        for part in parts
    ]
    sql = " UNION ALL ".join(f"{sql} AND facet = ANY(ARRAY(SELECT facet FROM kinds))" for sql, _ in chosen)
    return sql, tuple(value for _, params in chosen for value in params)


def _in_order(user: User, wanted: ObjectFilter, cut: Cut, narrow: Q) -> Compiled:
    """Ids and key of all that the person may see, to be read from the index in order."""
    sql, params = compiled(visible(user).filter(narrow).values("id", cut.key))
    if wanted.facets():  # IS TRUE keeps it a look-up in a hash, in the order of the index
        sql += " AND (facet IN (SELECT facet FROM kinds)) IS TRUE"
    return sql, params


def _without_words(user: User, wanted: ObjectFilter, cut: Cut) -> Compiled:
    """By facet and sorted, or in order and filtered, whichever the number of matches calls for."""
    few = _of_kinds(cut, wanted.verification_parts())
    many = _in_order(user, wanted, cut, wanted.verification())
    total, counted = "SELECT n, false AS more FROM known", ()
    if wanted.not_verified_since is not None:
        most = max(FEW, COUNT_CAP) + 1
        total = (
            f"SELECT count(*) AS n, false AS more FROM (SELECT 1 FROM ({few[0]}) AS f LIMIT {most:d}) AS c"
        )
        counted = few[1]
    return (
        f"""total AS MATERIALIZED ({total}),
        picked AS MATERIALIZED (
            (SELECT id FROM ({few[0]}) AS few
             WHERE (SELECT n FROM total) <= {FEW:d} {cut.page_or_last})
            UNION ALL
            (SELECT id FROM ({many[0]}) AS many
             WHERE (SELECT n FROM total) > {FEW:d} {cut.page}))""",
        (*counted, *few[1], *many[1]),
    )


def _with_words(user: User, wanted: ObjectFilter, cut: Cut) -> Compiled:
    """Three ways to what contains the words, by what has the fewest rows.

    1: the entries of the wanted kinds and of the words are set against each other and only what both point
    to is read. 2: both have many, so the first rows in order are read; the total is what was found there, a
    lower bound. 3: what the words point to is read, also where 2 did not fill the page; above the cap the
    order then holds among the rows read.
    """
    asked = question(wanted.q)
    condition = asked.condition() & wanted.permits() & wanted.verification()
    fields = ("id", cut.key)
    live = RegulatedObject.objects.live().order_by()
    kinds = compiled(live.filter(condition).values(*fields))
    gathered = compiled(visible(user).filter(wanted.facets(), condition).values(*fields))
    first, where = _first_rows(user, wanted, cut), where_of(RegulatedObject.objects.filter(condition))
    read, in_order = _ways(asked, wanted, cut)
    return (
        f"""way AS MATERIALIZED (
            SELECT CASE WHEN n <= {read:d} THEN 1 WHEN {in_order} THEN 2 ELSE 3 END AS way FROM known
        ), first AS MATERIALIZED ({first[0]}),
        found AS MATERIALIZED (
            SELECT id, {cut.key} FROM
            (SELECT o.* FROM first JOIN {_TABLE} AS o USING (id) OFFSET 0) AS "{_TABLE}" WHERE {where[0]}
        ), choice AS MATERIALIZED (
            SELECT CASE WHEN way = 2 AND (SELECT n FROM known) > {LOOKED_AT:d}
                AND (SELECT count(*) FROM found) < {cut.offset + cut.limit:d} THEN 3 ELSE way END AS way
            FROM way
        ), hits AS MATERIALIZED (
            ({kinds[0]} AND facet = ANY(ARRAY(SELECT facet FROM kinds)) AND (SELECT way FROM choice) = 1)
            UNION ALL (SELECT id, {cut.key} FROM found WHERE (SELECT way FROM choice) = 2)
            UNION ALL ({gathered[0]} AND (SELECT way FROM choice) = 3 LIMIT {COUNT_CAP + 1:d})
        ), total AS MATERIALIZED (
            SELECT count(*) AS n,
                (SELECT way FROM choice) = 2 AND (SELECT n FROM known) > {LOOKED_AT:d} AS more FROM hits
        ), picked AS MATERIALIZED (SELECT id FROM hits {cut.page_or_last})""",
        first[1] + where[1] + kinds[1] + gathered[1],
    )


def _first_rows(user: User, wanted: ObjectFilter, cut: Cut) -> Compiled:
    """Ids of the first rows of the wanted kinds in order."""
    few, many = _of_kinds(cut, [Q()]), _in_order(user, wanted, cut, Q())
    page, two = f"ORDER BY {cut.order} LIMIT {LOOKED_AT:d}", "(SELECT way FROM way) = 2"
    return (
        f"""(SELECT id FROM ({few[0]}) AS few
            WHERE {two} AND (SELECT n FROM known) <= {FEW:d} {page})
        UNION ALL
        (SELECT id FROM ({many[0]}) AS many
            WHERE {two} AND (SELECT n FROM known) > {FEW:d} {page})""",
        few[1] + many[1],
    )


def _ways(asked: Question, wanted: ObjectFilter, cut: Cut) -> tuple[int, bool]:
    """Up to how many objects of the kinds way 1 is taken, and whether else the first rows in order may do."""
    if wanted.permit_days is not None:
        return -1, False
    rows = asked.rows()
    enough = rows * LOOKED_AT >= (cut.offset + cut.limit) * token_statistics()[1]
    by_index = rows < float("inf")  # else the rows of the kinds themselves are read
    kinds = int(min(rows * ENTRIES_PER_ROW, ENTRIES_READ)) if by_index else ROWS_READ
    return kinds, rows > ROWS_READ and enough
