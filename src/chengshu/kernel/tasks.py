"""What the kernel does by the clock."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app as queue

logger = logging.getLogger(__name__)


@queue.periodic(cron="*/5 * * * *")
@queue.task(name="kernel.seal_ledger", queue="upkeep", queueing_lock="seal_ledger")
def seal_ledger(timestamp: int) -> None:
    """Seal yesterday soon after midnight, missed days at start-up, and fetch time stamps still lacking.

    Runs every five minutes because each of the three may fail for a while; with nothing to do it is two
    small queries.
    """
    from chengshu.kernel.ledger import LedgerBusy, seal_missed
    from chengshu.kernel.ledger.timestamps import stamp_missing

    try:
        seal_missed()
    except LedgerBusy as error:
        logger.warning("ledger: sealing waits: %s", error)
    stamp_missing()


@queue.periodic(cron="17 3 * * *")
@queue.task(name="kernel.sweep_files", queue="upkeep", queueing_lock="sweep_files")
def sweep_files(timestamp: int) -> None:
    """Remove kept bytes that no row refers to (of a store that was killed or rolled back)."""
    from chengshu.kernel.files import sweep_orphans

    sweep = sweep_orphans()
    logger.info("file sweep: %s seen, %s removed, %s bytes freed", sweep.seen, sweep.removed, sweep.freed)


@queue.periodic(cron="47 3 * * *")
@queue.task(name="kernel.forget_events", queue="upkeep", queueing_lock="forget_events")
def forget_events(timestamp: int) -> None:
    """Drop events older than ``CHENGSHU_EVENT_DAYS``; who comes back with an older position is told so."""
    from django.conf import settings

    from chengshu.kernel.events.writing import forget_old

    logger.info("events: %s dropped", forget_old(settings.EVENT_DAYS))
