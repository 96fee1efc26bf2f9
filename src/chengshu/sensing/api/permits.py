"""Permits that explain changes: the list, taking in rows or a file, out of use and back."""

import io
from typing import Any

import orjson
from django.http import HttpRequest
from ninja import File, Form
from ninja.files import UploadedFile

from chengshu.kernel.access import api_permission
from chengshu.sensing.models import PermittedFootprint
from chengshu.sensing.refusing import MANAGE
from chengshu.sensing.services import permits
from chengshu.sensing.services.permits import Imported
from chengshu.sensing.views.common import district_of

from .common import CURSOR, LIMIT, find, newest, refusals
from .routes import router
from .schemas import FootprintOut, ImportedOut, PermitCode, PermitPage, PermitsIn, UndoIn


def _visible(user: Any) -> Any:
    return PermittedFootprint.objects.filter(user.scope_for(MANAGE).q(squad=None))


def _answer(found: Imported) -> dict[str, Any]:
    return {
        "created": found.created,
        "updated": found.updated,
        "suppressed": found.suppressed,
        "refused": [{"row": one.row, "why": one.why} for one in found.refused],
    }


@router.get("/permits", response={200: PermitPage}, url_name="sensing_permits")
@api_permission(MANAGE)
def list_permits(
    request: HttpRequest,
    kind: PermitCode | None = None,
    active: bool | None = None,
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> Any:
    """Permits on record, in use or not."""
    rows = _visible(request.user).defer("outline")
    if kind:
        rows = rows.filter(kind=kind)
    if active is not None:
        rows = rows.filter(active=active)
    found, more = newest(rows, cursor, limit)
    return {"items": found, "next": more}


@router.post("/permits", response={200: ImportedOut}, url_name="sensing_permit_rows")
@api_permission(MANAGE)
def import_rows(request: HttpRequest, body: PermitsIn) -> Any:
    """Take in one permit or many; the same kind and number again changes the one that is there."""
    user: Any = request.user
    features = [
        {
            "type": "Feature", "geometry": row.outline,
            "properties": row.model_dump(mode="json", exclude={"outline"}, exclude_none=True),
        }
        for row in body.permits
    ]  # fmt: skip
    content = io.BytesIO(orjson.dumps({"type": "FeatureCollection", "features": features}))
    with refusals():
        found = permits.import_list(
            district_of(request, MANAGE), by=user, content=content, filename=f"{body.source}.geojson"
        )
    return _answer(found)


@router.post("/permits/file", response={200: ImportedOut}, url_name="sensing_permit_file")
@api_permission(MANAGE)
def import_file(
    request: HttpRequest,
    file: File[UploadedFile],
    replace: bool = Form(False, description="the list is complete: what it lacks goes out of use"),  # type: ignore[type-arg]
) -> Any:
    """Take in a list as a file: xlsx, xls or csv with outlines as WKT, or GeoJSON."""
    user: Any = request.user
    content: Any = file
    with refusals("form"):
        found = permits.import_list(
            district_of(request, MANAGE), by=user, content=content, filename=file.name or "", replace=replace
        )
    return _answer(found)


@router.post(
    "/permits/{permit_id}/withdraw", response={200: FootprintOut}, url_name="sensing_permit_withdraw"
)
@api_permission(MANAGE)
def withdraw_permit(request: HttpRequest, permit_id: int, body: UndoIn) -> Any:
    """Out of use; what it explained before stays decided."""
    user: Any = request.user
    return permits.switch(find(_visible(user), permit_id), by=user, active=False)


@router.post("/permits/{permit_id}/restore", response={200: FootprintOut}, url_name="sensing_permit_restore")
@api_permission(MANAGE)
def restore_permit(request: HttpRequest, permit_id: int, body: UndoIn) -> Any:
    """In use again."""
    user: Any = request.user
    return permits.switch(find(_visible(user), permit_id), by=user, active=True)
