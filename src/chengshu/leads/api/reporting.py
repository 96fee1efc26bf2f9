"""Leads come in, one or many."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Header

from chengshu.kernel.access import api_permission
from chengshu.leads.services import report
from chengshu.leads.services.reporting import Reported

from . import rendering
from .common import refusals
from .routes import router
from .schemas import KEY_MOST, BatchIn, BatchOut, LeadIn, ReceivedOut

KEY: Any = Header(  # type: ignore[type-arg]
    "",
    alias="Idempotency-Key",
    max_length=KEY_MOST,
    pattern=r"^[!-~]*$",
    description="one of your own for each thing you report; send the same again when you try again",
    example="3f1c7a52-8a0e-4a55-9b1c-7f1f6d1d2f10",
)


@router.post("", response={200: ReceivedOut, 201: ReceivedOut}, url_name="lead_report")
@api_permission("leads.report")
def report_lead(request: HttpRequest, body: LeadIn, key: str = KEY) -> Any:
    """Report a lead: 201, and 200 where the same key or the same source's number had come before.

    A lead of a trusted source is registered and sent to its squad at once. The same key with another body is
    refused (422).
    """
    user: Any = request.user
    with refusals():
        made = report(body.new(), district=user.unit.district, by=user, request_key=_principal(user, key))
    received = _received(made)
    status = 201 if made.created else 200
    return rendering.answer(rendering.plain(received), status, Location=received["url"])


@router.post("/batch", response={200: BatchOut}, url_name="lead_batch")
@api_permission("leads.report")
def report_batch(request: HttpRequest, body: BatchIn, key: str = KEY) -> Any:
    """Report up to 200 leads, all or none. With a key, the same batch again makes nothing new."""
    user: Any = request.user
    items = []
    with transaction.atomic():
        for number, entry in enumerate(body.leads):
            with refusals("leads", number):
                one_key = _principal(user, f"{key}#{number}" if key else "")
                made = report(entry.new(), district=user.unit.district, by=user, request_key=one_key)
            items.append(_received(made))
    return {"items": items}


def _received(made: Reported) -> dict[str, Any]:
    lead = made.lead
    return {
        "id": lead.pk,
        "number": lead.number,
        "version": lead.version,
        "stage": str(lead.stage),
        "squad": lead.squad_id,
        "handle_by": lead.handle_by,
        "created": made.created,
        "url": f"/api/v1/leads/{lead.pk}",
    }


def _principal(user: Any, key: str) -> str:
    """Keys of different callers have nothing to do with each other."""
    return f"{user.pk}:{key}" if key else ""
