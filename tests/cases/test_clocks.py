"""Deadlines of a case: what goes on running, and what happens where the calendar ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chengshu.cases.lawful import general_file
from chengshu.cases.procedure.case_file import replay
from chengshu.cases.procedure.clocks import clocks
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.kernel.workdays import covered_years
from tests.cases import planted as p
from tests.cases.test_lawyer import a, after, refused

SEIZED = p.general(cause=p.STALL, parties=[p.party("person", fine=200)], seize=[{"name": "推车"}])
SUSPENDED = a(K.SUSPEND, "chief", reason="等待鉴定", approver="chief")
PRESERVED = a(K.PRESERVE, "lu", p.A, p.B, items=[{"name": "账册"}], approver="chief")
DISPOSED = a(K.DISPOSE_PRESERVED, "lu", p.A, p.B, outcome="returned")


def until(steps: list[Step], kind: K) -> list[Step]:
    """The file up to and with the first step of a kind."""
    return steps[: next(i for i, step in enumerate(steps) if step.kind is kind) + 1]


def test_a_seizure_runs_on_while_the_case_is_suspended() -> None:
    held = after(until(SEIZED, K.CONFIRM_MEASURE), K.CONFIRM_MEASURE, SUSPENDED)
    assert [clock.code for clock in clocks(replay(held))] == ["seizure"]
    given_back = after(held, K.SUSPEND, a(K.RELEASE_SEIZURE, "lu", p.A, p.B, outcome="returned"))
    assert refused(given_back) == set()


@pytest.mark.parametrize("kind", [K.WITHDRAW, K.END, K.TRANSFER])
def test_no_case_ends_while_something_is_held(kind: K) -> None:
    ending = a(kind, "chief", reason="违法事实不成立", approver="chief", to="市场监管局")
    for held, last in (
        (until(SEIZED, K.SEIZE), K.SEIZE),
        (after(until(SEIZED, K.INQUIRE), K.INQUIRE, PRESERVED), K.PRESERVE),
    ):
        assert "things-held" in refused(after(held, last, ending))
    assert refused(after(until(p.general(), K.INQUIRE), K.INQUIRE, ending)) == set()


def test_a_seizure_needs_the_provision_of_an_offence() -> None:
    early = until(SEIZED, K.CHECK)
    early[0] = Step(K.REGISTER_LEAD, early[0].at, "lu", (), {"source": "patrol", "summary": "占道"})
    seize = a(K.SEIZE, "lu", p.A, p.B, items=[{"name": "推车"}], approver="chief")
    assert "seizure-basis" in refused(after(early, K.CHECK, seize))


def test_the_oldest_of_what_is_preserved_is_due_first() -> None:
    first = after(until(p.general(), K.INQUIRE), K.INQUIRE, PRESERVED)
    late = Step(K.PRESERVE, p.moment(date(2020, 9, 25)), "lu", PRESERVED.officers, PRESERVED.data)
    held = [*first, late]
    assert clocks(replay(held))[0].due < date(2020, 9, 25)
    found = review(
        [
            *held,
            Step(K.DISPOSE_PRESERVED, p.moment(date(2020, 9, 27)), "lu", p.plan().officers, DISPOSED.data),
        ]
    )[1]
    assert "preserve-late" in {finding.rule for finding in found}
    assert "nothing-held" in refused(after(first, K.PRESERVE, DISPOSED, DISPOSED))


def test_a_crime_is_handed_over_in_every_stage_before_the_decision() -> None:
    sent = a(K.TRANSFER, "chief", reason="涉嫌犯罪", approver="chief", to="普陀公安分局", to_kind="police")
    for kind in (K.INQUIRE, K.REPORT, K.NOTICE, K.PROPOSE_DECISION):
        assert refused(after(until(p.general(), kind), kind, sent)) == set()


def test_work_goes_on_where_periods_reach_into_a_year_without_known_holidays() -> None:
    last = covered_years()[-1]
    steps = general_file(
        p.plan(
            cause="waste.no-containers",
            parties=[p.party(fine=800)],
            act_on=date(last, 3, 9),
            authority_kind="subdistrict_office",
        )
    )
    late = p.moved(until(steps, K.DISCLOSE), K.APPROVE_DECISION, date(last, 12, 28))
    decided = until(late, K.APPROVE_DECISION)
    assert {clock.code for clock in clocks(replay(decided))} == set()
    assert refused(decided) == set()
    assert "service-late" not in {finding.rule for finding in review(late)[1]}


def on_the_spot(confirmed_after: timedelta | None = None, **data: object) -> list[Step]:
    """A seizure that could not wait, with the head's confirmation some time later."""
    held = p.changed(until(SEIZED, K.SEIZE), K.SEIZE, approver=None, emergency=True)
    seized = held[-1].at
    held = p.changed(held, K.SEIZE, reported_at=(seized + timedelta(hours=2)).isoformat())
    if confirmed_after is None:
        return held
    said = {"approver": "chief", "approved": True, **data}
    return [*held, Step(K.CONFIRM_MEASURE, seized + confirmed_after, "chief", (), said)]


def test_the_head_confirms_a_seizure_on_the_spot_within_a_day() -> None:
    waiting = replay(on_the_spot())
    clock = next(clock for clock in clocks(waiting) if clock.code == "measure_confirmation")
    assert clock.due == waiting.seizures[0].step.day + timedelta(days=1)
    for hours, late in ((23, False), (25, True)):
        file, found = review(on_the_spot(timedelta(hours=hours)))
        assert ("confirmation-late" in {finding.rule for finding in found}) is late
        assert "measure_confirmation" not in {clock.code for clock in clocks(file)}


def test_a_seizure_that_the_head_does_not_approve_ends_at_once() -> None:
    refused_one = on_the_spot(timedelta(hours=3), approved=False)
    clock = next(clock for clock in clocks(replay(refused_one)) if clock.code == "seizure")
    assert clock.due == refused_one[-1].day
    given_back = a(K.RELEASE_SEIZURE, "lu", p.A, p.B, outcome="returned")
    late = Step(K.RELEASE_SEIZURE, p.moment(clock.due + timedelta(days=2)), "lu", (p.A, p.B), given_back.data)
    assert "seizure-late" in {finding.rule for finding in review([*refused_one, late])[1]}


def test_an_approval_that_only_the_officers_wrote_down_is_noted() -> None:
    written = p.without(SEIZED, K.CONFIRM_MEASURE)
    assert "measure-unconfirmed" in {finding.rule for finding in review(written)[1]}
    assert "measure-unconfirmed" not in {finding.rule for finding in review(SEIZED)[1]}
    assert "measure-confirmation" in refused(p.changed(SEIZED, K.CONFIRM_MEASURE, approver="deputy"))
    twice = after(SEIZED, K.CONFIRM_MEASURE, a(K.CONFIRM_MEASURE, "chief", approver="chief", approved=True))
    assert "measure-confirmation" in refused(twice)
    own = p.changed(on_the_spot(timedelta(hours=1)), K.CONFIRM_MEASURE, approver="lu")
    assert "own-approval" in refused(own)
    held = after(until(p.general(), K.INQUIRE), K.INQUIRE, PRESERVED)
    assert "measure_confirmation" in {clock.code for clock in clocks(replay(held))}
