"""The state of a room at one moment, with the position after which the events continue it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from chengshu.bureau.models import RosterEntry, User
from chengshu.desk.command.rooms import SQUADS, Room
from chengshu.desk.command.settings import settings
from chengshu.kernel.events import newest_position
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadAlarm, LeadStep

# name in the events' data (`chengshu.leads.models.leads`) → column
COLUMNS = {
    "id": "pk", "number": "number", "version": "version", "stage": "stage", "outcome": "outcome",
    "class": "lead_class_id", "source": "source", "severity": "severity", "squad": "squad_id",
    "officer": "officer_id", "town": "town_id", "position": "position", "address": "address",
    "arrive_by": "arrive_by", "arrived_at": "arrived_at", "handle_by": "handle_by", "amber_at": "amber_at",
    "handled_at": "handled_at", "held": "held_at", "reported_at": "reported_at",
}  # fmt: skip
CLOSING = (Action.CLOSE, Action.DISMISS, Action.MERGE)
Row = dict[str, Any]


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is of one moment. In a transaction that has begun already (a test) the caller's
    order protects: the position is read first, and what comes twice is known by its version."""
    begun = connection.in_atomic_block
    with transaction.atomic():
        if not begun:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def snapshot(user: User, room: Room, now: datetime | None = None) -> Row:
    """Eight statements at most, whatever the number of leads."""
    now = now or timezone.now()
    most = settings().rows_most
    with one_moment():
        position = newest_position()
        urgent = room.leads(user).order_by(F("handle_by").asc(nulls_first=True), "pk")
        leads = [as_row(values) for values in urgent.values_list(*COLUMNS.values())[: most + 1]]
        total = room.leads(user).count() if len(leads) > most else len(leads)
        found, closed = _today(user, room, now)
        return {
            "position": position,
            "now": now,
            "leads": leads[:most],
            "total": total,
            "found": found,
            "closed": closed,
            "alarms": _alarms(user, room),
            "officers": officers(room, now),
            "people": dict(
                User.objects.filter(
                    room.q(district="unit__district", squad="unit"), unit__kind__in=SQUADS, is_active=True
                ).values_list("pk", "full_name")
            ),
        }


def as_row(values: tuple[Any, ...]) -> Row:
    """A lead as its events tell it."""
    row = dict(zip(COLUMNS, values, strict=True))
    row["lng"], row["lat"] = row.pop("position") or (None, None)
    row["held"] = row["held"] is not None
    return row


def row_of(user: User, pk: int) -> Row | None:
    """One lead as it stands now; None outside the person's area."""
    values = Lead.objects.visible_to(user).filter(pk=pk).values_list(*COLUMNS.values()).first()
    return as_row(values) if values else None


def _today(user: User, room: Room, now: datetime) -> tuple[list[int], list[int]]:
    """Leads found and leads closed since midnight."""
    midnight = datetime.combine(timezone.localdate(now), time(), timezone.get_current_timezone())
    steps = LeadStep.objects.filter(
        user.scope_for("leads.view").q(), room.q(), district=room.district, at__gte=midnight
    )
    wanted = Q(action=Action.REPORT) | Q(action__in=CLOSING)
    found: set[int] = set()
    closed: set[int] = set()
    for lead, action in steps.filter(wanted).values_list("lead_id", "action")[: settings().done_most]:
        (found if action == Action.REPORT else closed).add(lead)
    return sorted(found), sorted(closed)


def _alarms(user: User, room: Room) -> list[Row]:
    """The standing alarms, newest first."""
    standing = LeadAlarm.objects.filter(
        user.scope_for("leads.view").q(), room.q(), district=room.district, cleared_at=None
    )
    columns = ("id", "lead_id", "lead__number", "kind", "level", "raised_at")
    names = ("id", "lead", "number", "kind", "level", "raised_at")
    return [
        dict(zip(names, values, strict=True))
        for values in standing.order_by("-raised_at", "-id").values_list(*columns)[: settings().alarms_most]
    ]


def officers(room: Room, now: datetime) -> list[Row]:
    """Who is on duty in the room, with the last position and the leads in hand."""
    on_duty = RosterEntry.objects.filter(
        room.q(district="unit__district", squad="unit"), starts_at__lte=now, ends_at__gt=now
    )
    columns = ("user_id", "user__full_name", "unit_id", "duty", "user__last_position__position",
               "user__last_position__at", "user__last_position__accuracy_m")  # fmt: skip
    found: dict[int, Row] = {}
    for pk, name, unit, duty, position, at, accuracy in on_duty.values_list(*columns):
        lng, lat = position or (None, None)
        found[pk] = {
            "id": pk, "name": name, "squad": unit, "duty": duty, "lng": lng, "lat": lat, "at": at,
            "accuracy_m": accuracy, "accepted": 0, "waiting": 0,
        }  # fmt: skip
    for (pk, stage), n in loads(list(found)).items():
        found[pk]["accepted" if stage == Stage.ACCEPTED else "waiting"] += n
    return sorted(found.values(), key=lambda officer: (officer["squad"], officer["name"]))


def loads(people: list[int]) -> Counter[tuple[int, str]]:
    """Open leads in hand by officer and stage (dispatched or accepted)."""
    in_hand = (
        Lead.objects.filter(officer__in=people, stage__in=[Stage.DISPATCHED, Stage.ACCEPTED])
        .exclude(stage=Stage.CLOSED)
        .order_by()
    )
    return Counter(in_hand.values_list("officer_id", "stage"))
