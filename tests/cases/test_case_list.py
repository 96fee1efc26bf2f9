"""The list of cases: filters in the address, saved filters, lights, masks, three queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import District, Town, Unit
from chengshu.cases.models import Case, Party, SavedFilter
from chengshu.cases.queries import lists
from chengshu.cases.views.lists import asked_for
from chengshu.registry.derive import search_tokens
from chengshu.registry.queries import reference
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import NOW, browser, spot_case

pytestmark = pytest.mark.django_db
URL = "/cases/"


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    reference.forget()
    with time_machine.travel(NOW):
        yield
    reference.forget()


def row(district: District, squad: str = "长寿路街道", **fields: Any) -> Case:
    """A case as the list knows it, without its steps."""
    party = fields.pop("party", ("person", "张小三"))
    at = factories.unit(district, Unit.Kind.SQUAD, squad)
    case = Case.objects.create(
        district=district, squad=at, town=Town.objects.get(name=squad, district=district),
        **{"state": "investigating", "cause": "waste.littering", "field": "waste", **fields},
    )  # fmt: skip
    Party.objects.create(case=case, kind=party[0], name=party[1])
    case.search_tokens = search_tokens(f"{party[1]}乱扔废弃物", case.place, [case.number])
    case.save()
    return case


@pytest.fixture
def some(district: District) -> dict[str, Case]:
    """Four cases that differ in everything one filters by."""
    return {
        "open": row(district, number="沪普立〔2022〕第000001号", due_on=date(2022, 3, 9), due_for="service"),
        "soon": row(
            district, "桃浦镇", state="deciding", due_on=date(2022, 3, 12), is_key=True, place="祁连山路12号"
        ),
        "done": row(
            district, state="archived", procedure="simple", decided_on=date(2022, 2, 1), fine=Decimal(200),
            cause="waste.dumping", source="hotline", party=("organisation", "绿洲餐饮有限公司"),
        ),
        "late": row(district, state="served", procedure="general", decided_on=date(2022, 3, 1), fine=1500),
    }  # fmt: skip


def found(client: Client, some: dict[str, Case], **query: Any) -> set[str]:
    """Names of the cases that the list shows."""
    rows = client.get(URL, query).context["rows"]
    shown = {row["url"] for row in rows}
    return {name for name, case in some.items() if reverse("cases:case", args=[case.pk]) in shown}


def test_every_filter_narrows_the_list(team: Team, some: dict[str, Case]) -> None:
    client = browser(team.legal)
    town = Town.objects.get(name="桃浦镇").pk
    assert found(client, some) == {"open", "soon", "done", "late"}
    assert found(client, some, state="deciding") == {"soon"}
    assert found(client, some, state="open") == {"open", "soon", "late"}
    assert found(client, some, procedure="simple") == {"done"}
    assert found(client, some, town=town) == {"soon"}
    assert found(client, some, squad=team.squad.pk) == {"open", "done", "late"}
    assert found(client, some, cause="waste.dumping", field="waste") == {"done"}
    assert found(client, some, source="hotline") == {"done"}
    assert found(client, some, key="on") == {"soon"}
    assert found(client, some, due="overdue") == {"open"}
    assert found(client, some, due="soon") == {"soon"}
    assert found(client, some, decided_from="2022-02-15") == {"late"}
    assert found(client, some, decided_to="2022-02-15") == {"done"}
    assert found(client, some, state="no-such-state", squad="x") == set(some)


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("绿洲", {"done"}),
        ("lzcy", {"done"}),
        ("祁连山路", {"soon"}),
        ("沪普立〔2022〕第000001号", {"open"}),
        ("绿洲 祁连山", set()),
        ("绿", set()),
    ],
)
def test_words_are_looked_for_in_party_cause_place_and_number(
    team: Team, some: dict[str, Case], q: str, names: set[str]
) -> None:
    assert found(browser(team.legal), some, q=q) == names


def test_persons_are_masked_and_deadlines_have_lights(team: Team, some: dict[str, Case]) -> None:
    html = browser(team.legal).get(URL).content.decode()
    assert "张小三" not in html and "张*三" in html and "绿洲餐饮有限公司" in html
    assert "超期1天" in html and "剩余2天" in html


def test_three_queries(
    team: Team, some: dict[str, Case], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(team.legal)
    client.get(URL)
    for query in ({}, {"q": "绿洲"}, {"state": "open", "sort": "due"}, {"key": "on"}, {"sort": "-decided"}):
        with django_assert_num_queries(2):  # session with person, list
            client.get(URL, query)


def test_order(team: Team, some: dict[str, Case]) -> None:
    client = browser(team.legal)
    titles = [row["url"] for row in client.get(URL, {"sort": "due"}).context["rows"]]
    assert titles[:2] == [reverse("cases:case", args=[some[name].pk]) for name in ("open", "soon")]
    titles = [row["url"] for row in client.get(URL, {"sort": "-decided"}).context["rows"]]
    assert titles == [reverse("cases:case", args=[some[name].pk]) for name in ("late", "done")]


def test_totals_stop_at_the_cap(team: Team, some: dict[str, Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNT_CAP", 3)
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    client = browser(team.legal)
    page = client.get(URL).context["page"]
    assert (page.total, page.capped, len(page)) == (3, True, 2)
    assert client.get(URL, {"page": "9"}).context["page"].number == 2


def test_a_squad_sees_its_own_cases(team: Team, some: dict[str, Case]) -> None:
    assert found(browser(team.first), some) == {"open", "done", "late"}
    elsewhere = factories.make_user("officer", factories.unit(factories.make_other_district()))
    assert found(browser(elsewhere), some) == set()


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_the_three_administrators_see_nothing_of_cases(team: Team, some: dict[str, Case], role: str) -> None:
    client = browser(factories.make_user(role))
    for url in (URL, "/cases/mine", reverse("cases:case", args=[some["open"].pk])):
        assert client.get(url).status_code == 403
    assert "/cases/" not in client.get("/").content.decode()


def test_filters_are_kept_by_name_for_their_owner_only(team: Team, some: dict[str, Case]) -> None:
    client = browser(team.legal)
    answer = client.post("/cases/filters/save", {"name": "待决定", "query": "state=deciding&page=3"})
    assert answer["Location"] == "/cases/?state=deciding"
    html = client.get(URL, {"state": "deciding"}).content.decode()
    assert "待决定" in html and "删除" in html
    client.post("/cases/filters/save", {"name": "待决定", "query": "state=filing"})
    kept = SavedFilter.objects.get()
    assert kept.query == "state=filing"
    assert "待决定" not in browser(team.chief).get(URL).content.decode()
    assert browser(team.chief).post(f"/cases/filters/{kept.pk}/delete").status_code == 404
    assert client.post(f"/cases/filters/{kept.pk}/delete").status_code == 302
    assert not SavedFilter.objects.exists()
    client.post("/cases/filters/save", {"name": " ", "query": ""})
    assert not SavedFilter.objects.exists()


def test_what_waits_for_whom(team: Team, some: dict[str, Case]) -> None:
    def sections(person: Any) -> dict[str, set[str]]:
        shown = browser(person).get("/cases/mine").context["sections"]
        by_key = {case.pk: name for name, case in some.items()}
        return {s["section"].code: {by_key.get(c.pk, "") for c in s["section"].rows} for s in shown}

    Case.objects.filter(pk=some["open"].pk).update(officer=team.first, state="filing")
    Case.objects.filter(pk=some["late"].pk).update(second_officer=team.first, paid=1500)
    assert sections(team.first) == {"own": {"open", "late"}}
    leader = sections(team.leader)
    assert (leader["filing"], leader["close"], leader["disclose"]) == ({"open"}, {"late"}, {"late"})
    assert sections(team.chief) == {
        "decide": {"soon"}, "key": {"soon"}, "filing": {"open"}, "close": {"late"},
    }  # fmt: skip


def test_only_heavy_proposals_wait_for_the_legal_reviewer(team: Team) -> None:
    case = spot_case(team)
    assert case.pk not in [
        c.pk
        for s in browser(team.legal).get("/cases/mine").context["sections"]
        if s["section"].code == "review"
        for c in s["section"].rows
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(["q", "state", "town", "page", "sort", "key"]), st.text(max_size=6)),
        max_size=6,
    )
)
def test_the_same_filters_have_one_address(pairs: list[tuple[str, str]]) -> None:
    """However the query is ordered or repeated, what is kept is one text, without page and empty values."""
    query = QueryDict(mutable=True)
    for key, value in pairs:
        query.appendlist(key, value)
    once = asked_for(query)
    assert asked_for(QueryDict(once)) == once
    assert "page" not in QueryDict(once)
    assert all(value for values in dict(QueryDict(once).lists()).values() for value in values)
