"""Housekeeping of the summary of objects by kind and cell (`ObjectCount`)."""

from __future__ import annotations

from django.db import connection, transaction

from chengshu.registry.models.objects import COUNTED, LEVELS

LOCK = "chengshu.registry.counts"
AT_ONCE = 500_000
"""Rows moved in one transaction, so that a huge import does not make one huge compaction."""


def compact() -> int:
    """Move the noted changes into the summary; returns how many were moved. Safe to run at any time.

    Readers see the numbers before or after, never in between. A second compaction running at the same time
    does nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            f"""
            WITH moved AS (
                DELETE FROM registry_objectcountchange WHERE id IN (
                    SELECT id FROM registry_objectcountchange ORDER BY id LIMIT %s
                ) RETURNING {COUNTED}, n
            ), added AS (
                INSERT INTO registry_objectcount AS known ({COUNTED}, n)
                SELECT {COUNTED}, sum(n) FROM moved GROUP BY {COUNTED} HAVING sum(n) <> 0
                ON CONFLICT (district_id, level, cell, facet) DO UPDATE SET n = known.n + excluded.n
            )
            SELECT count(*) FROM moved
            """,  # noqa: S608  names from this code only
            [AT_ONCE],
        )
        moved: int = cursor.fetchone()[0]
        if moved:
            cursor.execute("DELETE FROM registry_objectcount WHERE n = 0")
    return moved


def rebuild() -> None:
    """Count everything afresh, e.g. after a restore of single tables. Writers wait meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE registry_regulatedobject IN SHARE MODE")
        cursor.execute("DELETE FROM registry_objectcountchange")
        cursor.execute("DELETE FROM registry_objectcount")
        cursor.execute(
            f"""
            INSERT INTO registry_objectcount ({COUNTED}, n)
            SELECT district_id, level, at, facet, object_class_id, town_id, squad_id, status, credit, count(*)
            FROM registry_regulatedobject CROSS JOIN LATERAL {LEVELS}
            WHERE merged_into_id IS NULL AND at IS NOT NULL
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
            """  # noqa: S608
        )
