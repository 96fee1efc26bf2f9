"""Start and end of the duty, equipment and the duty log, as records of the app."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import Field

from chengshu.bureau.models import RosterEntry, User
from chengshu.field import kinds, snapshot
from chengshu.field.handling import Data, Id, read
from chengshu.field.kinds import Done, RecordRefused, Sent
from chengshu.field.settings import limits
from chengshu.patrol.models import DutyLog, Equipment, EquipmentUse
from chengshu.patrol.queries.equipment import visible_equipment
from chengshu.patrol.queries.log_snapshot import equipment_part, log_part
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import equipment, logs

WORK = "patrol.work"
MOST = 20

kinds.refuses(PatrolProblem)
snapshot.register("log", log_part)
snapshot.register("equipment", equipment_part)


class Start(Data):
    """duty.start: what is taken along."""

    equipment: Annotated[list[Id], Field(max_length=MOST)] = []


class Thing(Data):
    """equipment.take, equipment.return."""

    equipment: Id
    note: Annotated[str, Field(max_length=200)] = ""


class HandOver(Thing):
    """equipment.hand_over."""

    to: Id


class Line(Data):
    """log.line."""

    duty: Id
    line: Annotated[str, Field(max_length=2000)]


class Sign(Data):
    """log.sign: ``digest`` as the snapshot gave it."""

    duty: Id
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: Annotated[str, Field(max_length=60)] = ""


@kinds.register("duty.start", WORK)
def start(sent: Sent) -> Done:
    """上岗: the duty has begun; a thing that cannot be taken is said, the duty begins nevertheless."""
    said = read(Start, sent)
    log = logs.start_duty(sent.user, sent.at)
    messages = []
    for one in dict.fromkeys(said.equipment):
        try:
            equipment.take(_thing(sent, one), by=sent.user, at=sent.at)
        except (PatrolProblem, RecordRefused) as problem:
            messages.append(str(problem))
    return Done(messages=tuple(messages), result=_result(log))


@kinds.register("duty.end", WORK)
def end(sent: Sent) -> Done:
    """下岗: the duty has ended; what is still out is said."""
    log = logs.end_duty(sent.user, sent.at)
    still = EquipmentUse.objects.filter(user=sent.user, returned_at=None).select_related("equipment")
    names = "、".join(str(use.equipment) for use in still)
    messages = (_("Still with you: %(things)s. Bring it back or hand it over.") % {"things": names},)
    return Done(messages=messages if names else (), result=_result(log))


@kinds.register("equipment.take", WORK)
def take(sent: Sent) -> Done:
    """领用."""
    said = read(Thing, sent)
    return _used(equipment.take(_thing(sent, said.equipment), by=sent.user, at=sent.at, note=said.note))


@kinds.register("equipment.return", WORK)
def give_back(sent: Sent) -> Done:
    """归还."""
    said = read(Thing, sent)
    return _used(equipment.give_back(_thing(sent, said.equipment), by=sent.user, at=sent.at, note=said.note))


@kinds.register("equipment.hand_over", WORK)
def hand_over(sent: Sent) -> Done:
    """交接."""
    said = read(HandOver, sent)
    to = User.objects.filter(pk=said.to, unit=sent.user.unit_id, is_active=True).first()
    if to is None:
        raise RecordRefused(_("There is no such colleague in your squad."))
    thing = _thing(sent, said.equipment)
    return _used(equipment.hand_over(thing, to, by=sent.user, at=sent.at, note=said.note))


@kinds.register("log.line", WORK)
def line(sent: Sent) -> Done:
    """The officer's line."""
    said = read(Line, sent)
    return Done(result=_result(logs.write_line(_log(sent, said.duty), said.line, by=sent.user)))


@kinds.register("log.sign", WORK)
def sign(sent: Sent) -> Done:
    """The officer's signature, over what the app showed."""
    said = read(Sign, sent)
    log = _log(sent, said.duty)
    # Nothing but the device's clock says when it was signed: one that came late counts from its arrival.
    late = sent.clock_back or sent.received_at - sent.at > limits().sign_late
    at = sent.received_at if late else sent.at
    words = (_("The log came in late or by a clock that was set back; it counts as signed on arrival."),)
    done = logs.sign(log, by=sent.user, digest=said.digest, at=at, name=said.name)
    return Done(messages=words if late else (), result=_result(done))


def _log(sent: Sent, duty: int) -> DutyLog:
    found = RosterEntry.objects.filter(pk=duty, user=sent.user).select_related("unit", "user").first()
    if found is None:
        raise RecordRefused(_("This duty is not yours."))
    return logs.log_of(found)


def _thing(sent: Sent, pk: int) -> Equipment:
    found: Equipment | None = visible_equipment(sent.user, WORK).filter(pk=pk).first()
    if found is None:
        raise RecordRefused(_("There is no such equipment in your squad."))
    return found


def _result(log: DutyLog) -> dict[str, object]:
    return {"log": log.pk, "duty": log.duty_id, "state": log.state, "version": log.version}


def _used(use: EquipmentUse) -> Done:
    return Done(result={"equipment": use.equipment_id, "with": use.user_id})
