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


@queue.periodic(cron="37 3 * * *")
@queue.task(name="kernel.tidy_figures", queue="upkeep", queueing_lock="tidy_figures")
def tidy_figures(timestamp: int) -> None:
    """Forget figures kept long ago, and notes of changes that no kept figure needs any more."""
    from chengshu.kernel.indicators.versions import tidy

    logger.info("figures: %s kept ones and %s notes forgotten", *tidy())


@queue.periodic(cron="* * * * *")
@queue.task(name="kernel.send_outgoing", queue="outbox", queueing_lock="send_outgoing")
def send_outgoing(timestamp: int) -> None:
    """Send what is due; every minute also what a killed worker or a lost wake-up left behind."""
    from chengshu.kernel.outbox import drain

    drain()


@queue.periodic(cron="47 3 * * *")
@queue.task(name="kernel.purge_outgoing", queue="upkeep", queueing_lock="purge_outgoing")
def purge_outgoing(timestamp: int) -> None:
    """Forget messages that were settled long ago."""
    from chengshu.kernel.outbox.sending import purge

    logger.info("outbox: %s old messages forgotten", purge())


@queue.periodic(cron="47 3 * * *")
@queue.task(name="kernel.forget_events", queue="upkeep", queueing_lock="forget_events")
def forget_events(timestamp: int) -> None:
    """Drop events older than ``CHENGSHU_EVENT_DAYS``; who comes back with an older position is told so."""
    from django.conf import settings

    from chengshu.kernel.events.writing import forget_old

    logger.info("events: %s dropped", forget_old(settings.EVENT_DAYS))
