"""What patrols need by the clock: counting each minute, tracks each hour, partitions each night."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="* * * * *")
@queue.task(name="patrol.count", queue="upkeep", queueing_lock="patrol.count")
def count(timestamp: int) -> None:
    """Count the beats where somebody has checked in since; with nothing new it is one small query."""
    from chengshu.patrol.services.counting import refresh

    refresh()


@queue.periodic(cron="7 * * * *")
@queue.task(name="patrol.hour", queue="upkeep", queueing_lock="patrol.hour")
def hour(timestamp: int) -> None:
    """Tracks and cover of the hour that has ended, and windows of required visits that have."""
    from chengshu.patrol.services import counting, keeping

    day = timezone.localdate(timezone.now() - timedelta(hours=1))
    keeping.build_day(day)
    counting.mark_all(day)


@queue.periodic(cron="37 17 * * *")  # 01:37 in China
@queue.task(name="patrol.night", queue="upkeep", queueing_lock="patrol.night")
def night(timestamp: int) -> None:
    """Partitions of the days to come; positions that came late; positions no longer kept."""
    from chengshu.patrol.services import counting, keeping
    from chengshu.patrol.tracking.rules import rules

    today = timezone.localdate()
    keeping.ahead(today)
    for n in range(1, rules().keep.late_days + 1):
        keeping.build_day(today - timedelta(days=n))
    counting.mark_all(today - timedelta(days=1))
    days, tracks = keeping.let_go(today)
    if days or tracks:
        logger.info("positions of %s days and %s tracks are no longer kept", days, tracks)
