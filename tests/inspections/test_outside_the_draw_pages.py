"""Arranging an inspection at the desk or on the spot, from the object's file and after an earlier one."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Kind, State
from chengshu.inspections.models import Inspection, OfficerInterest
from chengshu.registry.queries import reference
from tests import factories
from tests.inspections.conftest import Checks
from tests.inspections.pages import browser, refusals

pytestmark = pytest.mark.django_db
NEW = "/inspections/work/new/"


@pytest.fixture(autouse=True)
def _fresh_reference() -> None:
    reference.forget()


def the_form(checks: Checks, **stated: Any) -> dict[str, Any]:
    """Two officers of the squad and a shop in its town."""
    today = timezone.localdate()
    return {
        "client_id": str(uuid.uuid4()),
        "object": checks.shops[0].pk,
        "kind": "routine",
        "officers": [officer.pk for officer in checks.officers[:2]],
        "reason": "群众反映门前堆物",
        "starts_on": today.isoformat(),
        "due_on": (today + timedelta(days=3)).isoformat(),
        **stated,
    }


def test_an_object_is_found_by_name_then_the_form_proposes_what_is_likely(checks: Checks) -> None:
    shop = factories.make_object(checks.district, name="梧桐面馆", position=factories.IN_CHANGSHOU)
    client = browser(checks.officers[0])
    hits = client.get(NEW, {"q": "梧桐面馆"}).context["hits"]
    assert [hit["name"] for hit in hits] == ["梧桐面馆"] and f"object={shop.pk}" in hits[0]["url"]
    form = client.get(NEW, {"object": shop.pk}).context["form"]
    today = timezone.localdate()
    assert form.initial["officers"] == [str(checks.officers[0].pk)]
    assert (form.initial["kind"], form.initial["due_on"]) == (Kind.ROUTINE, today + timedelta(days=7))
    assert client.get(NEW, {"q": "没有这样的店"}).context["hits"] == []


def test_whoever_declared_an_interest_is_not_offered(checks: Checks) -> None:
    two = checks.officers[1]
    OfficerInterest.objects.create(
        district=checks.district, officer=two, town=checks.shops[0].town, declared_by=two
    )
    form = browser(checks.officers[0]).get(NEW, {"object": checks.shops[0].pk}).context["form"]
    assert str(two.pk) not in form.people and str(checks.officers[0].pk) in form.people


def test_arranged_twice_by_a_nervous_finger_it_is_one(checks: Checks) -> None:
    client = browser(checks.officers[0])
    sent = the_form(checks)
    answers = [client.post(NEW, sent).headers["Location"] for _time in range(2)]
    assert answers[0] == answers[1] and Inspection.objects.count() == 1


def test_inspect_now_leads_straight_into_the_record(checks: Checks) -> None:
    client = browser(checks.officers[0])
    answer = client.post(NEW, the_form(checks, now="1"))
    made = Inspection.objects.get()
    assert answer.headers["Location"] == reverse("inspections:report", args=[made.pk])
    assert made.state == State.STARTED


def test_what_does_not_fit_is_said_and_kept(checks: Checks) -> None:
    client = browser(checks.officers[0])
    alone = client.post(NEW, the_form(checks, officers=[checks.officers[0].pk]))
    assert "不得少于两人" in refusals(alone) and "群众反映" in alone.content.decode()
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert "早于开始日期" in refusals(client.post(NEW, the_form(checks, due_on=yesterday)))
    assert not Inspection.objects.exists()


def test_a_follow_up_brings_team_and_reason_of_the_earlier_one(checks: Checks) -> None:
    client = browser(checks.officers[0])
    client.post(NEW, the_form(checks))
    first = checks.reported(Inspection.objects.get())
    form = client.get(NEW, {"follows": first.pk}).context["form"]
    assert form.initial["kind"] == Kind.FOLLOW_UP and first.number in form.initial["reason"]
    assert len(form.initial["officers"]) == 2
    client.post(NEW, the_form(checks, follows=first.pk, kind="follow_up"))
    assert Inspection.objects.get(kind=Kind.FOLLOW_UP).follows_id == first.pk


def test_the_objects_file_shows_inspections_and_the_way_to_a_new_one(checks: Checks) -> None:
    client = browser(checks.officers[0])
    client.post(NEW, the_form(checks, reason="店主电话13812345678"))
    made = checks.reported(Inspection.objects.get())
    shop = made.object
    shown = client.get(reverse("registry:object", args=[shop.pk]))
    html = shown.content.decode()
    assert made.number in html and "13812345678" not in html and "138****5678" in html
    assert f"{NEW}?object={shop.pk}" in html
    hotline = browser(factories.make_user("hotline_clerk"))
    assert made.number not in hotline.get(reverse("registry:object", args=[shop.pk])).content.decode()


def test_a_dispatcher_sends_officers_of_any_squad(checks: Checks) -> None:
    dispatcher = User.objects.with_roles().get(pk=factories.make_user("dispatcher").pk)
    client = browser(dispatcher)
    form = client.get(NEW, {"object": checks.shops[0].pk}).context["form"]
    assert len(form.people) == len(checks.officers) and not client.get(NEW).context["hits"]
    sent = the_form(checks, officers=[checks.officers[0].pk, checks.officers[5].pk])
    assert client.post(NEW, sent).status_code == 302
    assert browser(factories.make_user("analyst")).get(NEW).status_code == 403
