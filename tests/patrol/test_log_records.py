"""Duty, equipment and log as records of the officer's app; what it is given; deeds of every domain."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau import deeds
from chengshu.bureau.models import RosterEntry
from chengshu.field import kinds, snapshot
from chengshu.field.kinds import Done, RecordRefused, Sent
from chengshu.field.models import FieldDevice
from chengshu.patrol.models import DutyLog, Equipment, EquipmentUse
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import equipment, logs, tracks
from chengshu.patrol.services.log_contents import gather, span_of
from tests import factories
from tests.patrol.conftest import Patrol
from tests.patrol.logs import HOUR, LINE, duty, seen, shown


def send(patrol: Patrol, code: str, data: dict[str, Any], **fields: Any) -> Done:
    """The record as the server hands it to the kind."""
    kind = kinds.kind(code)
    assert kind is not None and kind.permission == "patrol.work"
    stated: dict[str, Any] = {
        "id": uuid.uuid4(), "kind": code, "user": patrol.officer, "device": FieldDevice(), "at": patrol.now,
        "received_at": patrol.now, "clock_offset_s": 0.2, "position": None, "accuracy_m": None,
        "data": data, "files": {},
    }  # fmt: skip
    return kind.carry_out(Sent(**{**stated, **fields}))


@pytest.fixture
def radio(patrol: Patrol) -> Equipment:
    return Equipment.objects.create(squad=patrol.squad, code="R-1", kind="radio", name="对讲机")


def part(patrol: Patrol, name: str) -> Any:
    """A part of the snapshot as JSON."""
    found = snapshot.parts()[name](patrol.officer, timezone.now())
    return json.loads(json.dumps(found, cls=DjangoJSONEncoder))


def test_a_shift_from_start_to_signature(patrol: Patrol, radio: Equipment) -> None:
    on = patrol.officer.roster.get()
    started = send(patrol, "duty.start", {"equipment": [radio.pk, 999]}, at=patrol.now - 4 * HOUR)
    assert started.result["duty"] == on.pk and len(started.messages) == 1  # 999 is nobody's
    seen(patrol, on, 1)
    ended = send(patrol, "duty.end", {})
    assert "对讲机 R-1" in ended.messages[0]
    send(patrol, "equipment.return", {"equipment": radio.pk})
    send(patrol, "log.line", {"duty": on.pk, "line": LINE})
    given = part(patrol, "log")
    assert (given["duty"], given["state"], given["line"]) == (on.pk, "open", LINE)
    assert given["composed"]["equipment"][0]["code"] == "R-1"
    done = send(patrol, "log.sign", {"duty": on.pk, "digest": given["digest"]})
    assert done.result["state"] == "signed"
    after = part(patrol, "log")
    assert after["state"] == "signed" and after["digest"] == DutyLog.objects.get().digest


def test_the_digest_does_not_depend_on_the_reader_s_language(patrol: Patrol) -> None:
    log = logs.log_of(duty(patrol, 20 * HOUR))
    seen(patrol, log.duty)
    chinese = shown(log)
    with translation.override("en"):
        assert shown(log) == chinese


def test_another_s_duty_and_another_squad_s_things_are_refused(patrol: Patrol, radio: Equipment) -> None:
    colleague = factories.make_user("officer", patrol.squad)
    foreign = duty(patrol, by=colleague)
    with pytest.raises(RecordRefused):
        send(patrol, "log.line", {"duty": foreign.pk, "line": LINE})
    other = Equipment.objects.create(
        squad=factories.unit(patrol.district, "squad", "桃浦镇"), code="R-9", kind="radio", name="对讲机"
    )
    with pytest.raises(RecordRefused):
        send(patrol, "equipment.take", {"equipment": other.pk})
    for code in ("log.sign", "log.line", "equipment.take", "equipment.hand_over", "equipment.return"):
        with pytest.raises(RecordRefused):
            send(patrol, code, {"equipment": "x", "duty": None, "digest": 5})


def test_a_thing_is_with_one_person_at_a_time(patrol: Patrol, radio: Equipment) -> None:
    colleague = factories.make_user("officer", patrol.squad)
    first = send(patrol, "equipment.take", {"equipment": radio.pk}, at=patrol.now - HOUR)
    assert send(patrol, "equipment.take", {"equipment": radio.pk}) == first
    with pytest.raises(PatrolProblem, match="领用中"):
        equipment.take(radio, by=colleague)
    send(patrol, "equipment.hand_over", {"equipment": radio.pk, "to": colleague.pk})
    assert list(EquipmentUse.objects.order_by("taken_at").values_list("user", "handed_to")) == [
        (patrol.officer.pk, colleague.pk), (colleague.pk, None),
    ]  # fmt: skip
    equipment.give_back(radio, by=colleague)
    with pytest.raises(PatrolProblem, match="由他人领用"):
        equipment.take(radio, by=patrol.officer, at=patrol.now - HOUR / 2)
    listed = part(patrol, "equipment")
    assert [(one["code"], one["mine"], one["with"]) for one in listed] == [("R-1", False, None)]


def test_a_thing_in_somebody_s_hands_is_not_put_out_of_use(patrol: Patrol, radio: Equipment) -> None:
    equipment.take(radio, by=patrol.officer)
    stated = {"code": "R-1", "kind": "radio", "name": "对讲机", "active": False}
    with pytest.raises(PatrolProblem, match="尚未归还"):
        equipment.save_equipment(patrol.squad, by=patrol.clerk, equipment=radio, **stated)
    equipment.give_back(radio, by=patrol.officer)
    equipment.save_equipment(patrol.squad, by=patrol.clerk, equipment=radio, **stated)
    with pytest.raises(PatrolProblem, match="停用"):
        equipment.take(radio, by=patrol.officer)


@pytest.mark.parametrize(
    "name", ["leads.steps", "cases.steps", "inspections.reports", "registry.rounds", "patrol.check_ins"]
)
def test_every_domain_tells_its_deeds_in_two_queries(
    patrol: Patrol, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    contribute = deeds._contributors[name]
    with django_assert_max_num_queries(2):
        list(contribute(patrol.officer, patrol.now - timedelta(days=1), patrol.now))


@pytest.mark.parametrize(
    ("late", "changes"),
    [
        (False, {"received_at": HOUR}),
        (True, {"received_at": 8 * HOUR}),
        (True, {"received_at": HOUR, "clock_back": True}),
    ],
)
def test_a_signature_that_came_late_or_by_a_clock_set_back_counts_from_its_arrival(
    patrol: Patrol, late: bool, changes: dict[str, Any]
) -> None:
    on = patrol.officer.roster.get()
    send(patrol, "duty.start", {}, at=patrol.now - 4 * HOUR)
    send(patrol, "duty.end", {})
    digest = part(patrol, "log")["digest"]
    arrival = patrol.now + changes.pop("received_at")
    with time_machine.travel(arrival):
        done = send(patrol, "log.sign", {"duty": on.pk, "digest": digest}, received_at=arrival, **changes)
    assert bool(done.messages) is late
    assert DutyLog.objects.get().signed_at == (arrival if late else patrol.now)


def test_what_is_done_after_the_next_duty_began_stands_in_its_log_alone(patrol: Patrol) -> None:
    RosterEntry.objects.filter(user=patrol.officer).delete()
    early, late = duty(patrol, ended_ago=9 * HOUR), duty(patrol, ended_ago=1 * HOUR)
    first, second = logs.log_of(early), logs.log_of(late)
    first.ended_at = late.starts_at + HOUR * 2 / 3
    second.started_at = late.starts_at - HOUR / 4
    for log in (first, second):
        log.save(update_fields=["started_at", "ended_at"])
    assert span_of(first) == (early.starts_at, late.starts_at)
    assert span_of(second) == (late.starts_at, late.ends_at)
    seen(patrol, late, 3)
    assert [gather(log)["counts"].get("check_in", 0) for log in (first, second)] == [0, 3]


def test_without_a_neighbour_all_that_was_told_counts(patrol: Patrol) -> None:
    RosterEntry.objects.filter(user=patrol.officer).delete()
    log = logs.log_of(duty(patrol))
    log.started_at, log.ended_at = log.starts_at - HOUR / 2, log.ends_at + HOUR / 2
    log.save(update_fields=["started_at", "ended_at"])
    assert span_of(log) == (log.started_at, log.ended_at)


def test_the_number_of_a_terminal_belongs_to_the_first_that_registers(patrol: Patrol) -> None:
    stated = {"code": "沪A12345", "kind": "vehicle", "name": "巡逻车", "terminal": "013912345678"}
    car = equipment.save_equipment(patrol.squad, by=patrol.clerk, **stated)
    assert tracks.terminals() == {"13912345678": tracks.Entered("", "沪A12345")}
    assert equipment.bind_terminal("13912345678", "CAR0001")
    assert equipment.bind_terminal("13912345678", "CAR0001")
    assert not equipment.bind_terminal("13912345678", "EVIL001")
    equipment.save_equipment(patrol.squad, by=patrol.clerk, equipment=car, **stated)
    assert tracks.terminals()["13912345678"].identity == "CAR0001"
    equipment.save_equipment(patrol.squad, by=patrol.clerk, equipment=car, identity="", **stated)
    assert equipment.bind_terminal("13912345678", "CAR0002")
