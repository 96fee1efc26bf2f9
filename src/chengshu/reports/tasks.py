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
