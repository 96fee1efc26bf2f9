"""Looking at a track: by a permission of its own, and recorded (个人信息保护法 art. 51, 54)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.kernel import ledger
from chengshu.patrol.models import TrackLook
from chengshu.patrol.models.tracks import PERMISSION
from chengshu.patrol.tracking.rules import rules

PAGE, COMMAND = "page", "command"


def may_look(viewer: User, person: User) -> bool:
    """Whether the viewer may see the person's tracks: one's own, or those in the area of the permission."""
    unit = person.unit
    inside = viewer.scope_for(PERMISSION).covers(district_id=unit.district_id, squad_id=unit.pk)
    return viewer.pk == person.pk or inside


@transaction.atomic
def record(viewer: User, person: User, day: date, place: str, now: datetime | None = None) -> None:
    """Write that the viewer sees the person's track of that day; call it before showing anything.

    One's own is nobody else's business; the same look again within minutes is the same look.
    """
    if viewer.pk == person.pk:
        return
    now = now or timezone.now()
    since = now - timedelta(minutes=rules().look_minutes)
    looks = TrackLook.objects.filter(viewer=viewer, user=person, day=day, at__gt=since)
    if looks.exists():
        return
    look = TrackLook.objects.create(viewer=viewer, user=person, day=day, place=place, at=now)
    ledger.append(
        f"patrol.track:{person.pk}",
        "patrol.track_seen",
        {"look": look.pk, "day": day.isoformat(), "place": place},
        actor=viewer.get_username(),
    )
