"""Whether a definition is still the one a figure was counted by, and which records it counted.

The words of a definition may be improved at any time; what is counted may not change without a new version.
So the fingerprint is taken of the query itself: population, condition, measure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from chengshu.kernel.indicators.asking import Place
from chengshu.kernel.indicators.computing import rows_within
from chengshu.kernel.indicators.declarations import Change, Declared, Indicator, Ratio, declared, parts_of
from chengshu.kernel.indicators.periods import Period

SOME_YEAR = Period.year(2001)
"""Any period does: only the form of the query is of interest."""
LISTS = re.compile(r" IN \(([^()]*)\)")
MOMENTS = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[+-]\d{2}:?\d{2})?)?")


def fingerprint(one: Declared) -> str:
    """SHA-256 of what a definition counts; the same for the same query, whatever it is called."""
    return hashlib.sha256(orjson.dumps(_form(one))).hexdigest()


def _form(one: Declared) -> list[Any]:
    parts = [fingerprint(declared(id_)) for id_ in parts_of(one)]
    if isinstance(one, Ratio):
        return ["ratio", str(one.factor), one.minimum, parts]
    if isinstance(one, Change):
        return ["change", one.minimum, parts]
    population, measure = one.population, one.measure
    rows = rows_within(population, SOME_YEAR)
    taken = [measure.kind, measure.path, one.minimum]
    where = [population.time or "", population.moment, population.district]
    query = [_query(rows, one), _query(rows.filter(one.where()), one)]
    return ["counted", population.code, where, query, taken]


def _query(rows: QuerySet[Any], one: Indicator) -> str:
    """The query as text, with lists in order (a set has none) and, where time alone decides, without it."""
    try:
        text = str(rows.order_by().values("pk").query)
    except EmptyResultSet:
        return "nothing"
    text = LISTS.sub(lambda found: f" IN ({', '.join(sorted(found[1].split(', ')))})", text)
    return MOMENTS.sub("#", text) if one.population.by_clock else text


def digest_of_records(one: Declared, period: Period, place: Place) -> tuple[int, str]:
    """How many records a figure counts, and SHA-256 over their keys in order, joined by commas.

    Of a ratio or change: the sum over its parts, and SHA-256 over the parts' digests joined by commas.
    """
    if isinstance(one, Indicator):
        return _digest(rows_within(one.population, period, place).filter(one.where()))
    parts = [digest_of_records(declared(id_), when, place) for id_, when in _parts(one, period)]
    return sum(count for count, _text in parts), _hash(text for _count, text in parts)


def _parts(one: Declared, period: Period) -> Iterable[tuple[str, Period]]:
    if isinstance(one, Change):
        return [(one.of, period), (one.of, period.year_before())]
    return [(id_, period) for id_ in parts_of(one)]


def _hash(texts: Iterable[str]) -> str:
    return hashlib.sha256(",".join(texts).encode()).hexdigest()


DIGEST = """
SELECT count(*),
    encode(sha256(convert_to(coalesce(string_agg(key::text, ',' ORDER BY key), ''), 'UTF8')), 'hex')
FROM ({rows}) AS counted(key)
"""


def _digest(rows: QuerySet[Any]) -> tuple[int, str]:
    """In the database, so that no key leaves it."""
    try:
        sql, parameters = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0, _hash([])
    with connection.cursor() as cursor:
        cursor.execute(DIGEST.format(rows=sql), parameters)
        count, text = cursor.fetchone()
    return int(count), str(text)
