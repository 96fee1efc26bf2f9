"""Whatever officers do in whatever order, what must hold holds."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.inspections.lifecycle import DONE, PROBLEM, Kind, State, TaskState, Withdrawal
from chengshu.inspections.models import Inspection, InspectionTask
from chengshu.inspections.proposing import proposed
from chengshu.inspections.services import drawing, inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Photo
from tests.inspections.conftest import Checks, picture
from tests.inspections.verbs.states import record

EXAMPLES = 25
ACTIONS = ("start", "report", "correct", "recheck", "later", "hand_over", "withdraw", "photo")
REFUSALS = (InspectionProblem, PermissionDenied)
steps = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 4), st.sampled_from([1, 4, 5, 8]), st.booleans()),
    max_size=14,
)


def act(checks: Checks, one: Inspection, action: str, result: int, complied: bool) -> None:
    """One action of a member of the team; what is refused changes nothing."""
    by = checks.member(one)
    problems = ("1",) if result in PROBLEM else ()
    day = timezone.localdate() + timedelta(days=3)
    more: dict[str, Any] = {"result": result}
    if result == 5:
        more |= {"corrected": complied, "rectify_by": None if complied else day}
    shot = [Photo(picture(), "1.png", "1")]
    with transaction.atomic():
        if action == "start":
            inspecting.start(one, by=by)
        elif action == "report":
            inspecting.report(one, record(one, problems, **more), by=by, photos=shot)
        elif action == "correct":
            stated = record(one, problems, correction_reason="更正", **more)
            inspecting.correct(one, stated, by=by, photos=shot)
        elif action == "recheck":
            inspecting.recheck(one, complied=complied, by=by, client_id=uuid.uuid4())
        elif action == "later":
            inspecting.recheck(one, complied=False, by=by, rectify_by=day + timedelta(days=5))
        elif action == "hand_over":
            inspecting.hand_over(one, by=by)
        elif action == "photo":
            inspecting.add_photos(one, shot, by=by)
        else:
            drawing.withdraw(one, Withdrawal.CLOSED, by=checks.supervisor, note="已关店")


def assert_sound(task: InspectionTask) -> None:
    """Figures are a recount; finished ones have a result, open orders a day, grave results a lead."""
    task.refresh_from_db()
    rows = list(Inspection.objects.filter(task=task))
    living = [row for row in rows if row.state != State.WITHDRAWN]
    assert task.object_count == len(living)
    assert task.done_count == sum(row.result is not None for row in living)
    assert task.problem_count == sum(row.result in PROBLEM for row in living)
    if task.state == TaskState.DONE:
        assert all(row.result is not None for row in living)
    for row in rows:
        assert (row.result is not None) == (row.state in DONE)
        assert (row.state == State.ORDERED) <= (row.rectify_by is not None)
        assert (row.result in (6, 8)) <= (row.lead_id is not None)
        assert (row.state == State.CLOSED) == (row.closed_at is not None)
        assert row.kind == Kind.RANDOM
        reports, seqs = row.reports.count(), list(row.steps.order_by("seq").values_list("seq", flat=True))
        assert bool(reports) == (row.result is not None)
        assert seqs == list(range(1, len(seqs) + 1))
        if reports:
            last = row.reports.order_by("-seq")[0]
            assert last.result == row.result and last.digest == inspecting.report_digest(last)


@pytest.mark.django_db
def test_any_order_of_actions_leaves_figures_and_states_sound(checks: Checks) -> None:
    drawn = checks.drawn()
    task = InspectionTask.objects.get(pk=drawn[0].task_id)

    @given(taken=steps)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def holds(taken: list[tuple[str, int, int, bool]]) -> None:
        with transaction.atomic():
            for action, which, result, complied in taken:
                rows = list(Inspection.objects.filter(task=task).order_by("pk"))
                try:
                    act(checks, rows[which % len(rows)], action, result, complied)
                except REFUSALS:
                    continue
                assert_sound(task)
            assert_sound(task)
            transaction.set_rollback(True)

    holds()


ENTRIES = [{"code": "1"}, {"code": "2", "result": 2}, {"code": "3", "result": 8}, {"code": "4", "result": 1}]
FOUND = st.sampled_from(["yes", "no", "not_applicable", ""])


@given(given_answers=st.fixed_dictionaries({entry["code"]: FOUND for entry in ENTRIES}))
def test_the_proposed_result_fits_the_answers(given_answers: dict[str, str]) -> None:
    way = proposed(ENTRIES, given_answers)
    if "" in given_answers.values():
        assert way is None
    elif "yes" not in given_answers.values():
        assert way == 1
    else:
        assert way in PROBLEM
        if given_answers["3"] == "yes":
            assert way == 8
