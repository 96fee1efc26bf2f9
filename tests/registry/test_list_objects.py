"""The list of objects: filters, order, totals, three queries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import District, Town, Unit
from chengshu.kernel import token_statistics
from chengshu.registry.models import Permit, RegulatedObject
from chengshu.registry.queries import lists, text
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"
URL = "/registry/"


@pytest.fixture
def clerk(district: District, client: Client) -> Client:
    client.force_login(factories.make_user("registry_clerk"), BACKEND)
    return client


def names(client: Client, **query: Any) -> list[str]:
    return [entry["name"] for entry in client.get(URL, query).context["rows"]]


@pytest.fixture
def some(district: District) -> dict[str, RegulatedObject]:
    """Objects that differ in one thing each."""
    made = {
        "a": factories.make_object(district, name="安安便利店", credit="A", verified_on=date(2020, 5, 1)),
        "b": factories.make_object(district, name="白玉兰花店", credit="D", position=factories.IN_TAOPU),
        "c": factories.make_object(district, "compound", name="春杨一村", verified_on=date(2020, 9, 1)),
        "d": factories.make_object(district, name="大众浴室", status="closed", verified_on=date(2019, 1, 1)),
        "e": factories.make_object(district, name="二十一世纪广场", position=None),
    }
    return made


def test_order_by_pinyin_and_back(clerk: Client, some: dict[str, RegulatedObject]) -> None:
    by_name = ["安安便利店", "白玉兰花店", "春杨一村", "大众浴室", "二十一世纪广场"]
    assert names(clerk) == by_name
    assert names(clerk, sort="-name") == by_name[::-1]
    assert names(clerk, sort="nonsense") == by_name
    assert names(clerk, sort="-verified") == [
        "春杨一村",
        "安安便利店",
        "大众浴室",
        "二十一世纪广场",
        "白玉兰花店",
    ]
    assert names(clerk, sort="verified")[-3:] == ["大众浴室", "安安便利店", "春杨一村"]
    assert names(clerk, sort="updated") == [
        "安安便利店",
        "白玉兰花店",
        "春杨一村",
        "大众浴室",
        "二十一世纪广场",
    ]


def test_filters(clerk: Client, district: District, some: dict[str, RegulatedObject]) -> None:
    compound = factories.object_class(district, "compound").pk
    town = Town.objects.get(name="桃浦镇").pk
    squad = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇").pk
    assert names(clerk, **{"class": compound}) == ["春杨一村"]
    assert names(clerk, town=town) == names(clerk, squad=squad) == ["白玉兰花店"]
    assert names(clerk, status="closed") == ["大众浴室"]
    assert names(clerk, credit="D") == ["白玉兰花店"]
    assert names(clerk, credit="-") == ["春杨一村", "大众浴室", "二十一世纪广场"]
    assert names(clerk, credit="-", status="closed", q="大众") == ["大众浴室"]
    assert names(clerk, before="2020-06-01") == ["安安便利店", "白玉兰花店", "大众浴室", "二十一世纪广场"]
    assert names(clerk, before="2020-06-01", status="closed") == ["大众浴室"]
    assert names(clerk, **{"class": 999_999}) == names(clerk)  # not one of the choices: not asked


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("便利", ["安安便利店"]),
        ("cyyc", ["春杨一村"]),
        ("chunyangyi", ["春杨一村"]),
        ("长寿路", 4),
        ("花", []),
        ("。。", []),
    ],
)
def test_text(clerk: Client, some: dict[str, RegulatedObject], q: str, found: list[str] | int) -> None:
    if q == "长寿路":
        assert len(names(clerk, q=q)) == 5
    elif q == "花":
        assert names(clerk, q=q) == ["白玉兰花店"]
    else:
        assert names(clerk, q=q) == found


def test_permit_that_ends_soon(clerk: Client, some: dict[str, RegulatedObject]) -> None:
    today = timezone.localdate()
    Permit.objects.create(object=some["a"], kind="外摆位备案", valid_to=today + timedelta(days=20))
    Permit.objects.create(object=some["b"], kind="外摆位备案", valid_to=today + timedelta(days=50))
    Permit.objects.create(object=some["c"], kind="外摆位备案", valid_to=today - timedelta(days=1))
    Permit.objects.create(
        object=some["d"], kind="外摆位备案", valid_to=today + timedelta(days=3), withdrawn_on=today
    )
    assert names(clerk, permit="30") == ["安安便利店"]
    assert names(clerk, permit="60") == ["安安便利店", "白玉兰花店"]


def test_three_queries(
    clerk: Client, some: dict[str, RegulatedObject], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clerk.get(URL)
    today = timezone.localdate().isoformat()
    for query in (
        {},
        {"credit": "D"},
        {"q": "便利"},
        {"before": today, "sort": "-updated"},
        {"permit": "30"},
    ):
        with django_assert_num_queries(2):  # session with person, list
            clerk.get(URL, query)


def test_pages(clerk: Client, district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        factories.make_object(district, name=f"{number}号店")
    monkeypatch.setattr(lists, "PER_PAGE", 3)
    answer = clerk.get(URL, {"page": "2"})
    page = answer.context["page"]
    assert [entry["name"] for entry in answer.context["rows"]] == ["3号店", "4号店", "5号店"]
    assert (page.total, page.last, page.capped) == (7, 3, False)
    assert clerk.get(URL, {"page": "99"}).context["page"].number == 3
    assert clerk.get(URL, {"page": "x"}).context["page"].number == 1


def test_both_ways_to_the_rows_agree(
    clerk: Client, some: dict[str, RegulatedObject], monkeypatch: pytest.MonkeyPatch
) -> None:
    queries: list[dict[str, Any]] = [
        {},
        {"credit": "-"},
        {"sort": "-verified"},
        {"before": "2020-06-01"},
        {"status": "operating", "sort": "-name"},
    ]
    few = [names(clerk, **query) for query in queries]
    monkeypatch.setattr(lists, "FEW", 0)
    assert [names(clerk, **query) for query in queries] == few


def test_three_ways_to_words_agree_in_three_queries(
    clerk: Client,
    some: dict[str, RegulatedObject],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    queries: list[dict[str, Any]] = [
        {"q": "店"},
        {"q": "店", "sort": "-name", "credit": "D"},
        {"q": "长寿路", "sort": "-verified", "status": "operating"},
        {"q": "店", "before": "2020-06-01", "sort": "updated"},
        {"q": "长寿路", "page": "7"},
        {"q": "面馆"},
    ]
    clerk.get(URL, queries[0])
    answers: list[list[list[str]]] = []
    for read, looked_at in (
        (10, 10),  # few objects of these kinds: all are read
        (-1, 10),  # the first in order are read, and there are no more
        (-1, 1),  # the first in order do not fill the page: what the index points to is read as well
    ):
        monkeypatch.setattr(lists, "ROWS_READ", read)
        monkeypatch.setattr(lists, "LOOKED_AT", looked_at)
        answers.append([])
        for query in queries:
            with django_assert_num_queries(2):  # session with person, list
                answers[-1].append(names(clerk, **query))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == ["安安便利店", "白玉兰花店"]
    assert answers[0][1] == ["白玉兰花店"]
    assert answers[0][5] == []


def test_a_word_that_stands_everywhere_is_counted_as_at_least(
    clerk: Client, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        factories.make_object(district, name=f"{number}号店")
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    monkeypatch.setattr(lists, "ROWS_READ", -1)
    monkeypatch.setattr(lists, "LOOKED_AT", 5)
    first = clerk.get(URL, {"q": "店", "page": "2"})
    assert [entry["name"] for entry in first.context["rows"]] == ["2号店", "3号店"]
    assert (first.context["page"].total, first.context["page"].capped) == (5, True)
    third = clerk.get(URL, {"q": "店", "page": "3"})  # the five first do not fill it
    assert [entry["name"] for entry in third.context["rows"]] == ["4号店", "5号店"]
    assert (third.context["page"].total, third.context["page"].capped) == (9, False)


def test_a_page_past_the_end_is_the_last_one_in_three_queries(
    clerk: Client,
    some: dict[str, RegulatedObject],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    clerk.get(URL, {"q": "长寿路"})
    for query in ({}, {"q": "长寿路"}, {"before": "2030-01-01", "sort": "-updated"}):
        with django_assert_num_queries(2):  # session with person, list
            answer = clerk.get(URL, {**query, "page": "77"})
        page = answer.context["page"]
        assert (page.number, page.total, len(answer.context["rows"])) == (3, 5, 1)
    assert clerk.get(URL, {"q": "面馆", "page": "3"}).context["page"].number == 1


def test_statistics_of_words_grown_old_cost_the_list_nothing(
    clerk: Client,
    some: dict[str, RegulatedObject],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    clerk.get(URL, {"q": "便利店"})
    started: list[str] = []
    monkeypatch.setattr(token_statistics, "SECONDS", -1)
    monkeypatch.setattr(token_statistics.Thread, "start", lambda thread: started.append(thread.name))
    with django_assert_num_queries(2):  # session with person, list
        assert names(clerk, q="便利店") == ["安安便利店"]
    assert started == ["token statistics"]
    text.STATISTICS.reading.release()


def test_total_above_the_cap(
    clerk: Client, some: dict[str, RegulatedObject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNT_CAP", 3)
    for query in ({}, {"before": "2021-01-01"}, {"q": "店 长寿"}):
        page = clerk.get(URL, query).context["page"]
        assert (page.total, page.capped) == ((2, False) if "q" in query else (3, True))


def test_scope(district: District, client: Client, some: dict[str, RegulatedObject]) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    client.force_login(factories.make_user("officer", squad), BACKEND)
    assert names(client) == ["白玉兰花店"]
    assert names(client, q="便利") == []
    other = factories.make_other_district()
    client.force_login(factories.make_user("registry_clerk", factories.unit(other)), BACKEND)
    assert names(client) == []
    client.force_login(factories.make_user("security_admin"), BACKEND)
    assert client.get(URL).status_code == 403


def test_personal_data_is_masked(clerk: Client, district: District) -> None:
    factories.make_object(district, responsible_name="张小三", responsible_phone="13812345678")
    html = clerk.get(URL).content.decode()
    assert "138****5678" in html and "张*三" in html
    assert "13812345678" not in html and "张小三" not in html


def test_what_people_typed_is_shown_as_text(clerk: Client, district: District) -> None:
    factories.make_object(district, name="<b>店</b> {0} %s", address="长寿路1号 & 2号")
    html = clerk.get(URL).content.decode()
    assert "&lt;b&gt;店&lt;/b&gt; {0} %s" in html and "<b>店</b>" not in html
    assert "长寿路1号 &amp; 2号" in html


def test_links_keep_the_filters(clerk: Client, some: dict[str, RegulatedObject]) -> None:
    html = clerk.get(URL, {"credit": "D", "q": "花"}).content.decode()
    assert "/registry/export?credit=D&amp;q=" in html
    assert reverse("registry:map") + "?credit=D" in html
