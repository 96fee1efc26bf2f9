"""Figures over HTTP: all of a period, one explained, divided, ranked, and down to its records."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chengshu.bureau.models import District, Unit
from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from tests import factories
from tests.leads.api import key_of

URL = "/api/v1/reports/figures"
YEAR = {"period": "2020"}


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


@pytest.fixture
def reader(district: District) -> Client:
    """Another system with a key for figures and cases of the bureau."""
    bureau = Unit.objects.get(district=district, kind=Unit.Kind.BUREAU)
    secret = key_of(bureau, ["reports.view", "cases.view"])
    return Client(headers={"authorization": f"Bearer {secret}"})


def answer(client: Client, path: str = "", status: int = 200, **query: Any) -> Any:
    got = client.get(URL + path, {**YEAR, **query})
    assert got.status_code == status, got.content
    return got.json()


def decided() -> int:
    return Case.objects.filter(decided_on__year=2020, exempt_amount=None).count()


def test_a_key_reads_all_figures_of_a_year(reader: Client) -> None:
    body = answer(reader)
    assert (body["period"], body["begin"], body["end"]) == ("2020", "2020-01-01", "2020-12-31")
    found = {one["id"]: one for one in body["figures"]}
    assert float(found["cases_total"]["value"]) == decided() > 0
    assert found["cases_total"]["change"] is None, "no case was decided the year before"


def test_chosen_figures_stand_in_their_order_and_unknown_ones_are_named(reader: Client) -> None:
    chosen = answer(reader, ids="cases_general,cases_total")["figures"]
    assert [one["id"] for one in chosen] == ["cases_general", "cases_total"]
    assert "cases_unheard" in str(answer(reader, status=422, ids="cases_unheard"))
    assert "2020" in str(answer(reader, status=422, period="last year"))


def test_the_file_says_the_same(reader: Client) -> None:
    lines = reader.get(URL + ".csv", {**YEAR, "ids": "cases_total"}).content.decode().splitlines()
    assert lines == ["id,value,unit", f"cases_total,{decided()},case"]


def test_one_figure_is_explained(reader: Client) -> None:
    one = answer(reader, "/cases_total")
    assert one["definition"] and not one["fines"] and "town" in {each["code"] for each in one["dimensions"]}
    assert sum(float(each["value"]) for each in one["months"]) == decided()
    assert answer(reader, "/fines_total")["fines"]
    answer(reader, "/unheard_of", 404)


def test_its_parts_add_up(reader: Client) -> None:
    parts = answer(reader, "/cases_total/breakdown", by="squad")["lines"]
    assert sum(float(line["value"]) for line in parts) == decided()
    assert "town" in str(answer(reader, "/cases_total/breakdown", 422, by="weather"))


def test_equal_values_share_a_rank_and_fines_have_none(reader: Client) -> None:
    lines = answer(reader, "/cases_total/ranking", by="squad")["lines"]
    values = [float(line["value"]) for line in lines]
    assert [line["rank"] for line in lines] == [values.index(value) + 1 for value in values]
    assert "第七十四条" in str(answer(reader, "/fines_total/ranking", 409, by="squad"))


def test_the_records_are_those_counted_page_by_page(reader: Client) -> None:
    seen: list[int] = []
    page: int | None = 1
    while page:
        body = answer(reader, "/cases_total/records", page=page, limit=20)
        assert body["total"] == decided()
        seen += [record["id"] for record in body["records"]]
        page = body["next"]
    assert len(seen) == len(set(seen)) == decided()
    answer(reader, "/case_growth/records", 404)


def test_records_need_the_right_to_such_records(district: District) -> None:
    bureau = Unit.objects.get(district=district, kind=Unit.Kind.BUREAU)
    secret = key_of(bureau, ["reports.view"])
    answer(Client(headers={"authorization": f"Bearer {secret}"}), "/cases_total/records", 403)


def test_a_squad_leader_sees_the_squad_and_no_other(district: District) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    leader = factories.make_user("squad_leader", squad)
    client = Client()
    client.force_login(leader, "chengshu.bureau.backends.BureauBackend")
    body = answer(client)
    assert body["squad"] == squad.pk
    other = Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD).exclude(pk=squad.pk)[0]
    answer(client, status=404, squad=other.pk)


def test_a_town_has_its_part(reader: Client) -> None:
    lines = answer(reader, "/cases_total/breakdown", by="town")["lines"]
    line = next(line for line in lines if line["key"].isdigit())
    body = answer(reader, ids="cases_total", town=line["key"])
    assert body["town"] == int(line["key"]) and body["figures"][0]["value"] == line["value"]
    answer(reader, status=404, town=10**9)


def test_a_page_of_records_reads_cases_twice(reader: Client) -> None:
    answer(reader, "/cases_total/records")
    with CaptureQueriesContext(connection) as queries:
        answer(reader, "/cases_total/records")
    on_cases = [query["sql"] for query in queries if '"cases_case"' in query["sql"]]
    assert len(on_cases) <= 2, on_cases
