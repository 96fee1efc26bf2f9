"""From events to deliveries.

Events are read in the order of commit from where the cursor stands; deliveries and cursor are committed
together, and each delivery has a key, so that an event leads to exactly one delivery a subscription.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from chengshu.bureau.models import District, WebhookCursor, WebhookSubscription
from chengshu.bureau.webhooks.channel import NAME
from chengshu.kernel import outbox
from chengshu.kernel.events import topics
from chengshu.kernel.models import Event

BATCH = 500
FIELDS = ("id", "position", "topic", "district_id", "subject", "data", "at")


def feed(events: Iterable[Mapping[str, Any]]) -> int:
    """Queue deliveries of events (as dicts of `FIELDS`) to whom they concern; returns how many."""
    by_district: dict[int, list[WebhookSubscription]] = {}
    for subscription in WebhookSubscription.objects.filter(active=True):
        by_district.setdefault(subscription.district_id, []).append(subscription)
    if not by_district:
        return 0
    codes = dict(District.objects.filter(pk__in=by_district).values_list("pk", "code"))
    personal = {topic.name for topic in topics() if topic.personal}  # these are between us and one person
    drafts = []
    for event in events:
        if event["topic"] in personal:
            continue
        for subscription in by_district.get(event["district_id"], []):
            if subscription.topics and event["topic"] not in subscription.topics:
                continue
            drafts.append(_draft(subscription, event, codes[subscription.district_id]))
    outbox.enqueue_many(drafts)
    return len(drafts)


def cloud_event(event: Mapping[str, Any], district_code: str) -> dict[str, Any]:
    """The event as CloudEvents 1.0 JSON; ``sequence`` (an extension) follows the order of commit.

    ``data`` is what the domain put into the event and nothing more: no record is looked up here.
    """
    at: datetime = event["at"]
    return {
        "specversion": "1.0",
        "id": str(event["id"]),
        "source": f"/chengshu/{district_code}",
        "type": f"chengshu.{event['topic']}",
        "subject": event["subject"],
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": f"{event['position']:020d}",
        "data": event["data"],
    }


def feed_new() -> int:
    """Hand on everything that happened since the last time; returns how many deliveries were queued.

    One at a time; whoever finds another at work leaves it to that one.
    """
    count = 0
    WebhookCursor.objects.bulk_create([WebhookCursor(id=1)], ignore_conflicts=True)
    while True:
        with transaction.atomic():
            cursor = WebhookCursor.objects.select_for_update(skip_locked=True).first()
            if cursor is None:
                return count
            newer = Event.objects.filter(position__gt=cursor.position).order_by("position")
            if not WebhookSubscription.objects.filter(active=True).exists():
                last = newer.order_by("-position").values_list("position", flat=True).first()
                batch: list[dict[str, Any]] = [{"position": last}] if last is not None else []
            else:
                batch = list(newer.values(*FIELDS)[:BATCH])
                count += feed(batch)
            if batch:
                cursor.position = batch[-1]["position"]
                cursor.save(update_fields=["position"])
        if len(batch) < BATCH:
            return count


def wake() -> None:
    """Ask a worker to hand on what is new; asking twice is asking once."""
    from chengshu.bureau.tasks import feed_webhooks

    try:
        with transaction.atomic():
            feed_webhooks.configure().defer(timestamp=0)
    except AlreadyEnqueued:
        pass


def _draft(subscription: WebhookSubscription, event: Mapping[str, Any], code: str) -> outbox.Draft:
    return outbox.Draft(
        channel=NAME,
        target=str(subscription.pk),
        payload=cloud_event(event, code),
        key=f"webhook:{subscription.pk}:{event['id']}",
        uid=f"evt_{event['id']}",
        title=f"{subscription.name} · {event['topic']} {event['subject']}",
        district_id=subscription.district_id,
    )
