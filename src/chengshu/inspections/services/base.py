"""What every service of inspections needs: refusing with a sentence, reach, the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.bureau.scope import require as require
from chengshu.inspections.lifecycle import (
    TABLE,
    TASK_TABLE,
    Action,
    State,
    TaskAction,
    TaskState,
)
from chengshu.inspections.models import Inspection, InspectionStep, InspectionTask
from chengshu.inspections.signals import published
from chengshu.kernel import ledger

from . import bulk


class InspectionProblem(Exception):
    """What was asked for cannot be done; one translated sentence, and the field of the form, if any."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def locked_task(task_id: int, *, expected_version: int | None = None) -> InspectionTask:
    """The task as it stands, locked until the caller's transaction ends."""
    batch = bulk.current()
    task = batch.tasks.get(task_id) if batch else None
    if task is None:
        task = InspectionTask.objects.select_for_update(of=("self",)).select_related("item").get(pk=task_id)
        if batch is not None:
            batch.hold(task)
    _require_version(task.version, expected_version)
    return task


def locked(inspection_id: int, *, expected_version: int | None = None) -> Inspection:
    """The inspection as it stands, locked until the caller's transaction ends; its task before it.

    Whoever withdraws or sets a draw aside locks in this order too, so that nobody waits for each other.
    """
    batch = bulk.current()
    inspection = batch.inspections.get(inspection_id) if batch else None
    if inspection is None:
        inspection = _locked(inspection_id)
        if batch is not None:
            if inspection.task_id is not None:
                inspection.task = locked_task(inspection.task_id)
            batch.hold(inspection)
    _require_version(inspection.version, expected_version)
    return inspection


def _locked(inspection_id: int) -> Inspection:
    task_id = Inspection.objects.values_list("task_id", flat=True).get(pk=inspection_id)
    if task_id is not None:
        InspectionTask.objects.select_for_update(of=("self",)).only("pk").get(pk=task_id)
    rows = Inspection.objects.select_for_update(of=("self",)).select_related("object", "checklist", "task")
    return rows.get(pk=inspection_id)


def locked_of_task(task: InspectionTask) -> list[Inspection]:
    """The inspections of a task as a batch holds them; those from before it are taken in the first time."""
    batch = bulk.current()
    if batch is None:
        raise RuntimeError("only a batch holds the inspections of a task")
    if task.pk not in batch.complete:
        known = Inspection.objects.filter(task=task).order_by("pk").values_list("pk", flat=True)
        for pk in known:
            locked(pk)
        batch.complete.add(task.pk)
    return batch.of_task(task.pk)


def _require_version(is_now: int, expected: int | None) -> None:
    if expected is not None and expected != is_now:
        raise InspectionProblem(
            _("Somebody else has changed this in the meantime. Look at it again."), "version"
        )


def task_state_after(task: InspectionTask, action: TaskAction) -> TaskState:
    """The state after the action. Raises `InspectionProblem` where the table does not allow it."""
    after = TASK_TABLE[action].get(TaskState(task.state))
    if after is None:
        raise InspectionProblem(
            _("“%(action)s” is not possible while the task is in the state “%(state)s”.")
            % {"action": action.label, "state": TaskState(task.state).label},
            "state",
        )
    return after


def require_action(inspection: Inspection, action: Action, after: State | None = None) -> None:
    """Raise `InspectionProblem` unless the table allows the action now (and this state after it)."""
    allowed = TABLE[action].get(State(inspection.state))
    if allowed is None or (after is not None and after not in allowed):
        raise InspectionProblem(
            _("“%(action)s” is not possible while the inspection is in the state “%(state)s”.")
            % {"action": action.label, "state": State(inspection.state).label},
            "state",
        )


def step(
    inspection: Inspection,
    action: Action,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    **data: Any,
) -> InspectionStep:
    """Record what happened to a locked inspection: its step and the ledger's entry."""
    file = bulk.file_of(inspection)
    known = len(file.steps) if file else InspectionStep.objects.filter(inspection=inspection).count()
    seq = known + 1
    made = InspectionStep(
        inspection=inspection, seq=seq, action=action, at=at, by=by, note=note[:500], data=data
    )
    bulk.keep([made])
    payload = {"seq": seq, "number": inspection.number, "state": inspection.state, "note": note[:500], **data}
    ledger.append(inspection.chain, action, payload, actor=by.username if by else "system", at=at)
    return made


PUBLIC_ACTIONS = frozenset({"commit", "draw", "abandon", "withdraw", "open", "publish"})
"""What happens to a task before the public's eyes."""


def record(
    task: InspectionTask, action: str, *, by: User | None, at: datetime | None = None, **data: Any
) -> None:
    """Write what happened to a task into its chain of the ledger."""
    ledger.append(task.chain, action, data, actor=by.username if by else "system", at=at)
    if action not in PUBLIC_ACTIONS:
        return
    if (batch := bulk.current()) is not None:
        batch.tell(task.district_id)
    else:
        published.send(InspectionTask, district_id=task.district_id)


def save(row: Inspection | InspectionTask, *changed: str) -> None:
    """Write the named columns and raise the version; in a batch, at its end."""
    row.version += 1
    batch = bulk.current()
    if batch is not None and batch.holds(row):
        batch.note(row, [*changed, "version"])
    else:
        row.save(update_fields=[*changed, "version"])


def not_in_the_future(at: datetime | None) -> datetime:
    """The moment of a step: now unless said; nothing is recorded before it happened."""
    now = timezone.now()
    if at is not None and at > now:
        raise InspectionProblem(_("A step cannot be dated in the future."), "at")
    return at or now
