"""Writing many objects at once: COPY into the tables, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from chengshu.kernel.copying import copy_rows, json_text
from chengshu.registry.models import FactRecord, ObjectIdentifier, RegulatedObject

OBJECT_COLUMNS = (
    "id", "district_id", "object_class_id", "name", "address", "uscc", "responsible_name",
    "responsible_phone", "responsible_id", "attributes", "position", "town_id", "grid_id", "squad_id",
    "status", "credit", "verified_on", "version", "name_key", "address_key", "sort_key", "search_text",
    "search_tokens",
    "cell",
)  # fmt: skip


def object_row(row: dict[str, Any]) -> list[Any]:
    """One object as COPY wants it."""
    position = row["position"]
    return [
        json_text(row[column])
        if column == "attributes"
        else (f"({position[0]!r},{position[1]!r})" if position else None)
        if column == "position"
        else row[column]
        for column in OBJECT_COLUMNS
    ]


def insert_objects(rows: Sequence[dict[str, Any]]) -> None:
    """Insert complete rows."""
    now = timezone.now()
    copy_rows(
        RegulatedObject._meta.db_table,
        [*OBJECT_COLUMNS, "created_at", "updated_at"],
        ([*object_row(row), now, now] for row in rows),
    )


def update_objects(rows: Sequence[dict[str, Any]]) -> None:
    """Replace the changed columns of existing rows in one statement."""
    table = RegulatedObject._meta.db_table
    changed = [column for column in OBJECT_COLUMNS if column not in {"id", "district_id", "object_class_id"}]
    assignments = ", ".join(f"{column} = new.{column}" for column in changed)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE object_changes (LIKE {table}) ON COMMIT DROP")
        for column in ("created_at", "updated_at"):
            cursor.execute(f"ALTER TABLE object_changes ALTER {column} DROP NOT NULL")
    copy_rows("object_changes", OBJECT_COLUMNS, (object_row(row) for row in rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS old SET {assignments}, updated_at = %s FROM object_changes AS new "  # noqa: S608
            "WHERE old.id = new.id",
            [timezone.now()],
        )
        cursor.execute("DROP TABLE object_changes")


def mark_objects(rows: Sequence[tuple[int, str | None, date | None]]) -> None:
    """Set status and day of verification of existing objects ``(id, status, day)``; None leaves either."""
    table = RegulatedObject._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS old SET status = coalesce(new.status, old.status), "  # noqa: S608
            "verified_on = coalesce(new.day, old.verified_on), version = old.version + 1, updated_at = %s "
            "FROM unnest(%s::bigint[], %s::text[], %s::date[]) AS new(id, status, day) WHERE old.id = new.id",
            [timezone.now(), *(list(column) for column in zip(*rows, strict=True))],
        )


def insert_facts(records: Iterable[dict[str, Any]]) -> None:
    """Insert fact records."""
    columns = (
        "object_id", "source", "source_label", "source_ref", "observed_on", "values", "fingerprint",
        "recorded_at", "recorded_by_id",
    )  # fmt: skip
    now = timezone.now()
    copy_rows(
        FactRecord._meta.db_table,
        [f'"{column}"' for column in columns],
        (
            [
                json_text(r["values"]) if c == "values" else now if c == "recorded_at" else r[c]
                for c in columns
            ]
            for r in records
        ),
    )


def insert_identifiers(rows: Sequence[tuple[int, int, str, str]]) -> None:
    """Set identifiers ``(district, object, scheme, value)``; an earlier one of the same scheme gives way."""
    if not rows:
        return
    ids, schemes = [row[1] for row in rows], [row[2] for row in rows]
    table = ObjectIdentifier._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} AS old USING unnest(%s::bigint[], %s::text[]) AS new(object_id, scheme) "  # noqa: S608
            "WHERE old.object_id = new.object_id AND old.scheme = new.scheme",
            [ids, schemes],
        )
    copy_rows(table, ("district_id", "object_id", "scheme", "value"), rows)
