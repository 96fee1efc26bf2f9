"""The API of webhooks: what it gives, what it refuses, and that it does what its description says."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chengshu.bureau.models import User, WebhookSubscription
from chengshu.kernel.models import OutgoingMessage
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"
URL = "/api/v1/webhooks"
WANTED = {"name": "市级平台", "url": "https://hooks.example.cn/x", "topics": ["lead"]}


@pytest.fixture
def admin(system: User, client: Client) -> Client:
    client.force_login(system, BACKEND)
    return client


def send(client: Client, method: str, url: str, data: Any = None) -> Any:
    return client.generic(method, url, content_type="application/json", data=_json(data))


def _json(data: Any) -> bytes:
    import json

    return b"" if data is None else json.dumps(data).encode()


def test_from_subscribing_to_the_end(admin: Client) -> None:
    made = send(admin, "POST", URL, WANTED)
    assert made.status_code == 201
    row = made.json()
    assert row["secret"].startswith("whsec_")
    assert "secret" not in admin.get(f"{URL}/{row['id']}").json()
    assert [entry["name"] for entry in admin.get(URL).json()] == ["市级平台"]
    renewed = send(admin, "POST", f"{URL}/{row['id']}/secret").json()
    assert renewed["secret"] != row["secret"]
    assert renewed["old_secret_until"]
    assert send(admin, "POST", f"{URL}/{row['id']}/test").status_code == 202
    assert OutgoingMessage.objects.get().payload["type"] == "chengshu.test"
    off = send(admin, "PUT", f"{URL}/{row['id']}", {**WANTED, "active": False})
    assert off.json()["active"] is False
    assert send(admin, "POST", f"{URL}/{row['id']}/test").status_code == 409
    assert send(admin, "DELETE", f"{URL}/{row['id']}").status_code == 204
    assert not WebhookSubscription.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"url": "http://example.cn/"}, {"url": "https://10.0.0.1/"}, {"name": ""}, {"topics": ["A b"]}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any], admin: Client) -> None:
    assert send(admin, "POST", URL, {**WANTED, **wrong}).status_code == 422


def test_who_may_not(client: Client, elsewhere: User, admin: Client) -> None:
    row = send(admin, "POST", URL, WANTED).json()
    admin.force_login(factories.make_user("system_admin", elsewhere.unit), BACKEND)
    assert admin.get(f"{URL}/{row['id']}").status_code == 404
    assert admin.get(URL).json() == []
    admin.force_login(factories.make_user("officer"), BACKEND)
    assert send(admin, "POST", URL, WANTED).status_code == 403
    admin.logout()
    assert send(admin, "POST", URL, WANTED).status_code == 401
