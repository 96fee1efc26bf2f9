"""The two long pieces of work of an import, as jobs: the check and the writing. Both may be retried."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.kernel.jobs import Cancelled, JobProblem, Progress, job_task
from chengshu.kernel.planner import look_again
from chengshu.kernel.tables import TableError
from chengshu.registry.models import FactRecord, ImportBatch, RegulatedObject
from chengshu.registry.services.doubles import search_among_stated

from .apply import apply_batch, provenance_of
from .check import check_rows
from .progress import Listener, Steps
from .source import read_source

State = ImportBatch.State


def run_check(batch: ImportBatch, listener: Listener | None = None) -> dict[str, Any]:
    """The dry run: decide on every row, write nothing but the rows of the batch. Raises `TableError`."""
    steps = Steps(listener)
    steps.say(Steps.READING)
    table = read_source(batch)
    steps.begin(len(table), Steps.CHECKING)
    with transaction.atomic():
        counts = batch.counts = check_rows(batch, table.frame, steps)
        batch.notes = table.notes
        batch.state, batch.problem = State.CHECKED, ""
        batch.save(update_fields=["counts", "notes", "state", "problem"])
    return counts


def run_apply(batch: ImportBatch, by: Any, listener: Listener | None = None) -> dict[str, Any]:
    """Write the checked list into the registry. Raises `TableError` if it has to be read again and cannot."""
    return apply_batch(batch, lambda: read_source(batch).frame, by, Steps(listener))


@job_task("registry.import.check")
def check_job(progress: Progress, *, batch_id: int) -> dict[str, Any]:
    """The dry run in the worker."""
    batch = _batch(batch_id)
    try:
        return _public(run_check(batch, progress))
    except Cancelled:
        _set_state(batch, State.CANCELLED)
        raise
    except TableError as error:
        _set_state(batch, State.FAILED, str(error))
        raise JobProblem(str(error)) from error
    except Exception:
        _set_state(batch, State.FAILED, _("The check stopped because of a fault. Nothing was changed."))
        raise


@job_task("registry.import.apply")
def apply_job(progress: Progress, *, batch_id: int) -> dict[str, Any]:
    """The import in the worker. Ends either whole or not begun."""
    batch = _batch(batch_id)
    try:
        counts = _public(run_apply(batch, batch.created_by, progress))
    except Cancelled:
        _set_state(batch, State.CHECKED)
        raise
    except TableError as error:
        _set_state(batch, State.CHECKED, str(error))
        raise JobProblem(str(error)) from error
    except Exception:
        _set_state(batch, State.CHECKED, _("The import stopped because of a fault. Nothing was changed."))
        raise
    if counts.get("create") or counts.get("update"):
        look_again(RegulatedObject, FactRecord)
        search_among_stated(
            batch.district, batch.object_class, provenance_of(batch, "").ref, by=batch.created_by
        )
    return counts


def _batch(batch_id: int) -> ImportBatch:
    return ImportBatch.objects.select_related("district", "object_class", "file", "created_by").get(
        pk=batch_id
    )


def _set_state(batch: ImportBatch, state: str, problem: str = "") -> None:
    ImportBatch.objects.filter(pk=batch.pk).exclude(state=State.IMPORTED).update(state=state, problem=problem)


def _public(counts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in counts.items() if key != "marker"}
