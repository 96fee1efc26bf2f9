"""The API of inspections: what the field app needs, by the same services as the desk.

No postponed annotations in this module: behind the permission gate the framework cannot look names up.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router, Status
from ninja.errors import HttpError, ValidationError
from ninja.files import UploadedFile
from pydantic import ValidationError as PydanticError

from chengshu.bureau.models import User
from chengshu.inspections.api_schemas import (
    REPORT,
    ArrangeIn,
    Filters,
    InspectionDetail,
    InspectionOut,
    PageOut,
    PhotoIn,
    PhotosOut,
    RecheckIn,
    ReportIn,
    StartIn,
)
from chengshu.inspections.lifecycle import OPEN
from chengshu.inspections.models import Inspection, InspectionOfficer, InspectionPhoto
from chengshu.inspections.proposing import result_of
from chengshu.inspections.queries import one
from chengshu.inspections.services import arranging, inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Answer, Photo, Report
from chengshu.inspections.settings import work
from chengshu.kernel import exif, files
from chengshu.kernel.access import api_permission
from chengshu.kernel.media import FileProblem
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads.api.files import BINARY
from chengshu.leads.api.schemas import NO_ID
from chengshu.registry.models import RegulatedObject

router = Router(tags=["inspections"])
CONFLICTS = frozenset({"state", "version"})
PAGE_MOST = 200
VIEW, WORK = "inspections.view", "inspections.work"
SIGNATURE_FILE: Any = File(None, description="the picture of the signature")  # type: ignore[type-arg]
REPORT_FIELD: Any = Form(  # type: ignore[type-arg]
    ...,
    max_length=100_000,
    description="the record as JSON text: client_id, result (1 to 8), answers [{code, found, note}], signing "
    "(signed, refused, absent), and where they apply note, corrected, rectify_by, position, party_name, "
    "unsigned_because, correction_reason, at, expected_version",
    examples=[json.dumps(REPORT, ensure_ascii=False)],
)


@contextmanager
def refusals(*place: str) -> Iterator[None]:
    """Turn what services and files refuse into 409 or 422."""
    try:
        yield
    except InspectionProblem as problem:
        if problem.field in CONFLICTS:
            raise HttpError(409, str(problem)) from problem
        where = ("body", *place, problem.field or "inspection")
        raise ValidationError([{"loc": where, "type": "refused", "msg": str(problem)}]) from problem
    except FileProblem as problem:
        raise ValidationError([{"loc": ("form", "file"), "type": "file", "msg": str(problem)}]) from problem


def find(user: Any, inspection_id: int) -> Inspection:
    """The inspection, if the caller may see it; else there is none (404)."""
    rows = _rows(Inspection.objects.visible_to(user))
    found = rows.filter(pk=inspection_id).first() if 0 < inspection_id <= NO_ID else None
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def _rows(rows: Any) -> Any:
    team = InspectionOfficer.objects.filter(replaced_at=None).select_related("user", "partner").order_by("id")
    related = ("task", "object__object_class", "lead", "checklist", "district")
    return (
        rows.select_related(*related)
        .defer("object__search_tokens", "lead__search_tokens", "district__boundary")
        .prefetch_related(Prefetch("team", team))
    )


def shown(inspection: Inspection) -> dict[str, Any]:
    """An inspection as lists show it."""
    target = inspection.object
    return {
        "id": inspection.pk,
        "number": inspection.number,
        "version": inspection.version,
        "kind": inspection.kind,
        "state": inspection.state,
        "task": inspection.task.number if inspection.task else None,
        "object": {
            "id": target.pk,
            "name": target.name,
            "class": target.object_class.code,
            "address": target.address,
            "position": target.position,
        },
        "team": [member.name for member in inspection.team.all()],
        "starts_on": inspection.starts_on,
        "due_on": inspection.due_on,
        "result": inspection.result,
        "corrected": inspection.corrected,
        "rectify_by": inspection.rectify_by,
        "lead": inspection.lead.number if inspection.lead else None,
        "done_at": inspection.done_at,
        "url": f"/api/v1/inspections/{inspection.pk}",
    }


def detail(user: Any, inspection_id: int) -> dict[str, Any]:
    """One inspection with all that is needed on site."""
    inspection = find(user, inspection_id)
    today = timezone.localdate()
    days = (work().rectify_by(inspection.object_class, today) - today).days
    return {
        **shown(inspection),
        "checklist": [
            {
                "code": entry.code,
                "text": entry.text,
                "photo": entry.photo,
                "result": int(result_of(entry.raw)),
            }
            for entry in one.entries_of(one.checklist_of(inspection))
        ],
        "rectify_days": days,
        "reason": mask_text(inspection.reason),
        "follows": inspection.follows_id,
        "photos": [_photo(photo) for photo in inspection.photos.order_by("id")],
        "reports": inspection.reports.count(),
    }


def _photo(photo: InspectionPhoto) -> dict[str, Any]:
    return {
        "id": photo.pk,
        "entry": photo.entry,
        "name": photo.name,
        "taken_at": photo.taken_at,
        "position": photo.position,
        "url": f"/api/v1/inspections/{photo.inspection_id}/photos/{photo.pk}",
    }


# --- reading ------------------------------------------------------------------------------------------
@router.get("", response={200: PageOut}, by_alias=True, url_name="inspections_list")
@api_permission(VIEW)
def list_inspections(
    request: HttpRequest,
    filters: Query[Filters],
    cursor: str = Query("", max_length=80, description="`next` of the page before"),  # type: ignore[type-arg]
    limit: int = Query(50, ge=1, le=PAGE_MOST),  # type: ignore[type-arg]
) -> Any:
    """One's own inspections, the first due first; with `whose=all` those of everybody one may see."""
    user: Any = request.user
    rows: Any = Inspection.objects.visible_to(user).filter(state__in=filters.state or OPEN)
    if filters.kind:
        rows = rows.filter(kind__in=filters.kind)
    if filters.whose == "mine":
        own = InspectionOfficer.objects.filter(user=user, replaced_at=None).values("inspection")
        rows = rows.filter(pk__in=own)
    if cursor:
        day, last = _read_cursor(cursor)
        rows = rows.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=last))
    found = list(_rows(rows).order_by("due_on", "pk")[: limit + 1])
    more = _cursor(found[limit - 1]) if len(found) > limit else None
    return {"items": [shown(inspection) for inspection in found[:limit]], "next": more}


def _cursor(last: Inspection) -> str:
    return base64.urlsafe_b64encode(f"{last.due_on.isoformat()}:{last.pk}".encode()).decode()


def _read_cursor(given: str) -> tuple[date, int]:
    try:
        plain = base64.b64decode(given.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
        day, _colon, last = plain.partition(":")
        number = int(last)
        if not 0 < number <= NO_ID:
            raise ValueError(last)
        return date.fromisoformat(day), number
    except (ValueError, binascii.Error) as error:
        raise HttpError(400, _("The cursor is not one that this API gave.")) from error


@router.get("/{inspection_id}", response={200: InspectionDetail}, by_alias=True, url_name="inspection_one")
@api_permission(VIEW)
def get_inspection(request: HttpRequest, inspection_id: int) -> Any:
    """One inspection with its checklist and photos."""
    return detail(request.user, inspection_id)


@router.get(
    "/{inspection_id}/photos/{photo_id}",
    url_name="inspection_photo",
    openapi_extra={"responses": {200: {"description": "The photo as it was added", **BINARY}}},
)
@api_permission(VIEW)
def get_photo(request: HttpRequest, inspection_id: int, photo_id: int) -> Any:
    """A photo."""
    inspection = find(request.user, inspection_id)
    found = None
    if 0 < photo_id <= NO_ID:
        photos = InspectionPhoto.objects.select_related("file")
        found = photos.filter(inspection=inspection, pk=photo_id).first()
    if found is None:
        raise Http404
    return files.response(found.file, found.name, request)


# --- working ------------------------------------------------------------------------------------------
@router.post("", response={201: InspectionOut}, by_alias=True, url_name="inspection_arrange")
@api_permission(WORK)
def arrange(request: HttpRequest, body: ArrangeIn) -> Any:
    """Arrange an inspection outside the draw; the same `client_id` again returns what it made."""
    user: Any = request.user
    target = RegulatedObject.objects.visible_to(user).filter(pk=body.object_id).first()
    officers = list(User.objects.filter(pk__in=body.officers, is_active=True, is_service=False))
    follows = None
    if target is None:
        raise _unknown("object", _("There is no such regulated object."))
    if len(officers) != len(set(body.officers)):
        raise _unknown("officers", _("There is no such officer."))
    if body.follows is not None:
        follows = Inspection.objects.visible_to(user).filter(pk=body.follows, object=target).first()
        if follows is None:
            raise _unknown("follows", _("There is no such inspection of this object."))
    with refusals():
        made = arranging.arrange(
            target,
            body.kind,
            officers,
            by=user,
            reason=body.reason,
            due_on=body.due_on,
            starts_on=body.starts_on,
            follows=follows,
            client_id=body.client_id,
        )
    return Status(201, shown(_rows(Inspection.objects.filter(pk=made.pk)).get()))


def _unknown(field: str, sentence: str) -> ValidationError:
    return ValidationError([{"loc": ("body", field), "type": "unknown", "msg": sentence}])


@router.post(
    "/{inspection_id}/start", response={200: InspectionDetail}, by_alias=True, url_name="inspection_start"
)
@api_permission(WORK)
def start(request: HttpRequest, inspection_id: int, body: StartIn) -> Any:
    """Arrive on site; from here on the checklist is fixed."""
    user: Any = request.user
    with refusals():
        inspecting.start(find(user, inspection_id), by=user, at=body.at, client_id=body.client_id)
    return detail(user, inspection_id)


@router.post(
    "/{inspection_id}/report", response={200: InspectionDetail}, by_alias=True, url_name="inspection_report"
)
@api_permission(WORK)
def report(
    request: HttpRequest,
    inspection_id: int,
    report: str = REPORT_FIELD,
    signature: UploadedFile | None = SIGNATURE_FILE,
) -> Any:
    """Report the result: multipart with the record as JSON text and the picture of the signature.

    Photos are sent before, one by one. The same `client_id` again changes nothing.
    """
    user: Any = request.user
    stated, body = _report(report, signature)
    with refusals("report"):
        inspecting.report(
            find(user, inspection_id),
            stated,
            by=user,
            at=body.at,
            expected_version=body.expected_version,
        )
    return detail(user, inspection_id)


@router.post(
    "/{inspection_id}/correct", response={200: InspectionDetail}, by_alias=True, url_name="inspection_correct"
)
@api_permission(WORK)
def correct(
    request: HttpRequest,
    inspection_id: int,
    report: str = REPORT_FIELD,
    signature: UploadedFile | None = SIGNATURE_FILE,
) -> Any:
    """Correct a reported result; the earlier record stays. `correction_reason` says why."""
    user: Any = request.user
    stated, body = _report(report, signature)
    with refusals("report"):
        inspecting.correct(find(user, inspection_id), stated, by=user, at=body.at)
    return detail(user, inspection_id)


def _report(text: str, signature: UploadedFile | None) -> tuple[Report, ReportIn]:
    """The record in the JSON text. Raises `ValidationError` that says where it does not fit."""
    try:
        body = ReportIn.model_validate_json(text)
    except PydanticError as error:
        listed = [
            {"loc": ("form", "report", *one["loc"]), "type": one["type"], "msg": one["msg"]}
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise ValidationError(listed) from error
    values = body.model_dump(exclude={"answers", "at", "expected_version"})
    answers = [Answer(one.code, one.found, one.note) for one in body.answers]
    name = (signature.name if signature else "") or "signature.png"
    opened: Any = signature
    return Report(**values, answers=answers, signature=opened, signature_name=name), body


@router.post(
    "/{inspection_id}/photos", response={201: PhotosOut}, by_alias=True, url_name="inspection_photos"
)
@api_permission(WORK)
def add_photo(
    request: HttpRequest, inspection_id: int, file: File[UploadedFile], about: Form[PhotoIn]
) -> Any:
    """Add a photo of an entry or of the whole; the same file again is kept once.

    Time and place that are not stated are read from the photo itself.
    """
    user: Any = request.user
    inspection = find(user, inspection_id)
    content: Any = file
    taken, position = exif.circumstances(content)
    if about.longitude is not None and about.latitude is not None:
        position = (about.longitude, about.latitude)
    photo = Photo(content, file.name or "", about.entry, about.taken_at or taken, position)
    with refusals():
        made = inspecting.add_photos(inspection, [photo], by=user)
    return Status(201, {"items": [_photo(one) for one in made]})


@router.post(
    "/{inspection_id}/hand-over",
    response={200: InspectionDetail},
    by_alias=True,
    url_name="inspection_hand_over",
)
@api_permission(WORK)
def hand_over(request: HttpRequest, inspection_id: int) -> Any:
    """Make a lead of what was found; once only."""
    user: Any = request.user
    with refusals():
        inspecting.hand_over(find(user, inspection_id), by=user)
    return detail(user, inspection_id)


@router.post(
    "/{inspection_id}/recheck", response={200: InspectionDetail}, by_alias=True, url_name="inspection_recheck"
)
@api_permission(WORK)
def recheck(request: HttpRequest, inspection_id: int, body: RecheckIn) -> Any:
    """Say whether the order to rectify was followed."""
    user: Any = request.user
    with refusals():
        inspecting.recheck(
            find(user, inspection_id),
            complied=body.complied,
            by=user,
            note=body.note,
            rectify_by=None if body.complied else body.rectify_by,
            at=body.at,
            client_id=body.client_id,
        )
    return detail(user, inspection_id)
