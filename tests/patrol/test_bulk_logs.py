"""Duty logs of the past written at once are those that would have been signed one by one."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from chengshu.bureau.deeds import deeds_in, deeds_of
from chengshu.bureau.models import RosterEntry, User
from chengshu.cases.models import Case, CaseStep
from chengshu.kernel import ledger
from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.log.composing import digest_of, with_line
from chengshu.patrol.models import DutyLog, Equipment
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import equipment, logs
from chengshu.patrol.services.bulk_logs import Told, keep_many
from chengshu.patrol.services.log_contents import gather
from chengshu.patrol.services.tracks import PersonAt, ingest
from tests import factories
from tests.patrol.conftest import AT, Patrol
from tests.patrol.logs import duty, seen

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


@pytest.fixture
def busy(patrol: Patrol) -> list[RosterEntry]:
    """Two duties lately, both with check-ins, steps of one case, a way walked, a thing carried; between them
    the case went on."""
    found = [duty(patrol, ended_ago=n * HOUR) for n in (52, 26)]
    case = Case.objects.create(district=patrol.district, squad=patrol.squad, number="000001")
    camera = Equipment.objects.create(squad=patrol.squad, code="J-1", kind="body_camera", name="执法记录仪")
    seq = 0
    for on in found:
        seen(patrol, on)
        moments = [on.starts_at + n * HOUR for n in range(1, 4)]
        ingest(
            PersonAt(at + n * timedelta(seconds=10), AT[0] + n / 9_000, AT[1], 8.0, patrol.officer.pk)
            for at in moments
            for n in range(30)
        )
        for at in [*moments, on.ends_at + HOUR]:
            seq += 1
            CaseStep.objects.create(
                case=case, seq=seq, kind="add_evidence", at=at, by=patrol.officer, client_id=uuid.uuid4(),
                officers=[{"id": patrol.officer.username}],
            )  # fmt: skip
        equipment.take(camera, by=patrol.officer, at=on.starts_at + HOUR)
        equipment.give_back(camera, by=patrol.officer, at=on.ends_at - HOUR)
    return found


def test_what_was_done_in_several_spans_is_what_was_done_in_each(
    patrol: Patrol, busy: list[RosterEntry]
) -> None:
    spans = [(on.starts_at, on.ends_at) for on in reversed(busy)]
    together = deeds_in(patrol.officer, spans)
    assert together == [deeds_of(patrol.officer, start, end) for start, end in spans]
    assert [sorted({deed.kind for deed in deeds}) for deeds in together] == [
        ["case", "check_in", "track"]
    ] * 2
    assert deeds_in(patrol.officer, []) == []


def test_many_at_once_and_one_by_one_leave_the_same_behind(
    patrol: Patrol, leader: User, busy: list[RosterEntry]
) -> None:
    told = [
        Told(busy[0], LINE, busy[0].ends_at + HOUR / 2, busy[0].ends_at + 5 * HOUR, leader),
        Told(busy[1], "", busy[1].ends_at + HOUR / 2),
    ]
    with transaction.atomic():
        for one in told:
            one_by_one(one)
        alone = records(busy)
        transaction.set_rollback(True)
    keep_many(told)
    assert records(busy) == alone
    assert alone[0]["content"]["track"]["positions"] > 0 and alone[0]["content"]["equipment"]


def one_by_one(one: Told) -> None:
    """The same through the services that people use."""
    log, officer = logs.log_of(one.duty), one.duty.user
    if one.line:
        logs.write_line(log, one.line, by=officer)
    if one.signed_at:
        log = logs.sign(log, by=officer, digest=digest_of(gather(log)), at=one.signed_at)
    if one.confirmed_by:
        logs.confirm(log, by=one.confirmed_by, digest=log.digest, at=one.confirmed_at)


def records(of: list[RosterEntry]) -> list[dict[str, Any]]:
    """The logs as they stand in the database, each with its chain."""
    found = []
    for log in DutyLog.objects.filter(duty__in=of).order_by("starts_at"):
        row = {f.attname: getattr(log, f.attname) for f in DutyLog._meta.concrete_fields if f.name != "id"}
        entries = LedgerEntry.objects.filter(chain=log.chain).order_by("seq")
        assert ledger.verify_chain(log.chain).ok
        # a line has no moment of its own: alone it is that of writing, at once that of the signature
        found.append(row | {"ledger": [
            (one.action, one.actor, one.payload, one.at if one.action != "line" else None) for one in entries
        ]})  # fmt: skip
    return found


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
