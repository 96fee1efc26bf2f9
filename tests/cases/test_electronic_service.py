"""A party opens its document without an account: by address and code, once and nobody else's."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from chengshu.cases.lawful import NOTICE_CONTENTS
from chengshu.cases.models import PartyAccess
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.delivery import AccessRefused, Given, give_access, open_with_code
from chengshu.cases.services.documents import issue_document
from tests import factories
from tests.cases.conftest import Team
from tests.cases.test_services import Course, on_the_spot, reported


def served(team: Team) -> tuple[Given, Course]:
    """An on-the-spot decision offered to its party."""
    course = reported(team, fine=60_000)
    course.take(K.NOTICE, party="1", proposal={"fine": 60_000}, contents=NOTICE_CONTENTS, hearing_right=True)
    document = issue_document(course.case, "penalty_notice", by=team.first)
    return give_access(document, by=team.first, consent="确认书2022-1"), course


def address(given: Given, name: str = "paper") -> str:
    return reverse(f"cases_public:{name}", args=[given.token])


def opened(given: Given, client: Client) -> Client:
    """Somebody who has entered the code."""
    assert client.post(address(given), {"code": given.code}).status_code == 302
    return client


def test_without_the_code_nothing_is_shown(team: Team, client: Client) -> None:
    given, course = served(team)
    page = client.get(address(given)).content.decode()
    assert "普陀某餐饮" not in page
    assert course.case.number not in page
    assert client.get(address(given, "file")).status_code == 404
    assert client.post(address(given, "confirm")).status_code == 404
    assert given.code not in str(PartyAccess.objects.values())


def test_five_wrong_codes_close_the_address(team: Team, client: Client) -> None:
    given, _course = served(team)
    wrong = "000000" if given.code != "000000" else "111111"
    for _ in range(5):
        answer = client.post(address(given), {"code": wrong})
        assert (answer.status_code, "验证码有误" in answer.content.decode()) == (422, True)
    assert "已失效" in client.post(address(given), {"code": given.code}).content.decode()
    with pytest.raises(AccessRefused):
        open_with_code(given.token, given.code)


def test_the_party_reads_confirms_answers_and_asks_for_a_hearing(team: Team, client: Client) -> None:
    given, course = served(team)
    party = opened(given, client)
    page = party.get(address(given)).content.decode()
    assert given.access.document.sha256 in page
    assert "未被改动" in page
    assert b"".join(party.get(address(given, "file")).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]

    for _ in range(2):  # a double click confirms once
        assert party.post(address(given, "confirm")).status_code == 302
    assert party.post(address(given, "answer"), {"text": "当时正在装卸。", "hearing": "1"}).status_code == 302
    kinds = list(course.case.steps.order_by("seq").values_list("kind", flat=True))[-3:]
    assert kinds == ["serve", "statement", "request_hearing"]
    course.case.refresh_from_db()
    assert course.case.state == "hearing"
    assert course.case.steps.get(kind="serve").data["mode"] == "electronic"
    assert "已收到您的听证申请" in party.get(address(given)).content.decode()


def test_an_empty_answer_is_told_in_one_sentence(team: Team, client: Client) -> None:
    given, _course = served(team)
    answer = opened(given, client).post(address(given, "answer"), {"text": " "})
    assert (answer.status_code, "请填写陈述申辩意见" in answer.content.decode()) == (409, True)


def test_no_electronic_service_without_the_signed_consent(team: Team) -> None:
    case = on_the_spot(team, address="长寿路1号")
    document = issue_document(case, "simple_decision", by=team.first)
    with pytest.raises(AccessRefused, match="确认书"):
        give_access(document, by=team.first, consent="")
    with pytest.raises(PermissionDenied):
        give_access(document, by=factories.make_user("analyst"), consent="确认书2022-1")


def test_another_session_needs_the_code_again(team: Team, client: Client) -> None:
    given, _course = served(team)
    opened(given, client)
    assert Client().get(address(given, "file")).status_code == 404
