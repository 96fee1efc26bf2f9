"""Work for the worker: the public rows are brought up to the cases, counts of addresses are let go."""

from __future__ import annotations

import logging

from django.conf import settings
from procrastinate.contrib.django import app as queue

from chengshu.bureau.models import District
from chengshu.portal.services import limits, penalties

logger = logging.getLogger(__name__)


@queue.periodic(cron="*/5 * * * *")
@queue.task(name="portal.synchronise", queue="upkeep", queueing_lock="portal_synchronise")
def synchronise(timestamp: int) -> None:
    """Make up for what was not made after a commit, and follow a change of the law on display."""
    for district in District.objects.filter(code=settings.DEFAULT_DISTRICT):
        if changed := penalties.synchronise(district):
            logger.info("portal: %s public penalties of %s brought up to date", changed, district.code)


@queue.periodic(cron="40 * * * *")
@queue.task(name="portal.forget_addresses", queue="upkeep", queueing_lock="portal_forget_addresses")
def forget_addresses(timestamp: int) -> None:
    """Nothing about who asked is kept longer than it is counted."""
    limits.forget()
