"""Two phones bear the same number in the same moment: two cases, one number each, the later one marked."""

from __future__ import annotations

import pytest

from chengshu.cases.models import Case
from chengshu.field.models import FieldRecord
from tests.cases.conftest import Team
from tests.field.simple.sending import WORD, arrive, block_of, served
from tests.field.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_both_decisions_stand_and_exactly_one_bears_the_number_undisputed(team: Team) -> None:
    block = block_of(team)
    sent = [served(team, another_act=act) for act in ("", "另一时间", "又一时间")]
    done = at_once(*(lambda one=one: arrive(one) for one in sent))  # type: ignore[misc]
    outcomes = sorted(one.outcome for one in done)
    assert outcomes == [FieldRecord.Outcome.APPLIED, *[FieldRecord.Outcome.FLAGGED] * 2]
    cases = Case.objects.order_by("number")
    assert [case.decision_number for case in cases] == [WORD.format(1)] * 3
    assert sorted(case.number for case in cases) == sorted(
        [WORD.format(1), f"{WORD.format(1)}（重号2）", f"{WORD.format(1)}（重号3）"]
    )
    block.refresh_from_db()
    assert block.used == [1]
