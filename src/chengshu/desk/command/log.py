"""值班日志: written by what happens (steps, alarms, rosters), completed by remarks."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.utils.translation import gettext as _

from chengshu.bureau.models import RosterEntry, Unit, User
from chengshu.desk.command.rooms import Room
from chengshu.leads.lifecycle import Action, Outcome
from chengshu.leads.models import LeadAlarm, LeadStep, ShiftRemark

TOLD = (
    Action.DISPATCH, Action.ASSIGN, Action.TRANSFER, Action.RETURN, Action.URGE, Action.HOLD, Action.RESUME,
    Action.REJECT, Action.CLOSE, Action.DISMISS, Action.MERGE, Action.REOPEN, Action.PASS_ON,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line. ``kind``: step, alarm, cleared, duty or remark; ``detail``: to whom, what, why."""

    at: datetime
    kind: str
    label: str
    detail: str = ""
    lead: int | None = None
    number: str = ""
    unit: str = ""
    by: str = ""


def entries(user: User, room: Room, begins: datetime, ends: datetime, most: int) -> list[Entry]:
    """The newest ``most`` lines of a stretch of time, newest first. Five queries."""
    units = {unit.pk: unit.label for unit in Unit.objects.filter(district=room.district)}
    parts = [
        _steps(user, room, begins, ends, most, units),
        _alarms(user, room, begins, ends, most, units),
        _cleared(user, room, begins, ends, most, units),
        _remarks(room, begins, ends, most, units),
        _duties(room, begins, ends, most, units),
    ]
    return list(islice(heapq.merge(*parts, key=lambda entry: entry.at, reverse=True), most))


def _steps(
    user: User, room: Room, begins: datetime, ends: datetime, most: int, units: dict[int, str]
) -> Iterator[Entry]:
    rows = LeadStep.objects.filter(
        user.scope_for("leads.view").q(), room.q(), district=room.district, at__gte=begins, at__lt=ends,
        action__in=TOLD,
    ).order_by("-at", "-id")  # fmt: skip
    columns = ("at", "action", "outcome", "note", "lead_id", "lead__number", "squad_id", "by__full_name",
               "officer__full_name")  # fmt: skip
    for at, action, outcome, note, lead, number, squad, by, officer in rows.values_list(*columns)[:most]:
        result = Outcome(outcome).label if outcome and action in (Action.CLOSE, Action.DISMISS) else ""
        to = (officer or units.get(squad, "")) if action in TOLD[:3] else ""
        detail = _join(str(part) for part in (to, result, note) if part)
        yield Entry(
            at, "step", str(Action(action).label), detail, lead, number, units.get(squad, ""),
            by or _("by rule or by itself"),
        )  # fmt: skip


def _join(parts: Iterable[str]) -> str:
    return " · ".join(parts)


def _alarms(
    user: User, room: Room, begins: datetime, ends: datetime, most: int, units: dict[int, str]
) -> Iterator[Entry]:
    rows = LeadAlarm.objects.filter(
        user.scope_for("leads.view").q(), room.q(), district=room.district, raised_at__gte=begins,
        raised_at__lt=ends,
    ).order_by("-raised_at", "-id")  # fmt: skip
    columns = ("raised_at", "kind", "level", "detail", "lead_id", "lead__number", "squad_id")
    for at, kind, level, detail, lead, number, squad in rows.values_list(*columns)[:most]:
        label = _("Alarm: %(what)s") % {"what": LeadAlarm.Kind(kind).label}
        told = _("told: %(level)s") % {"level": LeadAlarm.Level(level).label}
        yield Entry(
            at, "alarm", label, _join(part for part in (told, detail) if part), lead, number,
            units.get(squad, ""),
        )  # fmt: skip


def _cleared(
    user: User, room: Room, begins: datetime, ends: datetime, most: int, units: dict[int, str]
) -> Iterator[Entry]:
    rows = LeadAlarm.objects.filter(
        user.scope_for("leads.view").q(), room.q(), district=room.district, cleared_at__gte=begins,
        cleared_at__lt=ends,
    ).order_by("-cleared_at", "-id")  # fmt: skip
    columns = ("cleared_at", "kind", "lead_id", "lead__number", "squad_id")
    for at, kind, lead, number, squad in rows.values_list(*columns)[:most]:
        label = _("Alarm over: %(what)s") % {"what": LeadAlarm.Kind(kind).label}
        yield Entry(at, "cleared", label, "", lead, number, units.get(squad, ""))


def _remarks(
    room: Room, begins: datetime, ends: datetime, most: int, units: dict[int, str]
) -> Iterator[Entry]:
    rows = ShiftRemark.objects.filter(room.q(squad="unit"), at__gte=begins, at__lt=ends)
    columns = ("at", "text", "lead_id", "lead__number", "unit_id", "by__full_name")
    for at, text, lead, number, unit, by in rows.values_list(*columns)[:most]:
        yield Entry(at, "remark", _("Remark"), text, lead, number or "", units.get(unit, ""), by)


def _duties(
    room: Room, begins: datetime, ends: datetime, most: int, units: dict[int, str]
) -> Iterator[Entry]:
    rows = RosterEntry.objects.filter(
        room.q(district="unit__district", squad="unit"), starts_at__gte=begins, starts_at__lt=ends
    ).order_by("-starts_at", "-id")
    columns = ("starts_at", "duty", "unit_id", "user__full_name", "ends_at")
    for at, duty, unit, name, _ends in rows.values_list(*columns)[:most]:
        label = _("Came on duty")
        yield Entry(at, "duty", label, str(RosterEntry.Duty(duty).label), unit=units.get(unit, ""), by=name)
