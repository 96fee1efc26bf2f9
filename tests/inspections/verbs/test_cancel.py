"""Cancelling what was arranged outside the draw by mistake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Action, State
from chengshu.inspections.models import CityTask, CityTaskObject, Inspection
from chengshu.inspections.services import arranging, inspecting
from chengshu.inspections.services.base import InspectionProblem
from tests.inspections.conftest import Checks
from tests.inspections.pages import browser, page, refusals

from .states import in_state, refused_states, shop_of_first_squad

pytestmark = pytest.mark.django_db
WHY = "对象选错"


def arranged(checks: Checks, **stated: Any) -> Inspection:
    """A routine inspection that an officer arranged for two of the squad."""
    officer = User.objects.with_roles().get(pk=checks.officers[0].pk)
    values = {"by": officer, "reason": "巡查", "due_on": timezone.localdate() + timedelta(days=3), **stated}
    return arranging.arrange(shop_of_first_squad(checks), "routine", checks.officers[:2], **values)


def in_a_state(checks: Checks, state: State) -> Inspection:
    """One outside the draw, as far as it has gone."""
    one = arranged(checks)
    if state == State.STARTED:
        inspecting.start(one, by=checks.member(one))
    elif state == State.ORDERED:
        checks.reported(one, 5, ["1"], rectify_by=timezone.localdate() + timedelta(days=5))
    elif state == State.CLOSED:
        checks.reported(one)
    elif state == State.WITHDRAWN:
        arranging.cancel(one, WHY, by=checks.squad_leader)
    return Inspection.objects.get(pk=one.pk)


@pytest.mark.parametrize("state", [State.ASSIGNED, State.STARTED])
def test_what_has_no_result_is_cancelled_with_its_reason(checks: Checks, state: State) -> None:
    one = in_a_state(checks, state)
    done = arranging.cancel(one, WHY, by=checks.squad_leader)
    assert (done.state, done.withdrawn_for) == (State.WITHDRAWN, "")
    last = done.steps.last()
    assert last is not None and (last.action, last.note, last.by) == ("cancel", WHY, checks.squad_leader)


@pytest.mark.parametrize("state", refused_states(Action.CANCEL))
def test_nothing_with_a_result_and_nothing_twice(checks: Checks, state: State) -> None:
    one = in_a_state(checks, state)
    with pytest.raises(InspectionProblem):
        arranging.cancel(one, WHY, by=checks.squad_leader)
    after = Inspection.objects.get(pk=one.pk)
    assert (after.state, after.version) == (one.state, one.version)


@pytest.mark.parametrize("state", list(State))
def test_what_was_drawn_is_never_cancelled(checks: Checks, state: State) -> None:
    one = in_state(checks, state)
    leader = checks.squad_leader if one.squad == checks.squads[0] else checks.leader
    with pytest.raises((InspectionProblem, PermissionDenied)):
        arranging.cancel(one, WHY, by=leader)
    assert Inspection.objects.get(pk=one.pk).version == one.version


def test_only_who_arranged_it_or_assigns_there_cancels(checks: Checks) -> None:
    one = arranged(checks)
    for stranger in (checks.officers[1], checks.officers[5], checks.clerk):
        with pytest.raises(PermissionDenied):
            arranging.cancel(one, WHY, by=User.objects.with_roles().get(pk=stranger.pk))
    arranging.cancel(one, WHY, by=User.objects.with_roles().get(pk=checks.officers[0].pk))


def test_a_reason_is_needed_and_the_version_looked_at(checks: Checks) -> None:
    one = arranged(checks)
    with pytest.raises(InspectionProblem):
        arranging.cancel(one, " ", by=checks.squad_leader)
    with pytest.raises(InspectionProblem):
        arranging.cancel(one, WHY, by=checks.squad_leader, expected_version=one.version + 1)


def test_an_object_that_the_city_drew_waits_for_officers_again(checks: Checks) -> None:
    from chengshu.inspections.exchange.receiving import arrange_waiting
    from chengshu.inspections.models import InspectionItem

    today = timezone.localdate()
    city = CityTask.objects.create(
        district=checks.district, source_ref="SH-1", title="市级专项", year=today.year, quarter=1,
        starts_on=today, due_on=today + timedelta(days=9), content={}, digest="d", received_by=checks.clerk,
        item=InspectionItem.objects.get(code="SHOP-01"), draw_ref="C-1",
    )  # fmt: skip
    waiting = CityTaskObject.objects.create(
        city_task=city, object=shop_of_first_squad(checks), certificates=[]
    )
    first = arrange_waiting(waiting, checks.officers[:2], by=checks.squad_leader)
    arranging.cancel(first, WHY, by=checks.squad_leader)
    waiting.refresh_from_db()
    assert waiting.inspection is None
    second = arrange_waiting(waiting, checks.officers[1:3], by=checks.squad_leader)
    assert second.pk != first.pk and second.state == State.ASSIGNED


def test_it_is_cancelled_on_its_page_and_the_page_says_why(checks: Checks) -> None:
    one = arranged(checks)
    client, url = browser(checks.squad_leader), reverse("inspections:cancel", args=[one.pk])
    assert url in page(client, one).content.decode()
    assert url not in page(browser(checks.clerk), one).content.decode()
    assert browser(checks.clerk).get(url).status_code == 403
    assert refusals(client.post(url, {"version": one.version, "reason": ""}))
    answer = client.post(url, {"version": one.version, "reason": WHY})
    assert answer.headers["Location"] == reverse("inspections:inspection", args=[one.pk])
    shown = page(client, one).content.decode()
    assert WHY in shown and url not in shown
    assert client.get(url).status_code == 302
