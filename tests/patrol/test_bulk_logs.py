"""Duty logs of the past written at once are those that would have been signed one by one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from chengshu.bureau.models import RosterEntry, User
from chengshu.kernel import ledger
from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.log.composing import digest_of, with_line
from chengshu.patrol.models import DutyLog, Equipment
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import equipment
from chengshu.patrol.services.bulk_logs import Told, keep_many
from chengshu.patrol.services.log_contents import gather
from tests import factories
from tests.patrol.conftest import Patrol

HOUR = timedelta(hours=1)
LINE = "巡查辖区主要道路，市容秩序总体平稳。"


def duties(patrol: Patrol, kind: str = "standby", count: int = 2) -> list[RosterEntry]:
    """Past duties of the officer, a day apart."""
    begin = timezone.make_aware(datetime(2020, 5, 4, 8))
    rows = [
        RosterEntry(
            unit=patrol.squad, user=patrol.officer, duty=kind,
            starts_at=begin + n * timedelta(days=1), ends_at=begin + n * timedelta(days=1) + 9 * HOUR,
        )
        for n in range(count)
    ]  # fmt: skip
    return list(RosterEntry.objects.bulk_create(rows))


@pytest.fixture
def leader(patrol: Patrol) -> User:
    return factories.make_user("squad_leader", patrol.squad)


def test_a_log_of_many_says_what_the_same_log_says_alone(patrol: Patrol, leader: User) -> None:
    first, second = duties(patrol)
    radio = Equipment.objects.create(squad=patrol.squad, code="R-9", kind="radio", name="对讲机")
    equipment.take(radio, by=patrol.officer, at=first.starts_at + HOUR)
    equipment.give_back(radio, by=patrol.officer, at=first.ends_at - HOUR)
    signed = first.ends_at + HOUR
    told = [
        Told(first, LINE, signed, signed + HOUR, leader),
        Told(second, LINE, second.ends_at + 30 * HOUR),
    ]
    assert keep_many(told) == 2
    on_time, late = DutyLog.objects.select_related("user", "squad", "duty").order_by("starts_at")
    for log in (on_time, late):
        assert log.content == with_line(gather(log), LINE) and log.digest == digest_of(log.content)
    assert len(on_time.content["equipment"]) == 1 and late.content["equipment"] == []
    assert (on_time.state, on_time.valid, on_time.confirmed_by, on_time.version) == (
        "confirmed",
        True,
        leader,
        4,
    )
    assert (late.state, late.valid, late.faults) == ("signed", False, ["signed_late"])
    entries = LedgerEntry.objects.filter(chain=on_time.chain).order_by("seq")
    assert [(one.action, one.actor) for one in entries] == [
        ("line", patrol.officer.username), ("sign", patrol.officer.username), ("confirm", leader.username),
    ]  # fmt: skip
    assert ledger.verify_chain(on_time.chain).ok


def test_a_patrol_without_check_ins_is_not_valid_and_an_unsigned_log_stays_open(patrol: Patrol) -> None:
    first, second = duties(patrol, "patrol")
    keep_many([Told(first, LINE, first.ends_at + HOUR), Told(second)])
    signed, unsigned = DutyLog.objects.order_by("starts_at")
    assert signed.faults == ["few_check_ins"] and not signed.valid
    assert (unsigned.state, unsigned.content, unsigned.version) == ("open", None, 1)


def test_what_signing_and_confirming_refuse_is_refused(patrol: Patrol, leader: User) -> None:
    first = duties(patrol, count=1)[0]
    office = RosterEntry(
        unit=patrol.squad,
        user=patrol.officer,
        duty="office",
        starts_at=first.ends_at,
        ends_at=first.ends_at + HOUR,
    )
    signed = first.ends_at + HOUR
    wrong = [
        Told(office, LINE, signed),
        Told(first, LINE, first.ends_at - HOUR),
        Told(first, LINE, timezone.now() + HOUR),
        Told(first, LINE, signed, signed - HOUR / 2, leader),
        Told(first, LINE, signed, signed + HOUR, patrol.officer),
        Told(first, LINE, None, signed, leader),
    ]
    for one in wrong:
        with pytest.raises((PatrolProblem, PermissionDenied)):
            keep_many([one])
    with pytest.raises(PermissionDenied):
        keep_many([Told(first, LINE, signed, signed + HOUR, factories.make_user("legal_reviewer"))])
    assert not DutyLog.objects.filter(duty=first.pk).exists()
