"""Writing a checked list into the registry: one transaction, one import per class at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.registry.models import Conflict, FactRecord, ImportBatch, ImportRow
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


def _chunks(batch: ImportBatch, *outcomes: str) -> Iterator[list[ImportRow]]:
    """Rows in the order of the file, some thousands at a time."""
    last = 0
    while True:
        rows = list(
            ImportRow.objects.filter(batch=batch, outcome__in=outcomes, row__gt=last).order_by("row")[:CHUNK]
        )
        if not rows:
            return
        last = rows[-1].row
        yield rows


def _write_objects(batch: ImportBatch, rows: Sequence[ImportRow], by: User | None) -> None:
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
            [[row.pk for row in new], result.created],
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


def _write_conflicts(batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    """Put rows before a person, once each; one that raises new doubts after a decision is asked again."""
    stored = Conflict.objects.bulk_create(
        [
            Conflict(
                district_id=batch.district_id,
                object_class_id=batch.object_class_id,
                key=row.key,
                values=row.values,
                raw=row.raw,
                reasons=[reason for reason in row.reasons if reason["code"] != "known_conflict"],
                state=Conflict.State.OPEN,
                candidate_id=row.object_id or _first_candidate(row),
                first_batch=batch,
                last_batch=batch,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["district", "object_class", "key"],
        update_fields=["values", "raw", "reasons", "state", "candidate", "last_batch"],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_importrow AS r SET conflict_id = n.conflict_id "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, conflict_id) WHERE r.id = n.id",
            [[row.pk for row in rows], [conflict.pk for conflict in stored]],
        )


def _first_candidate(row: ImportRow) -> int | None:
    for reason in row.reasons:
        for candidate in reason.get("candidates", []):
            return int(candidate)
    return None


def _close_conflicts(batch: ImportBatch) -> None:
    """What was waiting to be settled and has come in order by itself is no longer asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_conflict AS c SET state = 'superseded', object_id = r.object_id, last_batch_id = %s,"
            " decided_at = now() FROM registry_importrow r WHERE r.batch_id = %s AND r.conflict_id = c.id"
            " AND c.state = 'open' AND r.outcome IN ('create', 'update', 'unchanged')",
            [batch.pk, batch.pk],
        )
