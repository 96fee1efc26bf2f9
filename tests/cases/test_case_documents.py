"""Documents out of a case: what they say comes from its steps; what was issued stays as it was."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from chengshu.cases.documents import DocumentProblem, from_data
from chengshu.cases.documents.sign import signature_of
from chengshu.cases.models import CaseDocument
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.documents import STEP_OF, facts_of, issue_document, preview
from chengshu.kernel.files import open_verified
from chengshu.kernel.models import LedgerEntry
from tests.cases.conftest import Team
from tests.cases.test_services import decided, on_the_spot, reported


def test_the_decision_says_what_was_decided(team: Team) -> None:
    case = decided(team).case
    facts = facts_of(case, "penalty_decision")
    assert facts.number == case.decision_number
    assert facts.authority == "上海市普陀区人民政府长寿路街道办事处"
    assert facts.decision_items == ("罚款人民币贰仟元整",)
    assert facts.applied == "《上海市市容环境卫生管理条例》第二十五条第三款"
    assert (facts.review_days, facts.suit_months, facts.payment_days) == (60, 6, 15)


def test_a_notice_tells_the_days_of_the_law_then_in_force(team: Team) -> None:
    course = reported(team)
    course.take(
        K.NOTICE,
        party="1",
        proposal={"fine": 2000},
        contents=["facts", "reasons", "basis", "rights", "proposal"],
    )
    facts = facts_of(course.case, "penalty_notice")
    assert facts.values["statement_days"] == "5个工作日"
    assert facts.decision_items == ("罚款人民币贰仟元整",)


def test_every_kind_that_a_step_makes_can_be_looked_at(team: Team) -> None:
    case = decided(team).case
    for kind_code in STEP_OF:
        assert preview(case, kind_code).sections, kind_code


def test_an_issued_document_is_signed_numbered_and_frozen(team: Team) -> None:
    case = on_the_spot(team)
    with pytest.raises(DocumentProblem, match="违法行为地点"):
        issue_document(case, "simple_decision", by=team.first)
    case = on_the_spot(team, address="长寿路1号")
    document = issue_document(case, "simple_decision", by=team.first)
    assert (document.version, document.number) == (1, case.decision_number)
    assert document.pdf is not None
    with open_verified(document.pdf) as stream:
        state = signature_of(stream.read())
    assert state is not None
    assert state.intact
    assert from_data(document.facts).issued
    entry = LedgerEntry.objects.filter(chain=case.chain, action="document.issued").get()
    assert entry.payload["sha256"] == document.sha256
    assert issue_document(case, "simple_decision", by=team.first).version == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseDocument.objects.filter(pk=document.pk).update(number="")
