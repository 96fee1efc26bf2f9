"""What an administrator does with undeliverable messages."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chengshu.kernel import ledger
from chengshu.kernel.models import OutgoingLane, OutgoingMessage
from chengshu.kernel.outbox.queue import wake

State = OutgoingMessage.State
CHAIN = "kernel.outbox"


@transaction.atomic
def retry(messages: QuerySet[OutgoingMessage], *, by: Any) -> int:
    """Queue the undeliverable ones among ``messages`` again, with all attempts before them; how many."""
    dead = messages.filter(state=State.DEAD)
    lanes = list(dead.order_by().values_list("lane", flat=True).distinct())
    now = timezone.now()
    count = dead.order_by().update(state=State.QUEUED, attempts=0, next_at=now)
    if count:
        OutgoingLane.objects.filter(pk__in=lanes, failures__gt=0).update(open_at=now, failures=0)
        ledger.append(CHAIN, "outbox.retried", {"messages": count}, actor=by.username)
        transaction.on_commit(wake, robust=True)
    return count


@transaction.atomic
def give_up(message: OutgoingMessage, *, by: Any, reason: str) -> bool:
    """Close an undeliverable message for a reason. False if it is undeliverable no longer."""
    changed = OutgoingMessage.objects.filter(pk=message.pk, state=State.DEAD).update(
        state=State.GIVEN_UP, settled_by=by, settled_reason=reason[:200]
    )
    if changed:
        payload = {"message": message.pk, "uid": message.uid, "reason": reason[:200]}
        ledger.append(CHAIN, "outbox.given_up", payload, actor=by.username)
    return bool(changed)
