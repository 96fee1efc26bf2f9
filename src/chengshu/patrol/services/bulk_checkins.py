"""Many check-ins of the past at once (a replayed year): the same weights, lights and order of reads.

What a phone would have sent is not there, so nothing is proved anew: the caller vouches that the reads were
good. Reads of a tag are numbered in the order of their moments, after the highest on record.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from chengshu.bureau.models import RosterEntry, User
from chengshu.kernel.copying import copy_models
from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.models import BeatPoint, CheckIn, Tag

from .checking_in import WAY_OF_KIND, Sighting, draft
from .lights import Moment, Surroundings, lights_of

REMEMBER = """
UPDATE patrol_tag AS tag SET counter = read.counter
FROM unnest(%s::bigint[], %s::bigint[]) AS read(id, counter) WHERE tag.id = read.id
"""


@dataclass(frozen=True)
class Visit:
    """One visit of an officer to a point; without a tag it was by position. ``point.beat`` is loaded."""

    id: uuid.UUID
    user: User
    point: BeatPoint
    tag: Tag | None
    at: datetime
    received_at: datetime
    clock_offset_s: float | None = 0.0
    position: tuple[float, float] | None = None
    accuracy_m: float | None = None
    photo_sha256: str = ""


@transaction.atomic
def keep_many(visits: Sequence[Visit]) -> int:
    """Keep the visits; those whose ids are on record are left out. Returns how many were added."""
    known = _known([one.id for one in visits])
    fresh = sorted((one for one in visits if one.id not in known), key=lambda one: (one.at, one.id))
    if not fresh:
        return 0
    rows = [_row(one, number) for one, number in zip(fresh, _numbers(fresh), strict=True)]
    _light(fresh, rows)
    copy_models(rows)
    return len(rows)


def _known(ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Those that are on record; thousands as one value, not as a value each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM patrol_checkin WHERE id = ANY(%s)", [ids])
        return {row[0] for row in cursor.fetchall()}


def _row(one: Visit, number: int | None) -> CheckIn:
    way = WAY_OF_KIND[Tag.Kind(one.tag.kind)] if one.tag else CheckIn.Way.POSITION
    seen = Sighting(
        id=one.id, way=way, at=one.at, received_at=one.received_at, clock_offset_s=one.clock_offset_s,
        position=one.position, accuracy_m=one.accuracy_m, photo_sha256=one.photo_sha256,
    )  # fmt: skip
    return draft(one.user, seen, one.point, way, tag=one.tag, counter=number)


def _numbers(visits: Sequence[Visit]) -> list[int | None]:
    """The read number of each visit to a dynamic tag; the tags remember the highest."""
    ids = {one.tag.pk for one in visits if one.tag and one.tag.kind == Tag.Kind.DYNAMIC}
    locked = Tag.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    counters = dict(locked.values_list("pk", "counter"))
    numbers: list[int | None] = []
    for one in visits:
        number = None
        if one.tag is not None and one.tag.pk in counters:
            number = counters[one.tag.pk] = counters[one.tag.pk] + 1
        numbers.append(number)
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, [list(counters), list(counters.values())])
    return numbers


def _light(visits: Sequence[Visit], rows: Sequence[CheckIn]) -> None:
    """The lights of every row, from what is in the batch and each officer's last check-in before it."""
    by_user: dict[int, list[int]] = defaultdict(list)
    for index, one in enumerate(visits):
        by_user[one.user.pk].append(index)
    first, last = visits[0].at, visits[-1].at
    duties = _duties(by_user, first, last)
    before = _last_before(by_user, first)
    photos = {one.photo_sha256 for one in visits if one.photo_sha256}
    shown = set(CheckIn.objects.filter(photo_sha256__in=photos).values_list("photo_sha256", flat=True))
    span, margin = rules().batch_span, rules().duty_margin
    for user, indexes in by_user.items():
        moments = [Moment(visits[i].at, visits[i].point.position) for i in indexes]
        times = [moment.at for moment in moments]
        earlier = [before.get(user), *moments[:-1]]
        for place, index in enumerate(indexes):
            one, at = visits[index], times[place]
            near = bisect_right(times, at + span) - bisect_left(times, at - span) - 1
            around = Surroundings(
                before=earlier[place],
                others_near=near,
                photo_known=one.photo_sha256 in shown,
                on_duty=any(start <= at + margin and end >= at - margin for start, end in duties[user]),
            )
            rows[index].lights = lights_of(rows[index], one.point.position, around, rules())
            if one.photo_sha256:
                shown.add(one.photo_sha256)


def _duties(
    users: Iterable[int], first: datetime, last: datetime
) -> dict[int, list[tuple[datetime, datetime]]]:
    margin = rules().duty_margin
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = RosterEntry.objects.filter(
        user__in=list(users), starts_at__lte=last + margin, ends_at__gte=first - margin
    )
    for user, start, end in rows.values_list("user", "starts_at", "ends_at"):
        found[user].append((start, end))
    return found


def _last_before(users: Iterable[int], first: datetime) -> dict[int, Moment]:
    """Each officer's last check-in before a moment; one query."""
    rows = CheckIn.objects.filter(user__in=list(users), at__lt=first).order_by("user", "-at").distinct("user")
    return {user: Moment(at, spot) for user, at, spot in rows.values_list("user", "at", "point__position")}
