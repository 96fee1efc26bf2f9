"""Cases: HTTP API under ``/api/v1/cases/``: blocks of numbers for devices that work without a network.

Annotations are real objects here: behind the permission gate the framework cannot look names up.
"""

import uuid
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError

from chengshu.bureau.models import Town
from chengshu.cases.models import NumberBlock
from chengshu.cases.permissions import WORK
from chengshu.cases.queries import blocks as query
from chengshu.cases.services.blocks import BlockProblem, close_block, lease
from chengshu.kernel.access import api_permission

router = Router(tags=["cases"])
NO_ID = 2**63 - 1


class LeaseIn(Schema):
    """What a device asks for."""

    n: int = Field(description="how many numbers")
    client_id: uuid.UUID = Field(description="made by the device: the same again returns the same block")
    town: str = Field(
        "", max_length=12, description="code of the street or town; empty: the squad's only one"
    )
    device: str = Field("", max_length=80, description="number or name of the device")


class BlockOut(Schema):
    """A block of numbers (号段)."""

    id: int
    word: str = Field(description="word of the authority in the numbers")
    kind: str = Field(description="word of the kind of document in the numbers")
    year: int
    leased_to: str = Field(description="user name")
    device: str
    leased_at: datetime
    expires_at: datetime = Field(description="until then its numbers may be given")
    enter_until: datetime = Field(description="until then decisions written in time are entered")
    closed_at: datetime | None
    unused: list[str] = Field(description="document numbers that may be given, in order")
    used: list[str] = Field(description="document numbers that decisions bear")
    voided: list[str] = Field(description="document numbers that nothing will ever bear")


@router.get("/blocks", response={200: list[BlockOut]}, url_name="cases_blocks")
@api_permission(WORK)
def list_blocks(request: HttpRequest) -> Any:
    """The person's own blocks that are not closed, the oldest first."""
    user: Any = request.user
    return [query.as_json(block) for block in query.own_open(user)]


@router.post("/blocks", response={201: BlockOut}, url_name="cases_block_lease")
@api_permission(WORK)
def lease_block(request: HttpRequest, wanted: LeaseIn) -> Any:
    """Lease the next numbers for on-the-spot decisions of the town's authority."""
    user: Any = request.user
    town = _town(query.towns_of(user), wanted.town)
    try:
        block = lease(user, wanted.n, by=user, town=town, device=wanted.device, client_id=wanted.client_id)
    except BlockProblem as problem:
        raise HttpError(400, str(problem)) from problem
    return Status(201, query.as_json(block))


@router.post("/blocks/{block_id}/return", response={200: BlockOut}, url_name="cases_block_return")
@api_permission(WORK)
def return_block(request: HttpRequest, block_id: int) -> Any:
    """Give one's own block back: what is unused by now is voided on record. A closed one stays as it is."""
    user: Any = request.user
    block = (
        NumberBlock.objects.filter(leased_to=user, pk=block_id).select_related("leased_to__unit").first()
        if 0 < block_id <= NO_ID
        else None
    )
    if block is None:
        raise Http404
    return query.as_json(close_block(block, by=user))


def _town(offered: list[Town], code: str) -> Town:
    """The town of a code, or the only one there is. Raises ``HttpError`` (400)."""
    found = [town for town in offered if town.code == code or not code]
    if len(found) != 1:
        raise HttpError(400, "town: one of " + ", ".join(f"{town.code} {town.name}" for town in offered))
    return found[0]
