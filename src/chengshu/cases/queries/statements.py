"""The SQL of a page of the list of cases: how many answer the filters, and the ids of the rows shown.

One of three ways, chosen by what is asked:

- *In order*: the index of the wanted order is read up to the cap. Where nothing narrows the list, or a
  deadline or an object does, which have indexes of their own.
- *By kind*: the kinds of cases (`CaseKind`) that answer the filters are looked up, and their entries taken
  from the index by kind. So the total costs no more than the cap, however badly two filters go together. Few
  entries are sorted; where there are many, matches lie close together and the index in order is read.
- *By words*: where the kinds have fewer cases than the words, words are looked for in those. Else the index
  of words is asked, for common words together with the index by kind. Where even the two together leave very
  many, rows are read in order until the cap is reached.

The database decides between few and many by the number it has just counted, so a page is one statement.
"""

# ruff: noqa: S608  names and orders come from this code, values are parameters
from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from chengshu.bureau.models import User
from chengshu.cases.models import Case, CaseKind
from chengshu.cases.queries import text
from chengshu.registry.queries.filters import Compiled, compiled, where_of
from chengshu.ui.paging import Cut

FEW = 25_000
"""Up to so many index entries are sorted; above, the order is read from an index."""
RARE = 2_000
"""Cases of the wanted kinds that may always be read to look for words in them."""
COMMON = 25_000
"""Words in more cases than that are common; so many rows are read at most where others would do."""
VERY_MANY = 60_000
"""Where more cases are expected to match, finding the first ten thousand in order is quicker than all."""
TABLE = Case._meta.db_table
_OF_KINDS = "facet = ANY(ARRAY(SELECT kinds.facet FROM kinds))"
_ONE_OF_KINDS = "(facet IN (SELECT kinds.facet FROM kinds)) IS TRUE"
"""IS TRUE keeps it a look-up in a hash, in the order of the index."""


@dataclass(frozen=True)
class Asked:
    """What a list is asked for, by what answers it."""

    user: User
    kind: Q
    dates: Q
    rest: Q
    words: str
    cut: Cut

    @property
    def one_district(self) -> bool:
        """Whether the person sees one whole district and nothing else: then its indexes hold the order."""
        scope = self.user.scope_for("cases.view")
        return len(scope.districts) == 1 and not scope.squads

    @property
    def narrowed(self) -> bool:
        """Whether the kinds leave anything out."""
        return bool(self.kind) or not self.one_district


def body(asked: Asked) -> Compiled:
    """CTEs ``total`` (n) and ``picked`` (id). Raises EmptyResultSet where nothing can match."""
    if asked.words.split():
        way = _by_words(asked)
    elif asked.rest or not (asked.narrowed or asked.dates):
        way = _in_order(asked)
    else:
        way = _by_kind(asked)
    if not asked.narrowed:
        return way
    scope = asked.user.scope_for("cases.view").q()
    kinds = compiled(CaseKind.objects.filter(scope, asked.kind).values("facet", "district_id"))
    return f"kinds AS MATERIALIZED ({kinds[0]}), {way[0]}", kinds[1] + way[1]


def nothing(cut: Cut) -> Compiled:
    """The same where nothing can match."""
    hits = f"SELECT NULL::bigint AS id, {_empty(cut)} WHERE false"
    return f"hits AS MATERIALIZED ({hits}), {_picked(cut)}", ()


def _empty(cut: Cut) -> str:
    return "1" if cut.key == "id" else f"NULL::date AS {cut.key}"


def _fields(cut: Cut) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("id", cut.key)))


def _ordered(asked: Asked, condition: Q) -> Compiled:
    """Ids and key of what the person may see, for the index in order; without ORDER BY and LIMIT."""
    found = Case.objects.filter(asked.dates, asked.rest, condition).order_by()
    if asked.one_district:
        found = found.filter(asked.user.scope_for("cases.view").q())
    sql, params = compiled(found.values(*_fields(asked.cut)))
    sql += " AND " if " WHERE " in sql else " WHERE "
    if asked.one_district:
        return (sql + (_ONE_OF_KINDS if asked.narrowed else "true")), params
    # The kinds are those of the person's scope. The district is said for the indexes that begin with it.
    return (
        f"{sql}{_ONE_OF_KINDS} AND district_id = ANY(ARRAY(SELECT DISTINCT kinds.district_id FROM kinds))",
        params,
    )


def _of_kinds(asked: Asked, *fields: str) -> Compiled:
    """Entries of the index by kind, unordered; without kinds, of the district's days of decision."""
    if not asked.narrowed:
        return compiled(Case.objects.visible_to(asked.user).filter(asked.dates).order_by().values(*fields))
    sql, params = compiled(Case.objects.filter(asked.dates).order_by().values(*fields))
    return f"{sql} {'AND' if ' WHERE ' in sql else 'WHERE'} {_OF_KINDS}", params


def _picked(cut: Cut) -> str:
    return f"""total AS MATERIALIZED (SELECT count(*) AS n FROM hits),
        picked AS MATERIALIZED (SELECT id FROM hits {cut.page_or_last})"""


def _in_order(asked: Asked) -> Compiled:
    sql, params = _ordered(asked, Q())
    hits = f"{sql} ORDER BY {asked.cut.order} LIMIT {asked.cut.cap + 1:d}"
    return f"hits AS MATERIALIZED ({hits}), {_picked(asked.cut)}", params


def _by_kind(asked: Asked) -> Compiled:
    cut = asked.cut
    few = _of_kinds(asked, *_fields(cut))
    many = _ordered(asked, Q()) if asked.one_district else few
    most = max(FEW, cut.cap)
    return (
        f"""hits AS MATERIALIZED ({few[0]} LIMIT {most + 1:d}),
        total AS MATERIALIZED (SELECT count(*) AS n FROM hits),
        picked AS MATERIALIZED (
            (SELECT id FROM hits WHERE (SELECT n FROM total) <= {most:d} {cut.page_or_last})
            UNION ALL
            (SELECT id FROM ({many[0]}) AS many WHERE (SELECT n FROM total) > {most:d} {cut.page}))""",
        few[1] + many[1],
    )


def _by_words(asked: Asked) -> Compiled:
    cut, condition = asked.cut, text.condition(asked.words)
    end = f"ORDER BY {cut.order} LIMIT {cut.cap + 1:d}"
    if asked.rest or not asked.narrowed:  # a deadline has few cases: the planner knows how many
        index = _ordered(asked, condition)
        return f"hits AS MATERIALIZED ({index[0]} {end}), {_picked(cut)}", index[1]
    rows, share = text.rows(asked.words), text.share(asked.words)
    read = int(max(RARE, min(rows, COMMON)))
    many = int(VERY_MANY / share) if share and asked.one_district else 0
    near, index = _of_kinds(asked, "id"), _with_index(asked, condition, common=rows > COMMON)
    where = where_of(Case.objects.filter(condition))
    order, fields = _ordered(asked, Q()), ", ".join(_fields(cut))
    return (
        f"""near AS MATERIALIZED ({near[0]} LIMIT {read + 1:d}),
        way AS MATERIALIZED (
            SELECT CASE WHEN (SELECT count(*) FROM near) <= {read:d} THEN 1
                WHEN {not many} OR
                    (SELECT count(*) FROM ({near[0]} LIMIT {many + 1:d}) AS n) <= {many:d} THEN 2
                ELSE 3 END AS way
        ), hits AS MATERIALIZED (
            (SELECT {fields} FROM
                (SELECT o.* FROM near JOIN {TABLE} AS o USING (id) OFFSET 0) AS "{TABLE}"
                WHERE (SELECT way FROM way) = 1 AND ({where[0]}))
            UNION ALL
            ({index[0]} AND (SELECT way FROM way) = 2 {end})
            UNION ALL
            (SELECT {fields} FROM ({order[0]} AND (SELECT way FROM way) = 3 ORDER BY {cut.order}) AS o,
                LATERAL (SELECT 1 FROM {TABLE} WHERE {TABLE}.id = o.id AND ({where[0]}) OFFSET 0) AS found
                {end})
        ), {_picked(cut)}""",
        near[1] + near[1] + where[1] + index[1] + order[1] + where[1],
    )


def _with_index(asked: Asked, condition: Q, *, common: bool) -> Compiled:
    """Ids and key by the index of words; for common words also by the index by kind."""
    if not common:
        return _ordered(asked, condition)
    sql, params = compiled(Case.objects.filter(asked.dates, condition).order_by().values(*_fields(asked.cut)))
    return f"{sql} AND {_OF_KINDS}", params
