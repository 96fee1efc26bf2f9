"""What the worker does for leads by itself."""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from chengshu.leads.statistics import days


@queue.periodic(cron="* * * * * */10")
@queue.task(name="leads:pack_days", queue="upkeep", queueing_lock="leads:pack_days")
def pack_days(timestamp: int) -> None:
    """Every ten seconds: pack the days in which leads have changed."""
    while days.compact():
        pass
