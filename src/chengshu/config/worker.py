"""The job process: a procrastinate worker, run by the supervisor as ``python -m chengshu.config.worker``.

Work that a killed worker had in hand is queued again by `chengshu.kernel.jobs.retry_stalled`.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import Any

STALLED_SECONDS = 30  # without a heartbeat; a live worker reports every 10
STOP_SECONDS = 10  # running jobs may finish for so long when told to stop


async def work(concurrency: int) -> None:
    """Work until told to stop (SIGTERM); running jobs get some seconds to finish.

    One place more is kept for what leaves the house: an alarm must not wait until two long imports are done.
    """
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    assert isinstance(app.connector, DjangoConnector)  # noqa: S101  the only one Django's settings can name
    name = f"{socket.gethostname()}-{os.getpid()}"
    patience: dict[str, Any] = {
        "shutdown_graceful_timeout": STOP_SECONDS,
        "stalled_worker_timeout": STALLED_SECONDS,
    }
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
        async with worker_app.open_async():
            reserved = asyncio.create_task(
                worker_app.run_worker_async(
                    name=f"{name}-outbox", queues=["outbox"], install_signal_handlers=False, **patience
                )
            )
            try:
                await worker_app.run_worker_async(name=name, concurrency=concurrency, **patience)
            finally:
                reserved.cancel()
                with suppress(asyncio.CancelledError):
                    await reserved


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
