"""Invented duties, so that a command centre has people: who is on duty, and where they were last seen."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.utils import timezone

from chengshu.bureau.models import RosterEntry, User
from chengshu.demo.cast import Cast
from chengshu.demo.leads import plan_of
from chengshu.demo.objects import recipe, streets_of

POSITIONS = "chengshu.bureau.services.positions"
ACCURACY_M = 8.0  # what a handheld states in a street


def plan_duties(cast: Cast, begin: datetime) -> int:
    """Day and night duties of every squad from a moment on, unless there are some; how many were added.

    The service plans no duty that has begun, so the rows are written here.
    """
    roster = plan_of(cast.district.code)["roster"]
    people = [
        (crew.squad, user, index)
        for crew in cast.crews
        for index, user in enumerate(cast.officers_of(crew.squad.pk))
    ]
    officers = [user for _squad, user, _index in people]
    if RosterEntry.objects.filter(user__in=officers, ends_at__gt=begin).exists():
        return 0
    midnight = timezone.localtime(begin).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for day in range(-1, roster["days"]):
        for squad, user, index in people:
            first, last = roster["shifts"][(index + day) % len(roster["shifts"])]
            start, end = (midnight + timedelta(days=day, hours=hours) for hours in (first, last))
            rows.append(RosterEntry(unit=squad, user=user, starts_at=start, ends_at=end))
    return len(RosterEntry.objects.bulk_create(rows, ignore_conflicts=True))


def place_officers(cast: Cast, now: datetime) -> int:
    """Let those on duty be seen along the streets of their town; how many were."""
    words, rng = recipe(cast.district.code), random.Random(cast.district.code)  # noqa: S311
    streets = streets_of(cast.district, words, 2020)
    on_duty = set(
        RosterEntry.objects.filter(starts_at__lte=now, ends_at__gt=now).values_list("user_id", flat=True)
    )
    seen = 0
    for crew in cast.crews:
        for user in cast.officers_of(crew.squad.pk):
            if user.pk in on_duty and crew.town is not None:
                street = rng.choice(streets[crew.town.name])
                seen += see(user, street.at(rng.random(), rng.uniform(-8, 8)), now)
    return seen


def see(user: User, position: tuple[float, float], now: datetime) -> bool:
    """Report where an officer is, as a handheld does; False where this installation keeps no positions."""
    if find_spec(POSITIONS) is None:
        return False
    service: Any = import_module(POSITIONS)
    return bool(service.report_position(user, position, at=now, accuracy_m=ACCURACY_M, now=now) == "stored")
