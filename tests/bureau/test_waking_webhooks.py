"""New events wake the webhooks if anybody has subscribed; asking twice is asking once."""

from __future__ import annotations

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from chengshu.bureau.models import WebhookSubscription
from chengshu.config import gateway
from chengshu.kernel.secrets import seal
from tests import factories

pytestmark = pytest.mark.django_db


def test_new_events_wake_the_webhooks_of_whoever_subscribed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.connection, "close", lambda: None)  # the test's own transaction
    district = factories.make_district()
    waiting = ProcrastinateJob.objects.filter(task_name="bureau.feed_webhooks", status="todo")
    gateway.wake_webhooks()
    assert not waiting.exists()
    system = factories.make_user("system_admin")
    WebhookSubscription.objects.create(
        district=district, name="平台", url="https://example.cn/", secret=seal("x"), created_by=system
    )
    gateway.wake_webhooks()
    gateway.wake_webhooks()
    assert waiting.count() == 1
