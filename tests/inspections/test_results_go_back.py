"""Results go back to the city's system: once each, again when changed, with what the city needs to know."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from chengshu.inspections.exchange import receiving, results
from chengshu.inspections.exchange.schema import CityTaskIn
from chengshu.inspections.lifecycle import Kind
from chengshu.inspections.models import Inspection, InspectionTask
from chengshu.inspections.services import arranging, inspecting
from chengshu.kernel.models import LedgerEntry
from chengshu.kernel.tables import read_table
from tests.inspections.conftest import Checks
from tests.inspections.test_city_tasks import drawn, task

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"


@pytest.fixture(autouse=True)
def _distinct_addresses(checks: Checks) -> None:
    for n, shop in enumerate(checks.shops):
        shop.name, shop.address = f"春风小吃{n}", f"长寿路{n + 1}号"
        type(shop).objects.filter(pk=shop.pk).update(
            name=shop.name, name_key=shop.name, address=shop.address, address_key=shop.address
        )


def from_city(checks: Checks) -> list[Inspection]:
    """Two inspections of objects and officers that the city drew."""
    receiving.receive(CityTaskIn(**drawn(checks, 0, 1)), checks.district, by=checks.clerk)
    return list(Inspection.objects.order_by("pk"))


def drawn_here(checks: Checks) -> list[Inspection]:
    """The inspections of a city's task that was drawn here."""
    receiving.receive(CityTaskIn(**task(count=2)), checks.district, by=checks.clerk)
    made = InspectionTask.objects.get(source_ref="SH-0012")
    made.starts_on = timezone.localdate() - timedelta(days=5)
    made.save(update_fields=["starts_on"])
    return checks.drawn(made)


def exported(checks: Checks, **stated: str) -> list[dict[str, object]]:
    made = results.export(checks.district, timezone.localdate(), by=checks.clerk, form="json", **stated)  # type: ignore[arg-type]
    found: list[dict[str, object]] = orjson.loads(made.content)["results"]
    return found


def test_a_record_says_what_was_found_and_by_whom(checks: Checks) -> None:
    first, _second = from_city(checks)
    by = timezone.localdate() + timedelta(days=3)
    checks.reported(first, 5, ["1"], rectify_by=by)
    (record,) = exported(checks)
    assert record["city_number"] == "SH-0013" and record["city_draw"] == "CQ-7"
    assert record["inspection"] == first.number and record["kind"] == "special"
    assert record["result"] == 5 and record["result_text"]
    assert [problem["code"] for problem in record["problems"]] == ["1"]  # type: ignore[attr-defined]
    assert record["officers"] == [member.certificate for member in first.team.all()]
    assert record["rectify_by"] == by.isoformat() and record["rectified"] is None


def test_a_lead_and_the_recheck_show_in_the_record(checks: Checks) -> None:
    first, second = from_city(checks)
    checks.reported(first, 8, ["1"])
    checks.reported(second, 5, ["1"], rectify_by=timezone.localdate() + timedelta(days=3))
    inspecting.recheck(second, complied=True, by=checks.member(second))
    first.refresh_from_db()
    records = {record["inspection"]: record for record in exported(checks)}
    assert first.lead is not None and records[first.number]["lead"] == first.lead.number
    assert records[second.number]["rectified"] is True


def test_what_belongs_to_no_task_never_goes_back(checks: Checks) -> None:
    own = arranging.arrange(
        checks.shops[2], Kind.ROUTINE, checks.officers[:2], by=checks.officers[0], reason="日常检查",
        due_on=timezone.localdate() + timedelta(days=3),
    )  # fmt: skip
    checks.reported(own)
    assert exported(checks, which="all") == []


def test_tasks_of_our_own_go_only_where_they_are_asked_for(checks: Checks) -> None:
    for one in checks.drawn():
        checks.reported(one)
    assert exported(checks) == []
    assert len(exported(checks, which="all")) == 5


def test_the_table_holds_the_same_and_its_digest_stands_in_the_ledger(checks: Checks) -> None:
    for one in drawn_here(checks):
        checks.reported(one)
    made = results.export(checks.district, timezone.localdate(), by=checks.clerk)
    assert made.rows == 2 and made.sha256 == hashlib.sha256(made.content).hexdigest()
    table = read_table(io.BytesIO(made.content), filename=made.filename)
    assert table.frame["市级任务编号"].to_list() == ["SH-0012"] * 2
    assert table.frame["结果代码"].to_list() == ["1", "1"]
    entry = LedgerEntry.objects.filter(chain=receiving.chain(checks.district)).order_by("-seq")[0]
    assert entry.payload["sha256"] == made.sha256


def test_nothing_from_before_the_day_comes_along(checks: Checks) -> None:
    first, _second = from_city(checks)
    checks.reported(first)
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert results.export(checks.district, tomorrow, by=checks.clerk).rows == 0


# --- over HTTP -----------------------------------------------------------------------------------------
@pytest.fixture
def api(checks: Checks, client: Client) -> Client:
    client.force_login(checks.clerk, BACKEND)
    return client


def post(client: Client, body: dict[str, object]) -> object:
    return client.post("/api/v1/inspections/city-tasks", orjson.dumps(body), content_type="application/json")


def test_the_same_task_is_received_once(checks: Checks, api: Client) -> None:
    first, again = post(api, task()), post(api, task())
    assert (first.status_code, again.status_code) == (201, 200)  # type: ignore[attr-defined]
    assert first.json()["task"] == again.json()["task"] == InspectionTask.objects.get().number  # type: ignore[attr-defined]
    assert post(api, task(count=9)).status_code == 409  # type: ignore[attr-defined]


def test_an_object_nobody_knows_is_refused_with_its_place(checks: Checks, api: Client) -> None:
    bad = drawn(checks, 0)
    bad["drawn"]["objects"].append({"name": "没有这家店", "address": "没有这条路"})
    answer = post(api, bad)
    assert answer.status_code == 422 and "没有这家店" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Inspection.objects.exists()


def test_pages_of_results_follow_each_other_and_a_changed_one_comes_again(
    checks: Checks, api: Client
) -> None:
    first, second = from_city(checks)
    checks.reported(first, 5, ["1"], rectify_by=timezone.localdate() + timedelta(days=3))
    checks.reported(second)
    url = "/api/v1/inspections/city-results"
    page = api.get(url, {"limit": 1}).json()
    assert [item["inspection"] for item in page["items"]] == [first.number] and page["more"]
    page = api.get(url, {"cursor": page["next"]}).json()
    assert [item["inspection"] for item in page["items"]] == [second.number] and not page["more"]
    inspecting.recheck(first, complied=True, by=checks.member(first))
    page = api.get(url, {"cursor": page["next"]}).json()
    assert [item["inspection"] for item in page["items"]] == [first.number]
    assert page["items"][0]["rectified"] is True
    assert api.get(url, {"cursor": page["next"]}).json()["items"] == []
    assert api.get(url, {"cursor": "nonsense"}).status_code == 400
