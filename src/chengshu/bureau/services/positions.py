"""Positions of officers on duty: the newest wins, nothing is kept of those off duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import OfficerPosition, RosterEntry, User
from chengshu.bureau.services.base import Refused
from chengshu.kernel.events import emit

DATA = Path(__file__).parents[1] / "data" / "positions.yaml"
Stored = Literal["stored", "older", "off_duty"]
# one statement, so that of two reports at once the newer stays
UPSERT = """
INSERT INTO bureau_officerposition AS known (user_id, position, accuracy_m, at, source)
VALUES (%s, point(%s, %s), %s, %s, %s)
ON CONFLICT (user_id) DO UPDATE SET position = excluded.position, accuracy_m = excluded.accuracy_m,
    at = excluded.at, source = excluded.source WHERE known.at < excluded.at
"""


@dataclass(frozen=True)
class Limits:
    """What a reported position may look like."""

    verified: bool
    ahead_seconds: int
    accuracy_most_m: float


@cache
def limits() -> Limits:
    """The limits of `data/positions.yaml`."""
    return Limits(**yaml.safe_load(DATA.read_text(encoding="utf-8")))


@transaction.atomic
def report_position(
    person: User,
    position: tuple[float, float],
    *,
    at: datetime,
    accuracy_m: float | None = None,
    source: str = OfficerPosition.Source.DEVICE,
    now: datetime | None = None,
) -> Stored:
    """Keep where somebody on duty is (longitude, latitude; WGS 84 degrees) and tell the command centre.

    Off duty nothing is stored; a position older than the one known changes nothing. Raises `Refused` for one
    that cannot be.
    """
    now = now or timezone.now()
    lng, lat = position
    if not (-180 <= lng <= 180 and -90 <= lat <= 90):
        raise Refused(_("The position is not on the earth."), "position")
    if accuracy_m is not None and not 0 <= accuracy_m <= limits().accuracy_most_m:
        raise Refused(_("The position is too vague to be of use."), "accuracy_m")
    if at > now + timedelta(seconds=limits().ahead_seconds):
        raise Refused(_("The time of the position lies in the future."), "at")
    # judged by when the position was taken: a device that was offline may report after the duty's end
    if not RosterEntry.objects.filter(user=person, starts_at__lte=at, ends_at__gt=max(at, now)).exists():
        return "off_duty"
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [person.pk, lng, lat, accuracy_m, at, source])
        if cursor.rowcount == 0:
            return "older"
    emit(
        "position",
        district_id=person.unit.district_id,
        squad_id=person.unit_id,
        subject=f"user:{person.pk}",
        data={"user": person.pk, "lng": lng, "lat": lat, "accuracy_m": accuracy_m, "at": at.isoformat()},
    )
    return "stored"


def forget_off_duty(now: datetime | None = None) -> int:
    """Delete the positions of everybody who is not on duty; how many."""
    now = now or timezone.now()
    on_duty = RosterEntry.objects.filter(starts_at__lte=now, ends_at__gt=now).values("user")
    return OfficerPosition.objects.exclude(user__in=on_duty).delete()[0]
