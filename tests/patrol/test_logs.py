"""Duty logs from opening to confirmation: who may do what when, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from chengshu.bureau.models import RosterEntry, User
from chengshu.bureau.models.notices import Notice
from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.log.composing import digest_of
from chengshu.patrol.log.lifecycle import TABLE, Action
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog, DutyLogCorrection
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import logs
from tests import factories
from tests.patrol.conftest import Patrol
from tests.patrol.logs import HOUR, LINE, duty, seen, shown, signed


@pytest.fixture
def leader(patrol: Patrol) -> User:
    return factories.make_user("squad_leader", patrol.squad)


def actions(log: DutyLog) -> list[str]:
    return list(LedgerEntry.objects.filter(chain=log.chain).order_by("seq").values_list("action", flat=True))


# --- opening -------------------------------------------------------------------------------------------
def test_a_log_is_opened_once_for_every_duty_that_needs_one(patrol: Patrol) -> None:
    duty(patrol, 30 * HOUR, kind="standby")
    duty(patrol, 50 * HOUR, kind="office")
    assert logs.open_due() == 2  # the one of the fixture runs already
    assert logs.open_due() == 0
    assert set(DutyLog.objects.values_list("duty__duty", flat=True)) == {"patrol", "standby"}
    later = RosterEntry.objects.create(
        unit=patrol.squad,
        user=patrol.officer,
        starts_at=patrol.now + 20 * HOUR,
        ends_at=patrol.now + 28 * HOUR,
    )
    assert logs.open_due() == 0 and not DutyLog.objects.filter(duty=later).exists()


def test_no_log_is_kept_of_office_duty_nor_of_a_duty_to_come(patrol: Patrol) -> None:
    with pytest.raises(PatrolProblem, match="无需填写勤务日志"):
        logs.log_of(duty(patrol, 30 * HOUR, kind="office"))
    later = RosterEntry.objects.create(
        unit=patrol.squad,
        user=patrol.officer,
        starts_at=patrol.now + 20 * HOUR,
        ends_at=patrol.now + 28 * HOUR,
    )
    with pytest.raises(PatrolProblem, match="尚未开始"):
        logs.log_of(later)


# --- signing -------------------------------------------------------------------------------------------
def test_an_officer_adds_a_line_and_signs_what_was_seen(patrol: Patrol) -> None:
    on = duty(patrol)
    seen(patrol, on)
    log = logs.write_line(logs.log_of(on), f"  {LINE}\n", by=patrol.officer)
    log = logs.sign(log, by=patrol.officer, digest=shown(log))
    log.refresh_from_db()
    assert (log.state, log.valid, log.faults, log.version) == ("signed", True, [], 3)
    assert log.content is not None and log.content["line"] == LINE and len(log.content["deeds"]) == 3
    assert log.digest == digest_of(log.content)  # as the database gives it back
    assert actions(log) == ["line", "sign"]
    assert LedgerEntry.objects.filter(chain=log.chain).latest("seq").payload["digest"] == log.digest


def test_what_arrives_between_looking_and_signing_stops_the_signature(patrol: Patrol) -> None:
    on = duty(patrol)
    log = logs.log_of(on)
    before = shown(log)
    seen(patrol, on, 1)
    with pytest.raises(PatrolProblem, match="有新增记录"):
        logs.sign(log, by=patrol.officer, digest=before)
    logs.sign(log, by=patrol.officer, digest=shown(log))


def test_nobody_signs_for_another_nor_under_another_name(patrol: Patrol, leader: User) -> None:
    log = logs.log_of(duty(patrol))
    with pytest.raises(PermissionDenied):
        logs.sign(log, by=leader, digest=shown(log))
    with pytest.raises(PermissionDenied):
        logs.write_line(log, LINE, by=leader)
    with pytest.raises(PatrolProblem, match="姓名"):
        logs.sign(log, by=patrol.officer, digest=shown(log), name="别人")


def test_a_log_is_signed_at_the_end_of_the_duty_or_once_it_was_ended(patrol: Patrol) -> None:
    log = logs.log_of(RosterEntry.objects.get())  # runs for three more hours
    with pytest.raises(PatrolProblem, match="尚未结束"):
        logs.sign(log, by=patrol.officer, digest=shown(log))
    logs.start_duty(patrol.officer, patrol.now - 4 * HOUR)
    logs.end_duty(patrol.officer, patrol.now)
    log = logs.log_of(log.duty)
    assert logs.sign(log, by=patrol.officer, digest=shown(log)).state == "signed"


def test_start_and_end_are_told_once_and_only_around_a_duty(patrol: Patrol) -> None:
    first = logs.start_duty(patrol.officer, patrol.now - 4 * HOUR)
    again = logs.start_duty(patrol.officer, patrol.now - 2 * HOUR)
    assert first.started_at == again.started_at
    assert actions(first) == ["duty.started"]
    with pytest.raises(PatrolProblem, match="没有排班"):
        logs.start_duty(patrol.officer, patrol.now - 90 * HOUR)
    with pytest.raises(PatrolProblem, match="没有排班"):
        logs.end_duty(patrol.officer, patrol.now - 90 * HOUR)


def test_a_line_has_a_limit(patrol: Patrol) -> None:
    log = logs.log_of(duty(patrol))
    with pytest.raises(PatrolProblem, match="500"):
        logs.write_line(log, "长" * 501, by=patrol.officer)


# --- confirming and returning --------------------------------------------------------------------------
def test_the_leader_confirms_what_was_signed(patrol: Patrol, leader: User) -> None:
    log = signed(patrol)
    logs.confirm(log, by=leader, digest=log.digest)
    log.refresh_from_db()
    assert (log.state, log.valid, log.confirmed_by) == ("confirmed", True, leader)
    assert actions(log) == ["sign", "confirm"]


def test_nobody_confirms_his_own_log_and_an_officer_none(patrol: Patrol, leader: User) -> None:
    own = signed(patrol, duty(patrol, by=leader))
    with pytest.raises(PatrolProblem, match="本人"):
        logs.confirm(own, by=leader, digest=own.digest)
    with pytest.raises(PatrolProblem, match="本人"):
        logs.send_back(own, "理由", by=leader)
    with pytest.raises(PermissionDenied):
        logs.confirm(own, by=patrol.officer, digest=own.digest)
    with pytest.raises(DatabaseError), transaction.atomic():
        DutyLog.objects.filter(pk=own.pk).update(confirmed_by=leader)


def test_the_leader_of_another_squad_confirms_nothing(patrol: Patrol) -> None:
    other = factories.make_user("squad_leader", factories.unit(patrol.district, "squad", "桃浦镇"))
    log = signed(patrol)
    with pytest.raises(PermissionDenied):
        logs.confirm(log, by=other, digest=log.digest)
    assert logs.confirm_many([(log.pk, log.digest)], by=other) == logs.Confirmed(0, ())


def test_a_returned_log_says_why_and_is_signed_again(patrol: Patrol, leader: User) -> None:
    log = signed(patrol)
    with pytest.raises(PatrolProblem, match="原因"):
        logs.send_back(log, "  ", by=leader)
    back = logs.send_back(log, "漏写处置情况", by=leader)
    assert (back.state, back.valid, back.returned_because) == ("returned", None, "漏写处置情况")
    assert Notice.objects.filter(recipient=patrol.officer, kind=logs.RETURNED).count() == 1
    logs.write_line(back, LINE, by=patrol.officer)
    again = logs.sign(back, by=patrol.officer, digest=shown(back))
    assert again.digest != log.digest and again.valid
    assert actions(log) == ["sign", "return", "line", "sign"]


def test_what_was_signed_anew_is_not_confirmed_unseen(patrol: Patrol, leader: User) -> None:
    log = signed(patrol)
    back = logs.send_back(log, "漏写", by=leader)
    logs.write_line(back, LINE, by=patrol.officer)
    logs.sign(back, by=patrol.officer, digest=shown(back))
    with pytest.raises(PatrolProblem, match="重新签名"):
        logs.confirm(log, by=leader, digest=log.digest)
    told = logs.confirm_many([(log.pk, log.digest)], by=leader)
    assert told.done == 0 and len(told.problems) == 1


def test_several_are_confirmed_at_once_each_for_itself(patrol: Patrol, leader: User) -> None:
    found = [signed(patrol, duty(patrol, hours * HOUR)) for hours in (1, 11, 21)]
    own = signed(patrol, duty(patrol, by=leader))
    told = logs.confirm_many([(log.pk, log.digest) for log in [*found, own]], by=leader)
    assert told.done == 3 and len(told.problems) == 1


def test_of_two_leaders_at_once_the_second_is_told(patrol: Patrol, leader: User) -> None:
    log, deputy = signed(patrol), factories.make_user("squad_leader", patrol.squad)
    stale = DutyLog.objects.get(pk=log.pk)
    logs.confirm(log, by=leader, digest=log.digest)
    with pytest.raises(PatrolProblem, match="已确认"):
        logs.send_back(stale, "晚了", by=deputy)


# --- what is refused -----------------------------------------------------------------------------------
STATES = {
    DutyLog.State.OPEN: lambda patrol, leader: logs.log_of(duty(patrol)),
    DutyLog.State.SIGNED: lambda patrol, leader: signed(patrol),
    DutyLog.State.RETURNED: lambda patrol, leader: logs.send_back(signed(patrol), "理由", by=leader),
    DutyLog.State.CONFIRMED: lambda patrol, leader: (
        lambda log: logs.confirm(log, by=leader, digest=log.digest)
    )(signed(patrol)),
}
DO = {
    Action.LINE: lambda log, patrol, leader: logs.write_line(log, LINE, by=patrol.officer),
    Action.SIGN: lambda log, patrol, leader: logs.sign(log, by=patrol.officer, digest=shown(log)),
    Action.CONFIRM: lambda log, patrol, leader: logs.confirm(log, by=leader, digest=log.digest),
    Action.RETURN: lambda log, patrol, leader: logs.send_back(log, "理由", by=leader),
    Action.CORRECT: lambda log, patrol, leader: logs.correct(log, "更正", by=patrol.officer),
}
ILLEGAL = [(action, state) for action in Action for state in STATES if state not in TABLE[action]]


@pytest.mark.parametrize(("action", "state"), ILLEGAL)
def test_what_the_table_does_not_name_is_refused(
    patrol: Patrol, leader: User, action: Action, state: str
) -> None:
    log = STATES[DutyLog.State(state)](patrol, leader)
    version = log.version
    with pytest.raises(PatrolProblem, match="此时不能"):
        DO[action](log, patrol, leader)
    log.refresh_from_db()
    assert (log.state, log.version) == (state, version)


def test_a_confirmed_log_is_corrected_beside_it_and_stays(patrol: Patrol, leader: User) -> None:
    log = signed(patrol)
    logs.confirm(log, by=leader, digest=log.digest)
    logs.correct(log, "签到点位名称有误", by=patrol.officer)
    made = logs.correct(log, "已核实", by=leader)
    log.refresh_from_db()
    assert log.digest == digest_of(log.content or {}) and made.seq == 2
    assert actions(log) == ["sign", "confirm", "correct", "correct"]
    with pytest.raises(DatabaseError), transaction.atomic():
        DutyLogCorrection.objects.update(text="改")


# --- times ---------------------------------------------------------------------------------------------
def test_signed_or_confirmed_late_is_not_valid_and_says_so(patrol: Patrol, leader: User) -> None:
    late = signed(patrol, duty(patrol, timedelta(hours=rules().signed.hours + 2)))
    assert (late.valid, late.faults) == (False, ["signed_late"])
    log = signed(patrol)
    DutyLog.objects.filter(pk=log.pk).update(confirm_by=patrol.now - HOUR)
    done = logs.confirm(log, by=leader, digest=log.digest)
    assert (done.valid, done.faults) == (False, ["confirmed_late"])


def test_a_return_gives_time_again_but_not_to_who_was_late_at_first(patrol: Patrol, leader: User) -> None:
    log = signed(patrol)
    back = logs.send_back(log, "补充", by=leader)
    assert back.sign_by >= rules().sign_again_by(patrol.now)
    late = signed(patrol, duty(patrol, timedelta(hours=rules().signed.hours + 2)))
    assert logs.send_back(late, "补充", by=leader).sign_by == late.sign_by
