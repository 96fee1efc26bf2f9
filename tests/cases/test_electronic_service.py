"""A party opens its document without an account: by address and code, once and nobody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chengshu.cases.lawful import NOTICE_CONTENTS
from chengshu.cases.models import PartyAccess
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.delivery import (
    HOLD,
    AccessRefused,
    Given,
    give_access,
    open_with_code,
    renew_code,
)
from chengshu.cases.services.documents import issue_document
from chengshu.kernel.models import LedgerEntry
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import browser
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


def test_the_code_is_good_once_and_the_browser_that_entered_it_goes_on(team: Team, client: Client) -> None:
    given, _course = served(team)
    party = opened(given, client)
    assert party.get(address(given, "file")).status_code == 200
    cookie = party.cookies["chengshu_paper"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (address(given), True, "Lax")
    another = Client()
    assert another.get(address(given, "file")).status_code == 404
    answer = another.post(address(given), {"code": given.code})
    assert (answer.status_code, "已使用过" in answer.content.decode()) == (422, True)


def test_the_cookie_of_one_paper_opens_no_other_and_ends_after_some_hours(team: Team, client: Client) -> None:
    given, _course = served(team)
    held = opened(given, client).cookies["chengshu_paper"].value
    other = give_access(given.access.document, by=team.first, consent="确认书2022-2")
    for value in (held, "made up", ""):
        thief = Client()
        thief.cookies["chengshu_paper"] = value
        assert thief.get(address(other, "file")).status_code == 404
    with time_machine.travel(timezone.now() + HOLD + timedelta(minutes=1)):
        assert client.get(address(given, "file")).status_code == 404


def test_the_officer_gives_a_new_code_for_the_same_address(team: Team, client: Client) -> None:
    given, course = served(team)
    first = opened(given, client)
    url = reverse("cases:document_code", args=[course.case.pk, given.access.document_id])
    page = browser(team.first).post(url, follow=True).content.decode()
    code = re.findall(r"新验证码：([0-9]{6})", page)[0]
    assert first.get(address(given, "file")).status_code == 404  # the code before counts no more
    assert opened(Given(given.access, given.token, code), Client()).get(address(given)).status_code == 200
    actions = list(LedgerEntry.objects.filter(chain=course.case.chain).values_list("action", flat=True))
    assert actions.count("delivery.code") == 1
    with pytest.raises(PermissionDenied):
        renew_code(given.access, by=factories.make_user("analyst"))


def test_a_new_code_opens_an_address_that_was_locked(team: Team, client: Client) -> None:
    given, _course = served(team)
    wrong = "000000" if given.code != "000000" else "111111"
    for _ in range(6):
        client.post(address(given), {"code": wrong})
    code = renew_code(given.access, by=team.first)
    assert opened(Given(given.access, given.token, code), client).get(address(given)).status_code == 200
