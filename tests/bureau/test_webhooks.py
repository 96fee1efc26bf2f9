"""Webhooks: events arrive signed, in order of commit, once a subscription; nothing leads into our network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.bureau import webhooks
from chengshu.bureau.models import District, Notice, Unit, User, WebhookSubscription
from chengshu.bureau.services.base import Refused
from chengshu.bureau.webhooks.service import switch_off_failing
from chengshu.bureau.webhooks.signing import sign
from chengshu.kernel import outbox
from chengshu.kernel.models import Event, LedgerEntry, OutgoingLane, OutgoingMessage
from tests import factories
from tests.receiver import Receiver, Reply, Request, receiver

pytestmark = pytest.mark.django_db
State = OutgoingMessage.State


@pytest.fixture
def there(settings: Any) -> Iterator[Receiver]:
    """A subscriber next door, which the settings allow."""
    settings.WEBHOOK_HTTP, settings.WEBHOOK_ALLOW = True, ["127.0.0.1"]
    settings.OUTBOX_TIMEOUT = 0.5
    with receiver() as made:
        yield made


def subscribe(by: User, url: str, **more: Any) -> tuple[WebhookSubscription, str]:
    fields = {"name": "市级平台", "district": by.unit.district, **more}
    return webhooks.create(by=by, url=url, **fields)


def event(number: int, district: District, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "position": 1000 + number,
        "topic": "lead",
        "district_id": district.pk,
        "subject": f"lead:{number}",
        "data": {"stage": "dispatched"},
        "at": timezone.now(),
        **more,
    }


MANUAL = Path(__file__).resolve().parents[2] / "docs" / "integrating.md"


def verify(request: Request, secret: str) -> bool:
    """With the lines that the manual gives to receivers."""
    (code,) = re.findall(r"```python\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.S)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own manual
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        names["verify"](headers, request.body, secret)
    except ValueError:
        return False
    return True


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


def test_the_signature_of_the_scheme() -> None:
    """The published example of Standard Webhooks."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    made = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_event_arrives_as_a_signed_cloud_event(system: User, district: District, there: Receiver) -> None:
    _row, secret = subscribe(system, there.url + "/hook?x=1")
    assert webhooks.feed([event(7, district)]) == 1
    outbox.drain()
    (request,) = there.requests
    assert verify(request, secret)
    assert not verify(Request("POST", "/", request.headers, request.body + b" "), secret)
    assert request.path == "/hook?x=1"
    assert request.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    told = request.data
    assert told.pop("time").endswith("Z")
    assert told == {
        "specversion": "1.0",
        "id": "7",
        "source": "/chengshu/310107",
        "type": "chengshu.lead",
        "subject": "lead:7",
        "datacontenttype": "application/json",
        "sequence": f"{1007:020d}",
        "data": {"stage": "dispatched"},
    }


def test_only_what_was_asked_for_and_only_of_ones_own_district(
    system: User, district: District, elsewhere: User, there: Receiver
) -> None:
    subscribe(system, there.url, topics=["case"])
    other = elsewhere.unit.district
    events = [event(1, district), event(2, district, topic="case"), event(3, other, topic="case")]
    assert webhooks.feed(events) == 1
    outbox.drain()
    assert [request.data["id"] for request in there.requests] == ["2"]


def test_an_event_fed_twice_is_delivered_once(system: User, district: District, there: Receiver) -> None:
    subscribe(system, there.url)
    webhooks.feed([event(1, district)])
    webhooks.feed([event(1, district), event(2, district)])
    outbox.drain()
    assert sorted(request.data["id"] for request in there.requests) == ["1", "2"]


def test_the_id_stays_the_same_at_every_attempt(system: User, district: District, there: Receiver) -> None:
    there.then(Reply(500), Reply(503, headers={"Retry-After": "1"}), Reply(wait=1.5))
    subscribe(system, there.url)
    webhooks.feed([event(1, district)])
    for _n in range(4):
        OutgoingMessage.objects.update(next_at=timezone.now())
        OutgoingLane.objects.update(open_at=timezone.now())
        outbox.drain(seconds=1)
    assert OutgoingMessage.objects.get().state == State.SENT
    assert {request.headers["webhook-id"] for request in there.requests} == {"evt_1"}


@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_a_refusal_is_final(status: int, system: User, district: District, there: Receiver) -> None:
    there.then(Reply(status, headers={"Location": there.url + "/elsewhere"}))
    row, _secret = subscribe(system, there.url)
    webhooks.feed([event(1, district)])
    outbox.drain()
    assert OutgoingMessage.objects.get().state == State.DEAD
    assert len(there.requests) == 1, "redirects are not followed"
    row.refresh_from_db()
    assert row.failing_since is not None


def test_while_the_secret_changes_both_sign(
    system: User, district: District, there: Receiver, settings: Any
) -> None:
    row, old = subscribe(system, there.url)
    new = webhooks.rotate(row, by=system)
    webhooks.feed([event(1, district)])
    outbox.drain()
    assert verify(there.requests[0], old)
    assert verify(there.requests[0], new)
    WebhookSubscription.objects.update(old_secret_until=timezone.now())
    webhooks.feed([event(2, district)])
    outbox.drain()
    assert not verify(there.requests[1], old)
    assert verify(there.requests[1], new)


def test_an_address_inside_is_refused_when_entered_and_when_sending(
    system: User, district: District, there: Receiver, settings: Any
) -> None:
    row, _secret = subscribe(system, there.url)
    settings.WEBHOOK_ALLOW = []
    webhooks.feed([event(1, district)])
    outbox.drain()
    assert OutgoingMessage.objects.get().why == "地址位于内部网络。"
    assert there.requests == []
    with pytest.raises(Refused, match="内部网络"):
        webhooks.change(row, by=system, name=row.name, url="http://169.254.169.254/")


def test_days_of_failure_switch_it_off_and_its_owner_is_told(
    system: User, district: District, there: Receiver, settings: Any
) -> None:
    row, _secret = subscribe(system, there.url)
    there.otherwise = Reply(404)
    webhooks.feed([event(1, district)])
    outbox.drain()
    assert switch_off_failing() == 0
    WebhookSubscription.objects.update(
        failing_since=timezone.now() - timedelta(days=settings.WEBHOOK_DISABLE_DAYS, minutes=1)
    )
    assert switch_off_failing() == 1
    assert Notice.objects.get(recipient=system).title == "事件推送“市级平台”已自动停用"
    assert webhooks.feed([event(2, district)]) == 0
    webhooks.change(row, by=system, name=row.name, url=row.url, active=True)
    row.refresh_from_db()
    assert (row.active, row.failing_since, row.switched_off_at) == (True, None, None)


def test_one_success_forgets_the_failures(system: User, district: District, there: Receiver) -> None:
    row, _secret = subscribe(system, there.url)
    there.then(Reply(404))
    for number in (1, 2):
        webhooks.feed([event(number, district)])
        outbox.drain()
    row.refresh_from_db()
    assert (row.failing_since, row.last_success_at is not None) == (None, True)


def test_what_waits_for_a_removed_subscription_is_given_up(
    system: User, district: District, there: Receiver
) -> None:
    row, _secret = subscribe(system, there.url)
    webhooks.feed([event(1, district)])
    webhooks.remove(row, by=system)
    outbox.drain()
    assert OutgoingMessage.objects.get().state == State.GIVEN_UP
    assert there.requests == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 61},
        {"url": "http://example.cn"},
        {"url": "https://user:pw@example.cn/"},
        {"topics": ["Lead"]},
        {"topics": ["lead; drop"]},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any], system: User) -> None:
    fields = {"name": "平台", "url": "https://example.cn/hook", "topics": ["lead"], **wrong}
    with pytest.raises(Refused):
        webhooks.create(by=system, district=system.unit.district, **fields)


def test_nobody_subscribes_to_another_district(system: User, elsewhere: User) -> None:
    with pytest.raises(Refused):
        subscribe(system, "https://example.cn/", district=elsewhere.unit.district)


# --- from the table of events -----------------------------------------------------------------------------
def happens(district: District, position: int | None, **more: Any) -> None:
    fields = {"topic": "lead", "subject": f"lead:{position}", "data": {"stage": "found"}, **more}
    Event.objects.create(position=position, district_id=district.pk, **fields)


def test_every_event_is_handed_on_once_in_order_of_commit(
    system: User, district: District, there: Receiver
) -> None:
    subscribe(system, there.url)
    happens(district, 2)
    happens(district, 1)
    happens(district, None, subject="lead:unplaced")
    assert webhooks.feed_new() == 2
    assert webhooks.feed_new() == 0
    happens(district, 3)
    assert webhooks.feed_new() == 1
    told = OutgoingMessage.objects.order_by("id")
    assert [message.payload["subject"] for message in told] == ["lead:1", "lead:2", "lead:3"]
    sequences = [message.payload["sequence"] for message in told]
    assert sequences == sorted(sequences)


def test_what_happened_before_the_first_subscription_is_passed_over(
    system: User, district: District, there: Receiver
) -> None:
    happens(district, 1)
    assert webhooks.feed_new() == 0
    subscribe(system, there.url)
    happens(district, 2)
    assert webhooks.feed_new() == 1


def test_what_is_meant_for_one_person_never_leaves(system: User, district: District, there: Receiver) -> None:
    subscribe(system, there.url)
    happens(district, 1, topic="notice", subject=f"user:{system.pk}")
    assert webhooks.feed_new() == 0
    assert not OutgoingMessage.objects.exists()


def test_more_events_than_one_batch(
    system: User, district: District, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chengshu.bureau.webhooks.feeding.BATCH", 3)
    subscribe(system, there.url)
    for position in range(1, 8):
        happens(district, position)
    assert webhooks.feed_new() == 7


# --- pages ----------------------------------------------------------------------------------------------
def test_the_secret_is_shown_once_and_stored_sealed(system: User, squad: Unit) -> None:
    client = as_(system)
    form = {"name": "市级平台", "url": "https://hooks.example.cn/x", "topics": "lead，case"}
    page = client.post("/webhooks/new/", form).content.decode()
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", page.replace("&#x3D;", "="))
    row = WebhookSubscription.objects.get()
    assert row.topics == ["case", "lead"]
    shown = client.get(f"/webhooks/{row.pk}/").content.decode() + client.get("/webhooks/").content.decode()
    kept = shown + row.secret + str(list(LedgerEntry.objects.values_list("payload", flat=True)))
    assert secret.removeprefix("whsec_")[:20] not in kept
    again = client.post(f"/webhooks/{row.pk}/secret").content.decode()
    assert "whsec_" in again
    assert secret not in again
    assert client.post("/webhooks/new/", form).status_code == 200, "the name is taken"


def test_a_test_event_from_the_page(system: User, there: Receiver) -> None:
    row, secret = subscribe(system, there.url)
    client = as_(system)
    client.post(f"/webhooks/{row.pk}/test")
    outbox.drain()
    assert (there.requests[0].data["type"], verify(there.requests[0], secret)) == ("chengshu.test", True)
    assert "已发送" in client.get(f"/webhooks/{row.pk}/").content.decode()
    client.post(f"/webhooks/{row.pk}/", {"name": row.name, "url": row.url})
    assert "该订阅已停用" in client.post(f"/webhooks/{row.pk}/test", follow=True).content.decode()


def test_subscriptions_of_another_district_are_not_there(system: User, elsewhere: User) -> None:
    stranger = factories.make_user("system_admin", elsewhere.unit)
    row, _secret = subscribe(stranger, "https://example.cn/")
    client = as_(system)
    assert "https://example.cn/" not in client.get("/webhooks/").content.decode()
    assert client.get(f"/webhooks/{row.pk}/").status_code == 404
    for action in ("secret", "test", "remove"):
        assert client.post(f"/webhooks/{row.pk}/{action}").status_code == 404
