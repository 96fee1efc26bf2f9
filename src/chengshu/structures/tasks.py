"""Jobs by the clock."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app as queue

from chengshu.bureau.models import User
from chengshu.kernel.jobs import JobProblem, Progress, job_task
from chengshu.structures import importing
from chengshu.structures.models import LedgerImport
from chengshu.structures.services import disposing, year_lights
from chengshu.structures.services.base import StructureProblem


@queue.periodic(cron="20 16 * * *")  # 00:20 in China
@queue.task(name="structures:come_back", queue="upkeep", queueing_lock="structures:come_back")
def come_back(timestamp: int) -> None:
    """Every night: deferrals whose day has come are to be dealt with again."""
    disposing.come_back_all()


@queue.periodic(cron="40 16 * * *")  # 00:40 in China
@queue.task(name="structures:year_lights", queue="upkeep", queueing_lock="structures:year_lights")
def year_lights_recorded(timestamp: int) -> None:
    """At New Year: the lights of the towns at the end of the year."""
    year_lights.record_all()


@job_task("structures.import")
def import_job(progress: Progress, *, batch_id: int, user_id: int, doubts: bool) -> dict[str, Any]:
    """Take a checked list into the ledger."""
    batch = LedgerImport.objects.select_related("district", "file").get(pk=batch_id)
    user = User.objects.with_roles().get(pk=user_id)
    try:
        return importing.apply(
            batch, by=user, doubts=doubts, tell=lambda done, total: progress.set(done, total, "")
        )
    except StructureProblem as problem:
        raise JobProblem(str(problem)) from problem
