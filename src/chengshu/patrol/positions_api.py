"""Positions of terminals in the HTTP API: ``/api/v1/patrol/positions``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from chengshu.kernel.access import api_permission
from chengshu.patrol.services.tracks import TerminalAt, ingest_terminals
from chengshu.patrol.tracking.rules import rules

REPORT = "patrol.report"
BATCH_MOST = rules().take.batch_most
router = Router(tags=["patrol"])


class TerminalPositionIn(Schema):
    """Where a terminal was at a moment."""

    terminal: str = Field(
        ...,
        pattern=r"^[0-9]{1,20}$",
        description="number entered with the equipment; leading zeros do not count",
    )
    at: datetime = Field(
        ..., description="when it was taken, with its time zone", examples=["2026-05-06T09:30:00+08:00"]
    )
    lng: float = Field(..., ge=-180, le=180, description="longitude, WGS 84 degrees", examples=[121.433])
    lat: float = Field(..., ge=-90, le=90, description="latitude, WGS 84 degrees", examples=[31.243])
    accuracy_m: float | None = Field(None, ge=0, description="radius in metres", examples=[12])


class PositionsIn(Schema):
    """A batch of positions, in any order."""

    positions: list[TerminalPositionIn] = Field(..., min_length=1, max_length=BATCH_MOST)


class RefusedOut(Schema):
    """A position that was not taken in."""

    index: int = Field(..., description="its place in the batch, from 0")
    detail: str


class PositionsOut(Schema):
    """What became of the batch."""

    stored: int
    known: int = Field(..., description="had been sent before")
    off_duty: int = Field(..., description="of people who were not on duty then; not stored")
    unassigned: int = Field(..., description="nobody had the thing then; not stored")
    unknown_terminals: list[str] = Field(..., description="not entered as equipment in the sender's area")
    refused: list[RefusedOut]


class Problem(Schema):
    """Why it was refused."""

    detail: str | list[Any]


@router.post(
    "/positions",
    url_name="patrol_positions",
    response={200: PositionsOut, 401: Problem, 403: Problem, 422: Problem},
    summary="Report positions of terminals",
)
@api_permission(REPORT)
def positions(request: HttpRequest, payload: PositionsIn) -> Any:
    """Positions of vehicles, radios and body cameras, for whoever has the thing and is on duty.

    The same position may be sent again: nothing changes. One bad position does not stop the others.
    """
    user: Any = request.user
    if any(one.at.tzinfo is None for one in payload.positions):
        return Status(422, {"detail": _("Give each time with its time zone.")})
    scope = user.scope_for(REPORT)
    taken = ingest_terminals(
        [TerminalAt(one.at, one.lng, one.lat, one.accuracy_m, one.terminal) for one in payload.positions],
        within=(scope.districts, scope.squads),
    )
    return {
        "stored": taken.stored,
        "known": taken.known,
        "off_duty": taken.off_duty,
        "unassigned": taken.unassigned,
        "unknown_terminals": sorted(taken.unknown),
        "refused": [{"index": place, "detail": problem} for place, problem in taken.refused],
    }
