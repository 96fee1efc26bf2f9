"""Invented duties, so that a command centre has people: who is on duty, and where they were last seen."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone

from chengshu.bureau.models import RosterEntry, User
from chengshu.demo.cast import Cast
from chengshu.demo.leads import plan_of
from chengshu.demo.objects import recipe, streets_of


def plan_duties(cast: Cast, begin: datetime) -> int:
    """Day and night duties of every squad from a moment on; how many were added, none by a second call.

    The service plans no duty that has begun, so the rows are written here.
    """
    roster = plan_of(cast.district.code)["roster"]
    people = [
        (crew.squad, user, index)
        for crew in cast.crews
        for index, user in enumerate(cast.officers_of(crew.squad.pk))
    ]
    if RosterEntry.objects.filter(user__in=[user for _squad, user, _index in people]).exists():
        return 0
    midnight = timezone.localtime(begin).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for day in range(-1, roster["days"]):
        for squad, user, index in people:
            first, last = roster["shifts"][(index + day) % len(roster["shifts"])]
            start, end = (midnight + timedelta(days=day, hours=hours) for hours in (first, last))
            rows.append(RosterEntry(unit=squad, user=user, starts_at=start, ends_at=end))
    return len(RosterEntry.objects.bulk_create(rows))


def place_officers(cast: Cast, now: datetime) -> int:
    """Last positions of those on duty, along the streets of their town; how many have one."""
    try:
        positions: Any = apps.get_app_config("bureau").get_model("OfficerPosition")
    except LookupError:  # this installation keeps none
        return 0
    words, rng = recipe(cast.district.code), random.Random(cast.district.code)  # noqa: S311
    streets = streets_of(cast.district, words, 2020)
    on_duty = set(
        RosterEntry.objects.filter(starts_at__lte=now, ends_at__gt=now).values_list("user_id", flat=True)
    )
    seen: list[tuple[User, tuple[float, float]]] = []
    for crew in cast.crews:
        for user in cast.officers_of(crew.squad.pk):
            if user.pk in on_duty and crew.town is not None:
                street = rng.choice(streets[crew.town.name])
                seen.append((user, street.at(rng.random(), rng.uniform(-8, 8))))
    for user, position in seen:
        at = now - timedelta(seconds=rng.randrange(20, 400))
        values = {"position": position, "at": at, "accuracy_m": round(rng.uniform(4, 25), 1)}
        positions.objects.update_or_create(user=user, defaults=values)
    return len(seen)
