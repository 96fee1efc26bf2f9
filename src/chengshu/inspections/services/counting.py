"""The figures of a task, kept from its inspections; the last one finished finishes it."""

from __future__ import annotations

from datetime import datetime

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import PROBLEM, DrawState, State, TaskAction, TaskState
from chengshu.inspections.models import Inspection, InspectionTask

from . import bulk
from .base import locked_of_task, record, save, task_state_after


def recount(task: InspectionTask, *, by: User | None, at: datetime) -> None:
    """Set the figures of a locked task from its inspections; the last one finished finishes the task."""
    rows = _counted(task)
    task.object_count = len(rows)
    task.done_count = sum(row.result is not None for row in rows)
    task.problem_count = sum(row.result in PROBLEM for row in rows)
    save(task, "object_count", "done_count", "problem_count")
    finished = bool(rows) and all(row.state == State.CLOSED for row in rows)
    if finished and task.state == TaskState.DRAWN:  # a result corrected later does not finish it again
        from . import drawing

        task.state = task_state_after(task, TaskAction.FINISH)
        task.done_at = at
        save(task, "state", "done_at")
        record(task, "finish", by=by, at=at, objects=task.object_count, problems=task.problem_count)
        drawing.open_proof(task, by=by, at=at)


def _counted(task: InspectionTask) -> list[Inspection]:
    """The inspections of the task's draw that stand."""
    stands = (DrawState.DRAWN, DrawState.OPENED)
    if bulk.current():
        rows = [row for row in locked_of_task(task) if row.state != State.WITHDRAWN]
        return [row for row in rows if row.draw is not None and row.draw.state in stands]
    found = Inspection.objects.filter(task=task, draw__state__in=stands).exclude(state=State.WITHDRAWN)
    return list(found.only("state", "result"))
