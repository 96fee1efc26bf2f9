"""What was served against a rule stays in sight until somebody else has put it right."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from chengshu.cases.models import Case, CaseStep
from chengshu.cases.procedure.case_file import FORMAL
from chengshu.cases.procedure.rules import base
from chengshu.cases.procedure.rules import served as about_records
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.queries.one import opened
from chengshu.cases.services import take_step
from tests.cases.conftest import Team, certified
from tests.cases.pages import browser
from tests.field.simple.sending import arrive, block_of, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrong(team: Team) -> Case:
    """A decision with a fine above the limit of the simple procedure."""
    block_of(team)
    return Case.objects.get(pk=arrive(served(team, fine=300)).result["case"])


def decision_of(case: Case) -> CaseStep:
    """The step that the rules object to."""
    return case.steps.get(kind=K.SIMPLE_DECISION)


def corrected(case: Case, by: Any) -> Case:
    """The case after a correction of its decision."""
    take_step(case, K.CORRECT, by=by, data={"step": decision_of(case).seq, "text": "已告知当事人并补正。"})
    case.refresh_from_db()
    return case


def test_it_waits_for_the_leader_and_the_legal_reviewer_not_for_the_officers(team: Team, wrong: Case) -> None:
    for person, waits in ((team.leader, True), (team.legal, True), (team.first, False)):
        shown = browser(person).get(reverse("cases:mine")).context["sections"]
        found = {entry["section"].code: entry["section"].rows for entry in shown}
        assert (found.get("to_correct") == [wrong]) is waits


def test_the_list_marks_it_and_can_be_narrowed_to_it(team: Team, wrong: Case) -> None:
    client = browser(team.leader)
    page = client.get(reverse("cases:list"), {"to_correct": "on"})
    assert [row["id"] for row in page.context["rows"]] == [wrong.pk]
    assert "待纠正" in page.content.decode()
    corrected(wrong, team.leader)  # a fine above the limit is not put right by words
    page = client.get(reverse("cases:list"), {"to_correct": "on"})
    assert [row["id"] for row in page.context["rows"]] == [wrong.pk]


def test_its_page_says_what_is_wrong_and_how_to_put_it_right(team: Team, wrong: Case) -> None:
    page = browser(team.leader).get(reverse("cases:case", args=[wrong.pk]))
    html = page.content.decode()
    assert "第五十一条" in html and "待纠正" in html and "纠正方式" in html
    assert "张小三" not in html
    said = page.context["wrong"]
    assert [entry["seq"] for entry in said["steps"]] == [decision_of(wrong).seq]
    assert "correct" in {way.kind for way in said["ways"] if way.offered}
    assert not said["acting"]
    assert browser(team.first).get(reverse("cases:case", args=[wrong.pk])).context["wrong"]["acting"]


@pytest.fixture
def unnumbered(team: Team) -> Case:
    """A decision that the law allows, on a paper without a number."""
    return Case.objects.get(pk=arrive(served(team, number="")).result["case"])


def test_formal_rules_are_just_those_about_the_record_of_what_was_served() -> None:
    own = {one.code for one in base.RULES.values() if one.check.__module__ == about_records.__name__}
    assert own - {"served-authority"} == FORMAL


def test_who_served_it_cannot_declare_it_right(team: Team, unnumbered: Case) -> None:
    assert corrected(unnumbered, team.first).to_correct
    assert not corrected(unnumbered, team.leader).to_correct


def test_a_colleague_of_the_squad_cannot_either(team: Team, unnumbered: Case) -> None:
    colleague = certified("officer", team.squad, "示0903")
    assert corrected(unnumbered, colleague).to_correct
    step = unnumbered.steps.get(kind=K.CORRECT)
    assert step.data["settles"] == []
    assert not corrected(unnumbered, team.legal).to_correct


def test_nor_a_leader_who_recorded_it_without_having_acted(team: Team) -> None:
    block_of(team)
    case = Case.objects.get(pk=arrive(served(team, by=team.leader)).result["case"])
    assert corrected(case, team.leader).to_correct
    assert not corrected(case, team.legal).to_correct


def test_no_words_of_a_correction_make_a_fine_lawful(team: Team, wrong: Case) -> None:
    for person in (team.leader, team.legal):
        data = {"step": decision_of(wrong).seq, "text": "已更正。", "settles": ["simple-limit"]}
        take_step(wrong, K.CORRECT, by=person, data=data)
    wrong.refresh_from_db()
    assert wrong.to_correct


def test_a_correction_leaves_what_is_more_than_formal(team: Team) -> None:
    case = Case.objects.get(pk=arrive(served(team, number="", fine=300)).result["case"])
    place = decision_of(case).seq
    before = opened(case).file.objected[place]
    corrected(case, team.leader)
    assert case.to_correct and opened(case).file.objected[place] == tuple(
        rule for rule in before if rule != "number-block"
    )


def test_the_bureau_puts_its_own_error_right_of_itself(team: Team, wrong: Case) -> None:
    begun = {"party": "1", "remedy": "own_motion", "body": "本机关", "begun_on": "2022-03-10"}
    take_step(wrong, K.CONTEST, by=team.legal, data=begun)
    ended = {"party": "1", "result": "changed", "fine": 100, "number": "改1", "effective_on": "2022-03-10"}
    take_step(wrong, K.CONTEST_RESULT, by=team.legal, data=ended)
    wrong.refresh_from_db()
    assert (wrong.to_correct, wrong.fine) == (False, 100)


def test_an_outcome_of_review_that_changes_it_puts_it_right(team: Team, wrong: Case) -> None:
    take_step(
        wrong, K.CONTEST, by=team.legal,
        data={"party": "1", "remedy": "reconsideration", "body": "普陀区人民政府", "begun_on": "2022-03-10"},
    )  # fmt: skip
    take_step(
        wrong, K.CONTEST_RESULT, by=team.legal,
        data={
            "party": "1", "result": "changed", "fine": 100, "number": "普府复〔2022〕1号",
            "effective_on": "2022-03-10",
        },
    )  # fmt: skip
    wrong.refresh_from_db()
    assert (wrong.to_correct, wrong.fine) == (False, 100)


def test_a_decision_upheld_by_review_is_still_to_be_put_right(team: Team, wrong: Case) -> None:
    take_step(
        wrong, K.CONTEST, by=team.legal,
        data={"party": "1", "remedy": "reconsideration", "body": "普陀区人民政府", "begun_on": "2022-03-10"},
    )  # fmt: skip
    take_step(
        wrong, K.CONTEST_RESULT, by=team.legal,
        data={"party": "1", "result": "upheld", "number": "普府复〔2022〕1号", "effective_on": "2022-03-10"},
    )  # fmt: skip
    wrong.refresh_from_db()
    assert wrong.to_correct


def test_the_objections_are_part_of_what_the_ledger_seals(wrong: Case) -> None:
    step = decision_of(wrong)
    assert step.data["objections"] and step.digest
    rules = {one["rule"] for one in step.findings}
    assert set(step.data["objections"]) <= rules
