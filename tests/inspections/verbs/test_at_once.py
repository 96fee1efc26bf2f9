"""Two people at once, each with a connection of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Kind, State
from chengshu.inspections.models import Inspection, InspectionReport, InspectionTask
from chengshu.inspections.services import arranging, inspecting
from chengshu.inspections.services.base import InspectionProblem
from tests.inspections.conftest import Checks
from tests.inspections.verbs.states import record

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The answers of calls that begin together; a refusal is its answer."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait(60)
            return call()
        except InspectionProblem as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def team_of(one: Inspection) -> list[User]:
    """The two officers."""
    keys = one.team.order_by("id").values_list("user_id", flat=True)
    return list(User.objects.with_roles().filter(pk__in=keys))


def test_one_of_two_reports_counts_and_one_of_two_retries(checks: Checks) -> None:
    """All on one copy of the database: making another takes longer than the tests themselves."""
    one, two, *rest = checks.drawn()
    first, second = team_of(one)
    answers = at_once(
        lambda: inspecting.report(one, record(one), by=first),
        lambda: inspecting.report(one, record(one), by=second),
    )
    assert sum(isinstance(answer, InspectionProblem) for answer in answers) == 1
    assert one.reports.count() == 1

    same = record(two)
    answers = at_once(*[lambda: inspecting.report(two, same, by=team_of(two)[0])] * 2)
    assert not any(isinstance(answer, InspectionProblem) for answer in answers)
    assert two.reports.count() == 1 and two.steps.filter(action="report").count() == 1

    at_once(*[lambda one=one: inspecting.report(one, record(one), by=team_of(one)[0]) for one in rest])
    task = InspectionTask.objects.get(pk=one.task_id)
    assert task.done_count == InspectionReport.objects.count() == 5 and task.state == "done"

    name, due = uuid.uuid4(), timezone.localdate() + timedelta(days=3)
    officers = checks.officers[:2]
    made = at_once(
        *[
            lambda: arranging.arrange(
                checks.shops[0], Kind.ROUTINE, officers, by=officers[0], reason="巡查", due_on=due,
                client_id=name,
            )
        ]
        * 2
    )  # fmt: skip
    assert made[0].pk == made[1].pk and Inspection.objects.filter(kind=Kind.ROUTINE).count() == 1

    extra = made[0]
    started = at_once(*[lambda: inspecting.start(extra, by=officers[0])] * 2)
    assert sum(isinstance(answer, InspectionProblem) for answer in started) == 1
    assert Inspection.objects.get(pk=extra.pk).state == State.STARTED
