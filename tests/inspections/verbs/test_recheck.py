"""Looking whether an order to rectify was followed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.inspections.lifecycle import Action, State
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Photo
from tests.inspections.conftest import Checks, picture
from tests.inspections.verbs.states import assert_only_the_team, assert_refused, in_state, refused_states

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", refused_states(Action.RECHECK))
def test_without_an_order_there_is_nothing_to_recheck(checks: Checks, state: State) -> None:
    assert_refused(checks, state, lambda one, by: inspecting.recheck(one, complied=True, by=by))


def test_only_the_team_rechecks(checks: Checks) -> None:
    one = in_state(checks, State.ORDERED)
    assert_only_the_team(checks, one, lambda it, by: inspecting.recheck(it, complied=True, by=by))


def test_an_order_that_was_followed_ends_the_inspection_without_a_lead(checks: Checks) -> None:
    one = in_state(checks, State.ORDERED)
    done = inspecting.recheck(
        one, complied=True, by=checks.member(one), photos=[Photo(picture("green"), "改正.png")]
    )
    assert done.state == State.CLOSED and done.closed_at and done.lead is None
    assert one.photos.filter(entry="").count() == 1


def test_an_order_that_was_not_followed_becomes_a_lead_that_says_so(checks: Checks) -> None:
    one, name = in_state(checks, State.ORDERED), uuid.uuid4()
    for _time in range(2):
        done = inspecting.recheck(one, complied=False, by=checks.member(one), client_id=name)
    assert done.state == State.CLOSED and done.lead is not None
    assert one.number in done.lead.description
    assert one.steps.filter(action=Action.RECHECK).count() == 1


def test_a_later_day_is_set_once_and_lies_ahead(checks: Checks) -> None:
    one, name = in_state(checks, State.ORDERED), uuid.uuid4()
    by, today = checks.member(one), timezone.localdate()
    with pytest.raises(InspectionProblem) as refused:
        inspecting.recheck(one, complied=False, by=by, rectify_by=today)
    assert refused.value.field == "rectify_by"
    later = today + timedelta(days=9)
    for _time in range(2):
        done = inspecting.recheck(one, complied=False, by=by, rectify_by=later, client_id=name)
    assert (done.state, done.rectify_by) == (State.ORDERED, later)
    assert one.steps.filter(action=Action.RECHECK).count() == 1


def test_a_recheck_comes_after_the_inspection(checks: Checks) -> None:
    one = in_state(checks, State.ORDERED)
    assert one.done_at is not None
    with pytest.raises(InspectionProblem) as refused:
        inspecting.recheck(one, complied=True, by=checks.member(one), at=one.done_at - timedelta(hours=1))
    assert refused.value.field == "at"
