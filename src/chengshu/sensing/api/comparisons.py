"""Comparisons: list, starting one, its progress, what it suspects as shapes."""

from typing import Any

import orjson
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Status
from ninja.errors import ValidationError

from chengshu.kernel.access import api_permission
from chengshu.sensing.exporting import shapes
from chengshu.sensing.models import Comparison, Flight, Suspect
from chengshu.sensing.queries.lists import SuspectFilter, suspect_rows
from chengshu.sensing.refusing import MANAGE, VIEW
from chengshu.sensing.services import comparing
from chengshu.sensing.words import sentences

from .common import CURSOR, LIMIT, find, newest, refusals
from .flights import progress_of
from .routes import router
from .schemas import ComparisonCode, ComparisonDetail, ComparisonOut, ComparisonPage, PairIn, UndoIn

GEOJSON = "application/geo+json"
SHAPES = {"content": {GEOJSON: {"schema": {"type": "object"}}}}


def shown(one: Comparison) -> dict[str, Any]:
    """A comparison as lists show it."""
    names = ("state", "problem", "has_heights", "suspects", "suppressed", "created_at", "finished_at")
    return {
        "id": one.pk,
        "before": one.before_id,
        "before_on": one.before.flown_on,
        "after": one.after_id,
        "after_on": one.after.flown_on,
        **{name: getattr(one, name) for name in names},
        "url": f"/api/v1/sensing/comparisons/{one.pk}",
    }


def rows_of(user: Any, permission: str = VIEW) -> Any:
    """Comparisons of one's districts, with their flights."""
    rows = Comparison.objects.visible_to(user, permission).select_related("before", "after")
    return rows.defer("before__area", "after__area", "grid")


def detail(user: Any, comparison_id: int) -> dict[str, Any]:
    """One comparison with its progress."""
    one = find(rows_of(user).select_related("job"), comparison_id)
    counts = Suspect.objects.visible_to(user).filter(comparison=one).order_by()
    return {
        **shown(one),
        "progress": progress_of(one.job),
        "registration": one.registration,
        "remarks": sentences(one.remarks),
        "counts": dict(counts.values_list("state").annotate(n=Count("pk"))),
    }


@router.get("/comparisons", response={200: ComparisonPage}, url_name="sensing_comparisons")
@api_permission(VIEW)
def list_comparisons(
    request: HttpRequest,
    state: ComparisonCode | None = None,
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> Any:
    """Comparisons of one's districts."""
    rows = rows_of(request.user).defer("registration", "before__area", "after__area", "grid")
    found, more = newest(rows.filter(state=state) if state else rows, cursor, limit)
    return {"items": [shown(one) for one in found], "next": more}


@router.post(
    "/comparisons", response={200: ComparisonOut, 201: ComparisonOut}, url_name="sensing_comparison_new"
)
@api_permission(MANAGE)
def start_comparison(request: HttpRequest, body: PairIn) -> Any:
    """Compare two flights; the work is queued. 201, and 200 where the two were compared before."""
    user: Any = request.user
    there = rows_of(user, MANAGE).filter(before=body.before, after=body.after).first()
    if there is not None:
        return Status(200, shown(there))
    before, after = _flight(user, "before", body.before), _flight(user, "after", body.after)
    with refusals():
        made = comparing.compare(before, after, by=user)
    return Status(201, shown(made))


def _flight(user: Any, field: str, pk: int) -> Flight:
    found: Flight | None = Flight.objects.visible_to(user, MANAGE).filter(pk=pk).first()
    if found is None:
        raise ValidationError(
            [{"loc": ("body", field), "type": "unknown", "msg": _("There is no such flight.")}]
        )
    return found


@router.get("/comparisons/{comparison_id}", response={200: ComparisonDetail}, url_name="sensing_comparison")
@api_permission(VIEW)
def get_comparison(request: HttpRequest, comparison_id: int) -> Any:
    """One comparison: how far it is, what the library reports, counts by state."""
    return detail(request.user, comparison_id)


@router.post(
    "/comparisons/{comparison_id}/resume",
    response={200: ComparisonDetail},
    url_name="sensing_comparison_resume",
)
@api_permission(MANAGE)
def resume_comparison(request: HttpRequest, comparison_id: int, body: UndoIn) -> Any:
    """Take up waiting or broken work again; what is done is kept."""
    user: Any = request.user
    with refusals():
        comparing.resume(find(rows_of(user, MANAGE), comparison_id), by=user)
    return detail(user, comparison_id)


@router.post(
    "/comparisons/{comparison_id}/cancel",
    response={200: ComparisonDetail},
    url_name="sensing_comparison_cancel",
)
@api_permission(MANAGE)
def cancel_comparison(request: HttpRequest, comparison_id: int, body: UndoIn) -> Any:
    """Ask the work to stop; where nothing is under way nothing happens."""
    user: Any = request.user
    comparing.cancel(find(rows_of(user, MANAGE).select_related("job"), comparison_id), by=user)
    return detail(user, comparison_id)


@router.get(
    "/comparisons/{comparison_id}/suspects.geojson",
    url_name="sensing_comparison_shapes",
    openapi_extra={"responses": {200: {"description": "A FeatureCollection, WGS 84 degrees", **SHAPES}}},
)
@api_permission(VIEW)
def get_shapes(request: HttpRequest, comparison_id: int) -> Any:
    """Everything that the comparison suspects in one's area, as GeoJSON, the likeliest first."""
    user: Any = request.user
    find(rows_of(user), comparison_id)
    rows = suspect_rows(user, SuspectFilter(comparison=comparison_id))
    return HttpResponse(orjson.dumps(shapes(rows)), content_type=GEOJSON)
