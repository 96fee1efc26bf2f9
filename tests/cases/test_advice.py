"""Enforcement advice (执法建议书): the law's text for the cause, to whoever is to act on it."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from chengshu.cases.documents import from_data
from chengshu.cases.models import CaseDocument
from chengshu.cases.services.advice import ADVICE
from chengshu.cases.services.documents import facts_of
from tests.cases.conftest import Team
from tests.cases.pages import browser
from tests.cases.test_services import opened, reported

pytestmark = pytest.mark.django_db
BODY = "长寿路街道市容管理所"


def test_without_an_addressee_the_party_is_advised(team: Team) -> None:
    facts = facts_of(reported(team).case, ADVICE)
    assert facts.recipient == "普陀某餐饮有限公司"
    assert facts.values["advice"].startswith("贵方（普陀某餐饮有限公司）在长寿路1号有“")
    assert "{" not in facts.values["advice"]


def test_another_body_is_told_about_the_party(team: Team) -> None:
    facts = facts_of(reported(team).case, ADVICE, recipient=f" {BODY}\n")
    assert facts.recipient == BODY
    assert facts.values["advice"].startswith("普陀某餐饮有限公司在长寿路1号有“")


def test_it_is_issued_from_the_case_page_with_a_number_of_its_own(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    draft = reverse("cases:document_draft", args=[case.pk, ADVICE])
    assert draft in page
    assert BODY in client.get(draft, {"recipient": BODY}).content.decode()
    client.post(reverse("cases:document_issue", args=[case.pk, ADVICE]), {"recipient": BODY})
    document = CaseDocument.objects.get(case=case, kind=ADVICE)
    assert "执建字〔" in document.number
    assert document.number.endswith("第000001号")
    assert f"{BODY}：" in str(from_data(document.facts))


def test_it_comes_as_pdf_and_as_word_file(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    address = reverse("cases:document", args=[case.pk, ADVICE])
    pdf = client.get(address, {"recipient": BODY}).content
    words = "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)
    assert "执法建议书" in words
    assert BODY in words
    assert client.get(address, {"as": "docx", "recipient": BODY}).content.startswith(b"PK")


def test_a_case_without_a_cause_has_none_to_give(team: Team) -> None:
    case = opened(team).case
    page = browser(team.first).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert reverse("cases:document_draft", args=[case.pk, ADVICE]) not in page
