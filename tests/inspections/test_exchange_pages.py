"""The pages of the exchange: upload, look at the check, take in, give out, take results away."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from chengshu.inspections.models import CityTask, CityTaskObject, Inspection
from tests.inspections.conftest import Checks
from tests.inspections.test_city_tasks import drawn, task
from tests.inspections.test_results_go_back import _distinct_addresses  # noqa: F401

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"


@pytest.fixture
def clerk(checks: Checks, client: Client) -> Client:
    client.force_login(checks.clerk, BACKEND)
    return client


def upload(client: Client, *tasks: dict[str, Any]) -> Any:
    file = io.BytesIO(orjson.dumps({"tasks": list(tasks)}))
    file.name = "tasks.json"
    return client.post(reverse("inspections:exchange"), {"file": file})


def test_a_file_is_looked_at_before_it_is_taken_in(checks: Checks, clerk: Client) -> None:
    page = upload(clerk, task(), drawn(checks, 0, officers=False))
    assert page.status_code == 200 and not CityTask.objects.exists()
    values = {"token": page.context["token"]}
    for _time in range(2):
        assert clerk.post(reverse("inspections:exchange_receive"), values).status_code == 302
    assert CityTask.objects.count() == 2
    shown = clerk.get(reverse("inspections:exchange")).content.decode()
    assert "SH-0012" in shown and "CQ-7" in shown


def test_a_faulty_file_cannot_be_taken_in(checks: Checks, clerk: Client) -> None:
    page = upload(clerk, task(), task(number="SH-2", item="NO-9"))
    assert "导入任务</button>" not in page.content.decode() and "第 2 行" in page.content.decode()
    clerk.post(reverse("inspections:exchange_receive"), {"token": page.context["token"]})
    assert not CityTask.objects.exists()
    assert clerk.post(reverse("inspections:exchange_receive"), {"token": "x"}).status_code == 302


def test_what_is_no_file_of_tasks_gets_one_sentence(checks: Checks, clerk: Client) -> None:
    file = io.BytesIO(b"%PDF-1.4 nothing")
    file.name = "tasks.pdf"
    assert clerk.post(reverse("inspections:exchange"), {"file": file}).status_code == 422
    file = io.BytesIO(b'{"tasks": []}')
    file.name = "tasks.json"
    assert clerk.post(reverse("inspections:exchange"), {"file": file}).status_code == 422


def test_the_squad_gives_the_citys_object_to_two_officers(checks: Checks, clerk: Client) -> None:
    page = upload(clerk, drawn(checks, 0, officers=False))
    clerk.post(reverse("inspections:exchange_receive"), {"token": page.context["token"]})
    waiting = CityTaskObject.objects.get()
    clerk.force_login(checks.squad_leader, BACKEND)
    url = reverse("inspections:exchange_task", args=[waiting.city_task_id])
    assert "另一名执法人员" in clerk.get(url).content.decode()
    team = [one.pk for one in checks.officers if one.unit_id == waiting.object.squad_id][:2]
    values = {f"o{waiting.pk}-first": team[0], f"o{waiting.pk}-second": team[1]}
    clerk.post(reverse("inspections:exchange_arrange", args=[waiting.pk]), values)
    made = Inspection.objects.get()
    assert set(made.team.values_list("user", flat=True)) == set(team)
    assert made.number in clerk.get(url).content.decode()


def test_template_schema_and_results_are_taken_away(checks: Checks, clerk: Client) -> None:
    assert clerk.get(reverse("inspections:exchange_template")).status_code == 200
    assert "CityTaskIn" in clerk.get(reverse("inspections:exchange_schema")).json()["$defs"]
    values = {"since": "2020-01-01", "which": "all", "form": "json"}
    answer = clerk.post(reverse("inspections:exchange_results"), values)
    assert orjson.loads(b"".join(answer.streaming_content))["results"] == []  # type: ignore[attr-defined]
    assert answer["X-Content-SHA256"]
    assert answer["X-Content-SHA256"] in clerk.get(reverse("inspections:exchange")).content.decode()
