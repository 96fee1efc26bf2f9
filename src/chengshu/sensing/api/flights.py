"""Flights: list, one, its files, registering."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import File, Status
from ninja.files import UploadedFile

from chengshu.kernel.access import api_permission
from chengshu.kernel.models import Job
from chengshu.sensing.lifecycle import FlightState
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.refusing import MANAGE, VIEW
from chengshu.sensing.services import flights
from chengshu.sensing.views.common import district_of

from .common import CURSOR, LIMIT, find, newest, refusals
from .routes import router
from .schemas import FlightCode, FlightDetail, FlightIn, FlightOut, FlightPage, UndoIn, UploadOut


def shown(flight: Flight) -> dict[str, Any]:
    """A flight as lists show it."""
    names = (
        "name",
        "flown_on",
        "operator",
        "height_m",
        "gsd_m",
        "crs",
        "width",
        "height",
        "state",
        "problem",
    )
    return {
        "id": flight.pk,
        **{name: getattr(flight, name) for name in names},
        "has_dsm": bool(flight.dsm),
        "created_at": flight.created_at,
        "url": f"/api/v1/sensing/flights/{flight.pk}",
    }


def progress_of(job: Job | None) -> dict[str, Any] | None:
    """How far a job is."""
    if job is None:
        return None
    return {name: getattr(job, name) for name in ("state", "done", "total", "percent", "message")}


def detail(user: Any, flight_id: int) -> dict[str, Any]:
    """One flight with its files."""
    flight: Flight = find(Flight.objects.visible_to(user).select_related("job"), flight_id)
    both = Comparison.objects.visible_to(user).filter(Q(before=flight) | Q(after=flight))
    dsm = {"path": flight.dsm, "bytes": flight.dsm_bytes, "sha256": flight.dsm_sha256}
    return {
        **shown(flight),
        "area": flight.area,
        "mosaic": {
            "path": flight.mosaic, "bytes": flight.mosaic_bytes, "sha256": flight.mosaic_sha256,
        },
        "dsm": dsm if flight.dsm else None,
        "progress": progress_of(flight.job),
        "comparisons": list(both.order_by("-pk").values_list("pk", flat=True)),
    }  # fmt: skip


@router.get("/flights", response={200: FlightPage}, url_name="sensing_flights")
@api_permission(VIEW)
def list_flights(
    request: HttpRequest,
    state: FlightCode | None = None,
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> Any:
    """Flights of one's districts; withdrawn ones only where they are asked for."""
    user: Any = request.user
    rows = Flight.objects.visible_to(user).defer("area")
    rows = rows.filter(state=state) if state else rows.exclude(state=FlightState.WITHDRAWN)
    found, more = newest(rows, cursor, limit)
    return {"items": [shown(flight) for flight in found], "next": more}


@router.post("/flights", response={200: FlightOut, 201: FlightOut}, url_name="sensing_flight_new")
@api_permission(MANAGE)
def register_flight(request: HttpRequest, body: FlightIn) -> Any:
    """Register a flight: 201, and 200 where the same was registered before. It is ready after a check."""
    user: Any = request.user
    district = district_of(request, MANAGE)
    stated = body.model_dump()
    same = {name: stated[name].strip() for name in ("name", "mosaic", "dsm")}
    known = Flight.objects.filter(district=district, flown_on=body.flown_on, **same)
    if (there := known.exclude(state=FlightState.WITHDRAWN).first()) is not None:
        return Status(200, shown(there))
    with refusals():
        made = flights.register_flight(district, by=user, **stated)
    return Status(201, shown(made))


@router.post("/flights/files", response={201: UploadOut}, url_name="sensing_flight_file")
@api_permission(MANAGE)
def upload_file(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Send a mosaic or a surface model (GeoTIFF); the same content again is kept once.

    Large files belong into the folder of flights or on S3 instead.
    """
    district_of(request, MANAGE)
    with refusals("form", upload="file"):
        path = flights.keep_upload(file, file.name or "")
    return Status(201, {"path": path})


@router.get("/flights/{flight_id}", response={200: FlightDetail}, url_name="sensing_flight")
@api_permission(VIEW)
def get_flight(request: HttpRequest, flight_id: int) -> Any:
    """One flight with its files, the progress of its check, and the comparisons it is part of."""
    return detail(request.user, flight_id)


@router.post("/flights/{flight_id}/check", response={200: FlightDetail}, url_name="sensing_flight_check")
@api_permission(MANAGE)
def check_flight(request: HttpRequest, flight_id: int, body: UndoIn) -> Any:
    """Check a refused flight once more."""
    user: Any = request.user
    with refusals():
        flights.check_again(find(Flight.objects.visible_to(user, MANAGE), flight_id), by=user)
    return detail(user, flight_id)


@router.post(
    "/flights/{flight_id}/withdraw", response={200: FlightDetail}, url_name="sensing_flight_withdraw"
)
@api_permission(MANAGE)
def withdraw_flight(request: HttpRequest, flight_id: int, body: UndoIn) -> Any:
    """Take a flight out of use; one that was compared stays (409)."""
    user: Any = request.user
    with refusals():
        flights.withdraw(find(Flight.objects.visible_to(user, MANAGE), flight_id), by=user)
    return detail(user, flight_id)
