"""Session, time, devices and today's list for the app."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chengshu.bureau.roles import permissions
from chengshu.bureau.sessions import SIGNED_IN
from chengshu.field import assets
from chengshu.field.models import FieldDevice
from chengshu.field.queries.today import today as snapshot_of
from chengshu.field.services import devices
from chengshu.field.settings import limits
from chengshu.kernel.access import public
from chengshu.kernel.problems import problem
from chengshu.registry.views import mapping

from .gate import NO_STORE, BadBody, answer, answer_if_new, device_in_use, field_api, json_body, text_of

SMALL = 16 * 1024  # bytes of a body that holds a few words and a key
MOVING = frozenset({"made_at", "valid_until"})


def server_time() -> str:
    """Now, with milliseconds and zone."""
    return timezone.localtime().isoformat(timespec="milliseconds")


@public
@require_safe
def time(request: HttpRequest) -> HttpResponse:
    """/field/api/time: the clock of the server; nothing is looked up for it."""
    body = f'{{"server_time":"{server_time()}"}}'
    return HttpResponse(body, content_type="application/json", headers=NO_STORE)


@field_api("GET", owners=True)
def session(request: HttpRequest) -> HttpResponse:
    """/field/api/session: who is signed in, and what the server knows of the device."""
    user: Any = request.user
    device = devices.own(user, request.GET.get("device", ""))
    if device is not None:
        devices.seen(device)
    return answer(
        {
            "user": {
                "id": user.pk,
                "name": user.full_name,
                "unit": user.unit.label,
                "username": user.username,
            },
            "csrf": get_token(request),
            "language": user.language,
            "server_time": server_time(),
            "app_version": assets.version(),
            "device": _shown(device) if request.GET.get("device") else None,
            "permissions": sorted(code for code in permissions() if user.may(code)),
            "file_limits": {code: kind.most_bytes for code, kind in limits().file_kinds.items()},
            "ground": mapping.ground(user.unit.district_id)["townsUrl"],
        }
    )


def _shown(device: FieldDevice | None) -> dict[str, Any]:
    if device is None:
        return {"known": False, "last_seq": 0, "wipe": False}
    in_use = device.revoked_at is None and device.wiped_at is None
    return {"known": in_use, "last_seq": device.last_seq, "wipe": devices.wants_wipe(device)}


@field_api("POST")
def register(request: HttpRequest) -> HttpResponse:
    """POST /field/api/devices: a new device (201), or the same once more (200)."""
    user: Any = request.user
    body = json_body(request, SMALL)
    try:
        device_id = uuid.UUID(text_of(body, "id", 40))
    except ValueError as error:
        raise BadBody(_("“%(field)s” is missing or does not fit.") % {"field": "id"}, 422) from error
    key = body.get("public_key")
    if not isinstance(key, dict):
        raise BadBody(_("“%(field)s” is missing or does not fit.") % {"field": "public_key"}, 422)
    device, created = devices.register(
        device_id,
        key,
        by=user,
        name=text_of(body, "name"),
        app_version=text_of(body, "app_version"),
        signed_in=signed_in_at(request),
    )
    return answer({"last_seq": device.last_seq}, 201 if created else 200)


def signed_in_at(request: HttpRequest) -> datetime | None:
    """The end of the second in which the session began."""
    since = request.session.get(SIGNED_IN)
    return datetime.fromtimestamp(since + 1, UTC) if since is not None else None


@field_api("POST", owners=True)
def wiped(request: HttpRequest, device: uuid.UUID) -> HttpResponse:
    """POST /field/api/devices/<id>/wiped: the device has forgotten everything (204). The session ends:
    who has the device now is not this officer without signing in."""
    user: Any = request.user
    body = json_body(request, SMALL)
    found = FieldDevice.objects.filter(pk=device, user=user).first()
    if found is None:
        return problem(404)
    devices.confirm_wiped(found, by=user, reason=text_of(body, "reason"))
    logout(request)
    return HttpResponse(status=204, headers=NO_STORE)


@field_api("GET")
def today(request: HttpRequest) -> HttpResponse:
    """/field/api/today: what is needed without a network; 304 where nothing has changed."""
    user: Any = request.user
    devices.seen(device_in_use(request))
    return answer_if_new(request, snapshot_of(user), MOVING)
