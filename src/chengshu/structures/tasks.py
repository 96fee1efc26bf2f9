"""Jobs by the clock."""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from chengshu.structures.services import disposing


@queue.periodic(cron="20 0 * * *")
@queue.task(name="structures:come_back", queue="upkeep", queueing_lock="structures:come_back")
def come_back(timestamp: int) -> None:
    """Every night: deferrals whose day has come are to be dealt with again."""
    disposing.come_back_all()
