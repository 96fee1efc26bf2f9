"""Results are published in time, masked, withdrawn when they no longer hold; a quarter in one click."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from chengshu.inspections.lifecycle import TaskState
from chengshu.inspections.models import InspectionDisclosure, InspectionTask
from chengshu.inspections.services import inspecting, publishing
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Answer, Report
from chengshu.kernel.models import LedgerEntry
from chengshu.kernel.workdays import add_period
from tests import factories
from tests.inspections.conftest import Checks
from tests.inspections.pages import browser

pytestmark = pytest.mark.django_db


def test_a_result_is_due_for_publication_within_twenty_working_days(checks: Checks) -> None:
    inspection = checks.reported(checks.drawn()[0])
    assert list(publishing.unpublished(checks.district.pk)) == [inspection]
    assert publishing.publish_by(inspection) == add_period(
        timezone.localdate(inspection.done_at), 20, "working_day"
    )
    publishing.publish([inspection], by=checks.clerk)
    assert not publishing.unpublished(checks.district.pk).exists()


def test_nothing_is_published_before_its_result_and_nothing_twice(checks: Checks) -> None:
    made = checks.drawn()
    with pytest.raises(InspectionProblem, match=made[0].number):
        publishing.publish([made[0]], by=checks.clerk)
    done = checks.reported(made[0])
    assert len(publishing.publish([done], by=checks.clerk)) == 1
    assert publishing.publish([done], by=checks.clerk) == []


def test_only_who_may_publish_publishes(checks: Checks) -> None:
    done = checks.reported(checks.drawn()[0])
    with pytest.raises(PermissionDenied):
        publishing.publish([done], by=checks.squad_leader)


def test_a_natural_person_is_published_masked_and_no_officer_at_all(checks: Checks) -> None:
    task = checks.task({"per_mille": {"": 1000}, "strata": ["class"]}, object_classes=["shop"])
    stall = checks.shops[0]
    type(stall).objects.filter(district=checks.district).exclude(pk=stall.pk).update(status="closed")
    type(stall).objects.filter(pk=stall.pk).update(name="王小明", responsible_name="王小明")
    done = checks.reported(checks.drawn(task)[0], 5, ["1"], corrected=True)
    content = json.dumps(publishing.publish([done], by=checks.clerk)[0].content, ensure_ascii=False)
    assert "王小明" not in content
    for officer in checks.officers:
        assert officer.full_name not in content


def test_a_corrected_result_is_outdated_until_published_again(checks: Checks) -> None:
    done = checks.reported(checks.drawn()[0])
    shown = publishing.publish([done], by=checks.clerk)[0]
    by = checks.member(done)
    entries = done.checklist.entries
    inspecting.correct(
        done,
        Report(
            result=7,
            answers=[Answer(entry["code"], "no") for entry in entries],
            signing="absent",
            unsigned_because="已停业",
            correction_reason="登记有误，当日未营业",
        ),
        by=by,
    )
    assert list(publishing.outdated(checks.district.pk)) == [shown]
    again = publishing.publish_again(shown, "结果更正", by=checks.clerk)
    assert again.content["result"] == 7
    assert not publishing.outdated(checks.district.pk).exists()
    shown.refresh_from_db()
    assert shown.withdrawn_at is not None
    with pytest.raises(InspectionProblem):
        publishing.withdraw(shown, "再次撤下", by=checks.clerk)


def test_a_quarter_is_published_in_one_click_with_its_figures(checks: Checks) -> None:
    task = checks.task()
    made = checks.drawn(task)
    with pytest.raises(InspectionProblem):
        publishing.publish_quarter(checks.district, task.year, task.quarter, by=checks.clerk)
    checks.reported(made[0], 5, ["1"], corrected=True)
    for inspection in made[1:]:
        checks.reported(inspection)
    open_one = checks.task(title="另一任务")
    quarter = publishing.publish_quarter(checks.district, task.year, task.quarter, by=checks.clerk)
    assert (quarter.content["tasks"], quarter.content["objects"], quarter.content["problems"]) == (1, 5, 1)
    assert quarter.content["tasks_open"] == [open_one.number]
    assert InspectionDisclosure.objects.filter(withdrawn_at=None).count() == 5
    assert InspectionTask.objects.get(pk=task.pk).state == TaskState.PUBLISHED


def test_a_result_of_tomorrow_is_refused(checks: Checks) -> None:
    done = checks.reported(checks.drawn()[0])
    with pytest.raises(InspectionProblem):
        publishing.publish([done], by=checks.clerk, at=timezone.now() + timedelta(days=1))


def test_another_district_publishes_its_own_only(checks: Checks) -> None:
    done = checks.reported(checks.drawn()[0])
    other = factories.make_other_district()
    stranger = factories.make_user("registry_clerk", factories.unit(other))
    with pytest.raises(PermissionDenied):
        publishing.publish([done], by=stranger)


def test_what_was_published_at_an_earlier_day_and_never_corrected_is_not_outdated(checks: Checks) -> None:
    done = checks.reported(checks.drawn(at=timezone.now() - timedelta(days=3))[0])
    publishing.publish([done], by=checks.clerk)
    InspectionDisclosure.objects.update(published_at=timezone.now() - timedelta(days=2))
    assert not publishing.outdated(checks.district.pk).exists()


def test_a_result_withdrawn_by_mistake_is_published_again_with_a_reason(checks: Checks) -> None:
    done = checks.reported(checks.drawn()[0])
    shown = publishing.publish([done], by=checks.clerk)[0]
    with pytest.raises(InspectionProblem, match="未撤回公示"):
        publishing.put_back(shown, "误撤", by=checks.clerk)
    gone = publishing.withdraw(shown, "误认为有误", by=checks.clerk)
    assert list(publishing.taken_down(checks.district.pk)) == [gone]
    with pytest.raises(InspectionProblem):
        publishing.put_back(gone, " ", by=checks.clerk)
    with pytest.raises(PermissionDenied):
        publishing.put_back(gone, "误撤", by=checks.squad_leader)
    again = publishing.put_back(gone, "误撤，结果无误", by=checks.clerk)
    assert again.content == shown.content and again.withdrawn_at is None
    with pytest.raises(InspectionProblem):
        publishing.put_back(gone, "再次", by=checks.clerk)
    assert not publishing.taken_down(checks.district.pk).exists()
    entry = LedgerEntry.objects.filter(chain=done.chain, action="put_back_publication").get()
    assert entry.payload["reason"] == "误撤，结果无误"


def test_what_was_withdrawn_is_published_again_on_the_page(checks: Checks) -> None:
    done = checks.reported(checks.drawn()[0])
    gone = publishing.withdraw(publishing.publish([done], by=checks.clerk)[0], "误认为有误", by=checks.clerk)
    desk, url = browser(checks.clerk), reverse("inspections:put_back", args=[gone.pk])
    listed = reverse("inspections:publication")
    assert url in desk.get(listed).content.decode()
    assert url not in browser(checks.leader).get(listed).content.decode()
    for _twice in range(2):
        assert desk.post(url, {"reason": "误撤"}).status_code == 302
    assert InspectionDisclosure.objects.filter(inspection=done, withdrawn_at=None).count() == 1
    assert url not in desk.get(listed).content.decode()
