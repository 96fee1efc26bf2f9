"""What a defence lawyer looks for in a file: each a lawful file with one thing done wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chengshu.cases.forms.outcomes import OutcomeForm
from chengshu.cases.lawful import NOTICE_CONTENTS
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.steps import OfficerAt, Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import State
from chengshu.law.applicable import rule_for
from tests.cases import planted as p

C = OfficerAt("gu", "顾维新", "示09010003", p.A.certificate_to, p.A.certificate_from)
D = OfficerAt("xu", "许同舟", "示09010004", p.A.certificate_to, p.A.certificate_from)
OVERDUE = "waste.no-containers"
FORGONE = {"type": "no_penalty", "reason": "minor_corrected", "education": "已教育", "would_be": 9000}


def refused(steps: list[Step]) -> set[str]:
    """The rules that would have refused a step of the file."""
    return {finding.rule for finding in review(steps)[1] if finding.refuses}


def after(steps: list[Step], kind: K, *more: Step) -> list[Step]:
    """The file with steps more, from a minute after the last of ``kind``."""
    place = max(i for i, step in enumerate(steps) if step.kind is kind)
    at = steps[place].at
    added = [replace(step, at=at + timedelta(minutes=n)) for n, step in enumerate(more, 1)]
    return [*steps[: place + 1], *added, *steps[place + 1 :]]


def a(kind: K, by: str = "lu", *officers: OfficerAt, **data: object) -> Step:
    """A step without a time of its own."""
    return Step(kind, p.moment(p.plan().act_on), by, officers, data)


def said(text: str = "货物当时正在装卸。") -> Step:
    """The party's defence."""
    return a(K.STATEMENT, party="1", made=True, text=text)


NOT_SAID = a(K.STATEMENT, party="1", made=False)
REVIEWED = a(K.REVIEW_STATEMENT, party="1", accepted=False, reason="不成立")
EVIDENCE = a(K.ADD_EVIDENCE, "lu", p.A, p.B, type="record", title="补充照片", sha256="e" * 64)


def noticed_again(fine: int, *before: Step, **outcome: object) -> list[Step]:
    """A file with a second notice after the defence."""
    first = p.general(parties=[p.party(fine=1000)])
    again = a(
        K.NOTICE, party="1", contents=NOTICE_CONTENTS, served_on=day_of(first, K.NOTICE),
        proposal={"type": "penalty", "fine": fine, **outcome},
    )  # fmt: skip
    waived = a(K.STATEMENT, party="1", made=False, waived=True)
    made = after(first, K.STATEMENT, said(), REVIEWED, *before, again, waived)
    return p.changed(p.outcome(made, fine=fine, **outcome), K.PAY, amount=fine)


def day_of(steps: list[Step], kind: K, shift: int = 0) -> str:
    """The day of the first step of a kind."""
    day = next(step.day for step in steps if step.kind is kind)
    return (day + timedelta(days=shift)).isoformat()


def hearing() -> list[Step]:
    """A lawful file with a hearing."""
    return p.heavy(hearing=True)


def given_away(steps: list[Step]) -> list[Step]:
    """The case is given to two others after the officers have questioned the party."""
    made = after(steps, K.INQUIRE, a(K.ASSIGN, "chief", C, D, reason="岗位调整"))
    held = next(i for i, step in enumerate(made) if step.kind is K.ASSIGN)
    return made[: held + 1] + [replace(s, officers=(C, D)) if s.officers else s for s in made[held + 1 :]]


CASES: dict[str, tuple[Callable[[], list[Step]], str]] = {
    # dates
    "the act ends before it begins": (
        lambda: p.changed(p.general(), K.PROPOSE_FILING, act_until="2019-01-01"), "act-after-step",
    ),
    "the notice is said to be served before it was written": (
        lambda: p.changed(p.heavy(), K.NOTICE, served_on="2020-08-01"), "service-date",
    ),
    "the decision is said to be served tomorrow": (
        lambda: p.changed(p.general(), K.SERVE, served_on=day_of(p.general(), K.SERVE, 1)), "service-date",
    ),
    "a public notice counts before its sixty days are over": (
        lambda: p.changed(
            p.general(), K.SERVE, mode="public_notice", published_on=day_of(p.general(), K.SERVE),
            served_on=day_of(p.general(), K.SERVE, 70),
        ), "service-date",
    ),
    "the hearing is held before the day that was told": (
        lambda: p.moved(
            p.changed(hearing(), K.HEARING_NOTICE, hearing_on=day_of(hearing(), K.HOLD_HEARING, 3)),
            K.PROPOSE_DECISION, p.date(2020, 11, 2),
        ), "hearing-notice-early",
    ),
    "an order is called overdue before its day": (
        lambda: p.changed(
            p.general(cause=OVERDUE, parties=[p.party(fine=800)]), K.ORDER_RECTIFY, due_on="2020-12-01"
        ), "rectify-early",
    ),
    "an order ends before it begins": (
        lambda: p.changed(
            p.general(cause=OVERDUE, parties=[p.party(fine=800)]), K.ORDER_RECTIFY, due_on="2020-09-01"
        ), "rectify-early",
    ),
    "the refusal is older than the order": (
        lambda: after(
            p.without(p.general(cause=OVERDUE, parties=[p.party(fine=800)]), K.ORDER_RECTIFY),
            K.RECTIFY_RESULT, a(K.ORDER_RECTIFY, "lu", p.A, p.B, party="1"),
        ), "order-first",
    ),
    # defence
    "that nothing was said is no waiver": (
        lambda: p.changed(p.general(), K.STATEMENT, waived=None), "statement-heard",
    ),
    "a defence is written over": (
        lambda: after(p.general(), K.STATEMENT, said(), NOT_SAID), "statement-heard",
    ),
    "a second defence is not reviewed": (
        lambda: after(p.general(), K.STATEMENT, said(), REVIEWED, said("另有证人。")), "statement-heard",
    ),
    "a defence during the approval is not reviewed": (
        lambda: after(p.general(), K.PROPOSE_DECISION, said()), "statement-heard",
    ),
    "a second hearing without notice": (
        lambda: after(
            hearing(), K.HOLD_HEARING, a(K.REQUEST_HEARING, party="1"),
            a(K.HOLD_HEARING, "legal", chair="legal", record="听证笔录"),
        ), "hearing-notice-early",
    ),
    "a second notice is heavier because of the defence": (lambda: noticed_again(4000), "heavier"),
    "gains are confiscated that the notice did not name": (
        lambda: p.outcome(p.general(), confiscated=800), "heavier",
    ),
    "another penalty is added that the notice did not name": (
        lambda: p.outcome(p.heavy(), others=["revoke_licence"]), "heavier",
    ),
    # people
    "who questioned the party decides, after giving the case away": (
        lambda: p.changed(given_away(p.general()), K.APPROVE_DECISION, approver="lu"), "own-approval",
    ),
    "who questioned the party reviews, after giving the case away": (
        lambda: p.changed(given_away(p.heavy()), K.LEGAL_REVIEW, reviewer="shen"), "own-review",
    ),
    "who questioned the party chairs the hearing": (
        lambda: p.changed(given_away(hearing()), K.HOLD_HEARING, chair="lu"), "chair",
    ),
    "the reviewer's qualification is not confirmed": (
        lambda: p.changed(p.heavy(), K.LEGAL_REVIEW, qualified=None), "own-review",
    ),
    "the reviewer agrees without looking at the procedure": (
        lambda: p.changed(p.heavy(), K.LEGAL_REVIEW, checked_procedure=None), "review-checklist",
    ),
    "an officer approves the seizure": (
        lambda: p.changed(
            p.general(cause=p.STALL, parties=[p.party("person", fine=200)], seize=[{"name": "推车"}]),
            K.SEIZE, approver="lu",
        ), "own-approval",
    ),
    "a recused leader decides": (
        lambda: after(
            p.general(), K.REPORT, a(K.RECUSE, "head", officer="chief", accepted=True, approver="head")
        ), "recusal",
    ),
    "a recused officer works on without signing": (
        lambda: after(
            given_away(p.general()), K.NOTICE,
            a(K.RECUSE, "chief", officer="lu", accepted=True, approver="chief"),
        ), "recusal",
    ),
    "the case is given to one officer": (
        lambda: after(p.general(), K.INQUIRE, a(K.ASSIGN, "chief", C, reason="岗位调整")), "two-officers",
    ),
    # the penalty itself
    "gains are confiscated without a provision, before 2021": (
        lambda: p.outcome(
            p.changed(p.general(), K.NOTICE, proposal={"type": "penalty", "fine": 2000, "confiscated": 900}),
            confiscated=900,
        ), "fine-range",
    ),
    "the fine that was forgone is more than the law knows": (lambda: p.exempt(would_be=900_000), "exemption"),
    "the fine that was forgone is less than the law knows": (
        lambda: p.heavy(parties=[p.party(**FORGONE)]), "exemption",
    ),
    # performing
    "the case is closed with the gains not handed over": (
        lambda: p.outcome(
            p.changed(p.general(), K.NOTICE, proposal={"type": "penalty", "fine": 2000, "confiscated": 900}),
            confiscated=900,
        ), "close",
    ),
    "reminded before it was due": (
        lambda: after(p.general(), K.DISCLOSE, a(K.REMIND, party="1")), "reminder-early",
    ),
    "cash on a decision of the general procedure": (
        lambda: p.changed(
            p.general(cause=p.LITTER, parties=[p.party("person", fine=20)]), K.PAY, method="cash"
        ), "cash-limit",
    ),
    "a payment of less than nothing": (lambda: p.changed(p.general(), K.PAY, amount=-5), "overpaid"),
    "a penalty that imposes nothing": (
        lambda: p.outcome(p.simple(), fine=0), "outcome-missing",
    ),
    "no penalty on the spot without a reason": (
        lambda: p.outcome(p.simple(), type="no_penalty", fine=0), "exemption",
    ),
}  # fmt: skip


def test_a_party_may_ask_for_a_hearing_while_the_decision_waits_for_approval() -> None:
    steps = after(p.heavy(), K.PROPOSE_DECISION, a(K.REQUEST_HEARING, party="1"))
    place = next(i for i, step in enumerate(steps) if step.kind is K.REQUEST_HEARING)
    file, found = review(steps[: place + 1])
    late = {"hearing-request-late"}  # the plan lets the time pass before the decision is proposed
    assert {finding.rule for finding in found if finding.step == place} <= late
    assert file.state is State.HEARING


def test_a_notice_that_was_missed_is_given_while_the_decision_waits_for_approval() -> None:
    steps = p.without(p.general(), K.NOTICE, K.STATEMENT)
    notice = next(step for step in p.general() if step.kind is K.NOTICE)
    served = {**notice.data, "served_on": day_of(steps, K.PROPOSE_DECISION)}
    made = after(steps, K.PROPOSE_DECISION, replace(notice, data=served))
    place = next(i for i, step in enumerate(made) if step.kind is K.NOTICE)
    file, found = review(made[: place + 1])
    assert (file.state, found) == (State.NOTICED, [])


@pytest.mark.parametrize("name", CASES)
def test_what_a_lawyer_would_find_is_refused(name: str) -> None:
    make, rule = CASES[name]
    assert rule in refused(make())


def test_the_files_these_are_made_from_are_lawful() -> None:
    overdue = p.general(cause=OVERDUE, parties=[p.party(fine=800)])
    for steps in (
        p.general(),
        p.heavy(),
        hearing(),
        overdue,
        given_away(p.general()),
        noticed_again(4000, EVIDENCE),
    ):
        assert refused(steps) == set()


def test_since_2021_the_law_on_penalties_itself_confiscates_gains() -> None:
    steps = p.of_2022(parties=[p.party(fine=2000, confiscated=900)])
    assert "fine-range" not in refused(steps)


def test_a_review_that_does_not_agree_need_not_confirm_all_points() -> None:
    assert "review-checklist" not in refused(
        p.changed(p.heavy(), K.LEGAL_REVIEW, opinion="amend", checked_facts=None)
    )


def test_an_offence_without_a_rule_on_the_day_of_the_decision_is_noted() -> None:
    late = p.general(act_on=p.date(2022, 11, 28), authority_kind="subdistrict_office")
    assert "offence-ended" in {finding.rule for finding in review(late)[1]}
    assert "offence-ended" not in {finding.rule for finding in review(p.of_2022())[1]}


def test_an_act_at_the_end_of_all_calendars_is_refused_in_one_sentence() -> None:
    assert "act-after-step" in refused(p.changed(p.general(), K.PROPOSE_FILING, act_until="9999-12-31"))


def test_a_youth_can_be_fined_lightly_within_the_range_in_the_form() -> None:
    rule = rule_for(p.STALL, act_on=p.date(2022, 3, 10), decided_on=p.date(2022, 3, 10)).rule
    typed = {"type": "penalty", "fine": "100", "lighter": "on"}
    form = OutcomeForm(typed, rule=rule, kind="person", today=p.date(2022, 3, 10))
    assert form.is_valid()
    held = form.outcome("1")
    youth = {**p.YOUTH, "birth": "2006-01-01", "outcome": held}
    assert refused(p.of_2022(cause=p.STALL, parties=[youth])) == set()
