"""What has changed since: exactly, without locks that writers would wait for.

Every table that an indicator counts from has a statement trigger that notes the writing transaction, once
(``kernel_datachange``). A figure kept with the snapshot in which it was computed holds good as long as every
noted transaction of its tables was already visible in that snapshot (``pg_visible_in_snapshot``): one that
commits later, or was under way, makes it stale. A transaction's own snapshot counts it as visible while it
may still write: so the transaction that kept a figure is kept with it (``within``), and its notes count too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

TRIGGER = "kernel_note_change"
TABLES = re.compile(r'\b(?:FROM|JOIN) "(\w+)"')


def tables_of(rows: QuerySet[Any]) -> frozenset[str]:
    """Every table a query reads, those of subqueries included; of one that can find nothing its own."""
    try:
        return frozenset(TABLES.findall(str(rows.query)))
    except EmptyResultSet:
        return frozenset([rows.model._meta.db_table])


def watch(tables: Iterable[str]) -> list[str]:
    """Put the trigger on tables that have none, or one turned off; returns which. Called after migrations.

    Tables that do not exist (migrated part of the way) are passed over.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc(%s) IS NOT NULL", [TRIGGER])
        if not cursor.fetchone()[0]:
            return []
        fresh = sorted((set(tables) & set(connection.introspection.table_names(cursor))) - watched())
        for table in map(connection.ops.quote_name, fresh):
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "
                f"{table} FOR EACH STATEMENT EXECUTE FUNCTION {TRIGGER}()"
            )
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {TRIGGER}")
    return fresh


def watched() -> frozenset[str]:
    """Tables whose changes are noted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = %s "
            "AND t.tgenabled <> 'D' AND t.tgparentid = 0 AND pg_table_is_visible(c.oid)",
            [TRIGGER],
        )
        return frozenset(name for (name,) in cursor.fetchall())


def snapshot() -> str:
    """The present snapshot, to be taken before computing what is kept with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def tidy(days: int = 7) -> tuple[int, int]:
    """Forget kept figures older than some days, then the notes no kept figure can need.

    Returns how many of each. A note may go once it is visible in the oldest kept snapshot; and one of a
    transaction yet to come, which only a dump of another cluster can hold: nothing would ever be kept.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kernel_keptfigure WHERE computed_at < now() - make_interval(days => %s)", [days]
        )
        figures = cursor.rowcount
        cursor.execute(
            "DELETE FROM kernel_datachange WHERE txid < LEAST("
            "pg_snapshot_xmin(pg_current_snapshot()), "
            "(SELECT min(pg_snapshot_xmin(snapshot)) FROM kernel_keptfigure)) "
            "OR txid >= pg_snapshot_xmax(pg_current_snapshot())"
        )
        return figures, cursor.rowcount
