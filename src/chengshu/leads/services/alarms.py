"""Stuck and overdue leads raise alarms: first to the squad, then to the district. A sweep each minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.leads.clocks import end_of_day
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead, LeadAlarm
from chengshu.leads.settings import clocks

Kind, Level = LeadAlarm.Kind, LeadAlarm.Level
SWEEP_LOCK = "leads.alarms"


@dataclass(frozen=True)
class Swept:
    """How many alarms a sweep raised and cleared."""

    raised: int
    cleared: int
    made: tuple[LeadAlarm, ...] = ()
    """The alarms this sweep raised."""


@transaction.atomic
def sweep(now: datetime | None = None) -> Swept:
    """Raise what stands too long, clear what stands no more. Two at once: the second does nothing."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [SWEEP_LOCK])
        if not cursor.fetchone()[0]:
            return Swept(0, 0)
    raised: list[LeadAlarm] = []
    cleared = 0
    for kind, level, rows in _standing(now):
        mine = LeadAlarm.objects.filter(kind=kind, level=level, cleared_at=None)
        present = set(mine.values_list("lead_id", flat=True))
        due = {
            pk: (district, squad) for pk, district, squad in rows.values_list("pk", "district_id", "squad_id")
        }
        cleared += mine.filter(lead_id__in=present - due.keys()).update(cleared_at=now)
        made = LeadAlarm.objects.bulk_create(
            LeadAlarm(lead_id=pk, district_id=district, squad_id=squad, kind=kind, level=level, raised_at=now)
            for pk, (district, squad) in due.items()
            if pk not in present
        )
        raised += made
    closed = Q(lead__stage=Stage.CLOSED) | ~Q(lead__stage__in=[Stage.FOUND, Stage.REGISTERED])
    rules = LeadAlarm.objects.filter(closed, kind=Kind.RULE_FAILED, cleared_at=None)
    cleared += LeadAlarm.objects.filter(pk__in=list(rules.values_list("pk", flat=True))).update(
        cleared_at=now
    )
    return Swept(len(raised), cleared, tuple(raised))


@dataclass(frozen=True)
class Told:
    """One notice to be written: whom, about what, and where it opens."""

    alarm: LeadAlarm
    people: tuple[User, ...]
    title: str
    url: str
    level: str
    key: str
    """The same alarm is told once: kind, level and lead."""
    unit: int | None


alarms_told = Signal()
"""Sent by `tell` with ``told``: a list of `Told`. Whoever delivers notices connects here."""


def tell(alarms: Iterable[LeadAlarm]) -> list[Told]:
    """Who must be told about new alarms, handed to whoever delivers notices.

    The squad's level calls whoever assigns work in that squad; the district's level its dispatchers, and so
    does an alarm of the squad's level about a lead that no squad has.
    """
    listed = list(alarms)
    if not listed:
        return []
    numbers = dict(Lead.objects.filter(pk__in={a.lead_id for a in listed}).values_list("pk", "number"))
    people = _people_of({alarm.district_id for alarm in listed})
    told = []
    for alarm in listed:
        squad = alarm.squad_id if alarm.level == Level.SQUAD else None
        called = people["squads"].get(squad, []) if squad else people["districts"].get(alarm.district_id, [])
        told.append(
            Told(
                alarm,
                tuple(called),
                f"{Kind(alarm.kind).label} {numbers[alarm.lead_id]}",
                f"/leads/{alarm.lead_id}/",
                "danger" if alarm.level == Level.DISTRICT else "warn",
                f"leads.alarm:{alarm.kind}:{alarm.level}:{alarm.lead_id}",
                squad,
            )
        )
    alarms_told.send(sender=LeadAlarm, told=told)
    return told


def _people_of(districts: set[int]) -> dict[str, dict[int, list[User]]]:
    """Dispatchers by district and those who assign work in a squad by squad, in one query."""
    found: dict[str, dict[int, list[User]]] = {"districts": {}, "squads": {}}
    for person in User.objects.with_roles().filter(unit__district__in=districts, is_active=True):
        for district in person.scope_for("leads.dispatch").districts:
            found["districts"].setdefault(district, []).append(person)
        for squad in person.scope_for("leads.assign").squads:
            found["squads"].setdefault(squad, []).append(person)
    return found


def _standing(now: datetime) -> Iterator[tuple[str, str, QuerySet[Lead]]]:
    """For every kind and level: the leads for which the alarm stands at this moment."""
    for kind, limit in clocks().alarms.items():
        for level, minutes in ((Level.SQUAD, limit.squad), (Level.DISTRICT, limit.district)):
            if minutes is not None:
                yield (
                    kind,
                    level.value,
                    Lead.objects.filter(
                        _late(Kind(kind), now - timedelta(minutes=minutes), now), held_at=None
                    ),
                )


def _late(kind: LeadAlarm.Kind, before: datetime, now: datetime) -> Q:
    match kind:
        case Kind.NOT_REGISTERED:
            return Q(stage=Stage.FOUND, created_at__lt=before)
        case Kind.NOT_DISPATCHED:
            return Q(stage=Stage.REGISTERED, step_at__lt=before, parts__isnull=True)
        case Kind.NOT_ACCEPTED:
            return Q(stage=Stage.DISPATCHED, dispatched_at__lt=before)
        case Kind.NOT_ARRIVED:
            return Q(stage__in=[Stage.DISPATCHED, Stage.ACCEPTED], arrived_at=None, arrive_by__lt=before)
        case Kind.OVERDUE:
            waiting = [Stage.REGISTERED, Stage.DISPATCHED, Stage.ACCEPTED]
            return Q(stage__in=waiting, handle_by__lt=before)
        case Kind.NOT_VERIFIED:
            return Q(stage__in=[Stage.HANDLED, Stage.VERIFIED], handled_at__lt=before)
        case Kind.RECHECK_DUE:
            day = timezone.localdate(before) if end_of_day(before) > before else before.date()
            return Q(stage=Stage.ACCEPTED, recheck_on__lt=day)
        case _:
            return Q(pk__in=[])
