"""What the worker does for the officer's app."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="37 4 * * *")
@queue.task(name="field.purge_uploads", queue="upkeep", queueing_lock="field.purge_uploads")
def purge_uploads(timestamp: int) -> None:
    """Every night: forget files that began to arrive long ago and never went on."""
    from chengshu.field.services.uploads import purge

    if count := purge():
        logger.info("field uploads: %s unfinished files forgotten", count)
