"""What the bureau does by the clock."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="* * * * * */5")  # the sixth column are seconds
@queue.task(name="bureau.feed_webhooks", queue="outbox", queueing_lock="feed_webhooks")
def feed_webhooks(timestamp: int) -> None:
    """Hand new events to the subscriptions; with nothing new it is three small queries."""
    from chengshu.bureau.webhooks import feed_new

    feed_new()


@queue.periodic(cron="23 * * * *")
@queue.task(name="bureau.switch_off_webhooks", queue="upkeep", queueing_lock="switch_off_webhooks")
def switch_off_webhooks(timestamp: int) -> None:
    """Switch off subscriptions where nothing has arrived for days."""
    from chengshu.bureau.webhooks.service import switch_off_failing

    if count := switch_off_failing():
        logger.warning("webhooks: %s switched off", count)
