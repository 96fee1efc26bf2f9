"""Blocks of numbers: what is leased is used once or voided on record, and nothing is missing between."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.bureau.models import Town
from chengshu.cases.models import Case, NumberBlock
from chengshu.cases.services import StepRefused
from chengshu.cases.services.blocks import BlockProblem, close_block, lease, limits, use
from chengshu.cases.services.numbering import next_document_number
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import LedgerEntry
from tests.cases.conftest import Team
from tests.cases.test_services import START, on_the_spot

WORD = "沪普寿街当罚决字〔2022〕第{:06d}号"
ON_SPOT_KIND = "当罚决字"


def block_of(team: Team, n: int = 3, **changes: Any) -> NumberBlock:
    """A block leased at nine o'clock to the first officer for the town of the squad."""
    town = Town.objects.get(district=team.district, name="长寿路街道")
    return lease(
        team.first, n, **{"by": team.first, "town": town, "at": START, "device": "执法终端 3", **changes}
    )


@pytest.mark.django_db
def test_a_block_takes_its_numbers_from_the_series_of_the_authority(team: Team) -> None:
    first = on_the_spot(team)
    block = block_of(team)
    assert list(block.unused) == [WORD.format(n) for n in (2, 3, 4)]
    assert first.decision_number == WORD.format(1)
    assert on_the_spot(team).decision_number == WORD.format(5)


@pytest.mark.django_db
def test_a_decision_made_offline_brings_its_number(team: Team) -> None:
    block = block_of(team)
    case = on_the_spot(team, number=WORD.format(2))
    assert case.decision_number == case.number == WORD.format(2)
    block.refresh_from_db()
    assert block.used == [2]
    with pytest.raises(StepRefused, match="不属于"):
        on_the_spot(team, number=WORD.format(2))
    assert Case.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["自编第1号", WORD.format(9)])
def test_a_number_of_nobodys_block_is_refused(team: Team, number: str) -> None:
    block_of(team)
    with pytest.raises(StepRefused, match="不属于"):
        on_the_spot(team, number=number)


@pytest.mark.django_db
def test_the_number_of_a_colleague_is_refused(team: Team) -> None:
    town = Town.objects.get(district=team.district, name="长寿路街道")
    lease(team.second, 2, by=team.leader, town=town, at=START)
    with pytest.raises(StepRefused, match="不属于"):
        on_the_spot(team, number=WORD.format(1))


@pytest.mark.django_db
def test_neither_an_expired_block_nor_that_of_another_authority_serves(team: Team) -> None:
    block_of(team, at=START - timedelta(days=limits()["days"], minutes=1))
    with pytest.raises(StepRefused, match="有效期"):
        on_the_spot(team, number=WORD.format(1))
    other = block_of(team, town=Town.objects.get(district=team.district, name="桃浦镇"))
    with pytest.raises(StepRefused, match="其他机关"):
        on_the_spot(team, number=next(iter(other.unused)))


@pytest.mark.django_db
def test_a_refused_decision_leaves_its_number_in_the_block(team: Team) -> None:
    block = block_of(team)
    with pytest.raises(StepRefused, match="200"):
        on_the_spot(team, cause="appearance.street-stall", fine=300, number=WORD.format(1))
    block.refresh_from_db()
    assert block.used == []


@pytest.mark.django_db
def test_closing_voids_the_rest_on_record(team: Team) -> None:
    block = block_of(team)
    on_the_spot(team, number=WORD.format(2))
    closed = close_block(block, by=team.first)
    assert (closed.used, closed.voided, closed.unused) == ([2], [1, 3], {})
    entries = LedgerEntry.objects.filter(chain=f"cases.numberblock:{block.pk}").order_by("seq")
    assert [entry.action for entry in entries] == ["block.leased", "block.closed"]
    assert entries[1].payload == {"voided": [WORD.format(1), WORD.format(3)], "used": [WORD.format(2)]}
    assert verify_chain(block.chain).findings == []
    with pytest.raises(StepRefused, match="不属于"):
        on_the_spot(team, number=WORD.format(1))
    with pytest.raises(BlockProblem, match="已关闭"), transaction.atomic():
        use(block, WORD.format(1))
    assert close_block(block, by=team.first).voided == [1, 3]


@pytest.mark.django_db
def test_who_leases_and_how_many(team: Team) -> None:
    for n in (0, limits()["most"] + 1):
        with pytest.raises(BlockProblem, match="每个号段"):
            block_of(team, n)
    for by in (team.second, team.legal):
        with pytest.raises(PermissionDenied):
            block_of(team, by=by)
        with pytest.raises(PermissionDenied):
            close_block(block_of(team), by=by)


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 5), st.sets(st.integers(0, 4))), max_size=4))
def test_leased_numbers_are_used_voided_or_open_and_never_two_of_these(
    team: Team, leases: list[tuple[int, set[int]]]
) -> None:
    with transaction.atomic():
        seen: list[int] = []
        for n, picks in leases:
            block = block_of(team, n)
            for at in sorted(pick for pick in picks if pick < n):
                block = use(block, block.number(block.first + at))
            block = close_block(block, by=team.first)
            seen += block.used + block.voided
            assert not set(block.used) & set(block.voided)
        assert len(seen) == len(set(seen)) and sorted(seen) == list(
            range(min(seen, default=1), max(seen, default=0) + 1)
        )
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_leases_and_single_numbers_at_the_same_time_leave_no_gap(team: Team) -> None:
    case = on_the_spot(team)
    barrier, failures = threading.Barrier(6), []
    taken: list[str] = [case.decision_number]
    day = START.date()

    def work(place: int) -> None:
        try:
            barrier.wait()
            for n in range(4):
                if place % 2:
                    taken.extend(block_of(team, n + 1).unused)
                else:
                    with transaction.atomic():
                        number = next_document_number(case, ON_SPOT_KIND, day)
                    taken.append(number)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[place]) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(taken) == [WORD.format(n) for n in range(1, 1 + 1 + 3 * 10 + 3 * 4)]
