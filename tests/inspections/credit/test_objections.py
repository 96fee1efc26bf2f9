"""Objections to classes and entries: in time, answered by somebody who decided nothing about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.inspections.credit.lifecycle import EntryState as E
from chengshu.inspections.credit.services import classes, entries, objections
from chengshu.inspections.models import CreditObjection, CreditProposal, DishonestyEntry
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import ledger

from .conftest import Credit, days_ago
from .test_entries import proposed, published

pytestmark = pytest.mark.django_db


def class_decided(credit: Credit) -> CreditProposal:
    credit.case()
    classes.assess_district(credit.district)
    return classes.decide(credit.open_proposal(), "change", by=credit.chief, credit="D", reason="多次投诉")


def another_class(credit: Credit, wanted: str) -> CreditProposal:
    row = classes.propose(credit.shop, wanted, "重新评价", by=credit.clerk)
    return classes.decide(row, "accept", by=credit.chief)


@pytest.mark.parametrize("upheld", [True, False])
def test_whoever_decided_the_class_does_not_answer_the_objection_to_it(credit: Credit, upheld: bool) -> None:
    made = objections.file(class_decided(credit), "投诉不实", timezone.localdate(), by=credit.legal)
    with pytest.raises(InspectionProblem, match="another person has to answer"):
        objections.answer(made, upheld=upheld, text="理由", by=credit.chief, credit="B")
    assert objections.answer(made, upheld=upheld, text="理由", by=credit.deputy, credit="B").answered_by


@pytest.mark.parametrize("upheld", [True, False])
def test_whoever_decided_the_entry_does_not_answer_the_objection_to_it(credit: Credit, upheld: bool) -> None:
    made = objections.file(published(credit), "不服", timezone.localdate(), by=credit.legal)
    with pytest.raises(InspectionProblem, match="another person has to answer"):
        objections.answer(made, upheld=upheld, text="理由", by=credit.chief)
    assert objections.answer(made, upheld=upheld, text="理由", by=credit.deputy).answered_by


@pytest.mark.parametrize("newer", ["C", "D"])
def test_an_answer_does_not_overwrite_a_class_decided_since(credit: Credit, newer: str) -> None:
    row = class_decided(credit)
    made = objections.file(row, "投诉不实", timezone.localdate(), by=credit.legal)
    another_class(credit, newer)
    with pytest.raises(InspectionProblem, match=f"now in class {newer}"):
        objections.answer(made, upheld=True, text="投诉不实", by=credit.deputy, credit="A")
    credit.shop.refresh_from_db()
    row.refresh_from_db()
    assert (credit.shop.credit, row.decided) == (newer, "D")
    objections.answer(made, upheld=True, text="投诉不实", by=credit.deputy)
    credit.shop.refresh_from_db()
    assert (credit.shop.credit, CreditObjection.objects.get().state) == (newer, "upheld")


def ended_by(credit: Credit, how: str) -> tuple[DishonestyEntry, CreditObjection]:
    """An entry that came to its end while an objection to it waited."""
    entry = published(credit)
    made = objections.file(entry, "已履行", timezone.localdate(), by=credit.legal)
    if how == "term":
        assert entry.shown_until is not None
        entries.end_by_term(entry.shown_until + timedelta(days=1))
    elif how == "repair":
        entries.repaired(entry, by=credit.chief, repair=1)
    else:
        entries.revoke(entry, "处罚决定已撤销", by=credit.chief)
    entry.refresh_from_db()
    return entry, made


@pytest.mark.parametrize("how", ["term", "repair", "revocation"])
def test_an_objection_can_be_upheld_when_the_entry_has_ended_meanwhile(credit: Credit, how: str) -> None:
    entry, made = ended_by(credit, how)
    ended = entry.ended_on
    assert objections.answer(made, upheld=True, text="确已履行", by=credit.deputy).state == "upheld"
    entry.refresh_from_db()
    assert (entry.state, entry.ended_on) == (E.REVOKED, ended)
    assert ledger.verify_chain(entry.chain).ok


def test_one_may_object_to_an_entry_that_has_ended_but_not_to_one_revoked(credit: Credit) -> None:
    entry = published(credit)
    entries.repaired(entry, by=credit.chief, repair=1)
    assert objections.file(entry, "本不应认定", timezone.localdate(), by=credit.legal).answer_by
    entries.revoke(entry, "处罚决定已撤销", by=credit.chief)
    with pytest.raises(InspectionProblem, match="still holds"):
        objections.file(entry, "再次", timezone.localdate(), by=credit.legal)


def test_an_upheld_objection_revokes_the_entry_and_the_exchange_is_told(credit: Credit) -> None:
    entry = published(credit)
    made = objections.file(entry, "已履行", timezone.localdate(), by=credit.legal)
    assert made.answer_by is not None
    with pytest.raises(InspectionProblem, match="waits"):
        objections.file(entry, "再次", timezone.localdate(), by=credit.legal)
    objections.answer(made, upheld=True, text="确已履行", by=credit.deputy)
    entry.refresh_from_db()
    assert entry.state == E.REVOKED
    with pytest.raises(InspectionProblem, match="answered already"):
        objections.answer(made, upheld=False, text="不", by=credit.deputy)
    assert entries.tell_exchange(entry, timezone.localdate(), by=credit.legal).told_on
    with pytest.raises(InspectionProblem, match="told already"):
        entries.tell_exchange(entry, timezone.localdate(), by=credit.legal)


def test_an_objection_comes_in_its_time_to_what_was_decided(credit: Credit) -> None:
    entry = proposed(credit)
    with pytest.raises(InspectionProblem, match="was decided"):
        objections.file(entry, "不服", timezone.localdate(), by=credit.legal)
    DishonestyEntry.objects.filter(pk=entry.pk).update(state="published", decided_on=days_ago(70))
    with pytest.raises(InspectionProblem, match="possible until"):
        objections.file(entry, "不服", timezone.localdate(), by=credit.legal)


def test_an_upheld_objection_to_a_class_sets_another(credit: Credit) -> None:
    credit.case()
    classes.assess_district(credit.district)
    row = classes.decide(credit.open_proposal(), "change", by=credit.chief, credit="D", reason="多次投诉")
    made = objections.file(row, "投诉不实", timezone.localdate(), by=credit.legal)
    with pytest.raises(InspectionProblem, match="objected to"):
        objections.answer(made, upheld=True, text="属实", by=credit.deputy, credit="D")
    objections.answer(made, upheld=True, text="投诉不实", by=credit.deputy, credit="B")
    credit.shop.refresh_from_db()
    assert credit.shop.credit == "B"
    assert CreditProposal.objects.get(pk=row.pk).decided == "B"
    assert ledger.verify_chain(row.chain).ok


def test_a_rejected_objection_leaves_everything_as_it_is(credit: Credit) -> None:
    entry = published(credit)
    made = objections.file(entry, "不服", timezone.localdate(), by=credit.legal)
    assert objections.answer(made, upheld=False, text="理由不成立", by=credit.deputy).state == "rejected"
    entry.refresh_from_db()
    assert entry.state == E.PUBLISHED
