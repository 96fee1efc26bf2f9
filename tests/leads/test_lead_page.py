"""The page of a lead: masks, photos, relatives, alarms, markup, a bounded number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.kernel.models import UnmaskRecord
from chengshu.leads import links, services
from chengshu.leads.models import Lead
from chengshu.leads.services import Attachment, Reporter
from chengshu.leads.services.alarms import sweep
from chengshu.registry.queries import reference
from tests import factories
from tests.leads.conftest import Loop
from tests.leads.pages import browser, page, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(loop: Loop) -> Lead:
    """A citizen's report with a telephone number in its text."""
    reference.forget()
    return loop.lead(
        source="public",
        description="油烟扰民，请回电13812345678<script>alert(1)</script>",
        address="<b>长寿路</b>1号",
        reporter=Reporter("张小三", "13987654321", "zhang@example.org"),
    )


def test_the_reporter_is_masked_and_shown_once_with_a_reason_that_is_kept(loop: Loop, told: Lead) -> None:
    clerk = factories.make_user("hotline_clerk")
    client = browser(clerk)
    html = page(client, told).content.decode()
    for secret in ("张小三", "13987654321", "zhang@example.org", "13812345678"):
        assert secret not in html
    url = reverse("leads:lead", args=[told.pk])
    assert "13987654321" not in client.post(url, {"reason": "x"}).content.decode()
    assert not UnmaskRecord.objects.exists()
    shown = client.post(url, {"reason": "回访反映人"}).content.decode()
    assert "13987654321" in shown and "张小三" in shown and "13812345678" in shown
    record = UnmaskRecord.objects.get()
    assert record.subject == f"leads.lead:{told.pk}" and "reporter.phone" in record.fields
    assert "13987654321" not in page(client, told).content.decode()
    assert browser(loop.officer).post(url, {"reason": "想看看是谁"}).status_code == 403


def test_markup_in_a_lead_is_shown_as_text(loop: Loop, told: Lead) -> None:
    services.remark(told, "<img src=x onerror=alert(2)>", by=loop.dispatcher)
    html = page(browser(loop.dispatcher), told).content.decode()
    assert "<script>alert(1)" not in html and "<b>长寿路" not in html and "<img src=x" not in html


def test_photos_are_added_shown_and_served_to_those_who_may_see_the_lead(loop: Loop, told: Lead) -> None:
    desk = browser(loop.dispatcher)
    answer = desk.post(reverse("leads:photo_add", args=[told.pk]), {"photos": [photo()], "moment": "filing"})
    assert answer.status_code == 302
    kept = told.attachments.get()
    url = reverse("leads:photo", args=[told.pk, kept.pk])
    assert url in page(desk, told).content.decode()
    served = desk.get(url)
    assert served["Content-Type"] == "image/jpeg" and "sandbox" in served["Content-Security-Policy"]
    stranger = browser(factories.make_user("officer", loop.other_squad))
    assert stranger.get(url).status_code == 404
    assert desk.get(reverse("leads:photo", args=[loop.lead().pk, kept.pk])).status_code == 404


@pytest.mark.parametrize("data", [{}, {"moment": "filing"}, {"moment": "zzz", "photos": "x"}])
def test_an_upload_without_a_photo_or_a_moment_changes_nothing(
    loop: Loop, told: Lead, data: dict[str, Any]
) -> None:
    answer = browser(loop.dispatcher).post(reverse("leads:photo_add", args=[told.pk]), data, follow=True)
    assert "请选择照片" in answer.content.decode() and not told.attachments.exists()


def test_something_that_only_looks_like_a_photo_is_not_kept(loop: Loop, told: Lead) -> None:
    false = photo().__class__("现场.jpg", b"<html><script>alert(1)</script>", content_type="image/jpeg")
    url = reverse("leads:photo_add", args=[told.pk])
    browser(loop.dispatcher).post(url, {"photos": [false, photo()], "moment": "filing"})
    assert not told.attachments.exists()


def test_a_photo_is_added_by_those_who_work_on_it_only(loop: Loop, told: Lead) -> None:
    analyst = browser(factories.make_user("analyst"))
    url = reverse("leads:photo_add", args=[told.pk])
    assert analyst.post(url, {"photos": photo(), "moment": "filing"}).status_code == 403


def test_the_page_shows_alarms_relatives_and_the_whole_history(loop: Loop) -> None:
    reference.forget()
    shop = factories.make_object(loop.district, name="绿洲水果店")
    lead = loop.lead(route=True, object_id=shop.pk, handle_by=timezone.now() - timedelta(hours=2))
    near, double = loop.lead(route=True), loop.lead(object_id=shop.pk)
    earlier = loop.lead(object_id=shop.pk, lead_class="E0302")
    services.merge(double, lead, by=loop.dispatcher)
    sweep()
    answer = page(browser(loop.dispatcher), lead)
    shown = answer.context
    assert [alarm.kind for alarm in shown["alarms"]].count("overdue") == 1
    assert [one["number"] for one in shown["doubles"]] == [double.number]
    assert [one["number"] for one in shown["near"]] == [near.number]
    assert [one["number"] for one in shown["earlier"]] == [earlier.number]
    assert len(shown["history"]) == lead.version
    assert "绿洲水果店" in answer.content.decode() and shown["map"]["point"]["label"] == lead.number


def test_the_page_takes_a_bounded_number_of_queries(
    loop: Loop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    reference.forget()
    lead = loop.lead(route=True)
    for n in range(5):
        services.remark(lead, f"备注{n}", by=loop.officer)
        services.add_attachment(lead, Attachment(photo(grey=n), f"{n}.jpg"), by=loop.officer)
        loop.lead(route=True)
    client = browser(loop.dispatcher)
    page(client, lead)
    with django_assert_max_num_queries(11):
        page(client, lead)


def test_another_domain_adds_a_way_on(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_ways", {})
    lead = loop.lead(route=True)
    links.register("test", lambda user, one: links.Way("转立案", f"/cases/new/?lead={one.pk}"))
    links.register("none", lambda user, one: None)
    assert f"/cases/new/?lead={lead.pk}" in page(browser(loop.officer), lead).content.decode()


def test_the_file_of_an_object_shows_its_leads_to_those_who_may_see_them(loop: Loop) -> None:
    reference.forget()
    shop = factories.make_object(loop.district)
    lead = loop.lead(route=True, object_id=shop.pk)
    html = browser(loop.officer).get(reverse("registry:object", args=[shop.pk])).content.decode()
    assert lead.number in html and reverse("leads:lead", args=[lead.pk]) in html
