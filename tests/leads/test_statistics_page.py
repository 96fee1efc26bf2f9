"""Statistics of the loop: every number on the page opens the list of exactly the leads it counted."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from chengshu.leads import services
from chengshu.leads.models import Lead, LeadClass
from chengshu.leads.statistics import days
from chengshu.leads.statistics.periods import MONTH, RANGE, WEEK, Period, period_of
from chengshu.leads.views.statistics import spell
from chengshu.registry.queries import reference
from tests import factories
from tests.leads.conftest import SIGN, Loop
from tests.leads.pages import browser

pytestmark = pytest.mark.django_db
FIGURE = re.compile(r'<a class="figure" href="([^"]+)">([\d,]+)</a>')
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    days.forget()
    reference.forget()


@pytest.fixture
def busy(loop: Loop) -> Loop:
    """A month of leads of two classes and squads in all states, and some of the month before."""
    now = timezone.now()
    for index in range(14):
        at = now - timedelta(days=index * 4, hours=index)
        lead = loop.lead(
            source="hotline" if index % 3 else "patrol",
            lead_class=SIGN if index % 2 else "E0201",
            position=factories.IN_TAOPU if index % 5 == 0 else factories.IN_CHANGSHOU,
            reported_at=at,
            handle_by=at + timedelta(hours=5) if index % 4 else None,
        )
        steps(loop, lead, at, index)
    return loop


def steps(loop: Loop, lead: Lead, at: datetime, index: int) -> None:
    """Bring the lead to a state that differs by its number."""

    def later(hours: float) -> datetime:
        return min(at + timedelta(hours=hours), timezone.now())

    if index == 3:
        services.dismiss(lead, "unfounded", by=None, note="查无", at=later(1))
        return
    if index % 6 == 5:
        return
    services.register(lead, by=None, at=later(0.2))
    services.dispatch(lead, loop.squad, by=None, at=later(0.5))
    if index == 4:
        services.give_back(lead, by=None, note="非本队", at=later(1))
        services.dispatch(lead, loop.other_squad, by=None, at=later(1.5))
    services.accept(lead, by=None, at=later(2))
    if index % 6 == 1:
        services.urge(lead, by=None)
        return
    services.handle(lead, "unfounded", by=None, note="已劝离", at=later(1 + index))
    if index == 6:
        services.reject(lead, by=None, note="照片不清", at=later(9))
        return
    if index > 7:
        services.verify(lead, by=None, at=later(20))
        services.close(lead, by=None, at=later(21))
    if index == 8:
        services.reopen(lead, by=None, note="复发", at=later(30))


def every_figure_opens_its_list(client: Client, address: str) -> int:
    """Follow every number of a page; how many there were."""
    answer = client.get(address)
    assert answer.status_code == 200
    found = set(FIGURE.findall(answer.content.decode()))
    for url, number in found:
        listed = client.get(unescape(url))
        assert listed.context["page"].total == int(number.replace(",", "")), url
    return len(found)


@pytest.mark.parametrize("packed", [True, False])
def test_every_number_opens_the_list_of_what_it_counted(busy: Loop, packed: bool) -> None:
    if packed:
        days.rebuild()
    client = browser(busy.dispatcher)
    begin = (timezone.localdate() - timedelta(days=30)).isoformat()
    address = f"/leads/statistics/?period=range&reported_from={begin}&reported_to={timezone.localdate()}"
    assert every_figure_opens_its_list(client, address) > 60


def test_filters_go_into_the_lists(busy: Loop) -> None:
    client = browser(busy.dispatcher)
    address = f"/leads/statistics/?source=hotline&squad={busy.squad.pk}&period=month"
    assert every_figure_opens_its_list(client, address) > 5


def test_a_squad_sees_its_own_numbers_only(busy: Loop) -> None:
    client = browser(busy.leader)
    answer = client.get("/leads/statistics/?period=range&reported_from=2019-01-01")
    rows = answer.context["by_squad"]
    assert len(rows) == 1
    assert rows[0]["found"] == Lead.objects.visible_to(busy.leader).count()
    assert every_figure_opens_its_list(client, "/leads/statistics/?period=range&reported_from=2019-01-01")


def test_an_open_overdue_lead_counts_against_on_time(loop: Loop) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    for late in (True, False):
        lead = loop.lead(reported_at=yesterday, handle_by=yesterday + timedelta(hours=2))
        services.register(lead, by=None, at=yesterday)
        if not late:
            services.dispatch(lead, loop.squad, by=None, at=yesterday)
            services.accept(lead, by=None, at=yesterday)
            services.handle(lead, "unfounded", by=None, note="查无", at=yesterday + timedelta(hours=1))
    day = timezone.localdate(yesterday).isoformat()
    answer = browser(loop.dispatcher).get(f"/leads/statistics/?period=day&day={day}")
    tile = next(tile for tile in answer.context["tiles"] if "counted=on_time" in tile["url"])
    assert tile["value"] == "50.0%"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_speaks_both_languages(busy: Loop, language: str) -> None:
    client = browser(busy.dispatcher)
    text = client.get("/leads/statistics/", headers={"accept-language": language}).content.decode()
    assert ("Statistics of the loop" if language == "en" else "闭环统计") in text


def test_nonsense_in_the_address_means_this_month(loop: Loop) -> None:
    answer = browser(loop.dispatcher).get("/leads/statistics/?period=eternity&day=x&squad=abc&source=zzz")
    assert answer.context["period"] == period_of(MONTH, timezone.localdate())


QUESTIONS = (
    "/leads/statistics/", "/leads/statistics/?period=day&major={major}", "/leads/map/",
    "/leads/statistics/?period=range&reported_from=2019-01-01&source=hotline&squad={squad}&town={town}",
    "/leads/map/data?bbox={box}&zoom=10", "/leads/map/data?bbox={box}&zoom=17&stage=all",
    "/leads/map/data?bbox={box}&zoom=10&major={major}&stage=all", "/leads/map/data?bbox=1,1,2,2&zoom=4",
    "/leads/map/data?bbox={box}&zoom=10&kind={kind}&squad={squad}&reported_from=2019-01-01",
)  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
def test_statistics_and_map_take_at_most_three_queries(
    busy: Loop, django_assert_max_num_queries: DjangoAssertNumQueries, packed: bool
) -> None:
    """Session with person, the days, the leads that the map shows one by one."""
    client = browser(busy.dispatcher)
    for warm in ("/leads/statistics/", "/leads/map/data?bbox=121,31,122,32&zoom=10"):
        client.get(warm)  # classes, towns and their polygons are read into memory
    kind = LeadClass.objects.earliest("pk")
    town = Lead.objects.earliest("pk").town_id
    values = {"major": kind.major_zh, "kind": kind.pk, "squad": busy.squad.pk, "town": town,
              "box": "121.2,31.1,121.6,31.4"}  # fmt: skip
    for question in QUESTIONS:
        if packed:
            days.forget()
            days.rebuild()
        with django_assert_max_num_queries(3, info=question):
            assert client.get(question.format(**values)).status_code == 200


def test_the_map_shows_open_leads_of_the_box(busy: Loop) -> None:
    client = browser(busy.dispatcher)
    box = "121.2,31.1,121.6,31.4"
    answer = client.get(f"/leads/map/data?bbox={box}&zoom=10").json()
    assert answer["kind"] == "points"
    assert sorted(answer["points"]["id"]) == sorted(Lead.objects.open().values_list("pk", flat=True))
    everything = client.get(f"/leads/map/data?bbox={box}&zoom=10&stage=all").json()
    assert everything["total"] == Lead.objects.count()
    own = browser(busy.officer).get(f"/leads/map/data?bbox={box}&zoom=10&stage=all").json()
    assert own["total"] == Lead.objects.visible_to(busy.officer).count()
    assert client.get("/leads/map/data?bbox=x&zoom=10").status_code == 400
    assert client.get("/leads/map/").status_code == 200


def test_from_far_the_map_counts_by_cell(busy: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chengshu.leads.queries.maps.POINTS_WANTED", 1)
    answer = (
        browser(busy.dispatcher).get("/leads/map/data?bbox=121.2,31.1,121.6,31.4&zoom=10&stage=all").json()
    )
    assert answer["kind"] == "cells"
    assert sum(n for _lng, _lat, n, _cell in answer["cells"]) == answer["total"] == Lead.objects.count()


def test_periods_follow_the_calendar() -> None:
    day = date(2020, 3, 4)
    assert period_of(WEEK, day) == Period(WEEK, date(2020, 3, 2), date(2020, 3, 8))
    month = period_of(MONTH, day)
    assert (month.before().begin, month.before().end) == (date(2020, 2, 1), date(2020, 2, 29))
    assert month.before().after() == month
    turned = period_of(RANGE, day, date(2020, 3, 31), date(2020, 3, 1))
    assert (turned.begin, turned.before().end, turned.days) == (date(2020, 3, 1), date(2020, 2, 29), 31)


def test_a_duration_is_said_in_the_unit_that_fits() -> None:
    with translation.override("en"):
        assert [spell(value) for value in (None, 90, 5400, 200_000)] == ["—", "2 min", "1.5 h", "2.3 d"]
