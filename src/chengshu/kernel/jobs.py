"""Long work: started by a page, run by a worker, told about in a `Job` row.

A domain writes its work as ``@job_task("registry.import") def run(progress, *, batch_id): …`` in its
``jobs.py`` and starts it with ``start("registry.import", title, run, by=user, batch_id=7)``. The row and the
queued task are committed together with whatever else the caller's transaction does. A worker that dies is
noticed by its missing heartbeat and the work is taken up again: job functions must be idempotent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Protocol

import psycopg
from django.db import IntegrityError, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status

from chengshu.kernel.models import Job

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
WRITE_EVERY = 0.5  # seconds between two writes of progress
State = Job.State


class JobProblem(Exception):
    """The work cannot go on for a reason its owner can do something about; one translated sentence."""


class AlreadyRunning(JobProblem):
    """Unfinished work with the same key exists; ``job`` is it."""

    def __init__(self, job: Job) -> None:
        super().__init__(_("This is already under way: %(title)s") % {"title": job.title})
        self.job = job


class Cancelled(Exception):
    """Somebody asked to stop; leave no half-done work behind and let it pass through."""


class JobFunction(Protocol):
    """What `job_task` accepts: work told about through ``progress``; returns a JSON-able result."""

    def __call__(self, progress: Progress, **kwargs: Any) -> dict[str, Any] | None: ...


_tasks: dict[str, Any] = {}


def job_task(name: str) -> Callable[[Any], Any]:
    """Register a function ``fn(progress: Progress, **kwargs) -> dict`` as the work called ``name``.

    The function stays callable as it is; arguments travel as JSON.
    """

    def decorate(function: JobFunction) -> JobFunction:
        def run(context: JobContext, /, job_id: int, language: str = "", **kwargs: Any) -> None:
            with translation.override(language or None):
                _run(context, job_id, function, kwargs)

        _tasks[name] = queue.task(
            name=f"job:{name}",
            queue="jobs",
            pass_context=True,
            retry=RetryStrategy(max_attempts=MAX_ATTEMPTS, retry_exceptions={JobAborted}),
        )(run)
        function.job_task = name  # type: ignore[attr-defined]
        return function

    return decorate


def start(
    kind: str, title: str, task: Any, *, by: Any = None, url: str = "", key: str = "", **kwargs: Any
) -> Job:
    """Queue the work ``task`` (a function under `job_task`, or its name) with ``kwargs`` and return its row.

    ``url``: the page that shows what came of it; it may contain ``{job}``. ``key``: while unfinished work
    with the same key exists, `AlreadyRunning` is raised instead. The work starts after the caller's commit.
    """
    name = task if isinstance(task, str) else task.job_task
    language = translation.get_language() or ""
    try:
        with transaction.atomic():
            job = Job.objects.create(kind=kind, title=title[:200], created_by=by, key=key)
            job.url = url.replace("{job}", str(job.pk))
            job.task_id = _tasks[name].defer(job_id=job.pk, language=language, **kwargs)
            job.save(update_fields=["url", "task_id"])
    except IntegrityError:
        unfinished = Job.objects.filter(state__in=[State.QUEUED, State.RUNNING])
        running = unfinished.filter(key=key).first() if key else None
        if running is None:
            raise
        raise AlreadyRunning(running) from None
    return job


def cancel(job: Job) -> bool:
    """Ask for an end: waiting work ends at once, running work at its next step. False if it had ended."""
    with transaction.atomic():
        current = Job.objects.select_for_update().get(pk=job.pk)
        if current.finished:
            return False
        current.cancel_requested = True
        if current.state == State.QUEUED:
            current.state, current.finished_at = State.CANCELLED, timezone.now()
        current.save(update_fields=["cancel_requested", "state", "finished_at"])
    return True


# --- inside the worker --------------------------------------------------------------------------------
class Progress:
    """How far the work is, written on a connection of its own so that it shows before the work commits.

    ``set``, ``advance`` and ``say`` write at most twice a second and raise `Cancelled` when asked to stop.
    """

    def __init__(self, job_id: int, context: JobContext | None = None) -> None:
        self.job_id = job_id
        self.done = 0
        self.total: int | None = None
        self.message = ""
        self._context = context
        self._connection: psycopg.Connection[Any] | None = None
        self._written_at = 0.0
        self._lock = Lock()

    def set(self, done: int | None = None, total: int | None = None, message: str | None = None) -> None:
        """State where the work is; what is None stays as it was."""
        if done is not None:
            self.done = done
        if total is not None:
            self.total = total
        if message is not None:
            self.message = message
        self._write()

    def advance(self, step: int = 1, message: str | None = None) -> None:
        """``step`` more units are done."""
        self.set(self.done + step, message=message)

    def say(self, message: str) -> None:
        """Tell in words what is going on."""
        self.set(message=message)

    def check(self) -> None:
        """Raise `Cancelled` if somebody asked to stop (asks the database at most twice a second)."""
        self._write()

    def flush(self) -> None:
        """Write now."""
        self._write(now=True)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, *, now: bool = False) -> None:
        with self._lock:
            if not now and time.monotonic() - self._written_at < WRITE_EVERY:
                return
            self._written_at = time.monotonic()
            try:
                cancelled = self._update()
            except psycopg.OperationalError:  # the work itself will find out if the database is gone
                logger.warning("progress of job %s could not be written", self.job_id, exc_info=True)
                self.close()
                return
        if self._context is not None and self._context.should_abort():
            raise JobAborted
        if cancelled:
            raise Cancelled

    def _update(self) -> bool:
        if self._connection is None:
            self._connection = _own_connection()
        row = self._connection.execute(
            "UPDATE kernel_job SET done = %s, total = %s, message = %s WHERE id = %s AND state = 'running'"
            " RETURNING cancel_requested",
            [self.done, self.total, self.message, self.job_id],
        ).fetchone()
        return bool(row and row[0])


def _own_connection() -> psycopg.Connection[Any]:
    """An autocommit connection to the same database, outside Django's transaction."""
    params = dict(connections["default"].get_connection_params())
    for unwanted in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(unwanted, None)
    return psycopg.connect(**params, autocommit=True)


def _run(context: JobContext | None, job_id: int, function: JobFunction, kwargs: dict[str, Any]) -> None:
    """Do the work of one job and record how it ended."""
    if not _take_up(job_id):
        return
    progress = Progress(job_id, context)
    try:
        result = function(progress, **kwargs) or {}
    except JobAborted:  # the worker is being stopped: back into the queue
        Job.objects.filter(pk=job_id).update(state=State.QUEUED)
        raise
    except Cancelled:
        _finish(job_id, State.CANCELLED, progress, message=_("Cancelled. Nothing was left half done."))
    except JobProblem as problem:
        _finish(job_id, State.FAILED, progress, message=str(problem))
    except Exception:
        logger.exception("job %s failed", job_id)
        message = _(
            "Something went wrong inside. The administrator finds the details in the log under job %(id)s."
        )
        _finish(job_id, State.FAILED, progress, message=message % {"id": job_id})
    else:
        _finish(job_id, State.DONE, progress, result=result)
    finally:
        progress.close()


def _take_up(job_id: int) -> bool:
    """Mark the job running. False if there is nothing to do (cancelled, finished, or given up)."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None or job.finished:
            return False
        job.attempts += 1
        job.started_at = job.started_at or timezone.now()
        job.state = State.RUNNING
        if job.cancel_requested:
            job.state = State.CANCELLED
        elif job.attempts > MAX_ATTEMPTS:
            job.state = State.FAILED
            job.message = _("The work was interrupted %(times)d times and has been given up.") % {
                "times": MAX_ATTEMPTS
            }
        if job.state != State.RUNNING:
            job.finished_at = timezone.now()
        job.save(update_fields=["attempts", "started_at", "state", "message", "finished_at"])
        return job.state == State.RUNNING


def _finish(
    job_id: int,
    state: Job.State,
    progress: Progress,
    *,
    message: str | None = None,
    result: dict[str, Any] | None = None,
) -> None:
    changes: dict[str, Any] = {"done": progress.done, "total": progress.total}
    if state == State.DONE and progress.total is not None:
        changes["done"] = progress.total
    Job.objects.filter(pk=job_id).update(
        state=state,
        message=progress.message if message is None else message,
        result=result or {},
        finished_at=timezone.now(),
        **changes,
    )


# --- looking after the queue --------------------------------------------------------------------------
@queue.periodic(cron="* * * * *")
@queue.task(name="kernel.retry_stalled", queue="upkeep", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Queue again what a dead worker had in hand (known by a heartbeat missing for 30 seconds).

    Periodic upkeep is not: its next run is queued anyway, and two of a kind may not wait at once.
    """
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs():
        if stalled.queue == "upkeep":
            await manager.finish_job(stalled, status=Status.FAILED, delete_job=True)
            continue
        logger.warning("task %s (%s) lost its worker and is queued again", stalled.id, stalled.task_name)
        try:
            await manager.retry_job(stalled)
        except ConnectorException:
            logger.exception("task %s cannot be queued again", stalled.id)


@queue.periodic(cron="* * * * *")
@queue.task(name="kernel.settle_abandoned", queue="upkeep", queueing_lock="settle_abandoned")
def settle_abandoned(timestamp: int) -> None:
    """Tell about work whose task ended without it: given up by the worker, or taken out of the queue."""
    alive = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).values("id")
    for job in Job.objects.filter(state__in=[State.QUEUED, State.RUNNING]).exclude(task_id__in=alive):
        logger.error("job %s lost its task and is given up", job.pk)
        Job.objects.filter(pk=job.pk, state=job.state).update(
            state=State.FAILED,
            message=_("The work was interrupted and has been given up."),
            finished_at=timezone.now(),
        )
