"""当场处罚 from a phone: one form, one decision, whatever happens to the line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chengshu.bureau.models import District
from chengshu.cases.models import Case, CaseStep, CustodyEntry, EvidenceItem
from tests import factories
from tests.cases.conftest import Team, make_team
from tests.cases.pages import NOW, PERSON_ID, browser, on_the_spot, photo, spot_case, taken

pytestmark = pytest.mark.django_db
URL = "/cases/new/simple"
STALL = "appearance.street-stall"


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def test_one_form_makes_the_whole_case_at_the_scene(team: Team) -> None:
    case = spot_case(team)
    kinds = list(case.steps.values_list("kind", flat=True))
    assert kinds == ["simple_scene", "add_evidence", "simple_decision", "serve"]
    assert (case.state, case.procedure, case.fine) == ("served", "simple", 100)
    assert (case.officer, case.second_officer) == (team.first, team.second)
    assert case.decision_number
    party = case.parties.get()
    assert (party.name, party.id_number, party.details["birth"]) == ("张小三", PERSON_ID, "1990-03-07")


def test_the_photo_is_evidence_with_its_custody(team: Team) -> None:
    case = spot_case(team)
    item = EvidenceItem.objects.get(case=case)
    assert item.file is not None
    assert item.sha256 == item.file.sha256 == case.steps.get(kind="add_evidence").data["sha256"]
    assert CustodyEntry.objects.filter(item=item, action="taken_in", by=team.first).count() == 1


def test_a_double_click_decides_once(team: Team) -> None:
    client, form = browser(team.first), on_the_spot(team)
    first = client.post(URL, form)
    second = client.post(URL, {**form, "photos": photo()})
    assert first["Location"] == second["Location"]
    assert (Case.objects.count(), EvidenceItem.objects.count()) == (1, 1)


def test_from_the_scene_to_the_archive_in_single_clicks(team: Team) -> None:
    case = spot_case(team)
    officer, leader = browser(team.first), browser(team.leader)
    for client, kind in (
        (officer, "simple_record"), (officer, "pay"),
        (leader, "disclose"), (leader, "close"), (leader, "archive"),
    ):  # fmt: skip
        page = client.get(reverse("cases:case", args=[case.pk]))
        assert kind in [form.kind for form in page.context["quick"]]
        taken(client, case, kind)
    assert (case.state, case.paid) == ("archived", 100)


def test_a_fine_above_the_limit_is_refused_with_its_article_and_nothing_is_lost(team: Team) -> None:
    client = browser(team.first)
    answer = client.post(URL, on_the_spot(team, cause=STALL, fine="300", facts="堆放纸箱十二只"))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "第五十一条" in html
    for typed in ("堆放纸箱十二只", "张小三", "长寿路1号", PERSON_ID):
        assert typed in html
    assert not Case.objects.exists()
    again = on_the_spot(team, photos="", kept=answer.context["kept"], cause=STALL, fine="200")
    assert client.post(URL, again).status_code == 302  # the photo need not be sent again
    assert EvidenceItem.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"p-id_number": "310107199003074512"}, "校验码"),
        ({"p-kind": "organisation", "p-id_number": "91310107MA1G00000X"}, "统一社会信用代码"),
        ({"cause": "没有这样的案由"}, "没有这样的案由"),
        ({"photos": ""}, "照片"),
        ({"photos": SimpleUploadedFile("坏.jpg", b"not a picture")}, "坏.jpg"),
        ({"fine": ""}, "罚款"),
        ({"act_on": "2022-03-11"}, "不能晚于今天"),
        ({"second_officer": ""}, "不得少于2人"),
        ({"told": ""}, "告知"),
        ({"id_shown": ""}, "执法证"),
    ],
)
def test_bad_input_gets_one_clear_sentence(team: Team, changes: dict[str, object], sentence: str) -> None:
    answer = browser(team.first).post(URL, on_the_spot(team, **changes))
    assert answer.status_code == 200
    said = [refusal["text"] for refusal in answer.context["refused"]]
    for form in (answer.context["form"], answer.context["party"]):
        said += [text for errors in form.errors.values() for text in errors]
    assert any(sentence in text for text in said), said
    assert not Case.objects.exists()


def test_refused_to_sign_needs_a_witness(team: Team) -> None:
    answer = browser(team.first).post(URL, on_the_spot(team, refused_to_sign="on"))
    assert "见证人" in answer.context["refused"][0]["text"]
    assert spot_case(team, refused_to_sign="on", witness="王见证").state == "served"


def test_cash_within_the_limit_is_paid_at_once(team: Team) -> None:
    assert spot_case(team, fine="100", cash="on").paid == 100


def test_the_law_stands_beside_the_form(team: Team) -> None:
    client = browser(team.first)
    html = client.get("/cases/new/law", {"cause": STALL, "act_on": "2022-03-10"}).content.decode()
    assert "/law/articles/" in html and "on=2022-03-10" in html
    assert "没有" in client.get("/cases/new/law", {"cause": "不存在的"}).content.decode()


def test_a_regulated_object_fills_the_form(team: Team) -> None:
    shop = factories.make_object(team.district, name="绿洲小吃店", address="长寿路77号")
    html = browser(team.first).get(URL, {"object": shop.pk}).content.decode()
    assert "绿洲小吃店" in html and "长寿路77号" in html


def test_only_officers_and_leaders_decide_on_the_spot(team: Team) -> None:
    assert browser(team.legal).get(URL).status_code == 403
    assert browser(factories.make_user("system_admin")).get(URL).status_code == 403
    assert not CaseStep.objects.exists()


def test_in_a_town_the_town_government_decides(district: District) -> None:
    team = make_team(district, "桃浦镇")
    lng, lat = factories.IN_TAOPU
    case = spot_case(team, lng=str(lng), lat=str(lat), address="祁连山路12号")
    assert case.steps.get(kind="simple_decision").data["authority_kind"] == "town_government"
