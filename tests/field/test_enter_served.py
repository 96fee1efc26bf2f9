"""A served decision that could not be taken in: whoever leads hears of it and enters it as it was served."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from chengshu.bureau.models import Notice
from chengshu.cases.models import Case
from chengshu.field.models import FieldDevice, FieldRecord
from chengshu.field.services import devices
from chengshu.field.settings import limits
from tests import factories
from tests.cases.conftest import Team
from tests.cases.conftest import district as district
from tests.cases.conftest import team as team
from tests.cases.pages import CAUSE, PERSON_ID, browser
from tests.field.phone import Phone
from tests.field.simple.sending import AT, RECEIVED, WORD, block_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring() -> Any:
    with time_machine.travel(RECEIVED):
        yield


def decision(team: Team, phone: Phone, **changes: Any) -> dict[str, Any]:
    """A decision of this morning, in the queue of the phone."""
    photo = phone.upload()
    data = {
        "cause": CAUSE,
        "party": {"kind": "person", "name": "张小三", "id_type": "resident_id", "id_number": PERSON_ID},
        "act_on": "2022-03-10",
        "facts": "随地乱扔纸屑，未自行清理。",
        "fine": 100,
        "address": "长寿路1号",
        "told": True,
        "heard": True,
        "id_shown": True,
        "number": WORD.format(1),
        "officers": [team.first.pk, team.second.pk],
        "photos": [photo],
        **changes,
    }
    phone.record("case.simple", data, files=[photo], at=AT)
    return data


def asked(team: Team) -> Notice:
    """What the leader was asked to enter."""
    return Notice.objects.get(kind="case.by_hand", recipient=team.leader)


def form(page: Any, **changes: Any) -> dict[str, Any]:
    """What the page begins with, put right."""
    values: dict[str, Any] = {}
    for part in (page.context["form"], page.context["party"]):
        for bound in part:
            value = bound.value()
            if value not in (None, "", [], False):
                values[bound.html_name] = "on" if value is True else value
    values["decided_at"] = "2022-03-10T09:30"
    return values | changes


def test_the_leader_enters_it_with_what_the_phone_sent_and_the_officers_own_number(team: Team) -> None:
    block_of(team)
    phone = Phone(team.first)
    decision(team, phone, party={"kind": "person", "name": ""})
    [result] = phone.send()["results"]
    assert result["outcome"] == "refused" and not Case.objects.exists()
    url = asked(team).url
    assert url == f"/field/records/{result['id']}/served/"
    desk = browser(team.leader)
    page = desk.get(url)
    assert page.status_code == 200 and WORD.format(1) in page.content.decode()
    answer = desk.post(url, form(page, **{"p-name": "张小三", "p-id_number": PERSON_ID}))
    assert answer.status_code == 302, (answer.context["form"].errors, answer.context["party"].errors)
    case = Case.objects.get()
    assert case.decision_number == WORD.format(1) and answer.url == f"/cases/{case.pk}/"
    step = case.steps.get(kind="simple_decision")
    assert step.by == team.leader and step.data["recorded_by"] == team.first.username
    assert [one["id"] for one in step.officers] == [team.first.username, team.second.username]
    assert "number-other-officer" not in step.data["noted"]
    assert case.evidence.count() == 1  # the photo of the phone
    assert desk.get(url).url == f"/cases/{case.pk}/"  # entered once


def test_the_officer_does_not_enter_the_own_refused_record(team: Team) -> None:
    phone = Phone(team.leader)
    decision(team, phone, party=None)
    [result] = phone.send()["results"]
    assert browser(team.leader).get(f"/field/records/{result['id']}/served/").status_code == 403
    assert browser(team.second).get(f"/field/records/{result['id']}/served/").status_code == 403


def test_an_applied_record_is_not_entered_again(team: Team) -> None:
    block_of(team)
    phone = Phone(team.first)
    decision(team, phone)
    [result] = phone.send()["results"]
    assert result["outcome"] != "refused"
    assert browser(team.leader).get(f"/field/records/{result['id']}/served/").status_code == 404


def test_one_set_aside_after_faults_is_asked_for(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Phone(team.first)
    decision(team, phone)
    FieldDevice.objects.update(stuck_seq=1, stuck_times=limits().fault_tries)
    assert [one["outcome"] for one in phone.send()["results"]] == ["refused"]
    assert WORD.format(1) in asked(team).title


def test_one_whose_envelope_is_damaged_is_asked_for(team: Team) -> None:
    phone = Phone(team.first)
    decision(team, phone)
    body = json.loads(phone.queue.pop()["text"]) | {"at": "gestern"}
    [result] = phone.send([phone.sign(json.dumps(body))])["results"]
    assert result["outcome"] == "refused" and WORD.format(1) in asked(team).title


def test_one_of_a_revoked_device_is_kept_and_asked_for(team: Team) -> None:
    phone = Phone(team.first)
    decision(team, phone)
    devices.revoke(FieldDevice.objects.get(), by=team.leader, reason="遗失")
    phone.sign_in()
    [result] = phone.send()["results"]
    assert result["outcome"] == "refused" and "停用" in result["messages"][0]
    assert WORD.format(1) in asked(team).title and not Case.objects.exists()


def test_a_decision_in_damaged_words_is_asked_for_and_begins_the_form(team: Team) -> None:
    phone = Phone(team.first)
    decision(team, phone)
    text = phone.queue.pop()["text"]
    phone.seq = 0
    said = {"of": json.loads(text)["id"], "kind": "case.simple", "number": WORD.format(1), "text": text}
    result = phone.do("damaged", said)
    assert result["outcome"] == "refused" and WORD.format(1) in asked(team).title
    page = browser(team.leader).get(asked(team).url)
    assert "随地乱扔纸屑" in page.content.decode()


def test_words_and_files_of_a_refused_record_are_shown_to_who_may_see_them(team: Team) -> None:
    phone = Phone(team.first)
    data = decision(team, phone, party={"kind": "person", "name": "", "id_number": PERSON_ID})
    [result] = phone.send()["results"]
    at = f"/field/records/{result['id']}/"
    photo = f"{at}files/{data['photos'][0]}"
    own = phone.client.get(at).content.decode()
    assert "随地乱扔纸屑" in own and photo in own and PERSON_ID in own
    assert phone.client.get(photo).status_code == 200
    led = browser(team.leader).get(at).content.decode()
    assert "随地乱扔纸屑" in led and PERSON_ID not in led
    assert browser(team.leader).get(photo).status_code == 200
    security = browser(factories.make_user("security_admin"))
    looked = security.get(at)
    assert looked.status_code == 403 or "随地乱扔纸屑" not in looked.content.decode()
    assert security.get(photo).status_code in (403, 404)
    assert browser(team.second).get(photo).status_code == 404
    assert phone.client.get(f"{at}files/{'0' * 64}").status_code == 404


def test_the_notice_says_nothing_of_the_party(team: Team) -> None:
    phone = Phone(team.first)
    decision(team, phone, cause="no.such-cause")
    phone.send()
    said = asked(team)
    assert "张小三" not in said.title + said.text
    assert FieldRecord.objects.get().recorded_at <= timezone.now()
