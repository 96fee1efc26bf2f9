"""Writing events, and letting old ones go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from chengshu.kernel.events.reading import newest_position
from chengshu.kernel.events.topics import topics
from chengshu.kernel.models import Event


def emit(
    topic: str,
    *,
    district_id: int,
    squad_id: int | None = None,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
) -> int:
    """Write one event in the caller's transaction; its id (not yet its position).

    ``squad_id`` empty: for those who see the whole district. ``data`` is small and free of personal data: it
    goes to every listener in scope, who fetches details with the own permission. Raises `UnknownTopic`, and
    RuntimeError outside a transaction, since the event would outlive a change that fails.
    """
    topics(frozenset({topic}))
    if not connection.in_atomic_block:
        raise RuntimeError("an event is written in the transaction of the change it tells of")
    event = Event.objects.create(
        topic=topic, district_id=district_id, squad_id=squad_id, subject=subject, data=dict(data or {})
    )
    return event.pk


def forget_old(days: int) -> int:
    """Drop events older than so many days; how many. The newest one stays: it marks the place."""
    before = timezone.now() - timedelta(days=days)
    deleted, _ = Event.objects.filter(at__lt=before, position__lt=newest_position()).delete()
    return deleted
