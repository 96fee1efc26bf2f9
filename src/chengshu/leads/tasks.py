"""Work for the worker, found here by the queue when it starts: alarms each minute, replays."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app as queue

from chengshu.bureau.models import User
from chengshu.kernel.jobs import Progress, job_task
from chengshu.leads.replaying import replay
from chengshu.leads.services import alarms


@queue.periodic(cron="* * * * *")
@queue.task(name="leads:sweep_alarms", queue="upkeep", queueing_lock="leads:sweep_alarms")
def sweep_alarms(timestamp: int) -> None:
    """Every minute: raise and clear alarms, and tell about the new ones."""
    with transaction.atomic():  # an alarm that was raised is told of
        alarms.tell(alarms.sweep().made)


@job_task("leads.what_if")
def what_if_job(
    progress: Progress, *, user_id: int, district_id: int, first: str, last: str, rules: list[dict[str, Any]]
) -> dict[str, Any]:
    """Replay the leads of some days under draft rules; the comparison is the job's result."""
    user = User.objects.with_roles().get(pk=user_id)
    found = replay(
        district_id,
        date.fromisoformat(first),
        date.fromisoformat(last),
        rules,
        viewer=user,
        listener=lambda done, total: progress.set(done, total),
    )
    return {**found.as_dict(), "first": first, "last": last, "rules": rules}
