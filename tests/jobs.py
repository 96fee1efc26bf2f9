"""Run queued jobs inside a test."""

from __future__ import annotations

from typing import Any

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob


def run_jobs() -> int:
    """Run everything that is queued until nothing is left; the number of tasks run.

    In a test that commits (``transaction=True``) a real worker does it on its own connections; in a test
    within a transaction the tasks run right here, since no other connection could see them.
    """
    if connection.in_atomic_block:
        return _run_here()
    before = ProcrastinateJob.objects.filter(status="todo").count()
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
        worker_app.run_worker(
            wait=False, install_signal_handlers=False, listen_notify=False, queues=["jobs", "default"]
        )
    return before


class _Context:
    """As much of procrastinate's context as a job needs."""

    def should_abort(self) -> bool:
        """Nobody stops a test's worker."""
        return False


def _run_here() -> int:
    count = 0
    while queued := _next():
        task: Any = app.tasks[queued["task_name"]]
        _set_status(queued["id"], "doing")
        arguments = [_Context()] if task.pass_context else []
        task.func(*arguments, **queued["args"])
        _set_status(queued["id"], "succeeded")
        count += 1
    return count


def _next() -> dict[str, Any] | None:
    return (
        ProcrastinateJob.objects.filter(status="todo")
        .order_by("id")
        .values("id", "task_name", "args")
        .first()
    )


def _set_status(job_id: int, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job_id])
