"""The API of inspections as the field app uses it."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.inspections.lifecycle import Kind, State
from chengshu.inspections.models import Inspection
from chengshu.registry.queries import reference
from tests.inspections.conftest import Checks
from tests.inspections.pages import browser, photo

pytestmark = pytest.mark.django_db
URL = "/api/v1/inspections"


class App:
    """The field app of one officer."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str = "", **query: Any) -> Any:
        """A reading call."""
        return self.client.get(URL + path, query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """JSON."""
        return self.client.post(URL + path, json.dumps(body), content_type="application/json")

    def form(self, path: str, **fields: Any) -> Any:
        """Multipart."""
        return self.client.post(URL + path, fields)


@pytest.fixture
def one(checks: Checks) -> Inspection:
    """A drawn inspection."""
    reference.forget()
    return checks.drawn()[0]


@pytest.fixture
def app(checks: Checks, one: Inspection) -> App:
    """The app of a member of its team."""
    return App(browser(checks.member(one)))


def the_report(one: dict[str, Any], problems: tuple[str, ...] = (), **stated: Any) -> dict[str, Any]:
    """A record for the checklist that the app was given."""
    return {
        "client_id": str(uuid.uuid4()),
        "result": 1,
        "answers": [
            {"code": entry["code"], "found": "yes" if entry["code"] in problems else "no"}
            for entry in one["checklist"]
        ],
        "signing": "refused",
        "unsigned_because": "拒签；见证人：李某",
        **stated,
    }


def test_a_day_in_the_field(checks: Checks, one: Inspection, app: App) -> None:
    listed = app.get().json()["items"]
    assert one.number in {item["number"] for item in listed}
    detail = app.get(f"/{one.pk}").json()
    assert [entry["code"] for entry in detail["checklist"]][:2] == ["1", "2"] and detail["rectify_days"] == 7
    name = str(uuid.uuid4())
    for _time in range(2):
        assert app.post(f"/{one.pk}/start", {"client_id": name}).json()["state"] == State.STARTED
    sent = [
        app.form(f"/{one.pk}/photos", file=photo(), entry="1", longitude=121.43, latitude=31.24)
        for _t in "ab"
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    (kept,) = sent[0].json()["items"]
    assert kept["position"] == [121.43, 31.24] and sent[1].json()["items"][0]["id"] == kept["id"]
    assert app.client.get(kept["url"])["Content-Type"] == "image/png"
    day = (timezone.localdate() + timedelta(days=7)).isoformat()
    record = json.dumps(
        the_report(detail, ("1",), result=5, rectify_by=day, signing="signed", party_name="王某")
    )
    for _time in range(2):  # the network broke off after the first
        done = app.form(f"/{one.pk}/report", report=record, signature=photo("签名.png", "black"))
        assert done.status_code == 200 and done.json()["state"] == State.ORDERED, done.content
    assert done.json()["reports"] == 1
    recheck = {"client_id": str(uuid.uuid4()), "complied": False}
    for _time in range(2):
        after = app.post(f"/{one.pk}/recheck", recheck).json()
    assert after["state"] == State.CLOSED and after["lead"]


def test_pages_of_the_list_lead_through_all_of_them_once(checks: Checks, one: Inspection) -> None:
    app = App(browser(checks.leader))
    seen: list[str] = []
    cursor = ""
    while True:
        page = app.get(whose="all", limit=2, cursor=cursor).json()
        seen += [item["number"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5
    assert app.get(whose="all", kind="routine").json()["items"] == []
    assert app.get(cursor="nonsense").status_code == 400


def test_what_does_not_fit_is_said_with_its_place(checks: Checks, one: Inspection, app: App) -> None:
    detail = app.get(f"/{one.pk}").json()
    assert app.form(f"/{one.pk}/report", report="{").status_code == 422
    wrong = app.form(f"/{one.pk}/report", report=json.dumps(the_report(detail, result=11)))
    assert wrong.status_code == 422 and "result" in wrong.content.decode()
    against = app.form(f"/{one.pk}/report", report=json.dumps(the_report(detail, result=5)))
    assert against.status_code == 422 and "检查项" in against.content.decode()
    assert (
        app.post(f"/{one.pk}/recheck", {"client_id": str(uuid.uuid4()), "complied": True}).status_code == 409
    )
    assert app.get("/999999999").status_code == 404
    leader = App(browser(checks.squad_leader))
    if leader.get(f"/{one.pk}").status_code == 200:
        assert leader.post(f"/{one.pk}/start", {}).status_code == 403


def test_an_inspection_outside_the_draw_is_arranged_once_and_corrected(
    checks: Checks, one: Inspection
) -> None:
    reference.forget()
    officers = checks.officers[:2]
    app = App(browser(officers[0]))
    body = {
        "client_id": str(uuid.uuid4()),
        "object": checks.shops[0].pk,
        "kind": "special",
        "officers": [officer.pk for officer in officers],
        "reason": "节前专项",
        "due_on": (timezone.localdate() + timedelta(days=5)).isoformat(),
    }
    first, again = app.post("", body), app.post("", body)
    assert first.status_code == again.status_code == 201 and first.json()["id"] == again.json()["id"]
    made = Inspection.objects.get(kind=Kind.SPECIAL)
    detail = app.get(f"/{made.pk}").json()
    app.form(f"/{made.pk}/report", report=json.dumps(the_report(detail)))
    without = app.form(f"/{made.pk}/correct", report=json.dumps(the_report(detail)))
    assert without.status_code == 422
    why = json.dumps(the_report(detail, correction_reason="漏记备注", note="店面装修"))
    assert app.form(f"/{made.pk}/correct", report=why).json()["reports"] == 2
    assert (
        app.post(
            "", {**body, "client_id": str(uuid.uuid4()), "officers": [officers[0].pk, 10**9]}
        ).status_code
        == 422
    )
