"""Lights of a check-in: what a reader should look at. They are no verdicts; nothing is refused for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.kernel.geometry import haversine_m
from chengshu.patrol.checkin_settings import CheckInRules
from chengshu.patrol.models import CheckIn

Position = tuple[float, float]
KMH = 3.6  # kilometres an hour in a metre a second


class Light(models.TextChoices):
    """提示: kept with the check-in as it was computed when it came in."""

    IMPOSSIBLE_SPEED = "impossible_speed", _("Faster than anybody moves")
    FAR_FROM_TAG = "far_from_tag", _("Position far from the point")
    SAME_PHOTO = "same_photo", _("Photo used before")
    BATCH = "batch", _("Many check-ins at once")
    OFF_DUTY = "off_duty", _("Not on the roster then")
    LATE = "late", _("Arrived late")
    CLOCK = "clock", _("Clock of the device doubtful")
    NO_POSITION = "no_position", _("No position, and little proof besides")


@dataclass(frozen=True)
class Moment:
    """Where the officer was at another check-in."""

    at: datetime
    position: Position


@dataclass(frozen=True)
class Surroundings:
    """What else is on record about the officer and the tag when a check-in comes in."""

    before: Moment | None = None
    after: Moment | None = None
    others_near: int = 0
    photo_known: bool = False
    on_duty: bool = True
    out_of_order: bool = False
    clock_wrong: bool = False


def lights_of(row: CheckIn, point: Position, around: Surroundings, rules: CheckInRules) -> list[str]:
    """The lights of a check-in at a point, in the order of `Light`."""
    shown = {
        Light.IMPOSSIBLE_SPEED: any(
            _too_fast(row.at, point, other, rules) for other in (around.before, around.after) if other
        ),
        Light.FAR_FROM_TAG: row.distance_m is not None
        and row.distance_m - (row.accuracy_m or 0.0) > rules.far_from_tag_m,
        Light.SAME_PHOTO: around.photo_known,
        Light.BATCH: around.others_near + 1 >= rules.batch["check_ins"],
        Light.OFF_DUTY: not around.on_duty,
        Light.LATE: around.out_of_order or row.received_at - row.at > timedelta(hours=rules.late_hours),
        Light.CLOCK: around.clock_wrong
        or row.clock_offset_s is None
        or abs(row.clock_offset_s) > rules.clock_s,
        Light.NO_POSITION: row.position is None and row.weight < rules.no_position_below,
    }
    return [light.value for light, lit in shown.items() if lit]


def _too_fast(at: datetime, point: Position, other: Moment, rules: CheckInRules) -> bool:
    metres = haversine_m(*point, *other.position)
    if metres < rules.speed["least_m"]:
        return False
    seconds = abs((at - other.at).total_seconds())
    return metres * KMH > rules.speed["kmh"] * seconds


def in_words(lights: Iterable[str]) -> list[str]:
    """The names of lights; a light that is no longer known keeps its code."""
    known = {light.value: str(light.label) for light in Light}
    return [known.get(light, light) for light in lights]
