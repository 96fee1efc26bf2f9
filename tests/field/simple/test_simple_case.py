"""A decision served on the phone without a network: it becomes a case as it was served, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chengshu.bureau.models.notices import Notice
from chengshu.cases.deeds import steps_of
from chengshu.cases.models import Case, EvidenceItem
from chengshu.cases.stored import digest_of
from chengshu.field.kinds import kind
from chengshu.field.models import FieldRecord
from chengshu.kernel.ledger import verify_chain
from chengshu.leads import services as leads
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead
from chengshu.leads.services.classes import load_classes
from tests import factories
from tests.cases.conftest import Team
from tests.field.simple.sending import AT, WORD, arrive, block_of, served

pytestmark = pytest.mark.django_db
APPLIED, FLAGGED = FieldRecord.Outcome.APPLIED, FieldRecord.Outcome.FLAGGED


def taken_in(team: Team, **changes: Any) -> Case:
    """The case of a decision against which nothing speaks."""
    done = arrive(served(team, **changes))
    assert (done.outcome, done.messages) == (APPLIED, ())
    return Case.objects.get(pk=done.result["case"])


def test_a_lawful_decision_becomes_a_case_with_its_number_and_its_time(team: Team) -> None:
    block = block_of(team)
    case = taken_in(team)
    assert list(case.steps.values_list("kind", flat=True)) == [
        "simple_scene", *["add_evidence"] * 5, "simple_decision", "serve",
    ]  # fmt: skip
    assert {step.at for step in case.steps.all()} == {AT}
    assert case.decision_number == case.number == WORD.format(1)
    assert (case.state, case.procedure, case.fine, case.to_correct) == ("served", "simple", 100, False)
    assert (case.officer, case.second_officer) == (team.first, team.second)
    assert (case.town and case.town.name, case.squad) == ("长寿路街道", team.squad)
    assert case.parties.get().details["birth"] == "1990-03-07"
    block.refresh_from_db()
    assert block.used == [block.first]
    assert verify_chain(case.chain).findings == []
    assert all(step.digest == digest_of(step) for step in case.steps.all())


def test_photos_and_signatures_are_evidence_with_their_circumstances(team: Team) -> None:
    block_of(team)
    case = taken_in(team)
    items = list(EvidenceItem.objects.filter(case=case).order_by("seq"))
    assert [item.title for item in items] == [
        "现场照片", "现场照片", "执法人员签字（一）", "执法人员签字（二）", "当事人签字",
    ]  # fmt: skip
    first, second = items[:2]
    assert first.captured_at is not None and (AT - first.captured_at).seconds == 240
    assert second.captured_at == AT and second.position is not None
    assert {(item.device, item.operator, item.clock_offset) for item in items} == {
        ("执法终端3", team.first.full_name, 1.5)
    }
    decision = case.steps.get(kind="simple_decision")
    assert decision.data["signatures"] == {
        "officer1": items[2].sha256, "officer2": items[3].sha256, "party": items[4].sha256,
    }  # fmt: skip
    assert all(item.custody.get().action == "taken_in" for item in items)


def test_the_same_record_twice_is_one_case(team: Team) -> None:
    block_of(team)
    sent = served(team)
    first, second = arrive(sent), arrive(sent)
    assert first == second and first.outcome == APPLIED
    assert (Case.objects.count(), EvidenceItem.objects.count()) == (1, 5)


def test_cash_taken_on_the_spot_is_paid(team: Team) -> None:
    block_of(team)
    assert taken_in(team, cash=True).paid == 100


def test_a_refusal_to_sign_is_served_before_a_witness(team: Team) -> None:
    block_of(team)
    sent = served(team, refused_to_sign=True, witness="居委会王某")
    signatures = {**sent.data["signatures"], "party": None}
    case = taken_in(team, refused_to_sign=True, witness="居委会王某", signatures=signatures)
    assert case.steps.get(kind="serve").data["mode"] == "left"


def test_without_a_position_the_number_says_whose_authority_it_is(team: Team) -> None:
    block_of(team)
    case = taken_in(team, sent_position=None)
    assert case.town is not None and case.town.name == "长寿路街道"


def test_a_warning_alone_needs_no_fine(team: Team) -> None:
    block_of(team)
    done = arrive(served(team, fine=0, warning=True))
    assert Case.objects.get(pk=done.result["case"]).fine == 0


@pytest.fixture
def lead(team: Team) -> Lead:
    """A lead that the officer has accepted."""
    load_classes(team.district)
    new = leads.NewLead("patrol", "E0201", "乱扔纸屑", address="长寿路1号", position=factories.IN_CHANGSHOU)
    made = leads.report(new, district=team.district, by=team.first).lead
    if made.stage == Stage.REGISTERED:
        leads.dispatch(made, team.squad, by=None)
    return leads.accept(made, by=team.first)


def test_from_a_lead_the_case_ends_it(team: Team, lead: Lead) -> None:
    block_of(team)
    case = taken_in(team, lead=lead.pk)
    lead.refresh_from_db()
    assert case.lead == lead and case.source == "patrol"
    assert (lead.stage, lead.outcome, lead.case_id) == (Stage.HANDLED, Outcome.CASE, case.pk)


def test_a_lead_that_was_settled_meanwhile_does_not_keep_the_decision_out(team: Team, lead: Lead) -> None:
    block_of(team, 2)
    taken_in(team, lead=lead.pk)
    done = arrive(served(team, lead=lead.pk, number=WORD.format(2), another_act="第二次乱扔"))
    case = Case.objects.get(pk=done.result["case"])
    assert done.outcome == FLAGGED and not case.to_correct and case.lead == lead
    assert len(done.messages) == 1


def test_the_handler_answers_for_its_kind(db: None) -> None:
    found = kind("case.simple")
    assert found is not None and found.permission == "cases.work" and found.whatever_files


def test_both_officers_have_the_case_in_their_day_once_and_the_second_is_told(team: Team) -> None:
    block_of(team)
    case = taken_in(team)
    for officer in team.officers:
        [deed] = steps_of(officer, AT - timedelta(hours=1), AT + timedelta(hours=1))
        assert deed.data == {
            "case": case.pk,
            "steps": {"add_evidence": 5, "serve": 1, "simple_decision": 1, "simple_scene": 1},
        }
        assert str(case.number) in deed.text and "×5" in deed.text and "张小三" not in deed.text
    assert list(steps_of(team.leader, AT - timedelta(hours=1), AT + timedelta(hours=1))) == []
    told = Notice.objects.get(kind="case.named")
    assert told.recipient == team.second and str(case.number) in told.title


def test_a_lead_of_another_squad_gives_no_photos_and_is_noted(team: Team) -> None:
    block_of(team)
    load_classes(team.district)
    new = leads.NewLead("patrol", "E0201", "桃浦镇一处堆物", address="桃浦路1号", position=factories.IN_TAOPU)
    made = leads.report(new, district=team.district, by=factories.make_user("dispatcher")).lead
    if made.stage == Stage.REGISTERED:
        leads.dispatch(made, factories.unit(team.district, "squad", "桃浦镇"), by=None)
    assert made.squad != team.squad
    done = arrive(served(team, lead=made.pk))
    case = Case.objects.get(pk=done.result["case"])
    made.refresh_from_db()
    assert case.lead is None and made.case_id is None and EvidenceItem.objects.filter(case=case).count() == 5
    assert case.steps.get(kind="simple_decision").data["noted"] == ["lead-unseen"]
