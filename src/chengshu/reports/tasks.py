"""What the reports do by the clock."""

from __future__ import annotations

import logging

from django.utils import timezone
from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="reports.refresh_figures", queue="upkeep", queueing_lock="refresh_figures")
def refresh_figures(timestamp: int) -> None:
    """Count anew the figures of this year whose records have changed, before somebody asks for them."""
    from chengshu.reports.refreshing import refresh

    logger.info("figures: refreshed for %s places", refresh(timezone.localdate()))


@queue.periodic(cron="40 16 * * *")  # 00:40 in China
@queue.task(name="reports.look_at_targets", queue="upkeep", queueing_lock="look_at_targets")
def look_at_targets(timestamp: int) -> None:
    """Every night: owners hear of targets whose light got worse."""
    from chengshu.reports.services.targets import look_at_all

    logger.info("targets: %s lights got worse", look_at_all(timezone.localdate()))


@queue.periodic(cron="*/5 * * * *")
@queue.task(name="reports.send_due", queue="upkeep", queueing_lock="send_due")
def send_due(timestamp: int) -> None:
    """Every five minutes: what is due by the calendar is made and sent."""
    from chengshu.reports.services.deliveries import send_due as send

    if sent := send(timezone.now()):
        logger.info("deliveries: %s sent", sent)
