"""Blocks of document numbers for the officer's device."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from chengshu.bureau.models import Town, User
from chengshu.cases.models import NumberBlock
from chengshu.cases.permissions import WORK
from chengshu.cases.queries import blocks as query
from chengshu.cases.services.blocks import ON_THE_SPOT, BlockProblem, lease
from chengshu.field.models import FieldDevice
from chengshu.field.queries.offline_law import reach

from .gate import BadBody, answer, field_api, json_body, text_of

SMALL = 4 * 1024


@field_api("GET", "POST", permission=WORK)
def blocks(request: HttpRequest) -> HttpResponse:
    """/field/api/blocks: GET the open blocks of this device (``?device=``), POST leases one more (201)."""
    if request.method == "POST":
        return _lease(request)
    user: Any = request.user
    stated = request.GET.get("device", "")
    mark = _mark(_device(user, stated)) if stated else ""
    found = [
        block for block in query.own_open(user)
        if block.kind == ON_THE_SPOT and block.device.endswith(mark)
    ]  # fmt: skip
    return answer({"blocks": [_shown(block) for block in found]})


def _lease(request: HttpRequest) -> HttpResponse:
    """The same ``client_id`` again answers with the same block."""
    user: Any = request.user
    body = json_body(request, SMALL)
    device = _device(user, text_of(body, "device", 40))
    if device.revoked_at is not None or device.wiped_at is not None:
        raise BadBody(_("This device has been taken out of use. Speak to your leader."), 409)
    try:
        client_id = uuid.UUID(text_of(body, "client_id", 40))
    except ValueError as error:
        raise BadBody(_("“%(field)s” is missing or does not fit.") % {"field": "client_id"}, 422) from error
    wanted = body.get("n", reach().block_numbers)
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        raise BadBody(_("“%(field)s” is missing or does not fit.") % {"field": "n"}, 422)
    town = _town(query.towns_of(user), text_of(body, "town", 12))
    try:
        block = lease(
            user, wanted, by=user, town=town, device=device_label(device), client_id=client_id
        )  # fmt: skip
    except BlockProblem as problem:
        raise BadBody(str(problem), 422) from problem
    return answer(_shown(block), 201)


def device_label(device: FieldDevice) -> str:
    """What a block's device is called: its name, and enough of its id to tell two of one name apart."""
    return f"{device.name[:60]} {_mark(device)}".strip()


def _mark(device: FieldDevice) -> str:
    """What the label of a device ends with, whatever its name is later."""
    return str(device.pk)[-8:]


def _device(user: User, stated: str) -> FieldDevice:
    """The person's own device. Raises `BadBody`."""
    try:
        found = FieldDevice.objects.filter(pk=uuid.UUID(stated), user=user).first()
    except ValueError:
        found = None
    if found is None:
        raise BadBody(_("This device is not registered to you. Sign in anew."), 404)
    return found


def _town(offered: list[Town], code: str) -> Town:
    """The town of a code, or the only one that there is. Raises `BadBody`."""
    found = [town for town in offered if town.code == code or not code]
    if len(found) != 1:
        names = _(", ").join(f"{town.name} {town.code}" for town in offered)
        raise BadBody(_("Choose one of these towns: %(towns)s") % {"towns": names}, 422)
    return found[0]


def _shown(block: NumberBlock) -> dict[str, Any]:
    """The block with the numbers that are left."""
    held = query.as_json(block)
    return {
        "id": block.pk,
        "word": block.word,
        "device": block.device,
        "numbers": held["unused"],
        "left": len(held["unused"]),
        "leased_at": held["leased_at"],
        "expires_at": held["expires_at"],
        "enter_until": held["enter_until"],
    }
