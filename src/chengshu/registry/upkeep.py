"""What the registry's worker does by itself."""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from chengshu.registry.services import counts


@queue.periodic(cron="* * * * * */10")
@queue.task(name="registry:compact_counts", queue="upkeep", queueing_lock="registry:compact_counts")
def compact_counts(timestamp: int) -> None:
    """Every ten seconds: move noted changes into the summary of counts."""
    while counts.compact() >= counts.AT_ONCE:
        pass
