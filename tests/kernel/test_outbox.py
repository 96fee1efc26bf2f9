"""The outbox: written with the change, sent afterwards, tried again, laid aside, never twice by mistake."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel import outbox
from chengshu.kernel.models import OutgoingLane, OutgoingMessage
from chengshu.kernel.outbox import Channel, Permanent, Temporary
from chengshu.kernel.outbox.channels import _channels
from chengshu.kernel.outbox.sending import Policy, policy, purge

pytestmark = pytest.mark.django_db
State = OutgoingMessage.State


class Post:
    """A channel whose other side is a list; ``script`` says how the next attempts end."""

    def __init__(self) -> None:
        self.script: list[Exception | None] = []
        self.arrived: list[str] = []
        self.settled: list[str] = []
        self.width, self.spacing = 1, 0.0

    def prepare(self, message: OutgoingMessage) -> Callable[[], None]:
        uid = message.uid

        def send() -> None:
            ending = self.script.pop(0) if self.script else None
            if ending is not None:
                raise ending
            self.arrived.append(uid)

        return send

    def register(self) -> None:
        outbox.register(
            Channel(
                "post",
                "Post",
                self.prepare,
                lane=lambda target: f"post:{target}",
                width=self.width,
                spacing=self.spacing,
                settled=lambda message: self.settled.append(message.state),
            )
        )


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    made.register()
    yield made
    _channels.pop("post")


def put(key: str, target: str = "a", **fields: Any) -> OutgoingMessage:
    outbox.enqueue("post", target, {"text": key}, key=key, **fields)
    return OutgoingMessage.objects.get(key=key)


def again(message: OutgoingMessage) -> OutgoingMessage:
    message.refresh_from_db()
    return message


def time_passes() -> None:
    """Everything that waits is due."""
    OutgoingMessage.objects.update(next_at=timezone.now())
    OutgoingLane.objects.update(open_at=timezone.now())


def test_a_message_leaves_once_and_is_noted(post: Post) -> None:
    message = put("one")
    assert outbox.drain() == 1
    assert again(message).state == State.SENT
    assert message.sent_at is not None
    assert (outbox.drain(), post.arrived, post.settled) == (0, ["one"], ["sent"])


def test_the_same_key_is_sent_only_once(post: Post) -> None:
    put("one")
    put("one")
    outbox.drain()
    put("one")
    outbox.drain()
    assert post.arrived == ["one"]


def test_what_is_rolled_back_is_never_sent(post: Post) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        put("one")
        raise RuntimeError
    outbox.drain()
    assert post.arrived == []


def test_a_passing_failure_is_tried_again_later_with_the_same_uid(post: Post) -> None:
    post.script = [Temporary("The server cannot be reached.")]
    message = put("one", uid="evt-1")
    outbox.drain()
    assert (again(message).state, message.attempts) == (State.QUEUED, 1)
    assert message.next_at > timezone.now()
    assert message.why == "无法连接对方服务器。"
    assert outbox.drain() == 0, "not before its time"
    time_passes()
    outbox.drain()
    assert again(message).state == State.SENT
    assert (message.attempts, message.last_error, post.arrived) == (2, "", ["evt-1"])


def test_a_final_failure_goes_dead_at_once_and_says_why_in_both_languages(post: Post) -> None:
    post.script = [Permanent("The server answered %(status)s.", status=404)]
    message = put("one")
    outbox.drain()
    assert (again(message).state, message.attempts) == (State.DEAD, 1)
    assert message.why == "对方服务器返回 404。"
    with translation.override("en"):
        assert message.why == "The server answered 404."


def test_after_the_last_attempt_it_is_dead(post: Post) -> None:
    post.script = [Temporary("The server cannot be reached.")] * policy().attempts
    message = put("one")
    for _n in range(policy().attempts):
        time_passes()
        outbox.drain()
    assert (again(message).state, message.attempts) == (State.DEAD, policy().attempts)
    time_passes()
    assert outbox.drain() == 0


def test_a_server_that_names_a_time_is_left_alone_until_then(post: Post) -> None:
    post.script = [Temporary("The server answered %(status)s.", retry_after=120, status=429)]
    message, other = put("one"), put("two")
    outbox.drain()
    wait = (again(message).next_at - timezone.now()).total_seconds()
    assert 100 < wait <= 120
    assert again(other).attempts == 0, "the whole lane waits"
    assert OutgoingLane.objects.get(pk="post:a").open_at > timezone.now() + timedelta(seconds=100)


def test_a_broken_lane_does_not_hold_up_the_others(post: Post) -> None:
    post.script = [Temporary("The server cannot be reached.")]
    put("broken", "a")
    outbox.drain()
    for n in range(3):
        put(f"behind-{n}", "a")
        put(f"fine-{n}", "b")
    outbox.drain()
    assert post.arrived == ["fine-0", "fine-1", "fine-2"]


def test_one_bad_message_does_not_close_its_lane(post: Post) -> None:
    post.script = [Temporary("The mail server refuses it (%(code)s).", whole_lane=False, code=450)]
    put("bad")
    put("good")
    outbox.drain()
    assert post.arrived == ["good"]


def test_a_paced_lane_sends_one_and_then_waits(post: Post) -> None:
    post.spacing = 3.0
    post.register()
    put("one")
    put("two")
    outbox.drain(seconds=1)
    assert post.arrived == ["one"]
    time_passes()
    outbox.drain(seconds=1)
    assert post.arrived == ["one", "two"]


def test_what_a_killed_sender_had_in_hand_is_sent_by_the_next(post: Post) -> None:
    message = put("one")
    long_ago = timezone.now() - policy().lease - timedelta(seconds=1)
    OutgoingMessage.objects.update(state=State.SENDING, claimed_at=long_ago, attempts=1)
    outbox.drain()
    assert (again(message).state, message.attempts) == (State.SENT, 2)


def test_what_kills_every_sender_is_laid_aside(post: Post) -> None:
    message = put("one")
    long_ago = timezone.now() - policy().lease - timedelta(seconds=1)
    OutgoingMessage.objects.update(state=State.SENDING, claimed_at=long_ago, attempts=policy().attempts)
    outbox.drain()
    assert again(message).state == State.DEAD


def test_a_message_in_the_hands_of_a_living_sender_is_left_to_it(post: Post) -> None:
    put("one")
    OutgoingMessage.objects.update(state=State.SENDING, claimed_at=timezone.now())
    assert outbox.drain() == 0


def test_who_does_not_come_back_has_failed(post: Post, settings: Any) -> None:
    settings.OUTBOX = {**settings.OUTBOX, "deadline": 0.2}
    forever = threading.Event()
    outbox.register(Channel("post", "Post", lambda _message: forever.wait))
    message = put("one")
    outbox.drain()
    forever.set()
    assert again(message).state == State.QUEUED
    assert message.last_error == "No answer within %(seconds)s seconds."


def test_an_unforeseen_error_tells_its_kind_and_no_more(post: Post) -> None:
    post.script = [KeyError("secret-token")]
    message = put("one")
    outbox.drain()
    assert (again(message).state, message.error_values) == (State.QUEUED, {"kind": "KeyError"})
    assert "secret" not in message.why


def test_a_channel_that_is_gone_is_a_clear_end(post: Post) -> None:
    message = put("one")
    OutgoingMessage.objects.update(channel="pigeon")
    outbox.drain()
    assert again(message).why == "本版本没有通道 pigeon。"


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_a_sender_once_for_many(post: Post) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    for n in range(5):
        put(f"m{n}")
    jobs = ProcrastinateJob.objects.filter(task_name="kernel.send_outgoing", status="todo")
    assert jobs.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_message_once(post: Post) -> None:
    from django.db import connection

    post.width = 3
    post.register()
    for n in range(40):
        put(f"m{n}", target=str(n % 4))

    def run() -> None:
        outbox.drain(seconds=20)
        connection.close()

    senders = [threading.Thread(target=run) for _n in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    outbox.drain()
    assert sorted(post.arrived) == sorted(f"m{n}" for n in range(40))


def test_old_messages_are_forgotten_but_undeliverable_ones_stay(post: Post) -> None:
    post.script = [Permanent("The address is not valid.")]
    put("dead")
    outbox.drain()
    put("sent")
    outbox.drain()
    before = timezone.now() - timedelta(days=policy().keep_days + 1)
    OutgoingMessage.objects.update(created_at=before, sent_at=before)
    assert purge() == 1
    assert OutgoingMessage.objects.get().key == "dead"


@given(failures=st.integers(1, 1000), chance=st.floats(0, 1))
def test_pauses_grow_up_to_the_longest_and_never_vanish(failures: int, chance: float) -> None:
    rules = Policy(12, 10.0, 3.0, 3600.0, 0.25, 10.0, 30)
    pause = rules.pause(failures, chance)
    assert 0 < pause <= rules.longest
    assert rules.pause(failures + 1, chance) >= pause
    assert pause >= min(rules.longest, rules.first) * (1 - rules.jitter)
