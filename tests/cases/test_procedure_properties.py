"""Whatever steps are tried in whatever order: no decision without what must come before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chengshu.cases.procedure.case_file import CaseFile, apply
from chengshu.cases.procedure.review import findings, review
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import FINAL, State
from tests.cases import planted

POOL = [
    *planted.general(), *planted.heavy(hearing=True), *planted.simple(), *planted.exempt(),
    *planted.general(
        cause=planted.STALL, parties=[planted.party("person", fine=200)], seize=[{"name": "推车"}]
    ),
    *(step for make, _rule in planted.PLANTED.values() for step in make()),
    *[Step(kind, planted.moment(date(2020, 9, 10)), "chief", (), data) for kind, data in (
        (K.SUSPEND, {"reason": "等待鉴定", "approver": "chief"}), (K.RESUME, {"reason": "鉴定完成"}),
        (K.WITHDRAW, {"reason": "违法事实不成立", "approver": "chief"}),
        (K.END, {"reason": "当事人死亡", "approver": "chief"}),
    )],
]  # fmt: skip


class Procedure(RuleBasedStateMachine):
    """Somebody tries steps, lawful and unlawful, on any day; only what the rules let through is taken."""

    @initialize()
    def begin(self) -> None:
        self.file, self.taken = CaseFile(), list[Step]()
        self.now = planted.moment(date(2020, 9, 10))

    @rule(step=st.sampled_from(POOL), days=st.integers(0, 20))
    def try_a_step(self, step: Step, days: int) -> None:
        self.attempt(step, days)

    @rule(data=st.data(), days=st.integers(0, 6))
    def try_what_comes_next(self, data: Any, days: int) -> None:
        done = {step.kind for step in self.taken}
        course = data.draw(st.sampled_from([planted.general(), planted.heavy(), planted.simple()]))
        fresh = [step for step in course if step.kind not in done]
        if fresh:
            self.attempt(fresh[0], days)

    def attempt(self, step: Step, days: int) -> None:
        step = replace(step, at=self.now + timedelta(days=days, minutes=1))
        if any(finding.refuses for finding in findings(self.file, step)):
            return
        apply(self.file, step)
        self.taken.append(step)
        self.now = step.at

    @invariant()
    def no_decision_without_what_comes_before(self) -> None:
        kinds = [step.kind for step in getattr(self, "taken", [])]
        if K.APPROVE_DECISION in kinds:
            before = kinds[: kinds.index(K.APPROVE_DECISION)]
            assert {K.APPROVE_FILING, K.REPORT, K.ADD_EVIDENCE, K.PROPOSE_DECISION} <= set(before)
            outcomes = self.file.decision.data["outcomes"] if self.file.decision else []
            if any(o.get("type") != "no_penalty" for o in outcomes):
                assert K.NOTICE in before
        if K.SIMPLE_DECISION in kinds:
            assert K.SIMPLE_SCENE in kinds[: kinds.index(K.SIMPLE_DECISION)]
        if self.file.state is State.CLOSED if hasattr(self, "file") else False:
            assert all(party.served_on for party in self.file.parties.values())

    @invariant()
    def what_was_taken_passes_the_review(self) -> None:
        if not hasattr(self, "file"):
            return
        file, found = review(self.taken)
        assert [finding for finding in found if finding.refuses] == []
        assert file.state is self.file.state
        assert self.file.state in State
        assert not (self.file.state in FINAL and self.file.suspended_since)


TestProcedure = Procedure.TestCase
TestProcedure.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
