"""Classes are proposed by the rules with every fact linked, and decided by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.inspections.credit.services import classes
from chengshu.inspections.models import CreditProposal, CreditStep
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import ledger
from chengshu.registry.models import FactRecord
from tests import factories

from .conftest import Credit

pytestmark = pytest.mark.django_db


def test_facts_of_the_record_lead_to_a_proposal_that_names_them(credit: Credit) -> None:
    case, check = credit.case(), credit.inspection()
    run = classes.assess_district(credit.district, by=credit.clerk)
    assert (run.proposed, run.with_facts) == (1, 1)
    made = credit.open_proposal()
    assert (made.before, made.proposed, made.points) == ("", "B", 5)
    assert {(ground["model"], ground["id"]) for ground in made.grounds} == {
        ("case", case.pk),
        ("inspection", check.pk),
    }


def test_two_satisfactory_checks_propose_class_a(credit: Credit) -> None:
    credit.inspection(), credit.inspection(days=90)
    classes.assess_district(credit.district)
    assert credit.open_proposal().proposed == "A"


def test_the_same_again_proposes_nothing_twice_and_new_facts_replace_the_proposal(credit: Credit) -> None:
    credit.case()
    classes.assess_district(credit.district)
    first = credit.open_proposal()
    again = classes.assess_district(credit.district)
    assert (again.proposed, again.unchanged) == (0, 1)
    credit.case(), credit.case()
    assert classes.assess_district(credit.district).superseded == 1
    first.refresh_from_db()
    assert first.state == "superseded"
    assert credit.open_proposal().proposed == "D"


def test_an_overdue_fine_counts_beside_its_case(credit: Credit) -> None:
    day = timezone.localdate() - timedelta(days=2)
    credit.case(party={"paid": 0}, due_for="payment", due_on=day)
    classes.assess_district(credit.district)
    assert {ground["kind"] for ground in credit.open_proposal().grounds} == {"case_general", "case_unpaid"}


def test_an_accepted_class_stands_in_the_registry_with_its_source(credit: Credit) -> None:
    credit.case()
    classes.assess_district(credit.district, by=credit.clerk)
    made = classes.decide(credit.open_proposal(), "accept", by=credit.chief)
    credit.shop.refresh_from_db()
    assert credit.shop.credit == "B"
    assert made.valid_until is not None and made.valid_until > timezone.localdate()
    fact = FactRecord.objects.filter(object=credit.shop).order_by("-id")[0]
    assert (fact.values, fact.source_ref, fact.recorded_by) == (
        {"credit": "B"},
        f"credit:{made.pk}",
        credit.chief,
    )
    assert list(CreditStep.objects.filter(chain=made.chain).values_list("seq", "action")) == [
        (1, "propose"),
        (2, "accepted"),
    ]
    assert ledger.verify_chain(made.chain).ok
    assert classes.assess_district(credit.district).proposed == 0


def test_a_class_whose_time_has_run_out_is_proposed_again(credit: Credit) -> None:
    credit.case()
    classes.assess_district(credit.district)
    made = classes.decide(credit.open_proposal(), "accept", by=credit.chief)
    CreditProposal.objects.filter(pk=made.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert classes.assess_district(credit.district).proposed == 1


def test_another_class_and_a_refusal_need_a_reason_and_are_not_proposed_again(credit: Credit) -> None:
    credit.case()
    classes.assess_district(credit.district)
    row = credit.open_proposal()
    with pytest.raises(InspectionProblem, match="reason"):
        classes.decide(row, "change", by=credit.chief, credit="C")
    with pytest.raises(InspectionProblem, match="other than"):
        classes.decide(row, "change", by=credit.chief, credit="B", reason="同")
    with pytest.raises(InspectionProblem, match="reason"):
        classes.decide(row, "refuse", by=credit.chief)
    classes.decide(row, "change", by=credit.chief, credit="C", reason="多次被投诉")
    credit.shop.refresh_from_db()
    assert credit.shop.credit == "C"
    assert classes.assess_district(credit.district).proposed == 0


@pytest.mark.parametrize("answer", ["accept", "change", "refuse"])
@pytest.mark.parametrize("state", ["accepted", "changed", "refused", "superseded"])
def test_what_is_decided_is_not_decided_again(credit: Credit, state: str, answer: str) -> None:
    credit.case()
    classes.assess_district(credit.district)
    row = credit.open_proposal()
    CreditProposal.objects.filter(pk=row.pk).update(state=state)
    with pytest.raises(InspectionProblem, match="decided already"):
        classes.decide(row, answer, by=credit.chief, credit="C", reason="理由")


def test_whoever_proposed_does_not_decide_and_only_deciders_decide(credit: Credit) -> None:
    both = factories.make_user("bureau_leader")
    row = _by_hand(credit, credit.clerk)
    with pytest.raises(PermissionDenied):
        classes.decide(row, "accept", by=credit.clerk)
    CreditProposal.objects.filter(pk=row.pk).update(proposed_by=both)
    with pytest.raises(InspectionProblem, match="cannot decide"):
        classes.decide(row, "accept", by=both)


def _by_hand(credit: Credit, by: Any) -> CreditProposal:
    return classes.propose(credit.shop, "D", "多次拒不改正", by=by)


def test_a_person_proposes_with_a_reason_inside_the_own_area(credit: Credit) -> None:
    elsewhere = factories.make_user("squad_leader", factories.unit(credit.district, "squad", "桃浦镇"))
    with pytest.raises(PermissionDenied):
        _by_hand(credit, elsewhere)
    with pytest.raises(InspectionProblem, match="why"):
        classes.propose(credit.shop, "D", " ", by=credit.clerk)
    _by_hand(credit, factories.make_user("squad_leader", credit.squad))
    with pytest.raises(InspectionProblem, match="already"):
        _by_hand(credit, credit.clerk)
    credit.case()
    assert classes.assess_district(credit.district).superseded == 0


def test_a_proposal_made_by_the_assessment_meanwhile_is_named_in_a_sentence(
    credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit.case()
    look = classes.assess_object

    def beside_the_job(*given: Any) -> Any:
        classes.assess_district(credit.district)
        return look(*given)

    monkeypatch.setattr(classes, "assess_object", beside_the_job)
    with pytest.raises(InspectionProblem, match="waits to be decided already"):
        _by_hand(credit, credit.clerk)


def test_an_assessment_leaves_the_proposal_that_a_person_made_meanwhile(
    credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit.case()
    look = classes._known

    def beside_a_person(ids: Any) -> Any:
        found = look(ids)
        _by_hand(credit, credit.clerk)
        return found

    monkeypatch.setattr(classes, "_known", beside_a_person)
    run = classes.assess_district(credit.district)
    assert (run.proposed, run.unchanged) == (0, 1)
    assert credit.open_proposal().proposed_by == credit.clerk
    assert CreditStep.objects.count() == 1


def test_a_district_is_assessed_in_few_queries(
    credit: Credit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    credit.case()
    for _n in range(20):
        factories.make_object(credit.district)
    with django_assert_max_num_queries(30):
        classes.assess_district(credit.district)
