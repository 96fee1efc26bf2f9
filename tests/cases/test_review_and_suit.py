"""A party goes to review or court: what stands still, what the outcome changes, what must be withdrawn."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.cases.models import Case
from chengshu.cases.procedure.case_file import Contest, PartyView, replay
from chengshu.cases.procedure.clocks import clocks
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.rules.performing import accrued
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import State
from chengshu.cases.queries.mine import sections
from chengshu.cases.services.documents import file_of
from tests.cases import planted as p
from tests.cases.conftest import Team
from tests.cases.test_clocks import until
from tests.cases.test_lawyer import a, refused
from tests.cases.test_services import decided

DECIDED = until(p.of_2022(), K.DISCLOSE)
"""A fine of 2,000 yuan, served and disclosed, not paid."""
SERVED = next(step.day for step in DECIDED if step.kind is K.SERVE)


def on(day: date, kind: K, **data: object) -> Step:
    """A step of a day, by the legal reviewer."""
    return Step(kind, p.moment(day), "legal", (), {"party": "1", **data})


def day(n: int) -> date:
    """Some days after service."""
    return SERVED + timedelta(days=n)


def begun(n: int = 10, **data: object) -> Step:
    """A request for review."""
    values = {"remedy": "reconsideration", "body": "普陀区人民政府", "begun_on": day(n).isoformat(), **data}
    return on(day(n), K.CONTEST, **values)


def ended(n: int, result: str, **data: object) -> Step:
    """Its outcome."""
    values = {
        "result": result,
        "number": "普府复决字〔2022〕第1号",
        "effective_on": day(n).isoformat(),
        **data,
    }
    return on(day(n), K.CONTEST_RESULT, **values)


def test_the_authority_answers_in_time_also_in_a_case_of_the_archive() -> None:
    data = {**begun().data, "begun_on": "2022-05-01"}
    asked = Step(K.CONTEST, p.moment(date(2022, 5, 5)), "legal", (), data)
    file = replay([*p.of_2022(), asked])
    assert file.state is State.ARCHIVED
    assert [clock.code for clock in clocks(file)] == ["reconsideration_answer"]
    answered = replay([*p.of_2022(), asked, on(date(2022, 5, 9), K.CONTEST_ANSWER)])
    assert clocks(answered) == []


@pytest.mark.parametrize("result", ["changed", "annulled", "unlawful", "void"])
def test_what_did_not_stand_is_withdrawn_from_disclosure_within_three_days(result: str) -> None:
    steps = [*DECIDED, begun(), ended(60, result, fine=500)]
    file, found = review(steps)
    assert [finding for finding in found if finding.refuses] == []
    due = {clock.code: clock.due for clock in clocks(file)}["disclosure_withdrawal"]
    assert day(60) < due <= day(66)
    for n, late in ((61, False), (90, True)):
        withdrawn = [*steps, on(day(n), K.WITHDRAW_DISCLOSURE, reason="复议决定变更")]
        file, found = review(withdrawn)
        assert ("withdrawal-late" in {finding.rule for finding in found}) is late
        assert "disclosure_withdrawal" not in {clock.code for clock in clocks(file)}


def test_what_was_upheld_stays_disclosed() -> None:
    file = replay([*DECIDED, begun(), ended(60, "upheld")])
    assert file.disclosed_on is not None
    assert "disclosure_withdrawal" not in {clock.code for clock in clocks(file)}
    assert file.parties["1"].fine == 2000


def test_the_changed_fine_takes_the_place_of_the_first_and_is_never_higher() -> None:
    changed = [*DECIDED, begun(), ended(60, "changed", fine=800)]
    file = replay(changed)
    assert (file.parties["1"].fine, file.parties["1"].outcome["changed_by"]) == (
        800,
        ended(60, "changed").data["number"],
    )
    assert file.decision is not None  # what was decided stays on record
    assert file.decision.data["outcomes"][0]["fine"] == 2000
    assert refused([*changed, on(day(61), K.PAY, amount=800, method="bank")]) == set()
    assert refused([*changed, on(day(61), K.PAY, amount=2000, method="bank")]) == {"overpaid"}
    dearer = [*DECIDED, begun(), ended(60, "changed", fine=3000)]
    assert refused(dearer) == {"contest-result"}
    assert refused(p.changed(dearer, K.CONTEST_RESULT, counter_request=True)) == set()
    assert refused([*DECIDED, begun(), ended(60, "changed")]) == {"contest-result"}


def test_what_was_paid_too_much_is_refunded_before_the_case_is_closed() -> None:
    paid = [*DECIDED, on(day(5), K.PAY, amount=2000, method="bank"), begun(), ended(60, "annulled")]
    paid.append(on(day(61), K.WITHDRAW_DISCLOSURE, reason="复议决定撤销"))
    close = Step(K.CLOSE, p.moment(day(70)), "leader", (), {"approver": "leader"})
    assert refused([*paid, close]) == {"close"}
    refund = on(day(65), K.REFUND, amount=2000)
    assert refused([*paid, refund, close]) == set()
    assert refused([*paid, on(day(65), K.REFUND, amount=2001)]) == {"refund"}
    assert "disclosure-undone" in refused([*paid, on(day(66), K.DISCLOSE, masked=True, again=True)])


def test_an_annulled_case_is_taken_up_again_only_where_that_was_ordered() -> None:
    again = Step(
        K.REOPEN, p.moment(day(65)), "chief", (), {"reason": "复议机关责令重作", "approver": "chief"}
    )
    ordered = [*DECIDED, begun(), ended(60, "annulled", again=True), again]
    file, found = review(ordered)
    assert {finding.rule for finding in found if finding.refuses} == set()
    assert "withdrawal-missing" in {finding.rule for finding in found}
    assert (file.state, file.decision, file.parties["1"].outcome) == (State.INVESTIGATING, None, {})
    due = {clock.code: clock.due for clock in clocks(file)}
    assert due["decision_after_filing"] == day(65) + timedelta(days=90)
    for result, data in (("annulled", {}), ("upheld", {"again": True})):
        assert refused([*DECIDED, begun(), ended(60, result, **data), again]) == {"reopen"}


def test_nothing_is_enforced_while_it_is_suspended_or_pending() -> None:
    remind, court = on(day(40), K.REMIND), on(day(300), K.APPLY_TO_COURT, court="普陀区人民法院")
    pending, stayed = [*DECIDED, begun()], [*DECIDED, begun(stayed=True)]
    assert "execution-stayed" in refused([*stayed, remind])
    assert "execution-stayed" not in refused([*pending, remind])
    assert "execution-stayed" in refused([*pending, remind, court])
    assert "payment" not in {clock.code for clock in clocks(replay(stayed))}
    over = [*pending, ended(60, "upheld"), on(day(65), K.REMIND), on(day(90), K.APPLY_TO_COURT, court="法院")]
    assert refused(over) == set()


def test_no_late_charge_runs_while_a_review_is_pending() -> None:
    due = next(clock.due for clock in clocks(replay(DECIDED)) if clock.code == "payment")
    begins = (due - SERVED).days + 11
    steps = [*DECIDED, begun(begins), ended(begins + 30, "upheld")]
    charge = on(day(begins + 30), K.LATE_CHARGE, amount=600)  # ten days at three per cent of 2,000
    assert refused([*steps, charge]) == set()
    assert refused([*steps, on(charge.day, K.LATE_CHARGE, amount=601)]) == {"late-charge"}
    without = [step for step in steps if step.kind not in (K.CONTEST, K.CONTEST_RESULT)]
    assert refused([*without, on(charge.day, K.LATE_CHARGE, amount=2000)]) == set()


def test_a_late_payment_does_not_wipe_out_the_late_charge_that_had_come_up() -> None:
    due = next(clock.due for clock in clocks(replay(DECIDED)) if clock.code == "payment")
    paid = Step(
        K.PAY, p.moment(due + timedelta(days=10)), "lu", (), {"party": "1", "amount": 2000, "method": "bank"}
    )
    for amount, rules in ((600, set()), (601, {"late-charge"})):
        later = on(due + timedelta(days=40), K.LATE_CHARGE, amount=amount)
        assert refused([*DECIDED, paid, later]) == rules


@given(
    fine=st.integers(1, 100_000),
    payments=st.lists(st.tuples(st.integers(-5, 60), st.integers(1, 5000)), max_size=4),
    contest=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    days=st.integers(0, 80),
)
def test_a_late_charge_only_grows_and_never_above_the_fine(
    fine: int, payments: list[tuple[int, int]], contest: tuple[int, int], days: int
) -> None:
    start = date(2022, 4, 1)
    party = PartyView("1", outcome={"fine": fine})
    party.payments = sorted((start + timedelta(days=n), Decimal(amount)) for n, amount in payments)
    charges = [accrued(party, start, start + timedelta(days=n)) for n in (days, days + 1)]
    assert 0 <= charges[0] <= charges[1] <= fine
    first, last = start + timedelta(days=contest[0]), start + timedelta(days=sum(contest))
    step = Step(K.CONTEST, p.moment(first), data={"begun_on": first.isoformat()})
    party.contests = [Contest(step, ended=a(K.CONTEST_RESULT, effective_on=last.isoformat()))]
    assert accrued(party, start, start + timedelta(days=days)) <= charges[0]


def test_the_reviewer_records_review_and_outcome_and_the_lists_say_what_is_left(team: Team) -> None:
    course = decided(team)
    course.take(K.SERVE, party="1", document="decision", mode="direct", result="served", receiver="店长")
    course.take(K.DISCLOSE, team.legal, masked=True)
    asked = {"remedy": "litigation", "body": "上海铁路运输法院", "begun_on": course.at.date().isoformat()}
    course.take(K.CONTEST, team.legal, party="1", **asked)
    case = Case.objects.get(pk=course.case.pk)
    assert "litigation_answer" in {clock.code for clock in clocks(file_of(case))}
    told = {"result": "changed", "number": "（2022）沪7101行初1号", "fine": 500}
    course.take(K.CONTEST_RESULT, team.legal, days=30, party="1", effective_on="2022-04-01", **told)
    case.refresh_from_db()
    assert case.fine == 500
    assert "disclosure_withdrawal" in {clock.code for clock in clocks(file_of(case))}


def test_a_disclosure_to_withdraw_waits_for_those_who_disclose(team: Team) -> None:
    course = decided(team)
    course.take(K.SERVE, party="1", document="decision", mode="direct", result="served", receiver="店长")
    course.take(K.DISCLOSE, team.legal, masked=True)
    owed = Case.objects.get(pk=course.case.pk).fine
    course.take(K.PAY, party="1", amount=str(owed), method="bank")
    begun = course.at.date().isoformat()
    course.take(
        K.CONTEST, team.legal, party="1", remedy="litigation", body="上海铁路运输法院", begun_on=begun
    )
    told = {"result": "changed", "number": "（2022）沪7101行初1号", "fine": 500}
    course.take(K.CONTEST_RESULT, team.legal, days=30, party="1", effective_on="2022-04-01", **told)
    waiting = {section.code: section.rows for section in sections(team.legal, course.at.date())}
    assert [case.pk for case in waiting["withdraw"]] == [course.case.pk]
    course.take(K.WITHDRAW_DISCLOSURE, team.legal, reason="判决变更")
    assert "withdraw" not in {section.code for section in sections(team.legal, course.at.date())}
