"""Officers' positions in the HTTP API: ``/api/v1/officers``."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from chengshu.bureau.services.base import Refused
from chengshu.bureau.services.positions import report_position
from chengshu.kernel.access import api_permission

router = Router(tags=["officers"])


class PositionIn(Schema):
    """Where the signed-in officer is."""

    lng: float = Field(..., ge=-180, le=180, description="longitude, WGS 84 degrees", examples=[121.433])
    lat: float = Field(..., ge=-90, le=90, description="latitude, WGS 84 degrees", examples=[31.243])
    accuracy_m: float | None = Field(None, ge=0, description="radius in metres", examples=[12])
    at: datetime = Field(
        ..., description="when it was taken, with its time zone", examples=["2026-05-06T09:30:00+08:00"]
    )
    source: Literal["device", "vehicle", "manual"] = "device"


class PositionOut(Schema):
    """What became of it. Off duty nothing is stored."""

    result: Literal["stored", "older", "off_duty"]


class Problem(Schema):
    """Why it was refused."""

    detail: str | list[Any]


@router.post(
    "/position",
    url_name="officer_position",
    response={200: PositionOut, 401: Problem, 403: Problem, 422: Problem},
    summary="Report one's own position",
)
@api_permission("leads.work")
def position(request: HttpRequest, payload: PositionIn) -> Any:
    """Only the newest position of an officer on duty is kept, and shown in the command centre."""
    user: Any = request.user
    if payload.at.tzinfo is None:
        return Status(422, {"detail": "at: give the time zone"})
    try:
        result = report_position(
            user,
            (payload.lng, payload.lat),
            at=payload.at,
            accuracy_m=payload.accuracy_m,
            source=payload.source,
        )
    except Refused as problem:
        return Status(422, {"detail": str(problem)})
    return {"result": result}
