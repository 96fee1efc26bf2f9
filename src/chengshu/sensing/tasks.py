"""Long work of sensing: digests of large files, comparisons; scores judged anew each night."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app as queue

from chengshu.kernel.jobs import Progress, job_task


@job_task("sensing.check")
def check_job(progress: Progress, flight_id: int) -> dict[str, Any]:
    """Take the digests of a flight's files."""
    from chengshu.sensing.services.flights import check

    return check(progress, flight_id)


@job_task("sensing.compare")
def compare_job(progress: Progress, comparison_id: int) -> dict[str, Any]:
    """Compare two flights; goes on where it was stopped."""
    from chengshu.sensing.services.comparing import run

    return run(progress, comparison_id)


@queue.periodic(cron="17 18 * * *")  # 02:17 in China
@queue.task(name="sensing.night", queue="upkeep", queueing_lock="sensing.night")
def night(timestamp: int) -> None:
    """Judge the scores of suspects still open by what was decided."""
    from chengshu.bureau.models import District
    from chengshu.sensing.services.recalibrating import recalibrate

    for district in District.objects.defer("boundary"):
        recalibrate(district, by=None)
