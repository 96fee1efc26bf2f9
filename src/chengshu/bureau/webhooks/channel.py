"""Webhooks as a channel of the outbox. Target: the number of the subscription."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial

import orjson
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from chengshu import __version__
from chengshu.bureau.models import WebhookSubscription
from chengshu.bureau.webhooks.signing import headers
from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox import Channel, Permanent, register
from chengshu.kernel.outbox.channels import Send
from chengshu.kernel.outbox.http import check, post
from chengshu.kernel.outbox.outside import session_for
from chengshu.kernel.secrets import unseal

NAME = "webhook"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
WIDTH = 8


def lane(target: str) -> str:
    """Every subscriber has a lane: a slow one holds nobody else up."""
    return f"webhook:{target}"


def prepare(message: OutgoingMessage) -> Send:
    """The request, all but its signature, which holds the time of sending."""
    found = WebhookSubscription.objects.filter(pk=int(message.target)).first()
    if found is None or not found.active:
        raise Permanent(_("The subscription has been removed or switched off."))
    sign_with = [unseal(found.secret)]
    if found.old_secret and found.old_secret_until and found.old_secret_until > timezone.now():
        sign_with.append(unseal(found.old_secret))
    return partial(_send, found.url, orjson.dumps(message.payload), sign_with, message.uid)


def _send(url: str, body: bytes, sign_with: list[str], uid: str) -> None:
    fields = {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": f"Chengshu/{__version__}",
        **headers(sign_with, uid, int(time.time()), body),
    }
    with session_for(url) as session:
        check(post(url, body, fields, timeout=settings.OUTBOX_TIMEOUT, session=session))


def settled(message: OutgoingMessage) -> None:
    """Keep since when nothing arrives any more."""
    rows = WebhookSubscription.objects.filter(pk=int(message.target))
    now = timezone.now()
    if message.state == OutgoingMessage.State.SENT:
        # one write a minute is enough to know that it lives
        stale = Q(last_success_at=None) | Q(last_success_at__lt=now - timedelta(minutes=1))
        rows.filter(stale | Q(failing_since__isnull=False)).update(failing_since=None, last_success_at=now)
    elif message.state == OutgoingMessage.State.DEAD:
        rows.filter(failing_since=None).update(failing_since=now)


def _nothing(_target: str) -> str:
    """The number of a subscription tells nobody anything; the title names it."""
    return ""


def register_channel() -> None:
    """Make webhooks known to the outbox."""
    register(
        Channel(
            NAME, gettext_lazy("Webhook"), prepare, lane=lane, width=WIDTH, settled=settled, show=_nothing
        )
    )
