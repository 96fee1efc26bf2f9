"""Photos before the result is reported."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from chengshu.inspections.lifecycle import OPEN, State
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Photo
from tests.inspections.conftest import Checks, picture
from tests.inspections.verbs.states import assert_only_the_team, assert_refused, in_state, record

pytestmark = pytest.mark.django_db


def add(one, by):  # type: ignore[no-untyped-def]
    """One photo of the whole."""
    return inspecting.add_photos(one, [Photo(picture(), "a.png")], by=by)


@pytest.mark.parametrize("state", [state for state in State if state not in OPEN])
def test_a_finished_inspection_takes_no_more_photos(checks: Checks, state: State) -> None:
    assert_refused(checks, state, add)


def test_only_the_team_adds_photos(checks: Checks) -> None:
    assert_only_the_team(checks, in_state(checks, State.ASSIGNED), add)


def test_the_same_file_of_an_entry_is_kept_once_with_its_place_and_time(checks: Checks) -> None:
    one = in_state(checks, State.ASSIGNED)
    by, taken = checks.member(one), timezone.now() - timedelta(minutes=3)
    for _time in range(2):
        inspecting.add_photos(one, [Photo(picture(), "a.png", "1", taken, (121.4, 31.2))], by=by)
    inspecting.add_photos(one, [Photo(picture(), "a.png", "2")], by=by)
    assert one.photos.count() == 2
    kept = one.photos.get(entry="1")
    assert kept.taken_at == taken and tuple(kept.position) == (121.4, 31.2)
    with pytest.raises(DatabaseError), transaction.atomic():
        one.photos.filter(pk=kept.pk).delete()


def test_an_entry_nobody_knows_is_refused(checks: Checks) -> None:
    one = in_state(checks, State.STARTED)
    with pytest.raises(InspectionProblem) as refused:
        inspecting.add_photos(one, [Photo(picture(), "a.png", "no")], by=checks.member(one))
    assert refused.value.field == "entry" and not one.photos.exists()


def test_a_photo_sent_before_serves_the_report(checks: Checks) -> None:
    one = in_state(checks, State.STARTED)
    by = checks.member(one)
    inspecting.add_photos(one, [Photo(picture(), "a.png", "1")], by=by)
    done = inspecting.report(one, record(one, ("1",), result=5, corrected=True), by=by)
    assert done.state == State.CLOSED
