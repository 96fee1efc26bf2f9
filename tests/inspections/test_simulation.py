"""The effect of a plan's rules is computed before it is approved."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import timezone

from chengshu.bureau.models import RoleAssignment, User
from chengshu.inspections import simulation
from chengshu.inspections.drawing_rules import Rules
from chengshu.inspections.models import AnnualPlan
from chengshu.inspections.queries import coverage
from chengshu.inspections.services import planning
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.planning import TaskDraft
from chengshu.inspections.simulation import Population, SimTask
from tests import factories
from tests.inspections.conftest import FIVE_OF_ALL, Checks


def objects(n: int = 1000) -> Population:
    """So many shops of one town, half of class A, half of class D."""
    return Population(
        classes=["shop"],
        object_class=np.zeros(n, dtype=np.int64),
        town=np.ones(n, dtype=np.int64),
        credit=np.where(np.arange(n) % 2, 1, 4),
    )


def task(day: int = 0, **rules: object) -> SimTask:
    """A task over all shops."""
    return SimTask(frozenset({"shop"}), frozenset(), day, Rules(**{"strata": ["credit"], **rules}))  # type: ignore[arg-type]


def test_the_same_plan_gives_the_same_figures() -> None:
    tasks = [task(number=50)]
    assert simulation.simulate(objects(), tasks) == simulation.simulate(objects(), tasks)


def test_a_higher_share_covers_more_of_its_credit_class() -> None:
    result = simulation.simulate(objects(), [task(per_mille={"A": 50, "D": 300}, recent_days=0)])
    last = result["years"][-1]["by_credit"]
    assert last["D"]["ever"] > 2 * last["A"]["ever"]
    assert all(year["drawn"] == 25 + 150 for year in result["years"])


def test_an_object_is_not_drawn_more_often_than_its_cap_in_a_year() -> None:
    result = simulation.simulate(
        objects(100), [task(day, number=60, per_year=1, recent_days=0) for day in (0, 90)], years=1
    )
    assert result["years"][0]["drawn"] == 100
    assert result["years"][0]["ever"] == 1000


def test_what_was_inspected_recently_is_left_out() -> None:
    tasks = [task(0, number=60, per_year=0, recent_days=400)]
    drawn = [year["drawn"] for year in simulation.simulate(objects(100), tasks, years=3)["years"]]
    assert drawn == [60, 40, 60]


@pytest.mark.django_db
def test_a_plan_is_approved_only_with_its_effect_computed_and_by_another_person(checks: Checks) -> None:
    plan = checks.plan()
    quarter = TaskDraft(
        title="抽查", item="SHOP-01", year=plan.year, quarter=1, object_classes=["shop"], rules=FIVE_OF_ALL
    )
    planning.create_task(checks.district, quarter, by=checks.clerk, plan=plan)
    with pytest.raises(InspectionProblem):
        planning.approve_plan(plan, by=checks.leader)
    kept = simulation.simulate(simulation.population(checks.district.pk), simulation.tasks_of(plan))
    assert kept["objects"] == 20
    assert planning.keep_simulation(plan, kept, rules=plan.rules)
    approved = planning.approve_plan(plan, by=checks.leader)
    assert approved.state == AnnualPlan.State.APPROVED
    with pytest.raises(InspectionProblem):
        planning.change_plan(approved, FIVE_OF_ALL, by=checks.clerk)


@pytest.mark.django_db
@pytest.mark.parametrize("edit", ["rules", "task", "cancelled"])
def test_whoever_changed_a_draft_last_does_not_approve_it(checks: Checks, edit: str) -> None:
    plan = checks.plan()
    both = factories.make_user("bureau_leader")
    RoleAssignment.objects.create(user=both, role="registry_clerk", unit=both.unit, granted_at=timezone.now())
    both = User.objects.with_roles().get(pk=both.pk)
    quarter = TaskDraft(
        title="抽查", item="SHOP-01", year=plan.year, quarter=1, object_classes=["shop"], rules=FIVE_OF_ALL
    )
    planning.create_task(checks.district, quarter, by=checks.clerk, plan=plan)
    if edit == "rules":
        planning.change_plan(plan, FIVE_OF_ALL, by=both)
    else:
        mine = planning.create_task(checks.district, quarter, by=both, plan=plan)
        if edit == "cancelled":
            planning.change_plan(plan, FIVE_OF_ALL, by=checks.clerk)
            planning.cancel_task(mine, "重复", by=both)
    planning.keep_simulation(plan, {"objects": 1}, rules=AnnualPlan.objects.get(pk=plan.pk).rules)
    with pytest.raises(InspectionProblem, match="最后修改人"):
        planning.approve_plan(plan, by=both)
    assert planning.approve_plan(plan, by=checks.leader).state == AnnualPlan.State.APPROVED


@pytest.mark.django_db
def test_changed_rules_ask_for_a_new_simulation(checks: Checks) -> None:
    plan = checks.plan()
    planning.keep_simulation(plan, {"objects": 1}, rules=plan.rules)
    changed = planning.change_plan(plan, {"number": 7}, by=checks.clerk)
    assert changed.simulation is None
    assert not planning.keep_simulation(plan, {"objects": 1}, rules={"number": 5})


@pytest.mark.django_db
def test_the_coverage_report_counts_objects_never_drawn(checks: Checks) -> None:
    made = checks.drawn()
    assert sum(row.never for row in coverage.coverage(checks.clerk)) == 20  # nobody can tell who comes next
    for inspection in made:
        checks.reported(inspection)
    rows = coverage.coverage(checks.clerk)
    assert sum(row.objects for row in rows) == 20
    assert (sum(row.never for row in rows), sum(row.once for row in rows)) == (15, 5)
    assert coverage.never_drawn(checks.clerk).count() == 15
    assert sum(row.objects for row in coverage.coverage(checks.squad_leader)) == 10
