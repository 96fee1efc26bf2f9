"""Registry: HTTP API under ``/api/v1/registry/``.

Annotations are real objects here: behind the permission gate the framework cannot look names up.
"""

import base64
import binascii
from datetime import date, datetime
from typing import Any, Literal

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from chengshu.kernel.access import api_permission
from chengshu.kernel.privacy_masks import mask_value
from chengshu.registry.forms.objects import PERSONAL, personal_kind
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries import maps
from chengshu.registry.queries.filters import ObjectFilter, visible
from chengshu.registry.queries.reference import area_label, choices, reference
from chengshu.registry.queries.text import question

router = Router(tags=["registry"])
PAGE_MOST = 200
EXAMPLE: dict[str, Any] = {
    "id": 4711,
    "class": "shop",
    "name": "某某便利店",
    "address": "长寿路100号",
    "uscc": "",
    "responsible_name": "张*三",
    "responsible_phone": "138****5678",
    "position": [121.433, 31.243],
    "town": "长寿路街道",
    "squad": "长寿路街道中队",
    "status": "operating",
    "credit": "B",
    "verified_on": "2020-11-02",
    "updated_at": "2020-11-02T09:30:00+08:00",
    "version": 3,
    "url": "/registry/objects/4711/",
}
NO_ID = 2**63 - 1
Id = Field(None, ge=1, le=NO_ID)


class Filters(Schema):
    """Which objects; what is left out does not narrow."""

    object_class: str | None = Field(None, alias="class", max_length=30, description="class: id or code")
    town: int | None = Id
    squad: int | None = Id
    status: Literal["operating", "closed", "moved", "not_found", ""] | None = None
    credit: Literal["A", "B", "C", "D", "-", ""] | None = Field(
        None, description="- for those without a class"
    )

    def wanted(self, user: Any, **more: Any) -> ObjectFilter:
        """The filter. A class nobody knows matches nothing."""
        return ObjectFilter(
            object_class=_class_id(user, self.object_class),
            town=self.town,
            squad=self.squad,
            status=self.status or "",
            credit=self.credit or "",
            **more,
        )


class ListFilters(Filters):
    """Filters of the list."""

    q: str = Field("", max_length=60, description="words, parts, pinyin initials, USCC, phone")
    not_verified_since: date | None = None
    permit_days: int | None = Field(None, ge=0, le=366, description="a permit ends within so many days")


class ObjectOut(Schema):
    """A regulated object; personal data is masked."""

    model_config = {"json_schema_extra": {"examples": [EXAMPLE]}}

    id: int
    object_class: str = Field(serialization_alias="class", description="code of the class")
    name: str
    address: str
    uscc: str
    responsible_name: str
    responsible_phone: str
    position: tuple[float, float] | None = Field(description="longitude, latitude (WGS 84)")
    town: str
    squad: str
    status: str
    credit: str
    verified_on: date | None
    updated_at: datetime
    version: int
    url: str


class ObjectPage(Schema):
    """Objects in the order of their ids, and where to go on."""

    model_config = {"json_schema_extra": {"examples": [{"items": [EXAMPLE], "next": "bzQ3MTE="}]}}

    items: list[ObjectOut]
    next: str | None = Field(description="cursor of the next page; null on the last")


class PermitOut(Schema):
    """A permit or filing."""

    kind: str
    number: str
    issuer: str
    valid_from: date | None
    valid_to: date | None
    withdrawn_on: date | None


class IdentifierOut(Schema):
    """The object's number in another system."""

    system: str
    value: str


class ObjectDetail(ObjectOut):
    """One object with everything on its file."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    **EXAMPLE,
                    "responsible_id": "310107********1234",
                    "attributes": {"trade": "零售"},
                    "identifiers": [{"system": "市督察系统", "value": "SH-1"}],
                    "permits": [],
                    "merged_into": None,
                    "status_label": "正常经营",
                }
            ]
        }
    }

    responsible_id: str
    attributes: dict[str, Any]
    identifiers: list[IdentifierOut] = Field(description="after a merge a system may stand here twice")
    permits: list[PermitOut]
    merged_into: int | None
    status_label: str = Field(description="in the language of the request")


class AttributeOut(Schema):
    """An attribute of a class."""

    key: str
    label_zh: str
    label_en: str
    kind: str
    unit: str
    choices: list[str]
    required: bool
    personal: bool


class ClassOut(Schema):
    """A class of objects."""

    id: int
    code: str
    district: str
    label_zh: str
    label_en: str
    colour: str
    attributes: list[AttributeOut]


def _class_id(user: Any, text: str | None) -> int | None:
    if not text:
        return None
    known = {pk for pk, _name in choices(user)["class"]}
    for pk in known:
        if text == str(pk) or reference().classes[pk].code == text:
            return pk
    return 0


@router.get(
    "/objects",
    response={200: ObjectPage},
    by_alias=True,
    url_name="registry_objects",
)
@api_permission("registry.view")
def list_objects(
    request: HttpRequest,
    filters: Query[ListFilters],
    cursor: str = Query("", max_length=40, description="`next` of the page before"),  # type: ignore[type-arg]
    limit: int = Query(50, ge=1, le=PAGE_MOST),  # type: ignore[type-arg]
) -> Any:
    """Objects the person may see, by id, page by page."""
    user: Any = request.user
    wanted = filters.wanted(
        user, q=filters.q, not_verified_since=filters.not_verified_since, permit_days=filters.permit_days
    )
    after = _read_cursor(cursor)
    asked = question(wanted.q)
    if wanted.q and not asked.words:
        return {"items": [], "next": None}
    rows = visible(user).filter(
        wanted.facets(), wanted.verification(), wanted.permits(), asked.condition(), pk__gt=after
    )
    found = list(rows.order_by("id").defer("search_text", "search_tokens", "attributes")[: limit + 1])
    more = found[limit:] and _cursor(found[limit - 1].pk)
    return {"items": [_plain(obj) for obj in found[:limit]], "next": more or None}


@router.get(
    "/objects/{object_id}",
    response={200: ObjectDetail},
    by_alias=True,
    url_name="registry_object",
)
@api_permission("registry.view")
def get_object(request: HttpRequest, object_id: int) -> Any:
    """One object. Outside the person's area there is none (404)."""
    user: Any = request.user
    obj = (
        RegulatedObject.objects.filter(user.scope_for("registry.view").q(), pk=object_id)
        .prefetch_related("identifiers", "permits")
        .first()
        if 0 < object_id <= NO_ID
        else None
    )
    if obj is None:
        raise Http404
    known = reference().classes.get(obj.object_class_id, obj.object_class)
    definitions = {definition.key: definition for definition in known.attributes.all()}
    attributes = {
        key: mask_value(personal_kind(definitions[key]), str(value))
        if key in definitions and definitions[key].personal
        else value
        for key, value in obj.attributes.items()
    }
    return {
        **_plain(obj),
        "responsible_id": mask_value("resident_id", obj.responsible_id),
        "attributes": attributes,
        "identifiers": [{"system": item.scheme, "value": item.value} for item in obj.identifiers.all()],
        "permits": list(obj.permits.all()),
        "merged_into": obj.merged_into_id,
        "status_label": str(obj.get_status_display()),
    }


@router.get("/classes", response={200: list[ClassOut]}, url_name="registry_classes")
@api_permission("registry.view")
def list_classes(request: HttpRequest) -> Any:
    """Classes of the districts the person works in, with their attributes."""
    user: Any = request.user
    known = reference()
    return [
        {
            "id": pk,
            "code": (kind := known.classes[pk]).code,
            "district": known.districts[kind.district_id].code,
            "label_zh": kind.label_zh,
            "label_en": kind.label_en,
            "colour": kind.colour,
            "attributes": [attribute for attribute in kind.attributes.all() if attribute.active],
        }
        for pk, _name in choices(user)["class"]
    ]


@router.get(
    "/map",
    url_name="registry_map",
    response={200: dict[str, Any]},
    openapi_extra={
        "description": "Cells `[lng, lat, count, h3]` from afar, points column by column from near."
    },
)
@api_permission("registry.view")
def map_data(
    request: HttpRequest,
    filters: Query[Filters],
    bbox: str = Query(  # type: ignore[type-arg]
        ...,
        max_length=120,
        description="west,south,east,north in degrees",
        example="121.40,31.22,121.46,31.26",
    ),
    zoom: float = Query(..., ge=0, le=24),  # type: ignore[type-arg]
) -> HttpResponse:
    """What the map shows in a box at a zoom."""
    from chengshu.registry.views.map import parse_box

    user: Any = request.user
    try:
        box = parse_box(bbox)
    except ValueError as error:
        raise HttpError(400, _("bbox must be west,south,east,north in degrees.")) from error
    answer = maps.map_data(user, filters.wanted(user), box, zoom)
    return HttpResponse(orjson.dumps(answer), content_type="application/json")


def _plain(obj: RegulatedObject) -> dict[str, Any]:
    known = reference()
    kind = known.classes.get(obj.object_class_id)
    names = (
        "id",
        "name",
        "address",
        "uscc",
        "position",
        "status",
        "credit",
        "verified_on",
        "updated_at",
        "version",
    )
    return {
        **{name: getattr(obj, name) for name in names},
        **{
            name: mask_value(how, getattr(obj, name))
            for name, how in PERSONAL.items()
            if name != "responsible_id"
        },
        "object_class": kind.code if kind else "",
        "town": area_label(known.towns.get(obj.town_id or 0)),
        "squad": area_label(known.squads.get(obj.squad_id or 0)),
        "url": f"/registry/objects/{obj.pk}/",
    }


def _cursor(pk: int) -> str:
    return base64.urlsafe_b64encode(f"o{pk}".encode()).decode()


def _read_cursor(text: str) -> int:
    if not text:
        return 0
    try:
        plain = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
        number = int(plain[1:])
    except (ValueError, binascii.Error) as error:
        raise HttpError(400, _("The cursor is not one that this API gave.")) from error
    if plain[:1] != "o" or not 0 <= number <= NO_ID:
        raise HttpError(400, _("The cursor is not one that this API gave."))
    return number
