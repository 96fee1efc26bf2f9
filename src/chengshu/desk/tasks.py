"""What the desk does by the clock."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="*/15 * * * *")
@queue.task(name="desk.forget_positions", queue="upkeep", queueing_lock="forget_positions")
def forget_positions(timestamp: int) -> None:
    """Whoever goes off duty is no longer on the map, and where they were is forgotten."""
    from chengshu.bureau.services.positions import forget_off_duty

    logger.info("positions: %s forgotten", forget_off_duty())
