"""Assessments of towns: a sample announced, drawn by the observers' words, checked on site."""

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Schema, Status

from chengshu.kernel import files
from chengshu.kernel.access import api_permission
from chengshu.kernel.files import FileDamaged
from chengshu.leads.api.files import BINARY
from chengshu.leads.api.schemas import Id, example
from chengshu.structures.models import Assessment
from chengshu.structures.services import years as services

from .common import ANY_YEAR, CHECK, CURSOR, LIMIT, VIEW, find_in, refusals, town_of
from .pages import newest
from .routes import router

ASSESSMENT: dict[str, Any] = {
    "id": 4,
    "town": 7,
    "town_name": "长寿路街道",
    "year": 2020,
    "sample": 10,
    "state": "drawn",
    "commitment_sha256": "ab" * 32,
    "announced_at": "2020-11-20T01:00:00Z",
    "drawn_at": "2020-11-20T02:00:00Z",
    "url": "/api/v1/structures/assessments/4",
}


class AnnounceIn(Schema):
    """A sample to be drawn."""

    model_config = example({"town": 7, "year": 2020, "sample": 10, "place": "区局会议室"}, closed=True)

    town: Id
    year: int = Field(ge=2000, le=2999)
    sample: int = Field(ge=1, le=30_000)
    place: str = Field(min_length=1, max_length=100, description="place of the draw")
    observers: int = Field(3, ge=1, le=20)


class WordsIn(Schema):
    """The observers' words, in the order in which they spoke."""

    model_config = example({"words": ["晴天", "梧桐", "四十二"]}, closed=True)

    words: list[str] = Field(min_length=1, max_length=20)


class CheckIn(Schema):
    """What was found at a drawn entry."""

    model_config = example({"result": "right"}, closed=True)

    result: Literal["right", "error"]
    note: str = Field("", max_length=300, description="needed for an error")


class CheckOut(Schema):
    """A drawn entry and what was found there."""

    id: int
    structure: int
    number: str
    address: str
    result: Literal["", "right", "error"]
    note: str
    checked_by: str | None
    checked_at: datetime | None


class AssessmentOut(Schema):
    """An assessment as lists show it."""

    model_config = example(ASSESSMENT)

    id: int
    town: int
    town_name: str
    year: int
    sample: int
    state: Literal["announced", "drawn", "done"]
    commitment_sha256: str
    announced_at: datetime
    drawn_at: datetime | None
    url: str


class AssessmentDetail(AssessmentOut):
    """One assessment with what was drawn; the proof lies under `url` + `/proof`."""

    model_config = example({**ASSESSMENT, "has_proof": True, "checks": []})

    has_proof: bool
    checks: list[CheckOut]


class AssessmentPage(Schema):
    """Assessments, the newest first."""

    items: list[AssessmentOut]
    next: str | None


def _rows(user: Any, permission: str = VIEW) -> Any:
    rows = Assessment.objects.visible_to(user).filter(pk__in=Assessment.objects.visible_to(user, permission))
    heavy = ("candidates", "identities", "commitment", "secret_sealed", "town__boundary")
    return rows.select_related("town").defer(*heavy)


def _shown(one: Assessment) -> dict[str, Any]:
    names = ("year", "sample", "state", "commitment_sha256", "announced_at", "drawn_at")
    return {
        "id": one.pk,
        "town": one.town_id,
        "town_name": one.town.name,
        **{name: getattr(one, name) for name in names},
        "url": f"/api/v1/structures/assessments/{one.pk}",
    }


def _detail(user: Any, pk: int) -> dict[str, Any]:
    one = find_in(_rows(user), pk)
    checks = one.checks.select_related("structure", "checked_by").order_by("structure__number")
    return {
        **_shown(one),
        "has_proof": one.proof_id is not None,
        "checks": [
            {
                "id": row.pk, "structure": row.structure_id, "number": row.structure.number,
                "address": row.structure.address, "result": row.result, "note": row.note,
                "checked_by": row.checked_by.full_name if row.checked_by else None,
                "checked_at": row.checked_at,
            }
            for row in checks
        ],
    }  # fmt: skip


@router.get("/assessments", response={200: AssessmentPage}, url_name="structures_assessments")
@api_permission(VIEW)
def list_assessments(
    request: HttpRequest,
    year: int | None = ANY_YEAR,
    town: Id | None = None,
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> Any:
    """Assessments of the towns."""
    rows = _rows(request.user)
    if year is not None:
        rows = rows.filter(year=year)
    if town is not None:
        rows = rows.filter(town=town)
    found, more = newest(rows, cursor, limit)
    return {"items": [_shown(one) for one in found], "next": more}


@router.post("/assessments", response={201: AssessmentDetail}, url_name="structures_announce")
@api_permission(CHECK)
def announce(request: HttpRequest, body: AnnounceIn) -> Any:
    """Fix the list of a town's written-off entries and announce the draw of a sample from it."""
    user: Any = request.user
    town = town_of(user, body.town, CHECK)
    with refusals():
        made = services.announce(town, body.year, body.sample, body.place, body.observers, by=user)
    return Status(201, _detail(user, made.pk))


@router.get(
    "/assessments/{assessment_id}", response={200: AssessmentDetail}, url_name="structures_assessment"
)
@api_permission(VIEW)
def get_assessment(request: HttpRequest, assessment_id: int) -> Any:
    """One assessment with what was drawn and found."""
    return _detail(request.user, assessment_id)


@router.post(
    "/assessments/{assessment_id}/draw", response={200: AssessmentDetail}, url_name="structures_draw"
)
@api_permission(CHECK)
def draw(request: HttpRequest, assessment_id: int, body: WordsIn) -> Any:
    """Draw the sample with the observers' words; the proof is kept."""
    user: Any = request.user
    held = find_in(_rows(user, CHECK), assessment_id)
    with refusals():
        services.draw(held, body.words, by=user)
    return _detail(user, assessment_id)


@router.post(
    "/assessments/{assessment_id}/checks/{check_id}",
    response={200: AssessmentDetail},
    url_name="structures_check",
)
@api_permission(CHECK)
def check(request: HttpRequest, assessment_id: int, check_id: int, body: CheckIn) -> Any:
    """Say what was found at a drawn entry; with the last one the assessment is finished."""
    user: Any = request.user
    held = find_in(_rows(user, CHECK), assessment_id)
    one = find_in(held.checks.select_related("assessment"), check_id)
    with refusals():
        services.check(one, body.result, by=user, note=body.note)
    return _detail(user, assessment_id)


@router.get(
    "/assessments/{assessment_id}/proof",
    url_name="structures_proof",
    openapi_extra={"responses": {200: {"description": "The proof of the draw", **BINARY}}},
)
@api_permission(VIEW)
def get_proof(request: HttpRequest, assessment_id: int) -> Any:
    """The proof of the draw as a file, to be drawn again by anybody."""
    held = find_in(_rows(request.user).select_related("proof", "town"), assessment_id)
    if held.proof is None:
        raise Http404
    try:
        return files.response(held.proof, f"sample-{held.pk}-proof.json", request)
    except FileDamaged as damaged:
        raise Http404 from damaged
