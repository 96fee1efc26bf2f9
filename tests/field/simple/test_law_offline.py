"""What the phone takes along: the law for on-the-spot decisions, and numbers of its own."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from chengshu.cases.models import NumberBlock
from chengshu.field.models import FieldDevice
from chengshu.field.queries.offline_law import law_for
from chengshu.law.catalogue import catalogue
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import browser
from tests.field.simple.sending import WORD, arrive, served

pytestmark = pytest.mark.django_db
LAW, BLOCKS = "/field/api/law", "/field/api/blocks"


def address(team: Team) -> str:
    """The law for the first officer's phone."""
    device, _new = FieldDevice.objects.get_or_create(
        user=team.first, name="执法终端9", defaults={"id": uuid.uuid4(), "public_key": {}}
    )
    return f"{LAW}?device={device.pk}"


def law(team: Team) -> dict[str, Any]:
    """What an officer's phone gets."""
    answer = browser(team.first).get(address(team))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_it_fits_a_phone_and_is_good_until_the_end_of_the_day_after_next(team: Team) -> None:
    answer = browser(team.first).get(address(team))
    assert len(gzip.compress(answer.content)) < 300_000
    assert answer.json()["valid_until"].startswith("2022-03-13T00:00:00")


def test_only_what_the_simple_procedure_can_lead_to(team: Team) -> None:
    said = law(team)
    limits = [one for one in said["thresholds"] if one["code"] == "simple_procedure"]
    assert [(one["person"], one["organisation"], one["verified"]) for one in limits] == [(200, 3000, True)]
    codes = {cause["code"] for cause in said["causes"]}
    assert "appearance.street-stall" in codes and 0 < len(codes) < len(catalogue().causes)
    for cause in said["causes"]:
        assert cause["name"] and cause["name_en"] and cause["rules"]
        for rule in cause["rules"]:
            assert rule["breach"].startswith("《") and rule["penalty"].startswith("《")
            assert rule["warning"] or any(fine["unit"] == "yuan" for fine in rule["fines"])


def test_ranges_and_tiers_are_those_of_the_catalogue(team: Team) -> None:
    stall = next(one for one in law(team)["causes"] if one["code"] == "appearance.street-stall")
    fine = next(
        rule for rule in stall["rules"] if rule["valid_to"] is None or rule["valid_to"] > "2022-03-10"
    )["fines"][0]
    assert (fine["min"], fine["max"], fine["party"]) == (50, 500, None)
    assert [tier["code"] for tier in fine["tiers"]] == ["light", "ordinary", "heavy"]


def test_who_decides_and_what_the_paper_says(team: Team) -> None:
    said = law(team)
    (town,) = said["authorities"]
    assert town["word"] == "沪普寿街" and town["name"] == said["authority"]["name"]
    assert (town["valid_from"], town["valid_to"]) == ("2022-03-10", "2022-03-12")
    document = said["document"]
    assert document["title"] == "当场行政处罚决定书" and "60日内" in document["remedies"]
    assert set(document["forms"]["organisation"]) == {"fine", "warning", "warning_fine"}
    assert "{party_name}" in json.dumps(document["forms"], ensure_ascii=False)


def test_the_form_has_its_labels_in_both_languages(team: Team) -> None:
    form = {one["name"]: one for one in law(team)["form"]["decision"]}
    assert form["facts"]["required"] and form["facts"]["max_length"] == 500
    assert form["facts"]["label"] == {"zh-hans": "违法事实", "en": "Facts found"}


def test_the_limit_of_each_day_goes_along_where_it_changes(team: Team) -> None:
    said = law_for(team.first, datetime.fromisoformat("2021-07-13T09:00:00+08:00"))
    limits = [one for one in said["thresholds"] if one["code"] == "simple_procedure"]
    assert [(one["person"], one["valid_from"].isoformat()) for one in limits] == [
        (50, "2018-01-01"), (200, "2021-07-15"),
    ]  # fmt: skip


def test_who_decides_is_said_for_each_day(team: Team) -> None:
    said = law_for(team.first, datetime.fromisoformat("2021-07-30T09:00:00+08:00"))["authorities"]
    assert [(one["kind"], one["valid_from"].isoformat(), one["valid_to"].isoformat()) for one in said] == [
        ("bureau", "2021-07-30", "2021-07-31"), ("subdistrict_office", "2021-08-01", "2021-08-01"),
    ]  # fmt: skip


def test_the_same_content_is_not_sent_twice(team: Team) -> None:
    client = browser(team.first)
    first = client.get(address(team))
    again = client.get(address(team), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    with time_machine.travel("2022-03-11 09:00+08:00"):
        client = browser(team.first)
        later = client.get(address(team), headers={"If-None-Match": first["ETag"]})
    assert later.status_code == 200 and later.json()["valid_until"] > first.json()["valid_until"]


def test_nothing_without_signing_in_or_the_right(team: Team) -> None:
    assert (Client().get(LAW).status_code, Client().get(BLOCKS).status_code) == (401, 401)
    clerk = browser(factories.make_user("registry_clerk"))
    assert (clerk.get(LAW).status_code, clerk.get(BLOCKS).status_code) == (403, 403)


# --- blocks -------------------------------------------------------------------------------------------
def device_of(team: Team, name: str = "执法终端3") -> FieldDevice:
    """A registered phone of the first officer."""
    return FieldDevice.objects.create(id=uuid.uuid4(), user=team.first, public_key={}, name=name)


def lease(client: Client, phone: FieldDevice, **body: Any) -> Any:
    """The answer to a request for numbers."""
    asked = {"device": str(phone.pk), "client_id": str(uuid.uuid4()), **body}
    return client.post(BLOCKS, asked, content_type="application/json")


def test_a_phone_leases_numbers_and_sees_what_is_left_of_them(team: Team) -> None:
    client, device, other = browser(team.first), device_of(team), device_of(team, "备用机")
    made = lease(client, device, n=3)
    assert (made.status_code, made.json()["numbers"]) == (201, [WORD.format(n) for n in (1, 2, 3)])
    arrive(served(team))
    (own,) = client.get(BLOCKS, {"device": str(device.pk)}).json()["blocks"]
    assert (own["left"], own["numbers"][0], own["word"]) == (2, WORD.format(2), "沪普寿街")
    assert client.get(BLOCKS, {"device": str(other.pk)}).json()["blocks"] == []
    assert len(client.get(BLOCKS).json()["blocks"]) == 1


def test_a_lease_asked_twice_is_one_block(team: Team) -> None:
    client, device, key = browser(team.first), device_of(team), str(uuid.uuid4())
    first, second = (lease(client, device, client_id=key).json() for _ in range(2))
    assert first == second and first["left"] == 10
    assert NumberBlock.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"n": 0}, 422), ({"n": 10_000}, 422), ({"n": "many"}, 422), ({"n": True}, 422),
        ({"client_id": "x"}, 422), ({"town": "999"}, 422), ({"device": str(uuid.UUID(int=0))}, 404),
        ({"device": "x"}, 404),
    ],
)  # fmt: skip
def test_bad_requests_for_numbers_get_one_sentence(team: Team, body: dict[str, Any], status: int) -> None:
    answer = lease(browser(team.first), device_of(team), **body)
    assert answer.status_code == status and answer.json()["detail"]
    assert not NumberBlock.objects.exists()


def test_a_colleagues_phone_gets_nothing_here(team: Team) -> None:
    answer = lease(browser(team.second), device_of(team))
    assert answer.status_code == 404
