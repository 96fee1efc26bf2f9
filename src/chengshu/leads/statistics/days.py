"""Packing days, and reading them: exact at any moment, however old the packed days are."""

# ruff: noqa: S608  names come from this code, values are parameters
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from chengshu.leads.models import Lead
from chengshu.leads.statistics.records import Block, layout, packed, unpack

LOCK = "chengshu.leads.days"
DAYS_AT_ONCE = 31
"""Days packed in one statement, so that a huge import does not make one huge statement."""
KEPT_BYTES = 192 << 20
"""Memory of one process for days it has read; a million leads take about 80 MiB."""
Day = tuple[int, date]
_kept: OrderedDict[Day, tuple[int, Block]] = OrderedDict()
_kept_bytes = 0
_lock = Lock()

# the leads of one local day, found by the index on (district, reported_at)
_OF_DAY = f"""lead.district_id = d.district_id
    AND lead.reported_at >= d.day::timestamp AT TIME ZONE '{settings.TIME_ZONE}'
    AND lead.reported_at < (d.day + 1)::timestamp AT TIME ZONE '{settings.TIME_ZONE}'"""


def _fresh(days: str) -> tuple[str, tuple[Any, ...]]:
    """SQL: district, day, number and packed leads of the days of a CTE."""
    table = Lead._meta.db_table
    pack, params = packed()
    sql = f"""SELECT d.district_id, d.day, one.n, one.data FROM {days} AS d CROSS JOIN LATERAL (
        SELECT count(*)::int AS n, {pack} AS data FROM {table}
        WHERE {_OF_DAY.replace("lead.", f"{table}.")}) AS one"""
    return sql, params


def compact() -> int:
    """Pack the days that have changed; returns how many. Safe to run at any time.

    Deleting the notes and reading the leads is one statement and sees one moment: a note written meanwhile
    stays. A second packing that runs at the same time does nothing.
    """
    fresh, params = _fresh("days")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            "INSERT INTO leads_daychange (district_id, day)"
            " SELECT district_id, day FROM leads_leadday WHERE layout <> %s",
            [layout()],
        )
        cursor.execute(
            f"""
            WITH days AS MATERIALIZED (
                SELECT DISTINCT district_id, day FROM leads_daychange ORDER BY day DESC, district_id LIMIT %s
            ), gone AS (
                DELETE FROM leads_daychange USING days
                WHERE leads_daychange.district_id = days.district_id AND leads_daychange.day = days.day
            )
            INSERT INTO leads_leadday AS known (district_id, day, layout, n, data)
            SELECT district_id, day, %s, n, data FROM ({fresh}) AS fresh
            ON CONFLICT (district_id, day) DO UPDATE
            SET id = excluded.id, layout = excluded.layout, n = excluded.n, data = excluded.data
            """,
            [DAYS_AT_ONCE, layout(), *params],
        )
        return int(cursor.rowcount)


def rebuild() -> int:
    """Pack every day afresh, e.g. after a restore of single tables; returns the number of days."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_daychange (district_id, day)"
            f" SELECT DISTINCT district_id, (reported_at AT TIME ZONE '{settings.TIME_ZONE}')::date"
            " FROM leads_lead UNION SELECT district_id, day FROM leads_leadday"
        )
    packed_days = 0
    while some := compact():
        packed_days += some
    return packed_days


def read(
    districts: Sequence[int], begin: date | None = None, end: date | None = None
) -> list[tuple[date, Block]]:
    """The leads of the districts reported from ``begin`` to ``end``, both included, day by day.

    One query: days that this process keeps as they are come without their leads.
    """
    begin, end = begin or date(1900, 1, 1), end or date(9999, 12, 30)
    known = _kept_now(districts, begin, end)
    found = []
    for district, day, version, n, data in _days(list(districts), begin, end, list(known)):
        if data is None:
            block = known[version]
        else:
            block = unpack(data, n)
            if version is not None:
                _keep((district, day), version, block)
        if block.n:
            found.append((day, block))
    return found


def _days(districts: list[int], begin: date, end: date, versions: list[int]) -> list[tuple[Any, ...]]:
    """Packed days, the versions given without their leads; changed days as they are now; in one statement."""
    fresh, params = _fresh("changed")
    sql = f"""
        WITH changed AS MATERIALIZED (
            SELECT DISTINCT district_id, day FROM (
                SELECT district_id, day FROM leads_daychange
                UNION ALL SELECT district_id, day FROM leads_leadday WHERE layout <> %s
            ) AS noted
            WHERE district_id = ANY(%s) AND day BETWEEN %s AND %s
        )
        SELECT district_id, day, id, n, CASE WHEN id = ANY(%s::bigint[]) THEN NULL ELSE data END
        FROM leads_leadday AS known
        WHERE district_id = ANY(%s) AND day BETWEEN %s AND %s
            AND NOT EXISTS (SELECT FROM changed AS c
                WHERE c.district_id = known.district_id AND c.day = known.day)
        UNION ALL
        SELECT district_id, day, NULL, n, data FROM ({fresh}) AS fresh
        ORDER BY 2
    """
    between = [districts, begin, end]
    kept = f"{{{','.join(map(str, versions))}}}"  # as text: hundreds of numbers, with every question
    return _rows(sql, [layout(), *between, kept, *between, *params])


def _kept_now(districts: Sequence[int], begin: date, end: date) -> dict[int, Block]:
    """Days in memory by version; held here until they are used, whatever is thrown out meanwhile."""
    with _lock:
        asked = [key for key in _kept if key[0] in districts and begin <= key[1] <= end]
        for key in asked:
            _kept.move_to_end(key)
        return dict(_kept[key] for key in asked)


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _keep(day: Day, version: int, block: Block) -> None:
    global _kept_bytes
    with _lock:
        old = _kept.pop(day, None)
        _kept_bytes += block.size - (old[1].size if old else 0)
        _kept[day] = version, block
        while _kept_bytes > KEPT_BYTES and len(_kept) > 1:
            _kept_bytes -= _kept.popitem(last=False)[1][1].size


def forget() -> None:
    """Keep nothing, e.g. between tests: versions of another database mean nothing here."""
    global _kept_bytes
    with _lock:
        _kept.clear()
        _kept_bytes = 0
