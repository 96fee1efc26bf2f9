"""Duty logs of the demo's weeks of patrols, signed and confirmed by the same rules as everybody's.

Runs after the patrols, whose roster and check-ins it reads. All or nothing: a call after a killed process
begins anew, one after a finished load adds only the logs of duties that have begun since.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import District, RosterEntry, User
from chengshu.demo import plans
from chengshu.demo.cast import Cast
from chengshu.demo.leads import WEEK
from chengshu.demo.patrol import plan_of as patrols_of
from chengshu.demo.squads import Crew
from chengshu.kernel.planner import look_again
from chengshu.kernel.whole import whole
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog, Equipment
from chengshu.patrol.services import equipment, logs
from chengshu.patrol.services.bulk_logs import Told, keep_many

LABEL = "勤务日志"
Progress = Callable[[int, int, str], None]


def plan_of(code: str) -> dict[str, Any]:
    """What the duty logs of a district's demo consist of."""
    return plans.read(code, "duty_logs")


def load_duty_logs(
    district: District, *, seed: int = 2020, until: datetime | None = None, report: Progress | None = None
) -> int:
    """Equipment, today's duties of the named accounts, and the logs of all duties up to a moment (now); how
    many logs were added."""
    until = timezone.localtime(until or timezone.now())
    cast, plan = Cast(district), plan_of(district.code)
    stock(district, cast)
    _named_duties(district, cast, until)
    leaders = {crew.squad.pk: _leader(cast, crew) for crew in cast.crews}
    carried_from = until - timedelta(days=plan["carried_days"])
    with whole():
        duties = _duties(district, cast, until)
        for duty in duties:
            if duty.starts_at >= carried_from:
                _carry(duty, until, plan)
        over = [duty for duty in duties if duty.ends_at <= until]
        keep_many([_told(duty, leaders.get(duty.unit_id), until, seed, plan) for duty in over])
        for duty in duties:
            if duty.ends_at > until:
                logs.log_of(duty)
    if duties:
        look_again(DutyLog)
    if report:
        report(len(duties), len(duties), LABEL)
    return len(duties)


def _leader(cast: Cast, crew: Crew) -> User:
    return next(user for user in cast.users.values() if user.username == crew.leader)


def leader_of(cast: Cast, squad_id: int) -> User | None:
    """The leader of a squad; None where no crew is there."""
    return next((_leader(cast, crew) for crew in cast.crews if crew.squad.pk == squad_id), None)


def _duties(district: District, cast: Cast, until: datetime) -> list[RosterEntry]:
    """The duties of the invented officers that have begun and have no log, in order of time.

    Locked: whoever else opens their logs meanwhile waits, and then finds them there.
    """
    found = RosterEntry.objects.filter(
        unit__district=district, user__in=list(cast.users), duty__in=sorted(rules().duties),
        starts_at__gte=until - WEEK * patrols_of(district.code)["weeks"] - WEEK / 7, starts_at__lt=until,
        log__isnull=True,
    ).select_related("unit").select_for_update(of=("self",)).order_by("starts_at", "user_id")  # fmt: skip
    duties = list(found)
    for duty in duties:
        duty.user = cast.users[duty.user_id]
    return duties


def _told(duty: RosterEntry, leader: User | None, until: datetime, seed: int, plan: dict[str, Any]) -> Told:
    """How far the log of a duty that is over has gone its way by then."""
    rng = random.Random(f"{seed}:{duty.user.username}:{duty.starts_at:%Y%m%d%H}:log")  # noqa: S311
    odd, chance = plan["odd"], rng.random()
    late = odd["unsigned"] <= chance < odd["unsigned"] + odd["late"]
    after = timedelta(hours=rng.uniform(*plan["late_hours"])) if late else timedelta(
        minutes=rng.uniform(*plan["sign_minutes"])
    )  # fmt: skip
    signed_at = duty.ends_at + after
    if chance < odd["unsigned"] or signed_at > until:
        return Told(duty)
    line = rng.choice(plan["lines"]) if rng.random() < plan["line_share"] else ""
    confirmed_at = signed_at + timedelta(hours=rng.uniform(*plan["confirm_hours"]))
    forgotten = chance > 1 - odd["unconfirmed"]
    if leader is None or leader.pk == duty.user_id or confirmed_at > until or forgotten:
        return Told(duty, line, signed_at)
    return Told(duty, line, signed_at, confirmed_at, leader)


# --- equipment and the named accounts ------------------------------------------------------------------
@transaction.atomic
def stock(district: District, cast: Cast) -> int:
    """Every squad's equipment, unless there is some; how many things were added."""
    if Equipment.objects.filter(squad__district=district).exists():
        return 0
    added = 0
    for number, crew in enumerate(cast.crews, start=1 + 100 * plans.number(district.code)):
        for kind in plan_of(district.code)["equipment"]:
            for n in range(1, kind["count"] + 1):
                words = {"squad": number, "n": n}
                equipment.save_equipment(
                    crew.squad,
                    by=None,
                    kind=kind["kind"],
                    name=kind["name"],
                    code=kind["code"].format(**words),
                    terminal=kind.get("terminal", "").format(**words),
                )
                added += 1
    return added


def _carry(duty: RosterEntry, until: datetime, plan: dict[str, Any]) -> None:
    """The officer's own thing along on the duty: officers of a squad and things of a kind are as many."""
    things = list(Equipment.objects.filter(squad=duty.unit_id, kind=plan["carried"]).order_by("code"))
    place = int(duty.user.username.rpartition("-")[2]) - 1 if "-" in duty.user.username else -1
    if not 0 <= place < len(things):
        return
    begin, end = duty.starts_at + timedelta(minutes=5), duty.ends_at - timedelta(minutes=5)
    last = things[place].uses.first()  # the newest; a night duty may run into the next day's
    if last is not None and (last.returned_at is None or last.returned_at >= begin):
        return
    if begin <= until:
        equipment.take(things[place], by=duty.user, at=begin)
    if end <= until:
        equipment.give_back(things[place], by=duty.user, at=end)


def _named_duties(district: District, cast: Cast, until: datetime) -> int:
    """Today's and tomorrow's duty of the named accounts that patrol with a squad; how many are new.

    The service plans no duty that has begun, so the rows are written here.
    """
    first, last = plan_of(district.code)["named_shift"]
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    squads = {crew.squad.pk for crew in cast.crews}
    invented = {user.pk for squad in squads for user in cast.officers_of(squad)}
    people = [
        user
        for user in cast.users.values()
        if user.unit_id in squads and user.pk not in invented and user.may(logs.WORK)
        and not user.may(logs.CONFIRM)
    ]  # fmt: skip
    rows = [
        RosterEntry(
            unit_id=user.unit_id, user=user, starts_at=start, ends_at=start + timedelta(hours=last - first)
        )
        for user in people
        for start in (midnight + timedelta(days=n, hours=first) for n in (0, 1))
        if not user.roster.filter(
            starts_at__lt=start + timedelta(hours=last - first), ends_at__gt=start
        ).exists()
    ]
    return len(RosterEntry.objects.bulk_create(rows, ignore_conflicts=True))
