"""Duty logs of the reference year: a duty of every officer each week, written in bulk by the same rules.

All or nothing: a second call, or one after a killed process, adds nothing twice. Runs after the patrols have
set up the beats, and after the year's cases, of which the logs tell.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import District, RosterEntry
from chengshu.demo.cast import Cast
from chengshu.demo.duty_logs import leader_of, plan_of
from chengshu.demo.squads import Crew
from chengshu.kernel.planner import look_again
from chengshu.patrol.models import BeatPoint, CheckIn, DutyLog
from chengshu.patrol.services.bulk_checkins import Visit
from chengshu.patrol.services.bulk_checkins import keep_many as keep_visits
from chengshu.patrol.services.bulk_logs import Told, keep_many

LABEL = "全年勤务日志"
PLACE = uuid.UUID("5f0d2020-0008-4000-8000-000000000000")
WEEKS = 52
Report = Callable[[int, int, str], None]


def load_duty_year(
    district: District, *, seed: int = 2020, weeks: int = WEEKS, report: Report | None = None
) -> int:
    """Roster, check-ins and logs of the first weeks of the year; how many logs were added."""
    cast, plan = Cast(district), plan_of(district.code)
    year = plan["year"]
    if RosterEntry.objects.filter(unit__district=district, note=year["note"]).exists():
        return 0
    with transaction.atomic():
        duties = [duty for crew in cast.crews for duty in _duties(cast, crew, year, weeks)]
        RosterEntry.objects.bulk_create(duties, batch_size=2_000)
        keep_visits(list(_visits(district, cast, duties, year, seed)))
        added = keep_many([_told(cast, duty, plan, seed) for duty in duties])
    look_again(DutyLog, CheckIn)
    if report:
        report(added, added, LABEL)
    return added


def _duties(cast: Cast, crew: Crew, year: Mapping[str, Any], weeks: int) -> Iterator[RosterEntry]:
    """The service plans no duty that has begun, so the rows are made here."""
    begin = datetime(year["year"], 1, 6, tzinfo=timezone.get_current_timezone())
    monday = begin - timedelta(days=begin.weekday())
    for week in range(weeks):
        for number, user in enumerate(cast.officers_of(crew.squad.pk)):
            for said in year["duties"]:
                day = monday + timedelta(days=7 * week + (said["weekday"] + number) % 7)
                first, last = said["hours"]
                if week % 2 == said["week"] and day.year == year["year"]:
                    yield RosterEntry(
                        unit=crew.squad, user=user, duty=said["duty"], note=year["note"],
                        starts_at=day + timedelta(hours=first), ends_at=day + timedelta(hours=last),
                    )  # fmt: skip


def _visits(
    district: District, cast: Cast, duties: list[RosterEntry], year: Mapping[str, Any], seed: int
) -> Iterator[Visit]:
    """Check-ins by position along the squad's beats, far enough apart to count each."""
    wanted = {said["duty"]: int(said["check_ins"]) for said in year["duties"]}
    points: dict[int, list[BeatPoint]] = {}
    for point in BeatPoint.objects.filter(beat__district=district).select_related("beat").order_by("pk"):
        points.setdefault(point.beat.squad_id, []).append(point)
    for duty in duties:
        there, count = points.get(duty.unit_id, []), wanted[duty.duty]
        if not there or not count:
            continue
        rng = random.Random(f"{seed}:{duty.user.username}:{duty.starts_at:%Y%m%d%H}:walk")  # noqa: S311
        apart = (duty.ends_at - duty.starts_at) / (count + 1)
        for n, point in enumerate(rng.sample(there, min(count, len(there))), start=1):
            at = duty.starts_at + apart * n + timedelta(seconds=rng.uniform(-300, 300))
            yield Visit(
                uuid.uuid5(PLACE, f"{duty.user.username}:{at.isoformat()}"), duty.user, point, None, at,
                at + timedelta(seconds=2), position=point.position, accuracy_m=8.0,
            )  # fmt: skip


def _told(cast: Cast, duty: RosterEntry, plan: Mapping[str, Any], seed: int) -> Told:
    """What became of the log; now and then one is late, not signed or not confirmed."""
    rng = random.Random(f"{seed}:{duty.user.username}:{duty.starts_at:%Y%m%d%H}:year")  # noqa: S311
    odd, chance, line = plan["odd"], rng.random(), rng.choice(plan["lines"])
    if chance < odd["unsigned"]:
        return Told(duty)
    late = chance < odd["unsigned"] + odd["late"]
    hours = rng.uniform(*plan["late_hours"]) if late else rng.uniform(*plan["sign_minutes"]) / 60
    signed_at = duty.ends_at + timedelta(hours=hours)
    leader = leader_of(cast, duty.unit_id)
    if leader is None or chance > 1 - odd["unconfirmed"]:
        return Told(duty, line, signed_at)
    confirmed_at = signed_at + timedelta(hours=rng.uniform(*plan["confirm_hours"]))
    return Told(duty, line, signed_at, confirmed_at, leader)
