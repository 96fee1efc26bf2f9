"""Loading the invented records as a job, while pages already answer."""

from __future__ import annotations

from typing import Any

from chengshu.bureau.models import District
from chengshu.demo.cases import load_cases
from chengshu.demo.duty_logs import load_duty_logs
from chengshu.demo.duty_year import load_duty_year
from chengshu.demo.flights import load_suspects
from chengshu.demo.inspections import load_inspections
from chengshu.demo.lights import load_lights
from chengshu.demo.load import load_objects
from chengshu.demo.patrol import load_patrols
from chengshu.demo.pictures import load_pictures
from chengshu.demo.playing import load_leads
from chengshu.demo.structures import load_structures
from chengshu.demo.verification import load_verification
from chengshu.kernel.jobs import Progress, job_task


@job_task("demo.objects")
def load_demo_objects(progress: Progress, *, district_id: int) -> dict[str, Any]:
    """Add what is missing: objects, weeks of leads and patrols, a year of cases, inspections, structures."""
    district = District.objects.get(pk=district_id)

    def report(done: int, total: int, label: str) -> None:
        progress.set(done, total, label)

    added = load_objects(district, report=report)
    added += load_verification(district, report=report)
    leads = load_leads(district, report=report)
    patrols = load_patrols(district, report=report)
    cases = load_cases(district, report=report)
    inspections = load_inspections(district, report=report)
    structures = load_structures(district, report=report)
    load_lights(district, report=report)
    suspects = load_suspects(district, report=report) + load_pictures(district, report=report)
    return {
        "added": added,
        "leads": leads,
        "patrols": patrols,
        "cases": cases,
        "inspections": inspections,
        "structures": structures,
        "suspects": suspects,
        # last: composed from what the others made
        "duty_logs": load_duty_year(district, report=report) + load_duty_logs(district, report=report),
    }
