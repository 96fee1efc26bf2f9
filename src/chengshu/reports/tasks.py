"""What reports do by the clock."""

from __future__ import annotations

import logging

from django.utils import timezone
from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="40 16 * * *")  # 00:40 in China
@queue.task(name="reports:look_at_targets", queue="upkeep", queueing_lock="reports:look_at_targets")
def look_at_targets(timestamp: int) -> None:
    """Every night: owners hear of targets whose light got worse."""
    from chengshu.reports.services.targets import look_at_all

    logger.info("targets: %s lights got worse", look_at_all(timezone.localdate()))


@queue.periodic(cron="*/5 * * * *")
@queue.task(name="reports:send_due", queue="upkeep", queueing_lock="reports:send_due")
def send_due(timestamp: int) -> None:
    """Every five minutes: what is due by the calendar is made and sent."""
    from chengshu.reports.services import deliveries

    if sent := deliveries.send_due(timezone.now()):
        logger.info("deliveries: %s sent", sent)
