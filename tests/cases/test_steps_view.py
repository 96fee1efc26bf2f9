"""The general procedure (普通程序) taken step by step on the page of the case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from chengshu.cases.models import Case, CaseStep
from tests.cases.conftest import Team
from tests.cases.pages import NOW, browser, form_of, photo, spot_case, take, taken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def lead(team: Team) -> Case:
    """A lead registered in the browser."""
    client = browser(team.first)
    form = client.get("/cases/new").context["form"]
    values = {bound.html_name: bound.value() or "" for bound in form}
    values |= {
        "summary": "店外堆物占用人行道",
        "address": "长寿路1号",
        "cause": "占道堆物",
        "source": "patrol",
    }
    values |= {"lng": "121.4330", "lat": "31.2430", "cause": "appearance.street-storage"}
    answer = client.post("/cases/new", values)
    assert answer.status_code == 302, answer.context["form"].errors
    return Case.objects.get()


def filed(team: Team) -> Case:
    """A case whose filing has been approved."""
    case, officer = lead(team), browser(team.first)
    second = str(team.second.pk)
    taken(officer, case, "check", result="confirmed", second_officer=second)
    party = {
        "p1-kind": "organisation",
        "p1-name": "普陀某餐饮有限公司",
        "p1-id_number": "91310107MA1G0CTL31",
        "p1-representative": "李大四",
    }
    taken(officer, case, "propose_filing", second_officer=second, **party)
    return taken(browser(team.leader), case, "approve_filing")


def reported(team: Team, fine: str = "3000") -> Case:
    """A case whose investigation is concluded."""
    case, officer = filed(team), browser(team.first)
    evidence = {"client_id": "5f6f1c4e-0000-4000-8000-000000000001", "type": "record", "title": "现场照片"}
    evidence |= {"second_officer": str(team.second.pk)}
    answer = officer.post(reverse("cases:evidence_add", args=[case.pk]), {**evidence, "file": photo()})
    assert answer.status_code == 302, answer.context["evidence_form"].errors
    taken(
        officer,
        case,
        "inquire",
        record="当事人承认堆物",
        id_shown="on",
        record_kind="inquiry",
        signed="signed",
    )
    return taken(officer, case, "report", **{"o1-type": "penalty", "o1-fine": fine})


def test_from_lead_to_archive_without_leaving_the_page(team: Team) -> None:
    case, officer = reported(team), browser(team.first)
    leader, chief = browser(team.leader), browser(team.chief)
    assert form_of(officer, case, "notice")["o-fine"] == 3000  # nothing is typed twice
    taken(officer, case, "notice")
    taken(officer, case, "statement", made="no", waived="on")
    taken(officer, case, "propose_decision")
    assert case.state == "deciding"
    taken(chief, case, "approve_decision")
    assert case.decision_number and case.fine == 3000
    taken(officer, case, "serve")
    taken(officer, case, "pay")
    for kind in ("disclose", "close", "archive"):
        taken(leader, case, kind)
    assert case.state == "archived"
    assert case.steps.get(kind="serve").data["receiver"] == "普陀某餐饮有限公司"


def test_a_refused_step_says_the_article_and_keeps_what_was_typed(team: Team) -> None:
    case = filed(team)
    before = case.step_count
    answer: Any = take(browser(team.first), case, "report", facts="事实写了很长一段", **{"o1-fine": "3000"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "案卷中尚无证据" in html and "第四十" in html
    assert "事实写了很长一段" in html and 'value="3000"' in html
    case.refresh_from_db()
    assert (case.step_count, case.state) == (before, "investigating")


def test_a_fine_outside_the_range_is_refused(team: Team) -> None:
    case, officer = reported(team, fine="9000"), browser(team.first)
    taken(officer, case, "notice")
    taken(officer, case, "statement", made="no", waived="on")
    taken(officer, case, "propose_decision")
    answer: Any = take(browser(team.chief), case, "approve_decision")
    assert "超出法定幅度" in answer.content.decode()


def test_the_same_submission_twice_is_one_step(team: Team) -> None:
    case, client = filed(team), browser(team.first)
    filled = {**form_of(client, case, "order_rectify"), "due_on": "2022-03-14"}
    for _click in range(2):
        assert client.post(reverse("cases:step", args=[case.pk, "order_rectify"]), filled).status_code == 302
    assert CaseStep.objects.filter(case=case, kind="order_rectify").count() == 1


def test_leaders_approve_with_their_reasons(team: Team) -> None:
    case, officer = lead(team), browser(team.first)
    taken(officer, case, "check", result="unfounded", second_officer=str(team.second.pk))
    missing: Any = take(browser(team.leader), case, "refuse_filing")
    assert missing.status_code == 200 and missing.context["step_form"].errors["reason"]
    taken(browser(team.leader), case, "refuse_filing", reason="未发现违法行为")
    assert case.state == "not_filed"
    assert case.steps.get(kind="refuse_filing").data["approver"] == team.leader.username


def test_a_case_is_handed_to_other_officers(team: Team) -> None:
    case = filed(team)
    leader = browser(team.leader)
    taken(
        leader, case, "assign", reason="承办人休假",
        first_officer=str(team.second.pk), second_officer=str(team.first.pk),
    )  # fmt: skip
    assert (case.officer, case.second_officer) == (team.second, team.first)


def test_a_wrong_credit_code_is_told_beside_the_field(team: Team) -> None:
    case, officer = lead(team), browser(team.first)
    taken(officer, case, "check", result="confirmed", second_officer=str(team.second.pk))
    answer: Any = take(
        officer,
        case,
        "propose_filing",
        **{"p1-kind": "organisation", "p1-name": "某公司", "p1-id_number": "9131"},
    )
    part = answer.context["step_form"].parts[0][1]
    assert "18" in part.errors["id_number"][0]
    assert 'value="某公司"' in answer.content.decode()


def test_each_step_is_for_those_who_may_take_it(team: Team) -> None:
    case = filed(team)
    url = reverse("cases:step", args=[case.pk, "approve_decision"])
    assert browser(team.first).post(url).status_code == 403
    assert browser(team.first).get(url).status_code == 403
    assert browser(team.chief).get(url).status_code == 200
    assert browser(team.first).get(reverse("cases:step", args=[case.pk, "dance"])).status_code == 404
    assert browser(team.first).get(reverse("cases:step", args=[case.pk, "add_evidence"])).status_code == 404


def test_what_happened_earlier_is_recorded_with_its_time(team: Team) -> None:
    case = lead(team)
    with time_machine.travel("2022-03-14 09:00+08:00"):
        client = browser(team.first)
        second = str(team.second.pk)
        taken(client, case, "check", result="confirmed", second_officer=second, at="2022-03-11T15:30")
        html = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert case.steps.get(kind="check").at.isoformat() == "2022-03-11T07:30:00+00:00"
    assert "补录于" in html


def test_on_the_page_stand_only_steps_that_are_possible_and_permitted(team: Team) -> None:
    case = spot_case(team)
    page = browser(team.first).get(reverse("cases:case", args=[case.pk])).context
    assert [form.kind for form in page["quick"]] == ["simple_record", "pay"]
    page = browser(team.leader).get(reverse("cases:case", args=[case.pk])).context
    assert "disclose" in [form.kind for form in page["quick"]]
    assert "close" not in [form.kind for form in page["quick"]]  # nothing has been paid
    page = browser(team.legal).get(reverse("cases:case", args=[case.pk])).context
    assert [form.kind for form in page["quick"]] == ["disclose"]
