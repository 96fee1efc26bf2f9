"""Writing a checked list into the registry: one transaction, one import per class at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.kernel.copying import copy_rows, json_text
from chengshu.registry.models import FactRecord, ImportBatch, ImportRow
from chengshu.registry.services.objects import Draft, Provenance, write_many

from .check import CHUNK, check_rows, state_marker
from .parse import fingerprint_of
from .progress import Steps

Outcome = ImportRow.Outcome
State = ImportBatch.State


@transaction.atomic
def apply_batch(
    batch: ImportBatch, read_frame: Callable[[], Any], by: User | None, steps: Steps
) -> dict[str, Any]:
    """Write what the check found; decided anew if anything has changed since. Done twice, it is done once.

    Nothing is left half done: killed or cancelled, the transaction never happened. Two imports into one class
    wait for each other, so that neither misses what the other creates.
    """
    _lock_class(batch)
    batch.refresh_from_db()
    if batch.state == State.IMPORTED:
        return dict(batch.counts)
    if batch.counts.get("marker") != state_marker():
        frame = read_frame()
        steps.begin(frame.height, Steps.CHECKING)
        batch.counts = check_rows(batch, frame, steps)
        batch.save(update_fields=["counts"])
    total = sum(
        batch.counts.get(outcome, 0) for outcome in (Outcome.CREATE, Outcome.UPDATE, Outcome.CONFLICT)
    )
    steps.begin(total, Steps.WRITING)
    for rows in _chunks(batch, Outcome.CREATE, Outcome.UPDATE):
        _write_objects(batch, rows, by)
        steps.advance(len(rows))
    for rows in _chunks(batch, Outcome.CONFLICT):
        _write_conflicts(batch, rows)
        steps.advance(len(rows))
    _close_conflicts(batch)
    batch.state = State.IMPORTED
    batch.imported_at = timezone.now()
    batch.problem = ""
    batch.save(update_fields=["state", "imported_at", "problem"])
    return dict(batch.counts)


def _lock_class(batch: ImportBatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"registry.import:{batch.district_id}:{batch.object_class_id}"],
        )


@dataclass(frozen=True)
class _Row:
    """An `ImportRow` as far as writing needs it."""

    id: int
    row: int
    object_id: int | None
    key: str
    reasons: list[dict[str, Any]]
    raw: str
    values: dict[str, Any]
    changes: dict[str, list[Any]]


def _chunks(batch: ImportBatch, *outcomes: str) -> Iterator[list[_Row]]:
    """Rows in the order of the file, some thousands at a time."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                'SELECT id, "row", object_id, key, reasons::text, raw::text, "values"::text, changes::text'
                ' FROM registry_importrow WHERE batch_id = %s AND outcome = ANY(%s) AND "row" > %s'
                ' ORDER BY "row" LIMIT %s',
                [batch.pk, list(outcomes), last, CHUNK],
            )
            rows = [
                _Row(
                    pk,
                    row,
                    object_id,
                    key,
                    orjson.loads(reasons),
                    raw,
                    orjson.loads(values),
                    orjson.loads(changes),
                )
                for pk, row, object_id, key, reasons, raw, values, changes in cursor.fetchall()
            ]
        if not rows:
            return
        last = rows[-1].row
        yield rows


def _write_objects(batch: ImportBatch, rows: Sequence[_Row], by: User | None) -> None:
    drafts = [
        Draft(
            values={name: pair[1] for name, pair in row.changes.items()} if row.object_id else row.values,
            provenance=provenance_of(batch, fingerprint_of(row.values)),
            object_id=row.object_id,
        )
        for row in rows
    ]
    result = write_many(batch.district, batch.object_class, drafts, by=by)
    new = [row for row in rows if row.object_id is None]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_importrow AS r SET object_id = n.object_id "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, object_id) WHERE r.id = n.id",
            [[row.id for row in new], result.created],
        )


def provenance_of(batch: ImportBatch, fingerprint: str) -> Provenance:
    """The list as the source of facts."""
    return Provenance(
        FactRecord.Source.IMPORT,
        batch.observed_on,
        label=batch.source_label,
        ref=f"import:{batch.pk}",
        fingerprint=fingerprint,
    )


def _write_conflicts(batch: ImportBatch, rows: Sequence[_Row]) -> None:
    """Put rows before a person, once each; one that raises new doubts after a decision is asked again."""
    columns = ("row_id", "key", "reasons", "raw", '"values"', "candidate_id")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE import_conflicts (row_id bigint, key text, reasons jsonb, raw jsonb,"
            ' "values" jsonb, candidate_id bigint) ON COMMIT DROP'
        )
    copy_rows("import_conflicts", columns, (_conflict(row) for row in rows))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_conflict AS old (district_id, object_class_id, key, reasons, raw,"
            ' "values", candidate_id, state, first_batch_id, last_batch_id, decision_note, created_at)'
            " SELECT %(district)s, %(class)s, key, reasons, raw, \"values\", candidate_id, 'open',"
            " %(batch)s, %(batch)s, '', now() FROM import_conflicts ORDER BY row_id"
            " ON CONFLICT (district_id, object_class_id, key) DO UPDATE SET reasons = excluded.reasons,"
            ' raw = excluded.raw, "values" = excluded."values", candidate_id = '
            " COALESCE(excluded.candidate_id, old.object_id), state = 'open', object_id = NULL,"
            " decided_by_id = NULL, decided_at = NULL, decision_note = '',"
            " last_batch_id = excluded.last_batch_id",
            {"district": batch.district_id, "class": batch.object_class_id, "batch": batch.pk},
        )
        cursor.execute(
            "UPDATE registry_importrow AS r SET conflict_id = c.id FROM import_conflicts n"
            " JOIN registry_conflict c ON c.key = n.key AND c.district_id = %s AND c.object_class_id = %s"
            " WHERE r.id = n.row_id",
            [batch.district_id, batch.object_class_id],
        )
        cursor.execute("DROP TABLE import_conflicts")


def _conflict(row: _Row) -> list[Any]:
    reasons = [reason for reason in row.reasons if reason["code"] != "known_conflict"]
    candidates = [candidate for reason in reasons for candidate in reason.get("candidates", [])]
    candidate = row.object_id or next(iter(candidates), None)
    return [row.id, row.key, json_text(reasons), row.raw, json_text(row.values), candidate]


def _close_conflicts(batch: ImportBatch) -> None:
    """What was waiting to be settled and has come in order by itself is no longer asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_conflict AS c SET state = 'superseded', object_id = r.object_id,"
            " last_batch_id = %s, decided_at = now() FROM registry_importrow r"
            " WHERE r.batch_id = %s AND r.conflict_id = c.id"
            " AND c.state = 'open' AND r.outcome IN ('create', 'update', 'unchanged')",
            [batch.pk, batch.pk],
        )
