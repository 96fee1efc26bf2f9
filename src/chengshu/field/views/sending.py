"""Files in pieces, and records."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from chengshu.field.models import FieldDevice, FieldRecord, FieldUpload
from chengshu.field.services import devices, receiving, uploads
from chengshu.field.services.receiving import Signed
from chengshu.field.settings import limits
from chengshu.kernel.problems import problem

from .api import SMALL, server_time
from .gate import BadBody, answer, field_api, json_body, raw_body, text_of

MOST_OFFSET = 2**63 - 1


# --- files --------------------------------------------------------------------------------------------
@field_api("POST", owners=True)
def upload_begin(request: HttpRequest) -> HttpResponse:
    """POST /field/api/uploads: announce a file, hear how much of it is here, or that it will not come."""
    user: Any = request.user
    body = json_body(request, SMALL)
    if text_of(body, "given_up"):
        lost = uploads.give_up(
            user,
            text_of(body, "sha256", 64),
            name=text_of(body, "name", 1000),
            kind=text_of(body, "kind", 20),
        )
        return answer(_state(lost))
    size = body.get("size")
    if type(size) is not int or size > MOST_OFFSET:
        raise BadBody(_("“%(field)s” is missing or does not fit.") % {"field": "size"}, 422)
    upload = uploads.begin(
        user,
        sha256=text_of(body, "sha256", 64),
        size=size,
        name=text_of(body, "name", 1000),
        kind=text_of(body, "kind", 20),
    )
    return answer(_state(upload))


@field_api("GET", "PATCH", owners=True)
def upload(request: HttpRequest, sha256: str) -> HttpResponse:
    """/field/api/uploads/<sha256>: its state; PATCH adds the piece at ``Upload-Offset``."""
    user: Any = request.user
    if request.method == "GET":
        found = FieldUpload.objects.filter(user=user, sha256=sha256).first()
        return answer(_state(found)) if found else problem(404)
    stated = request.headers.get("Upload-Offset", "")
    if not (stated.isascii() and stated.isdigit() and len(stated) < 19):
        raise BadBody(_("The header Upload-Offset is missing or no number."))
    piece = raw_body(request, limits().piece_bytes)
    try:
        kept = uploads.add_piece(user, sha256, int(stated), piece)
    except uploads.WrongOffset as wrong:
        return answer({"received": wrong.received, "complete": False}, 409)
    except uploads.WrongContent:
        detail = _("The file arrived damaged. It is sent again.")
        return answer({"received": 0, "complete": False, "detail": detail}, 409)
    return answer(_state(kept)) if kept else problem(404)


def _state(upload: FieldUpload) -> dict[str, Any]:
    received = upload.size if upload.complete else upload.received
    state: dict[str, Any] = {"received": received, "complete": upload.complete}
    return {**state, "refused": upload.refused} if upload.refused else state


# --- records ------------------------------------------------------------------------------------------
@field_api("POST", owners=True)
def records(request: HttpRequest) -> HttpResponse:
    """POST /field/api/records: take records in, in their order, each once."""
    user: Any = request.user
    body = json_body(request, limits().body_bytes)
    try:
        device_id = uuid.UUID(text_of(body, "device", 40))
    except ValueError as error:
        raise BadBody(_("“%(field)s” is missing or does not fit.") % {"field": "device"}, 422) from error
    found = receiving.receive(user, device_id, _signed(body.get("records")))
    device = FieldDevice.objects.filter(pk=device_id, user=user).first()
    return answer(
        {
            "results": [_result(record) for record in found.results],
            "last_seq": found.last_seq,
            "stopped": _stopped(found.stopped),
            "server_time": server_time(),
            "wipe": device is not None and devices.wants_wipe(device),
        }
    )


def _signed(listed: Any) -> list[Signed]:
    most = limits().records
    if not isinstance(listed, list) or len(listed) > most:
        raise BadBody(_("Send a list of at most %(most)d records.") % {"most": most}, 422)
    found = []
    for one in listed:
        text, signature = (one.get("text"), one.get("signature")) if isinstance(one, dict) else (None, None)
        if not isinstance(text, str) or not isinstance(signature, str) or len(signature) > 120:
            raise BadBody(_("A record has a text and a signature."), 422)
        found.append(Signed(text, signature))
    return found


def _result(record: FieldRecord) -> dict[str, Any]:
    return {
        "id": str(record.pk),
        "seq": record.seq,
        "outcome": record.outcome,
        "messages": record.messages,
        "result": record.result,
    }


def _stopped(stopped: receiving.Stopped | None) -> dict[str, Any] | None:
    if stopped is None:
        return None
    return {
        "seq": stopped.seq,
        "reason": stopped.reason,
        "files": list(stopped.files),
        "detail": stopped.detail,
    }
