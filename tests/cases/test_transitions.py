"""The table of the procedure: every step that may not follow in a state is refused, one test each."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone

from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.review import findings
from chengshu.cases.procedure.steps import Step, StepKind
from chengshu.cases.procedure.transitions import (
    FINAL,
    REQUIRED,
    STATE_LABELS,
    STEP_LABELS,
    TABLE,
    State,
    after,
    possible,
)

MOMENT = timezone.make_aware(datetime(2022, 3, 10, 10))
ILLEGAL = [(state, kind) for state, kind in product(State, StepKind) if state not in TABLE[kind]]


@pytest.mark.parametrize(("state", "kind"), ILLEGAL)
def test_a_step_that_may_not_follow_is_refused(state: State, kind: StepKind) -> None:
    file = CaseFile(state=state)
    refused = [f for f in findings(file, Step(kind, MOMENT + timedelta(days=1))) if f.rule == "order"]
    assert len(refused) == 1
    assert refused[0].refuses
    assert after(state, kind) is None
    assert kind not in possible(state)


def test_the_tables_know_every_step_and_state() -> None:
    assert set(TABLE) == set(REQUIRED) == set(STEP_LABELS) == set(StepKind)
    assert set(STATE_LABELS) == set(State)
    reached = {target for table in TABLE.values() for target in table.values()}
    assert reached == set(State) - {State.NEW}


def test_nothing_but_corrections_and_what_review_or_suit_bring_follows_the_end_of_a_case() -> None:
    allowed = {
        StepKind.CORRECT, StepKind.DISCLOSE, StepKind.WITHDRAW_DISCLOSURE, StepKind.CONTEST,
        StepKind.CONTEST_ANSWER, StepKind.CONTEST_RESULT, StepKind.REFUND, StepKind.REOPEN,
    }  # fmt: skip
    for state in FINAL:
        assert set(possible(state)) <= allowed, state


def test_a_suspended_case_goes_back_to_where_it_was() -> None:
    assert after(State.SUSPENDED, StepKind.RESUME, State.NOTICED) is State.NOTICED
    assert after(State.SUSPENDED, StepKind.RESUME) is None
