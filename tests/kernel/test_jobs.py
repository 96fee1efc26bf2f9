"""Long work: start, progress, cancel, failure, double start, a worker that dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, JobAborted

from chengshu.kernel import jobs
from chengshu.kernel.jobs import AlreadyRunning, Cancelled, JobProblem, Progress, job_task, start
from chengshu.kernel.models import Job, NumberSeries
from tests.jobs import run_jobs
from tests.kernel import slow_job

SEEN: list[Any] = []


@job_task("test.count")
def count(progress: Progress, *, upto: int) -> dict[str, int]:
    """Count, looking at what others see half-way."""
    progress.set(0, upto, "counting")
    for number in range(upto):
        progress.advance()
        if number == upto // 2:
            progress.flush()
            SEEN.append(Job.objects.values_list("done", "total", "state").get(pk=progress.job_id))
    return {"counted": upto}


@job_task("test.problem")
def problem(progress: Progress) -> dict[str, int]:
    """Fail in an expected way."""
    raise JobProblem("第 3 行没有名称。")


@job_task("test.crash")
def crash(progress: Progress) -> dict[str, int]:
    """Fail in an unexpected way."""
    raise ZeroDivisionError("secret detail")


@job_task("test.cancelled")
def cancelled_half_way(progress: Progress) -> dict[str, int]:
    """Write a row, then be asked to stop from elsewhere, within one transaction."""
    with transaction.atomic():
        NumberSeries.objects.create(series="half-done")
        other = jobs._own_connection()
        other.execute("UPDATE kernel_job SET cancel_requested = true WHERE id = %s", [progress.job_id])
        other.close()
        progress.flush()
    raise AssertionError("the flush must have raised")


@job_task("test.stopped")
def stopped_once(progress: Progress) -> dict[str, int]:
    """Be interrupted by the end of the worker the first time."""
    SEEN.append("run")
    if len(SEEN) == 1:
        raise JobAborted
    return {"runs": len(SEEN)}


@pytest.fixture(autouse=True)
def _forget() -> None:
    SEEN.clear()


@pytest.mark.django_db(transaction=True)
def test_work_runs_after_commit_and_shows_progress_meanwhile() -> None:
    job = start("test.count", "数数", count, url="/done/{job}", upto=10)
    assert (job.state, job.url) == (Job.State.QUEUED, f"/done/{job.pk}")
    run_jobs()
    job.refresh_from_db()
    assert SEEN == [(6, 10, "running")]
    assert (job.state, job.done, job.total, job.result) == ("done", 10, 10, {"counted": 10})
    assert job.percent == 100
    assert job.finished
    assert job.started_at and job.finished_at


@pytest.mark.django_db(transaction=True)
def test_work_of_a_rolled_back_transaction_never_starts() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        start("test.count", "数数", count, upto=10)
        raise RuntimeError
    assert run_jobs() == 0
    assert not Job.objects.exists()
    assert SEEN == []


@pytest.mark.django_db
def test_jobs_run_within_a_test_transaction() -> None:
    job = start("test.count", "数数", count, upto=3)
    assert run_jobs() == 1
    job.refresh_from_db()
    assert job.state == Job.State.DONE


@pytest.mark.django_db
def test_an_expected_problem_is_shown_as_its_sentence() -> None:
    job = start("test.problem", "问题", problem)
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "第 3 行没有名称。")


@pytest.mark.django_db
def test_an_unexpected_failure_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    job = start("test.crash", "崩溃", crash)
    with caplog.at_level(logging.ERROR, logger="chengshu.kernel.jobs"):
        run_jobs()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "secret" not in job.message
    assert str(job.pk) in job.message
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_cancel_of_running_work_undoes_its_transaction() -> None:
    job = start("test.cancelled", "取消", cancelled_half_way)
    run_jobs()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert not NumberSeries.objects.filter(series="half-done").exists()


@pytest.mark.django_db
def test_cancel_of_waiting_work_ends_it_at_once() -> None:
    job = start("test.count", "数数", count, upto=3)
    assert jobs.cancel(job)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    run_jobs()
    assert SEEN == []
    assert not jobs.cancel(job)


@pytest.mark.django_db
def test_the_same_key_twice_is_refused_until_the_first_has_ended() -> None:
    first = start("test.count", "数数", count, key="count:1", upto=3)
    with pytest.raises(AlreadyRunning) as refused:
        start("test.count", "数数", count, key="count:1", upto=3)
    assert refused.value.job == first
    assert run_jobs() == 1
    assert start("test.count", "数数", count, key="count:1", upto=3).pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_a_worker_stopped_in_between_puts_the_work_back() -> None:
    job = start("test.stopped", "中断", stopped_once)
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 1)
    _age_the_retry()
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == ("done", 2, {"runs": 2})


def _age_the_retry() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = NULL")


@pytest.mark.django_db(transaction=True)
def test_the_work_of_a_killed_worker_is_taken_up_again_and_at_last_given_up() -> None:
    job = start("test.count", "数数", count, upto=3)
    for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
        assert jobs._take_up(job.pk)  # a worker takes it and is killed: nothing else is ever written
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("running", attempt)
        _kill_worker(job)
        _run_upkeep()
        with connection.cursor() as cursor:
            cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job.task_id])
            assert cursor.fetchone() == ("todo",)
    run_jobs()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert str(jobs.MAX_ATTEMPTS) in job.message
    assert SEEN == []


@pytest.mark.django_db(transaction=True)
def test_work_goes_on_after_kill_9_of_its_worker(tmp_path: Path) -> None:
    marker = tmp_path / "started"
    job = start("test.slow", "慢", slow_job.register(), marker=str(marker))
    database = connection.settings_dict
    parts = {"host": database["HOST"], "user": database["USER"], "password": database["PASSWORD"]}
    query = urlencode({key: value for key, value in parts.items() if value})
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://:{database['PORT'] or 5432}/{database['NAME']}?{query}",
    }
    worker = subprocess.Popen([sys.executable, "-m", "tests.kernel.slow_job"], env=environment)
    try:
        while not marker.exists():
            assert worker.poll() is None, "the worker ended by itself"
            time.sleep(0.05)
    finally:
        worker.kill()
        worker.wait()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("running", 1, 2)
    with connection.cursor() as cursor:  # half a minute passes
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    _run_upkeep()
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == ("done", 2, {"ended": "well"})


def _kill_worker(job: Job) -> None:
    """Leave the task, and the upkeep that ran beside it, as a killed worker does: in hand, heart stopped."""
    upkeep = jobs.retry_stalled.defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 minute') RETURNING id"
        )
        (worker,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = ANY(%s)",
            [worker, [job.task_id, upkeep]],
        )


def _run_upkeep() -> None:
    with suppress(AlreadyEnqueued):  # by the clock of a worker
        jobs.retry_stalled.defer(timestamp=0)
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
        worker_app.run_worker(
            wait=False, install_signal_handlers=False, listen_notify=False, queues=["upkeep"]
        )


@pytest.mark.django_db
def test_work_whose_task_was_given_up_is_told_about() -> None:
    waiting, lost = start("test.count", "数数", count, upto=3), start("test.count", "数数", count, upto=3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [lost.task_id])
    jobs.settle_abandoned(timestamp=0)
    waiting.refresh_from_db()
    lost.refresh_from_db()
    assert (waiting.state, lost.state) == ("queued", "failed")
    assert lost.message


@pytest.mark.django_db(transaction=True)
def test_progress_writes_at_most_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    writes = []
    monkeypatch.setattr(Progress, "_update", lambda self: bool(writes.append(self.done)))
    progress = Progress(1)
    now = [100.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    for _ in range(100):
        progress.advance()
        now[0] += 0.05  # 5 seconds in all
    assert len(writes) == 10


def test_cancelled_and_problems_are_not_the_same() -> None:
    assert not issubclass(Cancelled, JobProblem)
