"""Loading the invented records as a job, while pages already answer."""

from __future__ import annotations

from typing import Any

from chengshu.bureau.models import District
from chengshu.demo.parts import Wanted, load_all
from chengshu.kernel.jobs import Progress, job_task


@job_task("demo.objects")
def load_demo_objects(progress: Progress, *, district_id: int) -> dict[str, Any]:
    """Add what is missing: objects, the reference year, the last weeks of leads and patrols."""
    district = District.objects.get(pk=district_id)

    def report(done: int, total: int, label: str) -> None:
        progress.set(done, total, label)

    return dict(load_all(district, Wanted(), report))
