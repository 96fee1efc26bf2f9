"""Off-site devices: the register decides whether a record of theirs is evidence or a lead only."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from chengshu.cases.models import Case, OffsiteDevice
from chengshu.cases.procedure import law
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.steps import Step, StepKind
from chengshu.cases.services import StepRefused, open_case, take_step
from chengshu.cases.services.devices import save_device
from chengshu.kernel import files
from tests import factories
from tests.cases import planted
from tests.cases.conftest import Team
from tests.cases.pages import NOW, browser, photo

pytestmark = pytest.mark.django_db

CAUSE = "appearance.street-storage"
SHOP = {"key": "1", "kind": "organisation", "name": "普陀某餐饮有限公司", "id_number": "91310107MA1G00000X"}
COMPLETE: dict[str, Any] = {
    "code": "CAM-01", "name": "长寿路球机", "certificate": "检字2021-7", "valid_to": date(2022, 12, 31),
    "legal_review": "法审2021-3", "legal_reviewed_on": date(2021, 9, 1),
    "technical_review": "技审2021-3", "technical_reviewed_on": date(2021, 9, 2),
    "published_at": date(2021, 10, 1), "place": "长寿路1号", "clock_offset": 0.5,
}  # fmt: skip
LACKING = [
    ({"certificate": ""}, "检定证书"),
    ({"valid_to": date(2022, 3, 9)}, "检定证书"),
    ({"legal_reviewed_on": None}, "法制审核"),
    ({"technical_review": ""}, "技术审核"),
    ({"published_at": date(2022, 3, 11)}, "地点公布"),
]


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def case(team: Team) -> Case:
    """A lead."""
    return open_case(
        team.district, by=team.first, summary="店外堆物", address="长寿路1号", position=factories.IN_CHANGSHOU
    )


def device(team: Team, **changes: Any) -> OffsiteDevice:
    """A device in the register, complete but for the changes."""
    return save_device(OffsiteDevice(district=team.district, **{**COMPLETE, **changes}), by=team.legal)


def add(team: Team, case: Case, camera: OffsiteDevice) -> Any:
    """Take a record of the device in."""
    values = {
        "client_id": str(uuid.uuid4()), "type": "audiovisual", "title": "抓拍照片", "offsite": str(camera.pk),
        "captured_at": "2022-03-10T09:30", "second_officer": str(team.second.pk), "file": photo(),
    }  # fmt: skip
    return browser(team.first).post(reverse("cases:evidence_add", args=[case.pk]), values)


def refusal(answer: Any) -> str:
    """What the form says about the whole."""
    return "".join(answer.context["evidence_form"].non_field_errors())


def file_it(team: Team, case: Case) -> None:
    """File the case for goods heaped on the road."""
    take_step(case, "check", by=team.first, officers=team.officers, data={"result": "confirmed"})  # type: ignore[arg-type]
    data = {"cause": CAUSE, "parties": [SHOP], "act_on": "2022-03-10"}
    take_step(case, "propose_filing", by=team.first, officers=team.officers, data=data)  # type: ignore[arg-type]
    taken = {"approver": team.leader.username}
    take_step(case, "approve_filing", by=team.leader, data=taken)  # type: ignore[arg-type]


def switch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Admit device records for every cause."""
    known = law.cause
    monkeypatch.setattr(law, "cause", lambda code: replace(known(code), offsite_allowed=True))


def test_a_record_of_a_complete_device_carries_what_the_register_says(
    team: Team, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_it(team, case)
    switch_on(monkeypatch)
    assert add(team, case, device(team)).status_code == 302
    item, step = case.evidence.get(), case.steps.get(kind="add_evidence")
    assert (item.device, item.place, item.clock_offset) == ("CAM-01 长寿路球机", "长寿路1号", 0.5)
    said = {key: step.data[key] for key in ("offsite", "certificate", "legal_review", "published_at")}
    assert said == {
        "offsite": True, "certificate": "检字2021-7", "legal_review": "法审2021-3",
        "published_at": "2021-10-01",
    }  # fmt: skip
    assert step.data["reviewed_by"] == team.first.username


@pytest.mark.parametrize(("changes", "named"), LACKING)
def test_what_was_not_in_force_on_the_day_makes_the_record_a_lead(
    team: Team, case: Case, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], named: str
) -> None:
    file_it(team, case)
    switch_on(monkeypatch)
    said = refusal(add(team, case, device(team, **changes)))
    assert named in said and "只能作为线索" in said
    assert not case.evidence.exists()


def test_a_cause_that_is_not_switched_on_admits_no_record(team: Team, case: Case) -> None:
    file_it(team, case)
    assert "未启用非现场执法" in refusal(add(team, case, device(team)))
    assert not case.evidence.exists()


def test_a_device_out_of_use_is_not_offered(team: Team, case: Case) -> None:
    answer = add(team, case, device(team, active=False))
    assert "offsite" in answer.context["evidence_form"].errors


def test_legal_reviewers_keep_the_register_and_its_history(team: Team) -> None:
    form = {
        "code": "CAM-02",
        "name": "光复路球机",
        "lng": "121.43",
        "lat": "31.24",
        "active": "on",
        "photo": photo(),
    }
    client = browser(team.legal)
    assert client.post(reverse("cases:device_new"), form).status_code == 302
    made = OffsiteDevice.objects.get()
    assert (made.position, made.sign_photo is not None) == ((121.43, 31.24), True)
    changed = {**form, "photo": "", "certificate": "检字2022-1"}
    assert client.post(reverse("cases:device", args=[made.pk]), changed).status_code == 302
    made.refresh_from_db()
    assert (made.certificate, made.sign_photo is not None) == ("检字2022-1", True)
    history: Any = OffsiteDevice.pgh_event_models["before"]  # type: ignore[attr-defined]
    assert [event.certificate for event in history.objects.all()] == [""]
    page = browser(team.first).get(reverse("cases:devices")).content.decode()
    assert "CAM-02" in page and "仅作线索" in page


def test_bad_input_gets_one_clear_sentence(team: Team) -> None:
    device(team)
    client, url = browser(team.legal), reverse("cases:device_new")
    twice = client.post(url, {"code": "CAM-01", "name": "又一台"})
    assert "该设备编号已登记" in twice.content.decode()
    half = client.post(url, {"code": "CAM-03", "name": "球机", "lng": "121.4"})
    assert "同时填写" in half.content.decode()
    assert OffsiteDevice.objects.count() == 1


def test_nobody_else_changes_the_register(team: Team) -> None:
    with pytest.raises(PermissionDenied):
        save_device(OffsiteDevice(district=team.district, **COMPLETE), by=team.leader)


# --- files with device records only: the rule on evidence --------------------------------------------
RECORD = {
    "type": "audiovisual", "sha256": "a" * 64, "offsite": True, "device": "CAM-01",
    "certificate": "检字2021-7", "legal_review": "法审2021-3", "technical_review": "技审2021-3",
    "published_at": "2019-10-01", "reviewed_by": "lu",
}  # fmt: skip


def recorded_by_devices(steps: list[Step], *, all_of_it: bool = True) -> list[Step]:
    """The file with evidence that devices recorded; else only its first item is such a record."""
    items = [step for step in steps if step.kind is StepKind.ADD_EVIDENCE]
    wanted = items if all_of_it else items[:1]
    return [replace(step, data=RECORD) if step in wanted else step for step in steps]


def against_evidence(steps: list[Step]) -> list[tuple[str, str]]:
    """The step and the sentence of each finding that evidence is missing."""
    file, found = review(steps)
    return [(file.steps[f.step].kind, f.text) for f in found if f.rule == "evidence-missing"]


@pytest.mark.parametrize(
    ("made", "judged"), [(planted.general, "report"), (planted.simple, "simple_decision")]
)
def test_device_records_alone_carry_no_decision_where_the_cause_is_not_switched_on(
    made: Any, judged: str
) -> None:
    ((step, sentence),) = against_evidence(recorded_by_devices(made()))
    assert step == judged and "仅有设备记录" in sentence


@pytest.mark.parametrize("made", [planted.general, planted.simple])
def test_device_records_carry_it_where_the_cause_is_switched_on(
    made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(monkeypatch)
    assert against_evidence(recorded_by_devices(made())) == []


def test_device_records_beside_other_evidence_are_enough() -> None:
    assert against_evidence(recorded_by_devices(planted.general(), all_of_it=False)) == []


def test_records_taken_in_before_the_cause_was_known_are_judged_again(team: Team, case: Case) -> None:
    assert add(team, case, device(team)).status_code == 302  # a lead: nothing speaks against keeping it
    file_it(team, case)
    data = {"facts": "占道堆物", "proposals": [{"party": "1", "type": "penalty", "fine": 2000}]}
    with pytest.raises(StepRefused, match="仅有设备记录"):
        take_step(case, StepKind.REPORT, by=team.first, officers=team.officers, data=data)


def test_the_sign_at_the_place_is_shown_with_the_device_and_with_its_records(
    team: Team, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(monkeypatch)
    camera, old = device(team), photo("公示牌.jpg", 30)
    camera.sign_photo = files.store(old, name="公示牌.jpg", kind="photo")
    save_device(camera, by=team.legal)
    old.seek(0)
    client, sign = browser(team.first), reverse("cases:device_sign", args=[camera.pk])
    assert sign in client.get(reverse("cases:devices")).content.decode()
    assert sign in browser(team.legal).get(reverse("cases:device", args=[camera.pk])).content.decode()
    file_it(team, case)
    assert add(team, case, camera).status_code == 302
    camera.sign_photo = files.store(photo("新公示牌.jpg", 200), name="新公示牌.jpg", kind="photo")
    save_device(camera, by=team.legal)
    of_record = reverse("cases:evidence_sign", args=[case.pk, 1])
    assert of_record in client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert b"".join(client.get(of_record).streaming_content) == old.read()  # type: ignore[attr-defined]
    assert client.get(reverse("cases:evidence_sign", args=[case.pk, 2])).status_code == 404
