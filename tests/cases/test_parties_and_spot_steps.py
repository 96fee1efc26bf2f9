"""On the page of a case: as many parties as there are, and the simple procedure in a case that was a lead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from chengshu.cases.models import Case, NumberBlock
from chengshu.cases.services.blocks import lease
from tests.cases.conftest import Team
from tests.cases.pages import CAUSE, NOW, browser, form_of, photo, take, taken
from tests.cases.test_number_blocks import WORD
from tests.cases.test_steps_view import lead

pytestmark = pytest.mark.django_db
SCENE = {
    "id_shown": "on", "told": "on", "heard": "on", "statement": "无异议", "cause": CAUSE,
    "p1-kind": "person", "p1-name": "张小三",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def checked(team: Team) -> Case:
    """A lead whose offence has been confirmed."""
    case = lead(team)
    return taken(browser(team.first), case, "check", result="confirmed", second_officer=str(team.second.pk))


def with_photo(team: Team, case: Case) -> Case:
    """The case with a photo of the scene."""
    url = reverse("cases:evidence_add", args=[case.pk])
    values = {"client_id": "5f6f1c4e-0000-4000-8000-00000000000a", "type": "record", "title": "现场照片"}
    values["second_officer"] = str(team.second.pk)
    answer = browser(team.first).post(url, {**values, "file": photo()})
    assert answer.status_code == 302, answer.context["evidence_form"].errors
    return case


def at_the_scene(team: Team) -> Case:
    """A lead that turned out to be a matter for the spot, with its photo."""
    case = lead(team)
    taken(browser(team.first), case, "simple_scene", second_officer=str(team.second.pk), **SCENE)
    return with_photo(team, case)


# --- the simple procedure in a case that is there already ---------------------------------------------
@pytest.mark.parametrize("start", [lead, checked])
def test_a_lead_is_decided_on_the_spot_on_its_page(team: Team, start: Any) -> None:
    case, officer = start(team), browser(team.first)
    page = officer.get(reverse("cases:case", args=[case.pk])).context
    assert "simple_scene" in [button["kind"] for button in page["buttons"]]
    assert form_of(officer, case, "simple_scene")["facts"] == "店外堆物占用人行道"  # nothing is typed twice
    taken(officer, case, "simple_scene", second_officer=str(team.second.pk), **SCENE)
    assert (case.state, case.procedure) == ("on_spot", "simple")
    with_photo(team, case)
    page = officer.get(reverse("cases:case", args=[case.pk])).context
    assert page["buttons"][0]["kind"] == "simple_decision"
    taken(officer, case, "simple_decision", **{"o1-fine": "50"})
    assert (case.state, case.fine) == ("decided", 50)
    assert case.decision_number == case.number == WORD.format(1)
    taken(officer, case, "serve")
    taken(officer, case, "simple_record")
    taken(officer, case, "pay")
    assert (case.state, case.paid) == ("served", 50)
    assert "张" in officer.get(reverse("cases:case", args=[case.pk])).content.decode()


def test_the_limit_of_the_simple_procedure_holds_on_the_page_too(team: Team) -> None:
    case = at_the_scene(team)
    answer: Any = take(browser(team.first), case, "simple_decision", **{"o1-fine": "300"})
    assert "第五十一条" in answer.content.decode()
    case.refresh_from_db()
    assert (case.state, case.decision_number) == ("on_spot", "")


def test_on_the_spot_there_are_only_fines_and_warnings(team: Team) -> None:
    case = at_the_scene(team)
    filled = form_of(browser(team.first), case, "simple_decision")
    assert filled["o1-type"] == "penalty"
    form = browser(team.first).get(reverse("cases:step", args=[case.pk, "simple_decision"])).context
    part = form["step_form"].parts[0][1]
    assert not {"confiscated", "reason", "mitigated", "grave"} & set(part.fields)
    assert [code for code, _label in getattr(part.fields.get("others"), "choices", [])] in ([], ["warning"])


@pytest.mark.parametrize(
    ("left_out", "sentence"), [("id_shown", "执法证"), ("told", ""), ("second_officer", "不得少于2人")]
)
def test_what_must_happen_at_the_scene_is_asked_for(team: Team, left_out: str, sentence: str) -> None:
    case, officer = lead(team), browser(team.first)
    values = {"second_officer": str(team.second.pk), **SCENE, left_out: ""}
    answer: Any = take(officer, case, "simple_scene", **values)
    if sentence:
        assert sentence in answer.content.decode()
        return
    with_photo(team, case)  # told or not is judged when it is decided
    answer = take(officer, case, "simple_decision", **{"o1-fine": "50"})
    assert "告知" in answer.content.decode()


def test_without_evidence_nothing_is_decided_on_the_spot(team: Team) -> None:
    case, officer = lead(team), browser(team.first)
    taken(officer, case, "simple_scene", second_officer=str(team.second.pk), **SCENE)
    answer: Any = take(officer, case, "simple_decision", **{"o1-fine": "50"})
    assert "案卷中尚无证据" in answer.content.decode()


def test_a_filed_case_is_not_decided_on_the_spot(team: Team) -> None:
    case, officer = checked(team), browser(team.first)
    second = str(team.second.pk)
    taken(officer, case, "propose_filing", second_officer=second, **{"p1-kind": "person", "p1-name": "张"})
    page = officer.get(reverse("cases:case", args=[case.pk])).context
    assert "simple_scene" not in [button["kind"] for button in page["buttons"]]
    answer: Any = take(officer, case, "simple_scene", second_officer=second, **SCENE)
    assert answer.status_code == 200 and answer.context["step_form"].refused


def test_a_paper_decision_in_a_lead_bears_the_number_of_the_officers_block(team: Team) -> None:
    case = at_the_scene(team)
    block = lease(team.first, 2, by=team.first, town=team.squad.towns.get())
    officer = browser(team.first)
    answer: Any = take(officer, case, "simple_decision", **{"o1-fine": "50", "number": "自编1号"})
    assert "不属于" in answer.content.decode()
    taken(officer, case, "simple_decision", **{"o1-fine": "50", "number": WORD.format(2)})
    assert case.decision_number == WORD.format(2)
    assert NumberBlock.objects.get(pk=block.pk).used == [2]


# --- any number of parties ----------------------------------------------------------------------------
def parties(*names: str) -> dict[str, str]:
    """People as the filing form takes them."""
    return {
        key: value
        for n, name in enumerate(names, 1)
        for key, value in ((f"p{n}-kind", "person"), (f"p{n}-name", name))
    }


def test_another_party_is_added_without_a_script_and_nothing_typed_is_lost(team: Team) -> None:
    case, officer = checked(team), browser(team.first)
    steps = case.step_count
    answer: Any = take(
        officer, case, "propose_filing", more="1", act_until="2022-03-10", **parties("张一", "李二")
    )
    form = answer.context["step_form"]
    assert [part["name"].value() for _label, part in form.parts] == ["张一", "李二", None]
    html = answer.content.decode()
    assert 'value="张一"' in html and 'value="2022-03-10"' in html and 'name="p3-name"' in html
    assert not form.errors and not any(part.errors for _label, part in form.parts)  # not judged yet
    again: Any = take(officer, case, "propose_filing", more="1", **parties("张一", "李二", "王三"))
    assert len(again.context["step_form"].parts) == 4
    case.refresh_from_db()
    assert case.step_count == steps


def test_every_party_that_was_added_is_filed(team: Team) -> None:
    case, second = checked(team), str(team.second.pk)
    names = [f"当事人{n}" for n in range(1, 13)]
    taken(browser(team.first), case, "propose_filing", second_officer=second, **parties(*names))
    assert sorted(case.parties.values_list("name", flat=True)) == sorted(names)


def test_an_empty_place_between_two_parties_is_left_out(team: Team) -> None:
    case, second = checked(team), str(team.second.pk)
    taken(browser(team.first), case, "propose_filing", second_officer=second, **parties("张一", "", "王三"))
    assert list(case.parties.order_by("key").values_list("key", "name")) == [("1", "张一"), ("2", "王三")]


def test_a_wrong_paper_of_the_fourth_party_is_told_beside_it(team: Team) -> None:
    case, second = checked(team), str(team.second.pk)
    values = {**parties("张一", "李二", "王三", "赵四"), "p4-id_number": "310107199003074512"}
    answer: Any = take(browser(team.first), case, "propose_filing", second_officer=second, **values)
    parts = answer.context["step_form"].parts
    assert len(parts) == 4 and "校验码" in parts[3][1].errors["id_number"][0]
