"""The search box: names, addresses, pinyin initials, USCC, phone, identifiers in other systems.

One statement gathers a bounded set of candidates; they are ranked here.
"""

# ruff: noqa: S608  names and orders come from this code, values are parameters
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from chengshu.bureau.models import User
from chengshu.kernel.pinyin import full
from chengshu.registry.derive import exact_token
from chengshu.registry.models import ObjectClass, RegulatedObject
from chengshu.registry.queries.filters import Compiled, compiled, visible, where_of
from chengshu.registry.queries.reference import districts_of, reference
from chengshu.registry.queries.text import Question, question, token_statistics

PREFIX_LIMIT = 60
CANDIDATE_LIMIT = 300
LOOKED_AT = 12_000
"""Rows read when a question is too common for the index."""
COMMON_ROWS = 6_000
"""A question whose rarest token stands in more rows than this is answered from a sample."""
LAST = "\U0010ffff"
_COLUMNS = (
    "id", "object_class_id", "town_id", "name", "address", "status", "credit", "name_key", "search_text",
    "sort_key",
)  # fmt: skip
_TABLE = RegulatedObject._meta.db_table


@dataclass(frozen=True)
class Hit:
    """One object found."""

    id: int
    object_class: ObjectClass
    town_id: int | None
    name: str
    address: str
    status: str
    credit: str
    rank: int

    @property
    def status_label(self) -> str:
        """The status in words."""
        return str(RegulatedObject.Status(self.status).label)


@dataclass
class Found:
    """What was found, best first; ``more`` when there is more than was looked at."""

    hits: list[Hit] = field(default_factory=list)
    more: bool = False

    def by_class(self, each: int) -> list[tuple[ObjectClass, list[Hit], int]]:
        """Classes in the order of their best hit, with the first hits of each and how many were found."""
        numbers = Counter(hit.object_class.pk for hit in self.hits)
        groups: dict[int, tuple[ObjectClass, list[Hit]]] = {}
        for hit in self.hits:
            _class, shown = groups.setdefault(hit.object_class.pk, (hit.object_class, []))
            if len(shown) < each:
                shown.append(hit)
        return [(kind, shown, numbers[kind.pk]) for kind, shown in groups.values()]


def search(user: User, text: str, limit: int = CANDIDATE_LIMIT) -> Found:
    """Objects the person may see that answer the question, best first: one query."""
    asked = question(text)
    if not asked.words:
        return Found()
    try:
        sql, params = _candidates(user, asked)
    except EmptyResultSet:
        return Found()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    more = len(rows) >= CANDIDATE_LIMIT
    unique = {row["id"]: row for row in rows}.values()
    ranked = sorted(
        ((_rank(asked, row), row) for row in unique if _spoken_alike(asked, row)),
        key=lambda pair: (pair[0], len(pair[1]["name_key"]), pair[1]["sort_key"], pair[1]["id"]),
    )
    classes = reference().classes
    hits = [
        Hit(
            id=row["id"],
            object_class=classes[row["object_class_id"]],
            rank=rank,
            **{name: row[name] for name in ("town_id", "name", "address", "status", "credit")},
        )
        for rank, row in ranked[:limit]
        if row["object_class_id"] in classes
    ]
    return Found(hits, more)


def _candidates(user: User, asked: Question) -> Compiled:
    """Names that begin with the question, whole identifiers, and whatever else contains it."""
    shown = visible(user).values_list(*_COLUMNS)
    # a person of one squad has no district of their own in the scope, but the index starts with it
    here = Q(district__in=districts_of(user.scope_for("registry.view")))
    starts = shown.filter(here, name_key__gte=asked.key, name_key__lt=asked.key + LAST).order_by("name_key")
    parts = [_part(starts, PREFIX_LIMIT)]
    if len(asked.key) >= 3:
        parts.append(_part(shown.filter(search_tokens__contains=[exact_token(asked.key)]), PREFIX_LIMIT))
    parts.append(_sampled(user, asked) if asked.common(COMMON_ROWS) else _by_index(shown, asked))
    return " UNION ALL ".join(f"({sql})" for sql, _ in parts), tuple(p for _, params in parts for p in params)


def _part(rows: Any, limit: int) -> Compiled:
    return compiled(rows[:limit])


def _by_index(shown: Any, asked: Question) -> Compiled:
    """All that contain it, those that contain it early first: name before address before initials."""
    sql, params = compiled(shown.filter(asked.condition()))
    word = asked.words[0].text
    order = "ORDER BY nullif(strpos(search_text, %s), 0) NULLS LAST, sort_key, id LIMIT %s"
    return f"{sql} {order}", (*params, word, CANDIDATE_LIMIT)


def _sampled(user: User, asked: Question) -> Compiled:
    """So common that any part of the table holds enough of them: read a fixed sample of its pages."""
    rows, params = compiled(visible(user).values("id"))
    share = min(100.0, 100.0 * LOOKED_AT / max(token_statistics()[1], 1.0))
    table = f'FROM "{_TABLE}"'
    sample = rows.replace(table, f"{table} TABLESAMPLE SYSTEM ({share:.4f}) REPEATABLE (1)", 1)
    condition, values = where_of(RegulatedObject.objects.filter(asked.condition()))
    sql = f"""SELECT {", ".join(_COLUMNS)} FROM (
        {sample.replace(f'SELECT "{_TABLE}"."id" AS "id"', "SELECT *", 1)} OFFSET 0
    ) AS "{_TABLE}" WHERE {condition} LIMIT {CANDIDATE_LIMIT:d}"""
    return sql, params + values


def _spoken_alike(asked: Question, row: dict[str, Any]) -> bool:
    """Pinyin was looked up by its initials only: compare the syllables, unless the letters stand there."""
    for word in asked.words:
        if word.pinyin and word.text not in row["search_text"]:
            spoken = " " + full(row["name_key"])
            if f" {word.pinyin}" not in spoken:
                return False
    return True


def _rank(asked: Question, row: dict[str, Any]) -> int:
    """0 the very name, 1 its beginning, 2 in the name, 3 by initials, 4 in the address, 5 other."""
    name, _, rest = row["search_text"].partition("|")
    address, _, letters = rest.partition("|")
    texts = [word.text for word in asked.words]
    if name == asked.key:
        return 0
    if name.startswith(asked.key):
        return 1
    if all(text in name for text in texts):
        return 2
    spoken = [word.initials or word.text for word in asked.words]
    if any(part.startswith(spoken[0]) for part in letters.split("|")):
        return 2 if letters == spoken[0] else 3
    if all(text in name or text in address for text in texts):
        return 4
    return 5
