"""Webhooks: HTTP API under ``/api/v1/webhooks``.

Annotations are real objects here: behind the permission gate the framework cannot look names up.
"""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError

from chengshu.bureau import webhooks
from chengshu.bureau.models import WebhookSubscription
from chengshu.bureau.services.base import Refused
from chengshu.bureau.webhooks.service import PERMISSION
from chengshu.kernel.access import api_permission

router = Router(tags=["webhooks"])
NO_ID = 2**63 - 1
EXAMPLE: dict[str, Any] = {
    "name": "City platform",
    "url": "https://hooks.example.cn/chengshu",
    "topics": ["lead"],
}


class WebhookIn(Schema):
    """What a subscription should be."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[^\x00]*$")
    url: str = Field(max_length=500, pattern=r"^[^\x00]*$", description="https://, reachable from outside")
    topics: list[str] = Field([], max_length=50, description="empty: all topics")

    model_config = {"json_schema_extra": {"examples": [EXAMPLE]}}


class WebhookChange(WebhookIn):
    """What a subscription should be from now on."""

    active: bool = True


class WebhookOut(Schema):
    """A subscription; its secret is not shown again."""

    id: int
    name: str
    url: str
    topics: list[str]
    active: bool
    failing_since: datetime | None = Field(description="first undeliverable since the last success")
    last_success_at: datetime | None
    switched_off_at: datetime | None = Field(description="when it was switched off after days of failures")
    old_secret_until: datetime | None = Field(description="until then the former secret signs too")
    created_at: datetime


class WebhookSecret(WebhookOut):
    """A subscription with its new secret, which is shown only here."""

    secret: str


@router.get("", response={200: list[WebhookOut]}, url_name="webhooks")
@api_permission(PERMISSION)
def list_webhooks(request: HttpRequest) -> Any:
    """All subscriptions of one's district."""
    return list(_visible(request))


@router.post("", response={201: WebhookSecret}, url_name="webhook_create")
@api_permission(PERMISSION)
def create_webhook(request: HttpRequest, wanted: WebhookIn) -> Any:
    """Subscribe; keep the secret of the answer."""
    user: Any = request.user
    try:
        row, secret = webhooks.create(by=user, district=user.unit.district, **wanted.dict())
    except Refused as refusal:
        raise HttpError(422 if refusal.field else 409, str(refusal)) from refusal
    return Status(201, _with_secret(row, secret))


@router.get("/{webhook_id}", response={200: WebhookOut}, url_name="webhook")
@api_permission(PERMISSION)
def get_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """One subscription."""
    return _one(request, webhook_id)


@router.put("/{webhook_id}", response={200: WebhookOut}, url_name="webhook_change")
@api_permission(PERMISSION)
def change_webhook(request: HttpRequest, webhook_id: int, wanted: WebhookChange) -> Any:
    """Change a subscription as a whole; ``active`` switches it on or off."""
    user: Any = request.user
    row = _one(request, webhook_id)
    try:
        return webhooks.change(row, by=user, **wanted.dict())
    except Refused as refusal:
        raise HttpError(422 if refusal.field else 409, str(refusal)) from refusal


@router.delete("/{webhook_id}", response={204: None}, url_name="webhook_remove")
@api_permission(PERMISSION)
def remove_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """End a subscription; what still waits for it is given up."""
    user: Any = request.user
    webhooks.remove(_one(request, webhook_id), by=user)
    return HttpResponse(status=204)


@router.post("/{webhook_id}/secret", response={200: WebhookSecret}, url_name="webhook_rotate")
@api_permission(PERMISSION)
def renew_secret(request: HttpRequest, webhook_id: int) -> Any:
    """A new secret; until ``old_secret_until`` messages carry both signatures."""
    user: Any = request.user
    row = _one(request, webhook_id)
    secret = webhooks.rotate(row, by=user)
    row.refresh_from_db()
    return _with_secret(row, secret)


@router.post("/{webhook_id}/test", response={202: None}, url_name="webhook_test")
@api_permission(PERMISSION)
def test_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """Send an event of type ``chengshu.test``."""
    user: Any = request.user
    try:
        webhooks.send_test(_one(request, webhook_id), by=user)
    except Refused as refusal:
        raise HttpError(422 if refusal.field else 409, str(refusal)) from refusal
    return HttpResponse(status=202)


def _visible(request: HttpRequest) -> Any:
    user: Any = request.user
    rows = WebhookSubscription.objects.select_related("district")
    return rows.filter(user.scope_for(PERMISSION).q(squad=None))


def _one(request: HttpRequest, webhook_id: int) -> WebhookSubscription:
    found: WebhookSubscription | None = None
    if 0 < webhook_id <= NO_ID:
        found = _visible(request).filter(pk=webhook_id).first()
    if found is None:
        raise Http404
    return found


def _with_secret(row: WebhookSubscription, secret: str) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in WebhookOut.model_fields}, "secret": secret}
