"""Going back, changing the subject, review and suit: each on the page of the case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse

from chengshu.bureau.models import User
from chengshu.cases.models import Case, Party
from tests.cases.conftest import Team
from tests.cases.pages import NOW, browser, form_of, take, taken
from tests.cases.test_steps_view import reported

SHOP = "普陀某餐饮有限公司"


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def offered_to(person: User, case: Case) -> set[str]:
    """The steps that the page of the case offers somebody."""
    url = reverse("cases:case", args=[case.pk])
    page = browser(person).get(url).context
    return {button["kind"] for button in (*page["buttons"], *page["others"])}


def test_the_leader_sends_a_case_back_and_changes_its_cause_on_the_page(team: Team) -> None:
    case = reported(team)
    leader = browser(team.leader)
    taken(leader, case, "send_back", reason="补充询问证人")
    assert case.state == "investigating"
    assert form_of(leader, case, "change_subject")["cause"]
    taken(leader, case, "change_subject", cause="appearance.street-stall", reason="查明系占道设摊")
    assert (case.cause, Party.objects.get(case=case).name) == (
        "appearance.street-stall",
        "普陀某餐饮有限公司",
    )
    both = {
        "p1-kind": "organisation",
        "p1-name": "普陀某餐饮有限公司",
        "p2-kind": "person",
        "p2-name": "李大四",
    }
    taken(leader, case, "change_subject", reason="共同实施", **both)
    assert list(Party.objects.filter(case=case).values_list("key", "name")) == [
        ("1", SHOP),
        ("2", "李大四"),
    ]
    assert browser(team.first).post(reverse("cases:step", args=[case.pk, "send_back"])).status_code == 403


def test_the_reviewer_records_a_suit_on_the_page_and_the_fine_is_replaced(team: Team) -> None:
    case, officer = reported(team), browser(team.first)
    taken(officer, case, "notice")
    taken(officer, case, "statement", made="no", waived="on")
    taken(officer, case, "propose_decision")
    taken(browser(team.chief), case, "approve_decision")
    taken(officer, case, "serve")
    taken(officer, case, "pay")
    legal = browser(team.legal)
    assert not {"contest_result", "refund", "reopen"} & offered_to(team.legal, case)
    taken(legal, case, "contest", remedy="litigation", body="上海铁路运输法院")
    result = {"result": "changed", "number": "（2022）沪7101行初1号", "effective_on": "2022-03-10"}
    assert take(legal, case, "contest_result", **result).status_code == 200  # what is left must be said
    taken(legal, case, "contest_result", **result, fine="1000")
    assert case.fine == 1000
    assert form_of(officer, case, "refund")["amount"] == 2000
    taken(officer, case, "refund")
    assert case.paid == 1000
