"""What the worker does for duty logs."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="patrol.open_logs", queue="upkeep", queueing_lock="patrol.open_logs")
def open_logs(timestamp: int) -> None:
    """Open the logs of duties that have begun."""
    from chengshu.patrol.services.logs import open_due

    if count := open_due():
        logger.info("duty logs: %s opened", count)
