"""Taking in positions: many at once, only of people on duty, each kept once however often it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.patrol.models import Equipment, PositionSource
from chengshu.patrol.tracking import partitions
from chengshu.patrol.tracking.rules import rules

# Duty is judged by when the position was taken: a device that had no network may send it after the duty.
# One that its officer ended (下岗) is over from then on, whatever the roster says.
# The last position is only shown of people who are on duty now, and told at most once in so many seconds.
STORE = """
WITH sent AS (
    SELECT * FROM unnest(%(user)s::bigint[], %(at)s::timestamptz[], %(source)s::text[], %(lng)s::float8[],
        %(lat)s::float8[], %(accuracy)s::float8[], %(equipment)s::bigint[])
        AS one (user_id, at, source, lng, lat, accuracy_m, equipment_id)
), duty AS (
    SELECT sent.*, unit.id AS squad_id, unit.district_id
    FROM sent JOIN bureau_user AS person ON person.id = sent.user_id AND person.is_active
        JOIN bureau_unit AS unit ON unit.id = person.unit_id
    WHERE EXISTS (SELECT FROM bureau_rosterentry AS r LEFT JOIN patrol_dutylog AS log ON log.duty_id = r.id
        WHERE r.user_id = sent.user_id AND r.starts_at <= sent.at
            AND least(r.ends_at, log.ended_at) > sent.at)
), kept AS (
    INSERT INTO patrol_position
        (user_id, at, source, lng, lat, accuracy_m, equipment_id, squad_id, district_id)
    SELECT user_id, at, source, lng, lat, accuracy_m, equipment_id, squad_id, district_id FROM duty
    ORDER BY user_id, at, source
    ON CONFLICT DO NOTHING RETURNING *
), newest AS (
    SELECT DISTINCT ON (user_id) * FROM kept ORDER BY user_id, at DESC
), seen AS (
    INSERT INTO bureau_officerposition AS known (user_id, position, accuracy_m, at, source)
    SELECT user_id, point(lng, lat), accuracy_m, at, CASE source WHEN 'vehicle' THEN source ELSE 'device' END
    FROM newest WHERE EXISTS (SELECT FROM bureau_rosterentry AS r
        LEFT JOIN patrol_dutylog AS log ON log.duty_id = r.id WHERE r.user_id = newest.user_id
        AND r.starts_at <= newest.at AND least(r.ends_at, log.ended_at) > %(now)s)
    ON CONFLICT (user_id) DO UPDATE SET position = excluded.position, accuracy_m = excluded.accuracy_m,
        at = excluded.at, source = excluded.source WHERE known.at < excluded.at
    RETURNING known.user_id
), told AS (
    INSERT INTO kernel_event (topic, district_id, squad_id, subject, data)
    SELECT 'position', newest.district_id, newest.squad_id, 'user:' || newest.user_id,
        jsonb_build_object('user', newest.user_id, 'lng', newest.lng, 'lat', newest.lat,
            'accuracy_m', newest.accuracy_m, 'at', newest.at)
    FROM seen JOIN newest USING (user_id) LEFT JOIN bureau_officerposition AS before USING (user_id)
    WHERE before.at IS NULL
        OR floor(extract(epoch FROM before.at) / %(tell)s) < floor(extract(epoch FROM newest.at) / %(tell)s)
)
SELECT (SELECT count(*) FROM duty), (SELECT count(*) FROM kept)
"""
RESOLVE = """
SELECT asked.n, equipment.id, equipment.kind, use.user_id
FROM unnest(%(terminal)s::text[], %(at)s::timestamptz[]) WITH ORDINALITY AS asked (terminal, at, n)
JOIN patrol_equipment AS equipment
    ON ltrim(equipment.terminal, '0') = asked.terminal AND equipment.active
JOIN bureau_unit AS unit ON unit.id = equipment.squad_id
    AND (%(everywhere)s OR unit.district_id = ANY(%(districts)s) OR unit.id = ANY(%(squads)s))
LEFT JOIN LATERAL (SELECT user_id FROM patrol_equipmentuse AS u WHERE u.equipment_id = equipment.id
    AND u.taken_at <= asked.at AND (u.returned_at IS NULL OR u.returned_at > asked.at)
    ORDER BY u.taken_at DESC LIMIT 1) AS use ON true
"""
SOURCES = {"vehicle": PositionSource.VEHICLE, "radio": PositionSource.RADIO,
           "body_camera": PositionSource.BODY_CAMERA}  # fmt: skip
Area = tuple[frozenset[int], frozenset[int]]


@dataclass(frozen=True, slots=True)
class Reported:
    """A position somebody or something reports; ``at`` with its time zone, WGS 84 degrees, metres."""

    at: datetime
    lng: float
    lat: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class PersonAt(Reported):
    """A position of a person."""

    user_id: int = 0
    source: str = PositionSource.DEVICE
    equipment_id: int | None = None


@dataclass(frozen=True, slots=True)
class TerminalAt(Reported):
    """A position of a terminal; whose it is follows from who had the thing then."""

    terminal: str = ""


@dataclass
class Taken:
    """What became of a batch. ``known``: sent before; ``unassigned``: nobody had the thing then."""

    stored: int = 0
    known: int = 0
    off_duty: int = 0
    unassigned: int = 0
    unknown: set[str] = field(default_factory=set)
    refused: list[tuple[int, str]] = field(default_factory=list)


def problem_of(one: Reported, now: datetime) -> str:
    """Why a position is not taken in, as one sentence; empty if it is."""
    take, keep = rules().take, rules().keep
    if not (isfinite(one.lng) and isfinite(one.lat) and abs(one.lng) <= 180 and abs(one.lat) <= 90):
        return _("The position is not on the earth.")
    if one.accuracy_m is not None and not 0 <= one.accuracy_m <= take.accuracy_most_m:
        return _("The position is too vague to be of use.")
    if one.at > now + timedelta(seconds=take.ahead_seconds):
        return _("The time of the position lies in the future.")
    if timezone.localdate(one.at) <= timezone.localdate(now) - timedelta(days=keep.raw_days):
        return _("The position is older than positions are kept.")
    return ""


def ingest(points: Sequence[PersonAt], *, now: datetime | None = None) -> Taken:
    """Keep the positions of people who were on duty when they were taken; one statement.

    Sent again, nothing changes. What cannot be is left out and named by its place in ``points``; of
    people off duty nothing is stored, only counted.
    """
    now = now or timezone.now()
    taken, good = Taken(), []
    for i, one in enumerate(points):
        if problem := problem_of(one, now):
            taken.refused.append((i, problem))
        else:
            good.append(one)
    if not good:
        return taken
    # days first: a missing partition is made in a transaction of its own where there is none yet
    partitions.ensure({timezone.localdate(one.at) for one in good})
    columns: dict[str, Any] = {
        "user": [one.user_id for one in good],
        "at": [one.at for one in good],
        "source": [str(one.source) for one in good],
        "lng": [one.lng for one in good],
        "lat": [one.lat for one in good],
        "accuracy": [one.accuracy_m for one in good],
        "equipment": [one.equipment_id for one in good],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STORE, {**columns, "now": now, "tell": rules().take.tell_seconds})
        on_duty, taken.stored = cursor.fetchone()
    taken.off_duty = len(good) - on_duty
    taken.known = on_duty - taken.stored
    return taken


def ingest_terminals(
    points: Sequence[TerminalAt], *, within: Area | None = None, now: datetime | None = None
) -> Taken:
    """As `ingest` for positions of terminals; two statements. ``within``: districts and squads whose things
    the sender may report for; None: every one. Unknown terminals, and those of others, are named and left
    out.
    """
    if not points:
        return Taken()
    names = [bare(one.terminal) for one in points]
    districts, squads = within or (frozenset(), frozenset())
    with connection.cursor() as cursor:
        cursor.execute(
            RESOLVE,
            {
                "terminal": names,
                "at": [one.at for one in points],
                "everywhere": within is None,
                "districts": sorted(districts),
                "squads": sorted(squads),
            },
        )
        found = {n - 1: (equipment, kind, user) for n, equipment, kind, user in cursor.fetchall()}
    people: list[PersonAt] = []
    places: list[int] = []
    taken = Taken()
    for i, one in enumerate(points):
        if i not in found:
            taken.unknown.add(one.terminal)
            continue
        equipment, kind, user = found[i]
        if user is None:
            taken.unassigned += 1
            continue
        source = SOURCES.get(kind, PositionSource.DEVICE)
        people.append(PersonAt(one.at, one.lng, one.lat, one.accuracy_m, user, source, equipment))
        places.append(i)
    done = ingest(people, now=now)
    done.unassigned, done.unknown = taken.unassigned, taken.unknown
    done.refused = [(places[i], problem) for i, problem in done.refused]
    return done


def bare(terminal: str) -> str:
    """A terminal's number without leading zeros: 2013 writes 12 digits, 2019 writes 20."""
    return terminal.lstrip("0")


@dataclass(frozen=True)
class Entered:
    """A terminal as it was entered: its own identity ("" before it first registered), a vehicle's plate."""

    identity: str = ""
    plate: str = ""


def terminals() -> dict[str, Entered]:
    """All terminals in use by their numbers without leading zeros; one query."""
    found = Equipment.objects.filter(active=True).exclude(terminal="")
    rows = found.values_list("terminal", "identity", "kind", "code")
    return {
        bare(number): Entered(identity, code if kind == Equipment.Kind.VEHICLE else "")
        for number, identity, kind, code in rows
    }


BAD_POINT = gettext_lazy("Position %(n)s: give time (ms), longitude, latitude and accuracy as numbers.")


def from_device(user_id: int, points: object, clock_offset_s: float | None) -> tuple[list[PersonAt], str]:
    """The positions in a record of the app, ``[[epoch ms, lng, lat, accuracy]]``, and what is wrong with them
    (empty if nothing). Times are corrected by what the device's clock was ahead."""
    if not isinstance(points, list) or len(points) > rules().take.batch_most:
        return [], _("Give at most %(n)s positions.") % {"n": rules().take.batch_most}
    made = []
    for n, point in enumerate(points, start=1):
        try:
            ms, lng, lat, accuracy = point
            at = datetime.fromtimestamp(float(ms) / 1000 - (clock_offset_s or 0.0), UTC)
            made.append(
                PersonAt(at, float(lng), float(lat), None if accuracy is None else float(accuracy), user_id)
            )
        except (TypeError, ValueError, OverflowError, OSError):
            return [], str(BAD_POINT) % {"n": n}
    return made, ""
