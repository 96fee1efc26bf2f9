"""Jobs of inspections."""

from __future__ import annotations

from typing import Any

from chengshu.inspections import simulation
from chengshu.inspections.models import AnnualPlan
from chengshu.inspections.services import planning
from chengshu.kernel.jobs import Progress, job_task


@job_task("inspections.simulate")
def simulate_plan(progress: Progress, *, plan_id: int) -> dict[str, Any]:
    """Compute what the rules of a draft would do over five years, and keep it with the plan."""
    plan = AnnualPlan.objects.get(pk=plan_id)
    rules = dict(plan.rules)
    result = simulation.simulate(
        simulation.population(plan.district_id),
        simulation.tasks_of(plan),
        report=lambda done, total: progress.set(done, total, ""),
    )
    return {"kept": planning.keep_simulation(plan, result, rules=rules)}
