"""The days of the table of positions: each local day is a partition, made ahead and on demand.

A new day is made beside the table and attached: creating it as a partition at once would lock the table
against those who write to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

LOCK = 0x706F736974  # "posit": one at a time makes or drops days
LIST = """
SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'patrol_position'::regclass ORDER BY relname
"""
PREFIX = "patrol_position_"
_known: set[date] = set()


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a local day, and that of the next."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(day, time(), zone)
    return start, datetime.combine(day + timedelta(days=1), time(), zone)


def days() -> list[date]:
    """The days for which there is a partition, in order."""
    with connection.cursor() as cursor:
        cursor.execute(LIST)
        return [datetime.strptime(name, f"{PREFIX}%Y%m%d").date() for (name,) in cursor.fetchall()]


def ensure(wanted: Iterable[date]) -> list[date]:
    """Have a partition for each of these days; which ones were made now."""
    missing = sorted(set(wanted) - _known)
    if not missing:
        return []
    made = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        there = set(days())
        for day in missing:
            if day not in there:
                _make(cursor, day)
                made.append(day)
    if not connection.in_atomic_block:  # a caller's transaction may still undo it
        _known.update(missing)
    return made


def _make(cursor: object, day: date) -> None:
    name = f"{PREFIX}{day:%Y%m%d}"
    begin, end = (f"'{moment.isoformat()}'" for moment in bounds(day))
    cursor.execute(  # type: ignore[attr-defined]
        f"CREATE TABLE {name} (LIKE patrol_position INCLUDING ALL);"
        f" ALTER TABLE patrol_position ATTACH PARTITION {name} FOR VALUES FROM ({begin}) TO ({end})"
    )


def drop(day: date) -> None:
    """Let go of a day's positions."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(f"DROP TABLE IF EXISTS {PREFIX}{day:%Y%m%d}")
    _known.discard(day)
