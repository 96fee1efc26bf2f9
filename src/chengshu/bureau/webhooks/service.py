"""Subscriptions: making, changing, new secrets, switching off by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import District, Level, User, WebhookSubscription
from chengshu.bureau.notices import notify
from chengshu.bureau.services.base import Refused
from chengshu.bureau.webhooks.channel import NAME
from chengshu.bureau.webhooks.signing import new_secret
from chengshu.kernel import ledger, outbox
from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox.outside import problem_of
from chengshu.kernel.secrets import seal

PERMISSION = "webhooks.manage"
SWITCHED_OFF = "webhook.switched_off"
TOPIC = re.compile(r"[a-z][a-z0-9_.-]{0,59}")
MOST_PER_DISTRICT = 50


@transaction.atomic
def create(
    *, by: User, district: District, name: str, url: str, topics: Sequence[str] = ()
) -> tuple[WebhookSubscription, str]:
    """A new subscription and its secret, which is never shown again. Raises `Refused`."""
    _require(by, district)
    District.objects.select_for_update().get(pk=district.pk)
    if WebhookSubscription.objects.filter(district=district).count() >= MOST_PER_DISTRICT:
        raise Refused(_("A district may have %(n)d subscriptions.") % {"n": MOST_PER_DISTRICT})
    secret = new_secret()
    row = WebhookSubscription(district=district, secret=seal(secret), created_by=by)
    _fill(row, name, url, topics)
    row.save()
    _record(row, "webhook.created", by)
    return row, secret


@transaction.atomic
def change(
    subscription: WebhookSubscription,
    *,
    by: User,
    name: str,
    url: str,
    topics: Sequence[str] = (),
    active: bool = True,
) -> WebhookSubscription:
    """Change a subscription; switching it on again forgets its failures. Raises `Refused`."""
    row = _locked(subscription, by)
    _fill(row, name, url, topics)
    if active and not row.active:
        row.switched_off_at = row.failing_since = None
    row.active = active
    row.save()
    _record(row, "webhook.changed", by)
    return row


@transaction.atomic
def rotate(subscription: WebhookSubscription, *, by: User) -> str:
    """A new secret; the old one signs too for `WEBHOOK_ROTATION_HOURS`, so that nothing is refused."""
    row = _locked(subscription, by)
    secret = new_secret()
    row.old_secret, row.secret = row.secret, seal(secret)
    row.old_secret_until = timezone.now() + timedelta(hours=settings.WEBHOOK_ROTATION_HOURS)
    row.save(update_fields=["old_secret", "secret", "old_secret_until"])
    _record(row, "webhook.secret_renewed", by)
    return secret


@transaction.atomic
def remove(subscription: WebhookSubscription, *, by: User) -> None:
    """Take a subscription away; what still waits for it is given up."""
    row = _locked(subscription, by)
    waiting = OutgoingMessage.objects.filter(
        channel=NAME,
        target=str(row.pk),
        state__in=[OutgoingMessage.State.QUEUED, OutgoingMessage.State.DEAD],
    )
    waiting.update(
        state=OutgoingMessage.State.GIVEN_UP,
        settled_by=by,
        settled_reason=_("The subscription was removed."),
    )
    _record(row, "webhook.removed", by)
    row.delete()


def send_test(subscription: WebhookSubscription, *, by: User) -> None:
    """Send an event of type ``chengshu.test``. Raises `Refused` if the subscription is off."""
    _require(by, subscription.district)
    if not subscription.active:
        raise Refused(_("The subscription is switched off."))
    now = timezone.now()
    stamp = f"test-{subscription.pk}-{now:%Y%m%d%H%M%S%f}"
    payload = {
        "specversion": "1.0",
        "id": stamp,
        "source": f"/chengshu/{subscription.district.code}",
        "type": "chengshu.test",
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "data": {},
    }
    outbox.enqueue(
        NAME,
        str(subscription.pk),
        payload,
        key=f"webhook:{stamp}",
        uid=f"evt_{stamp}",
        title=f"{subscription.name} · {_('Test message')}",
        district_id=subscription.district_id,
    )


def switch_off_failing() -> int:
    """Switch off where nothing has arrived for `WEBHOOK_DISABLE_DAYS`, and tell who set it up."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_DISABLE_DAYS)
    count = 0
    for pk in WebhookSubscription.objects.filter(active=True, failing_since__lt=before).values_list(
        "pk", flat=True
    ):
        with transaction.atomic():
            row = WebhookSubscription.objects.select_for_update(of=("self",)).get(pk=pk)
            if not row.active or row.failing_since is None or row.failing_since >= before:
                continue
            row.active, row.switched_off_at = False, timezone.now()
            row.save(update_fields=["active", "switched_off_at"])
            _record(row, "webhook.switched_off", None)
            _tell_owner(row)
            count += 1
    return count


def _tell_owner(row: WebhookSubscription) -> None:
    name, days = row.name, settings.WEBHOOK_DISABLE_DAYS

    def title() -> str:
        return _("Webhook %(name)s has been switched off") % {"name": name}

    def text() -> str:
        return _("Nothing has arrived there for %(days)d days. Put it right and switch it on again.") % {
            "days": days
        }

    notify(
        [row.created_by],
        SWITCHED_OFF,
        title,
        text=text,
        key=f"webhook:{row.pk}:off:{row.switched_off_at:%Y%m%d%H%M%S}",
        url=f"/webhooks/{row.pk}/",
        level=Level.WARN,
    )


def _require(by: User, district: District) -> None:
    if not by.scope_for(PERMISSION).covers(district_id=district.pk):
        raise Refused(_("%(unit)s lies outside the area you answer for.") % {"unit": district})


def _locked(subscription: WebhookSubscription, by: User) -> WebhookSubscription:
    rows = WebhookSubscription.objects.select_for_update(of=("self",)).select_related("district")
    row: WebhookSubscription = rows.get(pk=subscription.pk)
    _require(by, row.district)
    return row


def _fill(row: WebhookSubscription, name: str, url: str, topics: Sequence[str]) -> None:
    row.name, row.url = name.strip(), url.strip()
    if not 0 < len(row.name) <= 60:
        raise Refused(_("The name needs 1 to 60 characters."), "name")
    same = WebhookSubscription.objects.filter(district=row.district, name=row.name).exclude(pk=row.pk)
    if same.exists():
        raise Refused(_("There is a subscription of this name."), "name")
    if problem := problem_of(row.url):
        raise Refused(_(problem), "url")
    row.topics = sorted({topic.strip() for topic in topics if topic.strip()})
    if wrong := next((topic for topic in row.topics if not TOPIC.fullmatch(topic)), None):
        raise Refused(
            _("%(topic)s is not a topic: small letters, digits and . _ - only.") % {"topic": wrong}, "topics"
        )
    if len(row.topics) > 50:
        raise Refused(_("At most %(n)d topics.") % {"n": 50}, "topics")


def _record(row: WebhookSubscription, action: str, by: User | None) -> None:
    payload = {"name": row.name, "url": row.url, "topics": row.topics, "active": row.active}
    ledger.append(f"bureau.webhook:{row.pk}", action, payload, actor=by.username if by else "system")


KIND_LABEL = gettext_lazy("Webhook switched off")
