"""A new lead: what is known already, joined to another, asked about a boundary, sent twice."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.urls import reverse

from chengshu.bureau.services.areas import place
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.services.dispatching import squads_near
from chengshu.registry.queries import reference
from tests import factories
from tests.leads.conftest import SIGN, STALL, Loop
from tests.leads.pages import browser, photo

pytestmark = pytest.mark.django_db
URL = "/leads/new/"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    reference.forget()


def typed(**changes: Any) -> dict[str, Any]:
    """The form, filled in properly."""
    lng, lat = factories.IN_CHANGSHOU
    return {
        "client_id": str(uuid.uuid4()), "lead_class": STALL, "description": "占道设摊卖水果",
        "address": "长寿路100号", "lng": lng, "lat": lat, "source": "patrol", **changes,
    }  # fmt: skip


def known(loop: Loop, person: Any = None, **changes: Any) -> Any:
    """What the page says while one types."""
    return browser(person or loop.officer).get(reverse("leads:known"), typed(**changes)).context


def a_boundary(loop: Loop) -> tuple[float, float]:
    """A place in doubt between two squads, on the way from one town to the other."""
    (west, south), (east, north) = factories.IN_TAOPU, factories.IN_CHANGSHOU
    before = place(loop.district, west, south).squad
    for n in range(1, 20_000):
        at = west + (east - west) * n / 20_000, south + (north - south) * n / 20_000
        squad = place(loop.district, *at).squad
        if squad and before and squad != before and len(squads_near(loop.district, at)) > 1:
            return at
        before = squad or before
    raise AssertionError("no boundary between the two towns")


def test_an_officer_on_patrol_reports_with_photos_and_it_goes_to_the_squad(loop: Loop) -> None:
    answer = browser(loop.officer).post(URL, typed(photos=[photo(), photo("2.jpg", 9)]))
    lead = Lead.objects.get()
    assert answer["Location"] == reverse("leads:lead", args=[lead.pk])
    assert (lead.stage, lead.squad, lead.created_by) == (Stage.DISPATCHED, loop.squad, loop.officer)
    assert lead.attachments.filter(moment="filing").count() == 2


@pytest.mark.parametrize(
    ("role", "source"),
    [
        ("officer", "patrol"),
        ("hotline_clerk", "hotline"),
        ("supervisor", "supervision"),
        ("dispatcher", "other"),
    ],
)
def test_the_source_that_fits_the_role_is_chosen_already(loop: Loop, role: str, source: str) -> None:
    page = browser(factories.make_user(role)).get(URL)
    assert page.context["form"].initial["source"] == source
    codes = [code for code, _label in page.context["form"].fields["source"].choices]
    assert "api" not in codes and "import" not in codes


def test_the_same_form_sent_twice_makes_one_lead(loop: Loop) -> None:
    client, form = browser(loop.officer), typed()
    for _time in (1, 2):
        assert client.post(URL, form).status_code == 302
    assert Lead.objects.count() == 1


def test_open_ones_of_the_class_near_by_are_shown_while_one_types(loop: Loop) -> None:
    here = loop.lead(route=True)
    loop.lead(route=True, lead_class=SIGN)
    loop.lead(route=True, position=(121.4360, 31.2430))
    assert [one["number"] for one in known(loop)["near"]] == [here.number]
    assert known(loop, lead_class="")["near"] == []
    assert known(loop, lng="", lat="")["near"] == []


def test_earlier_ones_at_the_same_object_are_shown_closed_ones_too(loop: Loop) -> None:
    shop = factories.make_object(loop.district)
    lead = loop.lead(route=False, object_id=shop.pk, lead_class=SIGN)
    from chengshu.leads import services

    services.dismiss(lead, "unfounded", by=None, note="已不在")
    assert [one["number"] for one in known(loop, object=shop.pk)["here"]] == [lead.number]
    assert [entry.id for entry in known(loop)["objects"]] == [shop.pk]


def test_a_lead_is_joined_to_the_open_one_it_repeats(loop: Loop) -> None:
    main = loop.lead(route=True)
    form = typed(join=main.pk, reporter_name="张小三", reporter_phone="13812345678", wants_answer="on")
    answer = browser(loop.officer).post(URL, form)
    assert answer["Location"] == reverse("leads:lead", args=[main.pk])
    double = Lead.objects.exclude(pk=main.pk).get()
    assert (double.outcome, double.merged_into) == (Outcome.MERGED, main)
    assert double.reporter.name == "张小三" and double.reporter.wants_answer
    assert loop.officer.full_name in LeadStep.objects.get(lead=double, action="merge").note


def test_near_a_boundary_the_dispatcher_is_asked_and_nobody_is_guessed(loop: Loop) -> None:
    lng, lat = a_boundary(loop)
    asked = known(loop, loop.dispatcher, lng=lng, lat=lat)["doubt"]
    assert len(asked) > 1
    desk = browser(loop.dispatcher)
    desk.post(URL, typed(lng=lng, lat=lat))
    assert Lead.objects.get().stage == Stage.REGISTERED
    desk.post(URL, typed(lng=lng, lat=lat, squad=asked[1].pk))
    sent = Lead.objects.order_by("-pk")[0]
    assert (sent.stage, sent.squad) == (Stage.DISPATCHED, asked[1])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"description": " "}, "必填"),
        ({"lead_class": "E9999"}, "E9999"),
        ({"address": "", "lng": "", "lat": ""}, "请填写地点"),
        ({"reported_at": "2099-01-01T10:00"}, "发现时间不能晚于"),
        ({"object": "999999"}, "没有该监管对象"),
        ({"photos": photo("坏.jpg").__class__("坏.jpg", b"<script>", content_type="image/jpeg")}, ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    loop: Loop, changes: dict[str, Any], sentence: str
) -> None:
    answer = browser(loop.officer).post(URL, typed(**changes))
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Lead.objects.exists()


def test_one_who_may_not_report_does_not_see_the_form(loop: Loop) -> None:
    assert browser(factories.make_user("analyst")).get(URL).status_code == 403
