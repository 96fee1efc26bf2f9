"""Credit repair: conditions from the data, decided by another person, told to the exchange."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from PIL import Image

from chengshu.inspections.credit.services import repairs
from chengshu.inspections.credit.services.repairs import Application
from chengshu.inspections.credit.settings import due
from chengshu.inspections.models import CreditRepair, CreditStep, DishonestyEntry
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import ledger
from chengshu.portal.models import PublicPenalty
from chengshu.portal.services.penalties import refresh

from .conftest import Credit, days_ago
from .test_entries import published

pytestmark = pytest.mark.django_db


def paper() -> io.BytesIO:
    """A photographed commitment."""
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(content, "PNG")
    content.seek(0)
    return content


def application(**stated: Any) -> Application:
    values = {
        "statement": "已缴清罚款并恢复原状", "applied_on": timezone.localdate(), "performed_on": days_ago(3),
        "commitment": paper(), "commitment_name": "承诺书.png", **stated,
    }  # fmt: skip
    return Application(**values)


def shown(entry: DishonestyEntry, days: int) -> DishonestyEntry:
    DishonestyEntry.objects.filter(pk=entry.pk).update(shown_from=days_ago(days), decided_on=days_ago(days))
    entry.refresh_from_db()
    return entry


def test_a_granted_repair_ends_the_entry_and_is_told(credit: Credit) -> None:
    entry = shown(published(credit), 120)
    made = repairs.apply_for_entry(entry, application(), by=credit.legal)
    assert made.answer_by == due("repair_answer", timezone.localdate())
    made = repairs.decide(made, grant=True, reason="条件具备", by=credit.chief)
    entry.refresh_from_db()
    assert (made.state, entry.state, entry.ended_on) == ("granted", "repaired", timezone.localdate())
    assert {one["code"] for one in made.conditions} == {
        "displayed",
        "performed",
        "commitment",
        "no_objection",
    }
    assert made.tell_by is not None
    repairs.tell_exchange(made, timezone.localdate(), by=credit.legal)
    entry.refresh_from_db()
    assert entry.told_on == timezone.localdate()
    assert list(CreditStep.objects.filter(chain=made.chain).values_list("action", flat=True)) == [
        "apply",
        "grant",
        "tell",
    ]
    assert ledger.verify_chain(made.chain).ok and ledger.verify_chain(entry.chain).ok


@pytest.mark.parametrize(
    ("days", "stated", "paid", "lacks"),
    [
        (10, {}, 2000, "displayed"),
        (120, {"commitment": None}, 2000, "commitment"),
        (120, {}, 500, "performed"),
    ],
)
def test_a_repair_waits_until_every_condition_is_met(
    credit: Credit, days: int, stated: dict[str, Any], paid: int, lacks: str
) -> None:
    entry = shown(published(credit), days)
    assert entry.case is not None
    entry.case.parties.update(paid=paid)
    made = repairs.apply_for_entry(entry, application(**stated), by=credit.legal)
    missing = [one.code for one in repairs.conditions(made, timezone.localdate()) if not one.met]
    assert missing == [lacks]
    with pytest.raises(InspectionProblem, match="not met"):
        repairs.decide(made, grant=True, reason="理由", by=credit.chief)
    assert repairs.decide(made, grant=False, reason="条件不具备", by=credit.chief).state == "refused"


def test_serious_entries_are_shown_longer_before_repair(credit: Credit) -> None:
    entry = shown(published(credit), 120)
    DishonestyEntry.objects.filter(pk=entry.pk).update(level="serious")
    entry.refresh_from_db()
    made = repairs.apply_for_entry(entry, application(), by=credit.legal)
    assert not repairs.conditions(made, timezone.localdate())[0].met


def test_a_missing_commitment_is_added_later(credit: Credit) -> None:
    made = repairs.apply_for_entry(
        shown(published(credit), 120), application(commitment=None), by=credit.legal
    )
    made = repairs.add_commitment(made, paper(), "承诺书.png", by=credit.legal)
    assert repairs.decide(made, grant=True, reason="条件具备", by=credit.chief).state == "granted"


def test_whoever_recorded_the_application_does_not_decide(credit: Credit) -> None:
    made = repairs.apply_for_entry(shown(published(credit), 120), application(), by=credit.legal)
    with pytest.raises(PermissionDenied):
        repairs.decide(made, grant=True, reason="理由", by=credit.legal)
    CreditRepair.objects.filter(pk=made.pk).update(recorded_by=credit.chief)
    with pytest.raises(InspectionProblem, match="cannot decide"):
        repairs.decide(made, grant=True, reason="理由", by=credit.chief)


@pytest.mark.parametrize("state", ["granted", "refused", "withdrawn"])
def test_what_is_decided_or_withdrawn_stays_so(credit: Credit, state: str) -> None:
    made = repairs.apply_for_entry(shown(published(credit), 120), application(), by=credit.legal)
    CreditRepair.objects.filter(pk=made.pk).update(state=state)
    for act in (
        lambda: repairs.decide(made, grant=True, reason="理由", by=credit.chief),
        lambda: repairs.decide(made, grant=False, reason="理由", by=credit.chief),
        lambda: repairs.withdraw(made, by=credit.legal),
        lambda: repairs.add_commitment(made, paper(), "a.png", by=credit.legal),
    ):
        with pytest.raises(InspectionProblem, match="decided already"):
            act()


def test_only_what_is_shown_is_repaired_and_once_at_a_time(credit: Credit) -> None:
    entry = shown(published(credit), 120)
    with pytest.raises(InspectionProblem, match="future"):
        tomorrow = timezone.localdate() + timedelta(days=1)
        repairs.apply_for_entry(entry, application(applied_on=tomorrow), by=credit.legal)
    repairs.apply_for_entry(entry, application(), by=credit.legal)
    with pytest.raises(InspectionProblem, match="waits"):
        repairs.apply_for_entry(entry, application(), by=credit.legal)
    DishonestyEntry.objects.filter(pk=entry.pk).update(state="decided")
    with pytest.raises(InspectionProblem, match="published"):
        repairs.apply_for_entry(entry, application(), by=credit.legal)


def test_the_display_of_a_penalty_is_repaired_too(credit: Credit) -> None:
    case = credit.case(decided_on=days_ago(130), disclosed_on=days_ago(125))
    made = repairs.apply_for_penalty(case, "1", application(), by=credit.legal)
    repairs.decide(made, grant=True, reason="条件具备", by=credit.chief)
    assert repairs.repaired_penalties(credit.district.pk).keys() == {(case.pk, "1")}
    refresh([case.pk])
    assert PublicPenalty.objects.get(case=case).ground == PublicPenalty.Ground.REPAIRED
    with pytest.raises(InspectionProblem, match="ended by repair"):
        repairs.apply_for_penalty(case, "1", application(), by=credit.legal)
    with pytest.raises(InspectionProblem, match="disclosed penalty"):
        repairs.apply_for_penalty(credit.case(disclosed_on=None), "1", application(), by=credit.legal)
