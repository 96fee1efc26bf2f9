"""Writing messages down."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from chengshu.kernel.models import OutgoingLane, OutgoingMessage
from chengshu.kernel.outbox.channels import channel

logger = logging.getLogger(__name__)
BATCH = 1000


@dataclass(frozen=True)
class Draft:
    """A message to be written down. ``uid``: what the receiver knows it by, by default the key."""

    channel: str
    target: str
    payload: dict[str, Any]
    key: str
    title: str = ""
    uid: str = ""
    district_id: int | None = None
    not_before: datetime | None = None


def enqueue(
    channel: str,
    target: str,
    payload: dict[str, Any],
    *,
    key: str,
    title: str = "",
    uid: str = "",
    district_id: int | None = None,
) -> None:
    """Write one message down in the caller's transaction; it leaves after the commit.

    A key that was used before makes this a no-op. Secrets belong neither into target nor payload.
    """
    enqueue_many([Draft(channel, target, payload, key, title, uid, district_id)])


def enqueue_many(drafts: Sequence[Draft]) -> None:
    """Write many messages down at once; keys that were used before are passed over."""
    if not drafts:
        return
    now = timezone.now()
    rows = [
        OutgoingMessage(
            key=draft.key,
            uid=(draft.uid or draft.key)[:120],
            channel=draft.channel,
            lane=channel(draft.channel).lane_of(draft.target),
            target=draft.target,
            title=draft.title[:200],
            payload=draft.payload,
            district_id=draft.district_id,
            next_at=draft.not_before or now,
        )
        for draft in drafts
    ]
    with transaction.atomic():
        known = set(
            OutgoingLane.objects.filter(pk__in={row.lane for row in rows}).values_list("pk", flat=True)
        )
        missing = sorted({row.lane for row in rows} - known)
        if missing:
            OutgoingLane.objects.bulk_create(
                [OutgoingLane(name=name) for name in missing], ignore_conflicts=True
            )
        OutgoingMessage.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    transaction.on_commit(wake, robust=True)


def wake(in_seconds: int = 0) -> None:
    """Ask a worker to send what is due, now or in some seconds. Asking twice is asking once."""
    from chengshu.kernel.tasks import send_outgoing

    lock = "send_outgoing" if not in_seconds else f"send_outgoing:{in_seconds}"
    options: dict[str, Any] = {"queueing_lock": lock}
    if in_seconds:
        options["schedule_in"] = {"seconds": in_seconds}
    try:
        with transaction.atomic():
            send_outgoing.configure(**options).defer(timestamp=0)
    except AlreadyEnqueued:
        logger.debug("a sender waits already")
