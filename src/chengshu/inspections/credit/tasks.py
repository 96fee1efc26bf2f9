"""Work for the worker: classes of a whole district, exports, entries whose term is over."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from procrastinate.contrib.django import app as queue

from chengshu.bureau.models import District, User
from chengshu.inspections.credit.services import classes, entries, exchange
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.jobs import JobProblem, Progress, job_task
from chengshu.law.catalogue import LawProblem


@job_task("credit.assess")
def assess_job(progress: Progress, *, district_id: int, user_id: int) -> dict[str, Any]:
    """Propose classes for all objects of a district."""
    user = User.objects.with_roles().get(pk=user_id)
    district = District.objects.get(pk=district_id)
    try:
        return asdict(classes.assess_district(district, by=user, listener=progress.set))
    except LawProblem as problem:
        raise JobProblem(str(problem)) from problem


@job_task("credit.export")
def export_job(progress: Progress, *, district_id: int, user_id: int) -> dict[str, Any]:
    """Write the table for the credit office."""
    user = User.objects.with_roles().get(pk=user_id)
    district = District.objects.get(pk=district_id)
    try:
        made = exchange.export(district, by=user, listener=progress.set)
    except (InspectionProblem, LawProblem) as problem:
        raise JobProblem(str(problem)) from problem
    return {"export": made.pk, "rows": made.rows, "problems": len(made.problems)}


@queue.periodic(cron="10 0 * * *")
@queue.task(name="credit:end_entries", queue="upkeep", queueing_lock="credit:end_entries")
def end_entries(timestamp: int) -> None:
    """Every night: entries whose last day is over end."""
    entries.end_by_term()
