"""Correcting a reported result."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from chengshu.inspections.lifecycle import Action, Result, State, TaskState
from chengshu.inspections.models import InspectionTask
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Photo
from tests.inspections.conftest import Checks, picture
from tests.inspections.verbs.states import (
    assert_only_the_team,
    assert_refused,
    in_state,
    record,
    refused_states,
)

pytestmark = pytest.mark.django_db
WHY = {"correction_reason": "漏记一项"}


@pytest.mark.parametrize("state", refused_states(Action.CORRECT))
def test_what_was_not_reported_cannot_be_corrected(checks: Checks, state: State) -> None:
    assert_refused(checks, state, lambda one, by: inspecting.correct(one, record(one, **WHY), by=by))


def test_only_the_team_corrects(checks: Checks) -> None:
    one = in_state(checks, State.CLOSED)
    assert_only_the_team(checks, one, lambda it, by: inspecting.correct(it, record(it, **WHY), by=by))


def test_a_correction_says_why_and_leaves_the_first_record_untouched(checks: Checks) -> None:
    one = in_state(checks, State.CLOSED)
    by = checks.member(one)
    with pytest.raises(InspectionProblem) as refused:
        inspecting.correct(one, record(one), by=by)
    assert refused.value.field == "correction_reason"
    day = timezone.localdate() + timedelta(days=4)
    stated = record(one, ("1",), result=5, rectify_by=day, **WHY)
    for _time in range(2):  # a retry counts once
        done = inspecting.correct(one, stated, by=by, photos=[Photo(picture(), "1.png", "1")])
    assert (done.state, done.result, done.rectify_by) == (State.ORDERED, Result.ORDERED, day)
    first, second = one.reports.order_by("seq")
    assert (first.result, second.result) == (1, 5) and first.digest == inspecting.report_digest(first)
    with pytest.raises(DatabaseError), transaction.atomic():
        one.reports.filter(pk=first.pk).update(result=5)


def test_a_result_is_corrected_after_its_task_is_done_and_the_figures_follow(checks: Checks) -> None:
    drawn = checks.drawn()
    for one in drawn:
        checks.reported(one)
    task = InspectionTask.objects.get(pk=drawn[0].task_id)
    assert (task.state, task.problem_count) == (TaskState.DONE, 0)
    done_at = task.done_at
    one = drawn[0]
    stated = record(one, ("2",), result=5, corrected=True, **WHY)
    inspecting.correct(one, stated, by=checks.member(one), photos=[Photo(picture(), "2.png", "2")])
    task.refresh_from_db()
    assert (task.state, task.problem_count, task.done_count) == (TaskState.DONE, 1, 5)
    assert task.done_at == done_at


def test_a_correction_to_a_graver_result_hands_a_lead_over_once(checks: Checks) -> None:
    one = in_state(checks, State.CLOSED)
    by = checks.member(one)
    photos = [Photo(picture(), "1.png", "1")]
    done = inspecting.correct(one, record(one, ("1",), result=8, **WHY), by=by, photos=photos)
    lead = done.lead
    assert lead is not None
    again = inspecting.correct(one, record(one, ("1",), result=6, **WHY), by=by)
    assert again.lead_id == lead.pk and again.steps.filter(action=Action.HAND_OVER).count() == 1
