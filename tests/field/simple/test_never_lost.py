"""Whatever a phone sends of a served decision: it is a case, or a person is asked to enter it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.bureau.models import Notice
from chengshu.cases.models import Case
from chengshu.field.models import FieldRecord
from tests.cases.conftest import Team
from tests.field.simple.sending import WORD, arrive, block_of, served

pytestmark = pytest.mark.django_db
Outcome = FieldRecord.Outcome
TRASH = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.text(max_size=30),
    st.lists(st.text(max_size=3)),
)
DAYS = st.sampled_from(["2022-03-10", "2021-06-01", "2016-01-01", "2022-03-11", "", "2022-02-30"])
FINES = st.sampled_from([0, 1, 50, 100, 200, 201, 3000, 10**9])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "fine": st.one_of(FINES, TRASH),
    "act_on": st.one_of(DAYS, TRASH),
    "warning": st.one_of(st.booleans(), TRASH),
    "told": TRASH,
    "cash": st.booleans(),
    "refused_to_sign": st.booleans(),
    "witness": TRASH,
    "tier": st.sampled_from(["", "light", "no-such-tier"]),
    "number": st.one_of(st.sampled_from(["", WORD.format(1), WORD.format(77)]), TRASH),
    "officers": TRASH,
    "signatures": TRASH,
    "photos": TRASH,
    "party": st.one_of(TRASH, st.fixed_dictionaries({"kind": TRASH, "name": TRASH, "id_number": TRASH})),
    "cause": st.sampled_from(["waste.littering", "appearance.street-stall", "no.such", ""]),
    "lead": TRASH,
    "object": TRASH,
    "facts": TRASH,
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({}, optional=FIELDS))
def test_nothing_that_was_served_is_lost_and_nothing_unlawful_is_silent(
    team: Team, changes: dict[str, Any]
) -> None:
    with transaction.atomic():
        block_of(team)
        done = arrive(served(team, **changes))
        cases, by_hand = Case.objects.count(), Notice.objects.filter(kind="case.by_hand").count()
        if done.outcome == Outcome.REFUSED:
            assert (cases, by_hand > 0) == (0, True) and done.messages
        else:
            case = Case.objects.get()
            objections = any(step.data.get("objections") for step in case.steps.all())
            assert case.to_correct is objections and by_hand == 0
            assert (done.outcome == Outcome.FLAGGED) is bool(done.messages)
            assert not objections or done.outcome == Outcome.FLAGGED
        transaction.set_rollback(True)
