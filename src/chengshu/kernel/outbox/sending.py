"""Taking what is due and sending it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from chengshu.kernel.models import OutgoingLane, OutgoingMessage
from chengshu.kernel.outbox.channels import Channel, Failure, Permanent, Send, Temporary, channel
from chengshu.kernel.outbox.queue import wake
from chengshu.kernel.secrets import SecretUnreadable

logger = logging.getLogger(__name__)
State = OutgoingMessage.State
LANES_AT_ONCE = 16
SOON_SECONDS = 60  # what is due later than that is found by the sweep


@dataclass(frozen=True)
class Policy:
    """How often and how long to try; seconds."""

    attempts: int
    first: float
    factor: float
    longest: float
    jitter: float  # share of the pause that is left to chance, so that not everybody comes back at once
    deadline: float  # one attempt, all in all
    keep_days: int

    @property
    def lease(self) -> timedelta:
        """After so long whoever took a message or a lane is taken for dead."""
        return timedelta(seconds=2 * self.deadline + 10)

    def pause(self, failures: int, chance: float) -> float:
        """Seconds to wait after so many failures; ``chance`` lies between 0 and 1."""
        # past 64 doublings every pause is the longest; the exponent is kept where floats are
        full = min(self.longest, self.first * self.factor ** min(max(failures, 1) - 1, 64))
        return full * (1 - self.jitter * chance)


def policy() -> Policy:
    """The policy of the settings (``OUTBOX``)."""
    rules: dict[str, Any] = settings.OUTBOX
    return Policy(**rules)


@dataclass
class _Attempt:
    message: OutgoingMessage
    channel: Channel | None = None
    send: Send | None = None
    failure: Failure | None = None


def drain(*, seconds: float = 45.0) -> int:
    """Send what is due until nothing is, or the time is over; returns how many attempts were made.

    Several may run at once: each takes lanes nobody else has. If more will be due soon, a later run is asked
    for.
    """
    rules, end, count = policy(), time.monotonic() + seconds, 0
    _free_abandoned(rules)
    while time.monotonic() < end:
        messages = _take(rules)
        if not messages:
            _come_back()
            return count
        count += len(messages)
        attempts = [_prepare(message) for message in messages]
        _send_all(attempts, rules)
        _note(attempts, rules)
    wake()
    return count


def purge() -> int:
    """Forget what was sent or given up long ago (``OUTBOX["keep_days"]``); undeliverable ones stay."""
    before = timezone.now() - timedelta(days=policy().keep_days)
    done = OutgoingMessage.objects.filter(state=State.SENT, sent_at__lt=before)
    given_up = OutgoingMessage.objects.filter(state=State.GIVEN_UP, created_at__lt=before)
    return done.delete()[0] + given_up.delete()[0]


# --- taking -------------------------------------------------------------------------------------------
def _free_abandoned(rules: Policy) -> None:
    """Messages in the hands of a sender that died go back; the attempt counts."""
    lost = OutgoingMessage.objects.filter(state=State.SENDING, claimed_at__lt=timezone.now() - rules.lease)
    lost.filter(attempts__gte=rules.attempts).update(
        state=State.DEAD, claimed_at=None, last_error=_("The sender died at every attempt."), error_values={}
    )
    if freed := lost.update(state=State.QUEUED, claimed_at=None):
        logger.warning("outbox: %s messages lost their sender and are queued again", freed)


def _take(rules: Policy) -> list[OutgoingMessage]:
    """Take some open lanes, and of each as many due messages as go at once."""
    now = timezone.now()
    due = OutgoingMessage.objects.filter(state=State.QUEUED, next_at__lte=now)
    with transaction.atomic():
        lanes = list(
            OutgoingLane.objects.select_for_update(skip_locked=True)
            .filter(Exists(due.filter(lane=OuterRef("pk"))), open_at__lte=now)
            .order_by("open_at")[:LANES_AT_ONCE]
        )
        taken: list[OutgoingMessage] = []
        for lane in lanes:
            waiting = due.filter(lane=lane.pk).order_by("next_at", "id")
            first = waiting.first()
            if first is not None:
                taken += waiting[: _width(first)]
        OutgoingLane.objects.filter(pk__in=[lane.pk for lane in lanes]).update(open_at=now + rules.lease)
        OutgoingMessage.objects.filter(pk__in=[message.pk for message in taken]).update(
            state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1
        )
    for message in taken:
        message.attempts, message.claimed_at = message.attempts + 1, now
    return taken


def _width(message: OutgoingMessage) -> int:
    try:
        return channel(message.channel).width
    except Permanent:
        return 1


# --- sending ------------------------------------------------------------------------------------------
def _prepare(message: OutgoingMessage) -> _Attempt:
    attempt = _Attempt(message)
    try:
        attempt.channel = channel(message.channel)
        attempt.send = attempt.channel.prepare(message)
    except Failure as failure:
        attempt.failure = failure
    except SecretUnreadable:
        attempt.failure = Permanent(
            _("The secret cannot be read with this installation's key; enter it again.")
        )
    except Exception as error:
        attempt.failure = _unforeseen(message, error)
    return attempt


def _send_all(attempts: Sequence[_Attempt], rules: Policy) -> None:
    """All at once, each in its own thread; who does not come back in time has failed."""
    ready = [attempt for attempt in attempts if attempt.send is not None]
    if not ready:
        return
    pool = ThreadPoolExecutor(max_workers=len(ready), thread_name_prefix="outbox")
    running: list[tuple[_Attempt, Future[None]]] = [
        (attempt, pool.submit(attempt.send)) for attempt in ready if attempt.send is not None
    ]
    wait([future for _attempt, future in running], timeout=rules.deadline)
    for attempt, future in running:
        if not future.done():
            attempt.failure = Temporary(
                _("No answer within %(seconds)s seconds."), seconds=int(rules.deadline)
            )
            continue
        error = future.exception()
        if isinstance(error, Failure):
            attempt.failure = error
        elif error is not None:
            attempt.failure = _unforeseen(attempt.message, error)
    pool.shutdown(wait=False, cancel_futures=True)


def _unforeseen(message: OutgoingMessage, error: BaseException) -> Temporary:
    # only the kind of the error: its text may quote addresses and keys
    logger.error("outbox: message %s failed with %s", message.pk, type(error).__name__)
    return Temporary(
        _("Something unforeseen went wrong (%(kind)s)."), whole_lane=False, kind=type(error).__name__
    )


# --- noting what came of it ---------------------------------------------------------------------------
def _note(attempts: Sequence[_Attempt], rules: Policy) -> None:
    """Write the results, and when each lane opens again."""
    now = timezone.now()
    lanes: dict[str, list[_Attempt]] = {}
    with transaction.atomic():
        for attempt in attempts:
            lanes.setdefault(attempt.message.lane, []).append(attempt)
            _note_message(attempt, rules, now)
        for name, group in sorted(lanes.items()):
            _note_lane(name, group, rules, now)


def _note_message(attempt: _Attempt, rules: Policy, now: datetime) -> None:
    message, failure = attempt.message, attempt.failure
    message.last_error, message.error_values = "", {}
    if failure is None:
        message.state, message.sent_at = State.SENT, now
    else:
        message.last_error, message.error_values = failure.text[:300], failure.values
        if isinstance(failure, Permanent) or message.attempts >= rules.attempts:
            message.state = State.DEAD
            logger.warning("outbox: message %s (%s) is undeliverable", message.pk, message.channel)
        else:
            message.state, message.next_at = State.QUEUED, now + _pause(failure, message.attempts, rules)
    # who came back after the lease no longer holds the message, and writes nothing
    held = OutgoingMessage.objects.filter(
        pk=message.pk, state=State.SENDING, claimed_at=message.claimed_at
    ).update(
        state=message.state,
        claimed_at=None,
        next_at=message.next_at,
        sent_at=message.sent_at,
        last_error=message.last_error,
        error_values=message.error_values,
    )
    if held and attempt.channel is not None and attempt.channel.settled is not None:
        attempt.channel.settled(message)


def _note_lane(name: str, group: Sequence[_Attempt], rules: Policy, now: datetime) -> None:
    lane = OutgoingLane.objects.select_for_update().get(pk=name)
    broken = [a.failure for a in group if isinstance(a.failure, Temporary) and a.failure.whole_lane]
    if broken and all(a.failure is not None for a in group):
        lane.failures += 1
        lane.open_at = now + max(_pause(failure, lane.failures, rules) for failure in broken)
    else:
        spacing = max((a.channel.spacing for a in group if a.channel is not None), default=0.0)
        lane.failures, lane.open_at = 0, now + timedelta(seconds=spacing)
    lane.save(update_fields=["failures", "open_at"])


def _pause(failure: Failure, failures: int, rules: Policy) -> timedelta:
    asked = failure.retry_after if isinstance(failure, Temporary) else None
    seconds = rules.pause(failures, random.random())  # noqa: S311 - no secret, only spread
    if asked is not None:
        seconds = max(asked, 1.0)
    return timedelta(seconds=min(seconds, rules.longest))


def _come_back() -> None:
    """Ask for a later run if something will be due soon; the sweep finds the rest."""
    now = timezone.now()
    soon = now + timedelta(seconds=SOON_SECONDS)
    waiting = OutgoingMessage.objects.filter(state=State.QUEUED, next_at__lte=soon)
    opens = OutgoingLane.objects.filter(Exists(waiting.filter(lane=OuterRef("pk"))), open_at__lte=soon)
    first_open = opens.aggregate(first=Min("open_at"))["first"]
    first_due = waiting.aggregate(first=Min("next_at"))["first"]
    if first_open is None or first_due is None:
        return
    wake(max(1, round((max(first_open, first_due) - now).total_seconds())))
