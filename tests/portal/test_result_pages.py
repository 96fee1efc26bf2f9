"""Results of inspections as the public reads them."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.inspections.services import inspecting, publishing
from tests.inspections.conftest import Checks, checks
from tests.portal.conftest import words

pytestmark = pytest.mark.django_db
__all__ = ["checks"]
LIST = "/public/results/"


@pytest.fixture
def quarter(checks: Checks) -> Checks:
    """A task inspected, one problem found, and published by quarter."""
    task = checks.task()
    made = checks.drawn(task)
    checks.reported(made[0], 5, ["1"], corrected=True)
    for inspection in made[1:]:
        checks.reported(inspection)
    publishing.publish_quarter(checks.district, task.year, task.quarter, by=checks.clerk)
    return checks


def test_published_results_are_listed_searched_and_opened(client: Client, quarter: Checks) -> None:
    disclosures = list(publishing.InspectionDisclosure.objects.all())
    page = words(client, LIST)
    for row in disclosures:
        assert row.content["object"] in page
    first = disclosures[0]
    found = words(client, f"{LIST}?q={first.content['object']}")
    assert found.count("/public/results/") >= 1 and first.content["object"] in found
    assert first.content["number"] in words(client, f"{LIST}{first.pk}/")
    of_problems = words(client, f"{LIST}?result=5")
    shown = [row for row in disclosures if f"{LIST}{row.pk}/" in of_problems]
    assert [row.content["result"] for row in shown] == [5]
    assert "Inspection results" in words(client, LIST, **{"Accept-Language": "en"})


def test_a_withdrawn_result_is_gone_everywhere_and_says_why(client: Client, quarter: Checks) -> None:
    row = publishing.InspectionDisclosure.objects.all()[0]
    name = row.content["object"]
    publishing.withdraw(row, "结果有误，更正后重新公示", by=quarter.clerk)
    assert "结果有误" in words(client, f"{LIST}{row.pk}/", 410)
    for address in (LIST, "/public/feeds/inspections.xml", "/public/data/inspections.csv"):
        assert name not in words(client, address), address


@pytest.mark.parametrize(("complied", "later"), [(True, False), (False, True), (False, False)])
def test_a_re_check_after_the_publication_is_told_with_day_and_outcome(
    client: Client, checks: Checks, complied: bool, later: bool
) -> None:
    made, today = checks.drawn(), timezone.localdate()
    checks.reported(made[0], 5, ["1"], rectify_by=today + timedelta(days=7))
    row = publishing.publish([made[0]], by=checks.clerk)[0]
    assert "复查" not in words(client, f"{LIST}{row.pk}/")
    new_day = today + timedelta(days=20) if later else None
    note = "店主 13812345678 已到场"
    inspecting.recheck(made[0], complied=complied, by=checks.member(made[0]), rectify_by=new_day, note=note)
    page = words(client, f"{LIST}{row.pk}/")
    outcome = "已整改" if complied else "尚未整改" if later else "未整改"
    assert f"{today} · {outcome}" in page and "13812345678" not in page and "已到场" not in page
    assert not later or str(new_day) in page
    told = next(csv.DictReader(io.StringIO(words(client, "/public/data/inspections.csv"))))
    code = "complied" if complied else "extended" if later else "failed"
    assert (told["recheck_on"], told["recheck"]) == (str(today), code)


def test_a_re_check_before_the_publication_is_published_with_the_result(checks: Checks) -> None:
    made, today = checks.drawn(), timezone.localdate()
    checks.reported(made[0], 5, ["1"], rectify_by=today + timedelta(days=7))
    inspecting.recheck(made[0], complied=True, by=checks.member(made[0]))
    row = publishing.publish([made[0]], by=checks.clerk)[0]
    assert row.content["recheck"] == {"on": str(today), "outcome": "complied", "rectify_by": ""}


def test_quarters_are_open_data(client: Client, quarter: Checks) -> None:
    row = next(csv.DictReader(io.StringIO(words(client, "/public/data/quarters.csv"))))
    assert (row["tasks"], row["objects"], row["problems"]) == ("1", "5", "1")
    assert (row["result_1"], row["result_5"], row["number"]) == ("4", "1", "1")


def test_the_quarter_is_published_with_its_figures(client: Client, quarter: Checks) -> None:
    page = words(client, f"{LIST}quarters/")
    assert f"{timezone.localdate().year}" in page and "5" in page


def test_feeds_and_open_data_carry_the_results(client: Client, quarter: Checks) -> None:
    feed = json.loads(words(client, "/public/feeds/inspections.json"))
    assert len(feed["items"]) == 5
    assert len(json.loads(words(client, "/public/feeds/draws.json"))["items"]) == 1
    assert len(words(client, "/public/data/inspections.csv").strip().splitlines()) == 6
    assert "检查编号" in words(client, "/public/data/inspections/")


def test_items_stand_with_their_law_and_say_what_is_not_verified(client: Client, checks: Checks) -> None:
    page = words(client, "/public/items/")
    assert "SHOP-01" in page and "《" in page and "未核实" in page


def test_the_list_costs_three_queries(client: Client, quarter: Checks, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    words(client, LIST)
    with django_assert_max_num_queries(3):
        words(client, f"{LIST}?page=2")


@pytest.mark.parametrize(
    "query", ["?year=1", "?kind=x", "?result=77", "?q=a", "?page=0", "?page=x", "?q=%00"]
)
def test_senseless_parameters_get_a_sentence_and_never_an_error(
    client: Client, checks: Checks, query: str
) -> None:
    words(client, LIST + query)
