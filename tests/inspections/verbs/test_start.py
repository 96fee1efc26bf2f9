"""Arriving on site."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.inspections.lifecycle import Action, State
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from tests.inspections.conftest import Checks
from tests.inspections.verbs.states import assert_only_the_team, assert_refused, in_state, refused_states

pytestmark = pytest.mark.django_db


def test_arriving_fixes_the_checklist_of_the_day_and_the_moment(checks: Checks) -> None:
    one = in_state(checks, State.ASSIGNED)
    done = inspecting.start(one, by=checks.member(one))
    assert done.state == State.STARTED and done.checklist is not None and done.started_at is not None


@pytest.mark.parametrize("state", refused_states(Action.START))
def test_nobody_arrives_in_another_state(checks: Checks, state: State) -> None:
    assert_refused(checks, state, lambda one, by: inspecting.start(one, by=by))


def test_only_the_team_arrives(checks: Checks) -> None:
    one = in_state(checks, State.ASSIGNED)
    assert_only_the_team(checks, one, lambda inspection, by: inspecting.start(inspection, by=by))


def test_a_retry_counts_once_and_nobody_arrives_tomorrow(checks: Checks) -> None:
    one, name = in_state(checks, State.ASSIGNED), uuid.uuid4()
    by = checks.member(one)
    with pytest.raises(InspectionProblem, match="晚于"):
        inspecting.start(one, by=by, at=timezone.now() + timedelta(hours=1))
    for _time in range(2):
        inspecting.start(one, by=by, client_id=name)
    assert one.steps.filter(action=Action.START).count() == 1
    with pytest.raises(InspectionProblem):
        inspecting.start(one, by=by, client_id=uuid.uuid4())
