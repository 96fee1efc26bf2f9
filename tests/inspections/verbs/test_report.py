"""Reporting the result."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chengshu.inspections.lifecycle import HANDED_OVER, Action, Result, State
from chengshu.inspections.models import InspectionReport
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Answer, Photo
from chengshu.kernel.files import FileProblem
from tests.inspections.conftest import Checks, picture
from tests.inspections.verbs.states import (
    assert_only_the_team,
    assert_refused,
    in_state,
    record,
    refused_states,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.mark.parametrize("state", refused_states(Action.REPORT))
def test_no_result_is_reported_in_another_state(checks: Checks, state: State) -> None:
    assert_refused(checks, state, lambda one, by: inspecting.report(one, record(one), by=by))


def test_only_the_team_reports(checks: Checks) -> None:
    one = in_state(checks, State.STARTED)
    assert_only_the_team(checks, one, lambda it, by: inspecting.report(it, record(it), by=by))


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"answers": []}, "answers"),
        ({"answers": [Answer("1", "maybe"), Answer("2", "no")]}, "answers"),
        ({"answers": [Answer("99", "no")]}, "answers"),
        ({"result": 9}, "result"),
        ({"result": 5}, "result"),
        ({"corrected": True}, "result"),
        ({"signing": "later"}, "signing"),
        ({"signing": "signed"}, "signature"),
        ({"signing": "signed", "party_name": "王某"}, "signature"),
        ({"unsigned_because": " "}, "unsigned_because"),
    ],
)
def test_an_incomplete_record_is_refused_with_its_field(
    checks: Checks, stated: dict[str, Any], field: str
) -> None:
    one = in_state(checks, State.ASSIGNED)
    with pytest.raises(InspectionProblem) as refused:
        inspecting.report(one, record(one, **stated), by=checks.member(one))
    assert refused.value.field == field and str(refused.value)
    assert not InspectionReport.objects.exists()


def test_a_problem_needs_its_photo_an_order_its_date_and_both_must_fit(checks: Checks) -> None:
    one = in_state(checks, State.ASSIGNED)
    by, day = checks.member(one), TODAY()
    found = record(one, ("1",), result=5, rectify_by=day + timedelta(days=3))
    shot = [Photo(picture(), "1.png", "1")]
    for stated, photos, field in (
        (found, [], "photos"),
        (found, [Photo(picture(), "1.png", "99")], "entry"),
        (replace(found, rectify_by=None), shot, "rectify_by"),
        (replace(found, rectify_by=day - timedelta(days=1)), shot, "rectify_by"),
        (replace(found, result=1), shot, "result"),
    ):
        with pytest.raises(InspectionProblem) as refused:
            inspecting.report(one, stated, by=by, photos=photos)
        assert refused.value.field == field
    with pytest.raises(FileProblem):
        inspecting.report(one, found, by=by, photos=[Photo(picture().__class__(b"no"), "x.png", "1")])
    done = inspecting.report(one, found, by=by, photos=shot)
    assert (done.state, done.rectify_by, done.problem_count) == (State.ORDERED, found.rectify_by, 1)


def test_a_signature_is_kept_with_the_name_and_bound_into_the_digest(checks: Checks) -> None:
    one = in_state(checks, State.STARTED)
    signed = record(one, signing="signed", party_name="王小明", signature=picture("black"))
    inspecting.report(one, signed, by=checks.member(one))
    kept = one.reports.get()
    assert kept.signature is not None and kept.digest == inspecting.report_digest(kept)
    kept.party_name = "李四"
    assert kept.digest != inspecting.report_digest(kept)


@pytest.mark.parametrize("result", sorted(HANDED_OVER))
def test_results_that_say_more_follows_hand_a_lead_over_at_once(checks: Checks, result: int) -> None:
    one = in_state(checks, State.STARTED)
    photos = [Photo(picture(), "1.png", "1")]
    done = inspecting.report(one, record(one, ("1",), result=result), by=checks.member(one), photos=photos)
    assert done.state == State.CLOSED and done.lead is not None
    assert done.lead.source == "inspection" and done.lead.source_ref == one.number
    assert done.lead.object_id == one.object_id and done.lead.attachments.count() == 1


@pytest.mark.parametrize("result", [Result.NOT_REACHABLE, Result.NO_ACTIVITY])
def test_where_nothing_is_there_no_entry_need_be_answered(checks: Checks, result: int) -> None:
    one = in_state(checks, State.ASSIGNED)
    inspecting.report(one, record(one, result=result, answers=[]), by=checks.member(one))
    assert {answer["found"] for answer in one.reports.get().answers} == {"not_applicable"}


def test_a_retry_counts_once_and_a_name_belongs_to_one_inspection(checks: Checks) -> None:
    first, second = checks.drawn()[:2]
    stated = record(first)
    for _time in range(2):
        inspecting.report(first, stated, by=checks.member(first))
    assert first.reports.count() == 1 and first.steps.filter(action=Action.REPORT).count() == 1
    with pytest.raises(InspectionProblem) as refused:
        inspecting.report(second, stated, by=checks.member(second))
    assert refused.value.field == "client_id"


def test_who_looked_at_an_older_state_is_told(checks: Checks) -> None:
    one = in_state(checks, State.STARTED)
    with pytest.raises(InspectionProblem) as refused:
        inspecting.report(one, record(one), by=checks.member(one), expected_version=one.version - 1)
    assert refused.value.field == "version"
