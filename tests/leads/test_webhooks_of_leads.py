"""What happens to a lead reaches a subscriber who fails on purpose: in full, signed, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chengshu.bureau import webhooks
from chengshu.kernel import outbox
from chengshu.kernel.events import sequencer
from chengshu.kernel.models import Event, OutgoingLane, OutgoingMessage
from chengshu.leads import services
from chengshu.leads.services import Reporter
from tests import factories
from tests.bureau.test_webhooks import verify
from tests.leads.conftest import Loop
from tests.receiver import Receiver, Reply, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings: Any) -> Iterator[Receiver]:
    """The city's platform next door."""
    settings.WEBHOOK_HTTP, settings.WEBHOOK_ALLOW = True, ["127.0.0.1"]
    settings.OUTBOX_TIMEOUT = 5
    with receiver() as made:
        yield made


def give_positions() -> None:
    """What the sequencer of the web process does after each commit."""
    with connection.cursor() as cursor:
        cursor.execute(sequencer.GIVE, [1000])


def try_again() -> None:
    """The pauses between attempts pass."""
    OutgoingMessage.objects.update(next_at=timezone.now())
    OutgoingLane.objects.update(open_at=timezone.now())
    outbox.drain(seconds=5)


def test_every_step_arrives_signed_although_the_subscriber_fails_twice(loop: Loop, there: Receiver) -> None:
    system = factories.make_user("system_admin")
    _row, secret = webhooks.create(
        by=system, district=loop.district, name="市级平台", url=there.url + "/hook", topics=["lead"]
    )
    lead = loop.lead(source="import", route=True, reporter=Reporter("王小五", "13800000001"))
    services.accept(lead, by=loop.officer)
    give_positions()
    assert webhooks.feed_new() == 4
    first = OutgoingMessage.objects.order_by("id").first()
    assert first is not None
    OutgoingMessage.objects.exclude(pk=first.pk).update(next_at=timezone.now() + timedelta(hours=1))
    there.then(Reply(500), Reply(500), Reply(200))
    for _attempt in range(3):
        OutgoingMessage.objects.filter(pk=first.pk).update(next_at=timezone.now())
        OutgoingLane.objects.update(open_at=timezone.now())
        outbox.drain(seconds=2)
    assert [request.headers["webhook-id"] for request in there.requests] == [first.uid] * 3
    first.refresh_from_db()
    assert (first.state, first.attempts) == (OutgoingMessage.State.SENT, 3)
    try_again()
    told = {request.data["data"]["action"]: request for request in there.requests}
    assert list(told) and set(told) == {"report", "register", "dispatch", "accept"}
    assert all(verify(request, secret) for request in there.requests)
    body = told["dispatch"].data
    assert (body["type"], body["subject"]) == ("chengshu.lead", f"lead:{lead.pk}")
    assert body["data"]["number"] == lead.number and body["data"]["squad"] == loop.squad.pk
    order = sorted(told.values(), key=lambda request: request.data["sequence"])
    assert [request.data["data"]["version"] for request in order] == [1, 2, 3, 4]
    sent = b"".join(request.body for request in there.requests).decode()
    assert "王小五" not in sent and "13800000001" not in sent and lead.description not in sent
    assert webhooks.feed_new() == 0


def test_notices_to_people_reach_no_subscriber(loop: Loop, there: Receiver) -> None:
    webhooks.create(
        by=factories.make_user("system_admin"), district=loop.district, name="平台", url=there.url
    )
    loop.lead(source="import", route=True)
    assert Event.objects.filter(topic="notice").exists()
    give_positions()
    webhooks.feed_new()
    outbox.drain(seconds=5)
    assert {request.data["type"] for request in there.requests} == {"chengshu.lead"}
