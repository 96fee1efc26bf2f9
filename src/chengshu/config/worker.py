"""The job process: a procrastinate worker, run by the supervisor as ``python -m chengshu.config.worker``."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import structlog

STALLED_SECONDS = 30  # without a heartbeat; a live worker reports every 10
ATTEMPTS = 3  # a job that ended its worker so often is not tried again
STOP_SECONDS = 10  # running jobs may finish for so long when told to stop


async def take_over_stalled(app: Any) -> int:
    """Queue the jobs of vanished workers again; give up those that took their worker down too often.

    Returns the number of jobs queued again.
    """
    from procrastinate.jobs import Status

    log = structlog.get_logger("chengshu.worker")
    again = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        if job.attempts + 1 >= ATTEMPTS:
            await app.job_manager.finish_job(job=job, status=Status.FAILED, delete_job=False)
            log.error("job given up", job_id=job.id, task=job.task_name, attempts=job.attempts + 1)
        else:
            await app.job_manager.retry_job(job)
            again += 1
            log.warning("job of a vanished worker queued again", job_id=job.id, task=job.task_name)
    return again


async def _watch_stalled(app: Any) -> None:
    while True:
        await take_over_stalled(app)
        await asyncio.sleep(STALLED_SECONDS)


async def work(concurrency: int) -> None:
    """Work until told to stop (SIGTERM); running jobs get some seconds to finish."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    assert isinstance(app.connector, DjangoConnector)  # noqa: S101  the only one Django's settings can name
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
        async with worker_app.open_async():
            watch = asyncio.create_task(_watch_stalled(worker_app))
            try:
                await worker_app.run_worker_async(
                    name=f"{socket.gethostname()}-{os.getpid()}",
                    concurrency=concurrency,
                    shutdown_graceful_timeout=STOP_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                )
            finally:
                watch.cancel()


def main() -> None:
    """Set Django up and work."""
    from chengshu.config.env import load
    from chengshu.config.process import tie_to_parent

    tie_to_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
    import django

    django.setup()
    asyncio.run(work(load().job_workers))


if __name__ == "__main__":
    main()
