"""What a device is to do, asked with its key: also where nobody is signed in, or somebody else is."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chengshu.field import signatures
from chengshu.field.models import FieldDevice
from chengshu.field.services import devices
from chengshu.kernel.access import public
from chengshu.kernel.problems import problem

from .api import SMALL
from .gate import BadBody, answer, json_body

GONE = frozenset({devices.ASKED, devices.SIGN_OUT})


@csrf_exempt  # the signature of the device says who asks; no cookie does
@public
@require_POST
def order(request: HttpRequest, device: uuid.UUID) -> HttpResponse:
    """POST /field/api/devices/<id>/order: whether the device is to forget everything, or that it has.

    ``{"text": …, "signature": …}``; the text is JSON with ``device`` and ``state``: ``in_use``, ``asked`` (it
    has forgotten everything, as it was told) or ``sign_out``. Says nothing but ``{"wipe": …}``.
    """
    try:
        said = _signed(request)
    except BadBody as refusal:
        return problem(refusal.status, str(refusal))
    found = FieldDevice.objects.select_related("user").filter(pk=device).first()
    if found is None or said["device"] != str(device) or not _genuine(found, said):
        return problem(403)
    if said["state"] in GONE:
        devices.confirm_wiped(found, by=found.user, reason=said["state"])
        user: Any = request.user
        if user.is_authenticated and user.pk == found.user_id:
            logout(request)
        return answer({"wipe": False})
    return answer({"wipe": devices.wants_wipe(found)})


def _signed(request: HttpRequest) -> dict[str, str]:
    body = json_body(request, SMALL)
    text, signature = body.get("text"), body.get("signature")
    if not isinstance(text, str) or not isinstance(signature, str):
        raise BadBody(_("A record has a text and a signature."), 422)
    try:
        said = orjson.loads(text)
        return {
            "device": str(said["device"]),
            "state": str(said["state"]),
            "text": text,
            "signature": signature,
        }
    except (ValueError, KeyError, TypeError) as error:
        raise BadBody(_("The body is not JSON."), 422) from error


def _genuine(device: FieldDevice, said: dict[str, str]) -> bool:
    return signatures.verify(device.public_key, said["text"], said["signature"])
