"""Invented patrols: beats along the streets of every squad, points with tags, and some weeks of visits.

The past roster and visits are written in bulk by the rules of check-ins (`patrol.services.bulk_checkins`);
`write_span` does it for any span, such as the reference year of a benchmark.
"""

from __future__ import annotations

import math
import random
import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from shapely import LineString
from shapely.affinity import scale
from shapely.geometry import mapping

from chengshu.bureau.models import District, RosterEntry, User
from chengshu.demo import plans
from chengshu.demo.cast import Cast
from chengshu.demo.objects import METRES_PER_DEGREE, Street, recipe, streets_of
from chengshu.demo.squads import Crew
from chengshu.kernel.planner import look_again
from chengshu.kernel.whole import whole
from chengshu.patrol.models import Beat, BeatPoint, CheckIn, Tag, TagAttempt, TagKeySet
from chengshu.patrol.services import beats, tags
from chengshu.patrol.services.bulk_checkins import Visit, keep_many

PLACE = uuid.UUID("5f0d2020-0006-4000-8000-000000000000")
LABEL = "巡查签到"
DAY = timedelta(days=1)
Progress = Callable[[int, int, str], None]


def plan_of(code: str) -> dict[str, Any]:
    """What the patrols of a district's demo consist of."""
    return plans.read(code, "patrols")


@dataclass(frozen=True)
class Stop:
    """A point with the tag that hangs there, if one does."""

    point: BeatPoint
    tag: Tag | None


def load_patrols(
    district: District, *, seed: int = 2020, until: datetime | None = None, report: Progress | None = None
) -> int:
    """Beats, tags and the weeks up to a moment (now); how many check-ins were added.

    All or nothing: a second call adds nothing, one after a killed process begins anew.
    """
    until = timezone.localtime(until or timezone.now())
    cast = Cast(district)
    set_up(district, cast, seed=seed)
    begin = (
        until.replace(hour=0, minute=0, second=0, microsecond=0) - DAY * 7 * plan_of(district.code)["weeks"]
    )
    kept, year = CheckIn.objects.filter(district=district), plan_of(district.code)["reference"]["year"]
    if kept.filter(at__gte=begin).exists() or kept.exclude(at__year=year).exists():
        return 0
    with whole():
        plan_past_duties(cast, begin, until)
        added = write_span(district, cast, begin, until, seed=seed, report=report)
    look_again(CheckIn, Beat, BeatPoint, Tag)
    return added


# --- what hangs where ----------------------------------------------------------------------------------
def set_up(district: District, cast: Cast, *, seed: int = 2020) -> int:
    """Beats, points, tags and required frequencies, unless there are beats; how many points were added."""
    beats.load_requirements(district)
    if Beat.objects.filter(district=district).exists():
        return 0
    with whole():
        return _hang(district, cast, seed)


def _hang(district: District, cast: Cast, seed: int) -> int:
    """The beats of every squad; how many points were added."""
    plan = plan_of(district.code)
    keys = TagKeySet.objects.filter(district=district, name=plan["keys"]).first()
    keys = keys or _keys(district, plan["keys"])
    streets = streets_of(district, recipe(district.code), seed)
    made = 0
    for crew in cast.crews:
        if crew.town is None:
            continue
        for number, street in enumerate(streets[crew.town.name][: plan["streets_per_squad"]], start=1):
            made += _beat(district, crew, street, number, plan, keys)
    return made


def _keys(district: District, name: str) -> TagKeySet:
    """Made by chance: what is published would open the tags of whoever starts from the demo."""
    return tags.enter_keys(
        district, by=None, name=name, meta_key=secrets.token_hex(16), file_key=secrets.token_hex(16),
        made_here=True,
    )  # fmt: skip


def _beat(
    district: District,
    crew: Crew,
    street: Street,
    number: int,
    plan: dict[str, Any],
    keys: TagKeySet,
) -> int:
    beat = beats.save_beat(
        district,
        by=None,
        code=f"{crew.squad.code}-{number:02d}",
        name=street.name,
        squad=crew.squad,
        street_class=plan["classes"][(number - 1) % len(plan["classes"])],
        boundary=_around(street, plan["half_width_m"]),
    )
    count = plan["points_per_street"]
    for index in range(count):
        share = (index + 0.5) / count
        point = beats.save_point(
            beat,
            by=None,
            code=str(index + 1),
            name=f"{street.name}{max(1, round(share * street.length / 6)) * 2}号",
            position=street.at(share, 0),
        )
        kind = plan["tags"][(index + number) % len(plan["tags"])]
        if kind != "none":
            rng = random.Random(f"{beat.code}:{index}")  # noqa: S311 - invented, as a chip's number
            uid = "" if kind == Tag.Kind.QR else f"04{rng.randrange(16**12):012X}"
            code = "".join(rng.choices(tags.ALPHABET, k=tags.CODE_LENGTH))
            tags.mount(
                point, by=None, kind=kind, uid=uid, code=code, keys=keys if kind == Tag.Kind.DYNAMIC else None
            )
    return int(count)


def _around(street: Street, metres: float) -> dict[str, Any]:
    """A strip along the street, as wide on the ground in both directions."""
    flat = scale(LineString([street.start, street.end]), xfact=_squeeze(street), origin=(0, 0))
    strip = flat.buffer(metres / METRES_PER_DEGREE, cap_style="flat")
    found: dict[str, Any] = mapping(scale(strip, xfact=1 / _squeeze(street), origin=(0, 0)))
    return found


def _squeeze(street: Street) -> float:
    """How much shorter a degree of longitude is than one of latitude there."""
    return math.cos(math.radians(street.start[1]))


# --- the past -------------------------------------------------------------------------------------------
def plan_past_duties(
    cast: Cast,
    begin: datetime,
    until: datetime,
    *,
    officers: int | None = None,
    shifts: Sequence[Sequence[float]] | None = None,
) -> int:
    """The roster of the days from a midnight up to a moment, where an officer has nothing planned then.

    ``officers``: so many of each squad a day, in turn; all without it. ``shifts``: hours from midnight, else
    those of the demo. The service plans no duty that has begun, so the rows are written here.
    """
    shifts = shifts or plan_of(cast.district.code)["shifts"]
    people = [(crew.squad, user, index, len(cast.officers_of(crew.squad.pk))) for crew in cast.crews
              for index, user in enumerate(cast.officers_of(crew.squad.pk))]  # fmt: skip
    taken: dict[int, list[tuple[datetime, datetime]]] = {}
    known = RosterEntry.objects.filter(user__in=[one[1] for one in people], ends_at__gt=begin)
    for pk, start, end in known.values_list("user", "starts_at", "ends_at"):
        taken.setdefault(pk, []).append((start, end))
    rows = []
    for day in range((until - begin).days + 1):
        for squad, user, index, number in people:
            if officers is not None and (index + day) % number >= officers:
                continue
            first, last = shifts[(index + day) % len(shifts)]
            start, end = (begin + timedelta(days=day, hours=hours) for hours in (first, last))
            free = all(end <= other or start >= done for other, done in taken.get(user.pk, []))
            if free and start < until:
                rows.append(RosterEntry(unit=squad, user=user, starts_at=start, ends_at=end))
    return len(RosterEntry.objects.bulk_create(rows, ignore_conflicts=True))


def write_span(
    district: District,
    cast: Cast,
    begin: datetime,
    until: datetime,
    *,
    seed: int = 2020,
    report: Progress | None = None,
    label: str = LABEL,
) -> int:
    """The visits of every patrol duty that begins in the span, up to its end; how many were added."""
    stops = _stops(district)
    duties = RosterEntry.objects.filter(
        unit__district=district, duty=RosterEntry.Duty.PATROL, starts_at__gte=begin, starts_at__lt=until
    )
    by_day: dict[Any, list[RosterEntry]] = {}
    for duty in duties.order_by("starts_at", "user_id"):
        by_day.setdefault(timezone.localtime(duty.starts_at).date(), []).append(duty)
    added = 0
    for number, (day, rows) in enumerate(by_day.items(), start=1):
        visits = [
            visit
            for duty in rows
            if duty.user_id in cast.users and stops.get(duty.unit_id)
            for visit in _walk(cast.users[duty.user_id], duty, stops[duty.unit_id], until, seed)
        ]
        added += keep_many(visits)
        _replays(visits, district, seed=f"{seed}:{day}")
        if report:
            report(number, len(by_day), label)
    return added


def _stops(district: District) -> dict[int, list[list[Stop]]]:
    """The points of each squad, beat by beat."""
    hung = {tag.point_id: tag for tag in Tag.objects.filter(district=district, state=Tag.State.ACTIVE)}
    found: dict[int, dict[int, list[Stop]]] = {}
    points = BeatPoint.objects.filter(beat__district=district, active=True).select_related("beat")
    for point in points.defer("beat__boundary").order_by("beat_id", "id"):
        squad = found.setdefault(point.beat.squad_id, {})
        squad.setdefault(point.beat_id, []).append(Stop(point, hung.get(point.pk)))
    return {squad: list(streets.values()) for squad, streets in found.items()}


def _walk(
    user: User, duty: RosterEntry, streets: list[list[Stop]], until: datetime, seed: int
) -> Iterator[Visit]:
    """One officer's duty: street after street from a random one on, most of the points of each."""
    name = f"{seed}:{user.username}:{duty.starts_at:%Y%m%d%H}"
    rng = random.Random(name)  # noqa: S311
    plan = plan_of(user.unit.district.code)
    walk, odd = plan["walk"], plan["odd"]
    at = duty.starts_at + timedelta(minutes=rng.uniform(*walk["first_minutes"]))
    end = min(duty.ends_at, until)
    start, number = rng.randrange(len(streets)), 0
    while at < end:
        for stop in streets[(start + number) % len(streets)]:
            if rng.random() < walk["share_of_points"] and at < end:
                yield _visit(user, stop, at, until, rng, odd, f"{name}:{at:%H%M%S%f}")
            at += timedelta(minutes=rng.uniform(*walk["minutes_between"]))
        number += 1


def _visit(
    user: User,
    stop: Stop,
    at: datetime,
    until: datetime,
    rng: random.Random,
    odd: dict[str, float],
    name: str,
) -> Visit:
    far = 0.004 if rng.random() < odd["far"] and stop.tag else rng.uniform(-0.0001, 0.0001)
    late = timedelta(hours=rng.uniform(9, 20)) if rng.random() < odd["late"] else timedelta(seconds=2)
    lng, lat = stop.point.position
    return Visit(
        id=uuid.uuid5(PLACE, name),
        user=user,
        point=stop.point,
        tag=stop.tag,
        at=at,
        received_at=min(at + late, max(until, at)),
        clock_offset_s=None if rng.random() < odd["no_clock"] else round(rng.gauss(0, 1.5), 2),
        position=(round(lng + far, 7), lat),
        accuracy_m=round(rng.uniform(4, 18), 1),
    )


def _replays(visits: list[Visit], district: District, *, seed: str) -> None:
    """A few reads that were sent twice, without telling anybody about what is long past."""
    rng = random.Random(seed)  # noqa: S311
    share = plan_of(district.code)["odd"]["replayed"]
    rows = [
        TagAttempt(
            id=uuid.uuid5(PLACE, f"again:{one.id}"),
            district=district,
            squad_id=one.user.unit_id,
            user=one.user,
            tag=one.tag,
            code=one.tag.code,
            fault=TagAttempt.Fault.REPLAYED,
            at=one.at + timedelta(minutes=30),
            received_at=one.at + timedelta(minutes=30, seconds=2),
            position=one.position,
        )
        for one in visits
        if one.tag is not None and one.tag.kind == Tag.Kind.DYNAMIC and rng.random() < share
    ]
    TagAttempt.objects.bulk_create(rows, ignore_conflicts=True)
