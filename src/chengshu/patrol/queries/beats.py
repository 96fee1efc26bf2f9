"""Beats with their points and tags, as pages and the officer's app show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.patrol.models import Beat, BeatPoint, Tag

from .frequency import visits_on, wanted_on


@dataclass(frozen=True)
class PointToday:
    """A point with what the day wants and what was done; ``tags`` are those in use."""

    point: BeatPoint
    tags: tuple[Tag, ...]
    wanted: int
    done: int

    @property
    def missing(self) -> int:
        """Visits that the day still wants."""
        return max(0, self.wanted - self.done)


@dataclass(frozen=True)
class BeatToday:
    """A beat on a day."""

    beat: Beat
    points: tuple[PointToday, ...]

    @property
    def wanted(self) -> int:
        """Visits that the day wants at all points."""
        return sum(one.wanted for one in self.points)

    @property
    def done(self) -> int:
        """Wanted visits that were made; more than wanted at one point makes up for no other."""
        return sum(min(one.wanted, one.done) for one in self.points)


def beats_today(beats: QuerySet[Beat], district_id: int, day: date) -> list[BeatToday]:
    """The beats in use with everything about the day, in five queries however many they are."""
    tags = Prefetch("tags", Tag.objects.filter(state=Tag.State.ACTIVE).order_by("id"), to_attr="in_use")
    points = Prefetch("points", BeatPoint.objects.filter(active=True).prefetch_related(tags), to_attr="stops")
    found: list[Any] = list(beats.filter(active=True).defer("boundary").prefetch_related(points))
    wanted = wanted_on(district_id, day) if found else {}
    done = visits_on([point.pk for beat in found for point in beat.stops], day) if found else {}
    return [
        BeatToday(
            beat,
            tuple(
                PointToday(
                    point, tuple(point.in_use), wanted.get(beat.street_class, 0), done.get(point.pk, 0)
                )
                for point in beat.stops
            ),
        )
        for beat in found
    ]


def snapshot(user: User, now: datetime) -> list[dict[str, Any]]:
    """The beats of the officer's squad for work without a network."""
    day = timezone.localtime(now).date()
    beats = Beat.objects.filter(squad=user.unit_id)
    return [
        {
            "id": one.beat.pk,
            "name": one.beat.name,
            "street_class": one.beat.street_class,
            "points": [
                {
                    "id": stop.point.pk,
                    "name": stop.point.name,
                    "position": list(stop.point.position),
                    "tags": [{"code": tag.code, "kind": tag.kind} for tag in stop.tags],
                    "wanted": stop.wanted,
                    "done_today": stop.done,
                }
                for stop in one.points
            ],
        }
        for one in beats_today(beats, user.unit.district_id, day)
    ]
