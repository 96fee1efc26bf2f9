"""Boundaries: the page of the system administrator, and the lines that maps draw."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from chengshu.bureau import queries
from chengshu.bureau.forms import BoundaryForm
from chengshu.bureau.models import District, Unit, User
from chengshu.bureau.services import districts
from chengshu.bureau.services.districts import DistrictDraft, DistrictProblem
from chengshu.bureau.services.reference import DATA
from chengshu.kernel import files
from chengshu.kernel.access import permission_required, signed_in
from chengshu.kernel.media import FileProblem
from chengshu.kernel.models import StoredFile

SALT = "bureau.areas"
EMPTY = b'{"type":"FeatureCollection","features":[]}'


@permission_required("bureau.units.manage")
def areas(request: HttpRequest) -> HttpResponse:
    """/areas/: towns on the map and in a table; a new file is looked at before it is stored."""
    if request.method == "POST":
        return _stored(request) if request.POST.get("confirm") else _previewed(request)
    return _page(request, BoundaryForm())


def _page(request: HttpRequest, form: BoundaryForm, **more: Any) -> HttpResponse:
    viewer: Any = request.user
    district = viewer.unit.district
    sizes = queries.town_areas(district)
    squads: dict[int, str] = {}
    for unit in Unit.objects.filter(district=district, active=True, kind=Unit.Kind.SQUAD).prefetch_related(
        "towns"
    ):
        squads |= {town.pk: unit.label for town in unit.towns.all()}
    towns = [
        {"town": town, "km2": sizes.get(town.pk, 0.0), "squad": squads.get(town.pk, "")}
        for town in district.towns.all()
    ]
    context = {
        "form": form,
        "district": district,
        "towns": towns,
        "total_km2": sum(sizes.values()),
        "map_config": map_config(district),
        **more,
    }
    return render(request, "bureau/areas.html", context)


def map_config(district: District) -> dict[str, Any]:
    """What a map of the whole district is told."""
    return {
        "mode": "show",
        "townsUrl": reverse("bureau:area_boundaries", args=[district.code]),
        "transportUrl": reverse("bureau:area_transport"),
        "bounds": bounds(district),
    }


def bounds(district: District) -> list[float] | None:
    """West, south, east, north of the district in degrees."""
    if not district.boundary:
        return None
    from shapely.geometry import shape

    return [round(edge, 6) for edge in shape(district.boundary).bounds]


def _read(request: HttpRequest, content: bytes) -> DistrictDraft:
    """The checked file, if it describes the viewer's own district."""
    viewer: Any = request.user
    district = viewer.unit.district
    draft = districts.read_district(
        districts.parse_geojson(content), code=district.code, name=district.name, name_en=district.name_en
    )
    if draft.code != district.code or not viewer.scope_for("bureau.units.manage").covers(
        district_id=district.pk
    ):
        raise DistrictProblem([_("The file describes %(name)s, not your district.") % {"name": draft.name}])
    return draft


def _previewed(request: HttpRequest) -> HttpResponse:
    form = BoundaryForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    upload = form.cleaned_data["file"]
    if upload.size > settings.UPLOAD_LIMIT_BYTES:
        return _page(request, form, problems=[_("The file is too large.")])
    try:
        draft = _read(request, upload.read())
        stored = files.store(upload, name=upload.name, kind="geojson")
    except DistrictProblem as problem:
        return _page(request, form, problems=problem.problems)
    except FileProblem as problem:
        return _page(request, form, problems=[str(problem)])
    change = districts.compare(draft)
    token = signing.dumps(stored.sha256, salt=SALT)
    return _page(request, form, change=change, token=token, file_name=upload.name, draft=draft)


def _stored(request: HttpRequest) -> HttpResponse:
    try:
        sha256 = signing.loads(request.POST.get("confirm", ""), salt=SALT, max_age=3600)
    except signing.BadSignature:
        messages.error(request, _("The preview is too old; upload the file again."))
        return redirect("bureau:areas")
    stored = get_object_or_404(StoredFile, sha256=sha256)
    try:
        with files.open_stored(stored) as content:
            districts.store(_read(request, content.read()))
    except DistrictProblem as problem:
        for sentence in problem.problems:
            messages.error(request, sentence)
        return redirect("bureau:areas")
    messages.success(request, _("The boundaries have been stored and everything has been placed anew."))
    return redirect("bureau:areas")


def _district_version(request: HttpRequest, code: str) -> str | None:
    user: Any = request.user
    district = user.unit.district if isinstance(user, User) else None
    return f'"{code}-{district.version}"' if district and district.code == code else None


@signed_in
@require_safe
@condition(etag_func=_district_version)
def boundaries(request: HttpRequest, code: str) -> HttpResponse:
    """/areas/<code>.geojson: the towns of the viewer's district, kept by the browser until they change."""
    viewer: Any = request.user
    district = viewer.unit.district
    if district.code != code:
        raise Http404
    return _geojson(_towns(district.pk, district.version))


@lru_cache(maxsize=8)
def _towns(district_id: int, version: int) -> bytes:
    district = District.objects.get(pk=district_id)
    features = [
        {
            "type": "Feature",
            "id": town.pk,
            "properties": {
                "id": town.pk,
                "code": town.code,
                "name": town.name,
                "name_en": town.name_en,
                "kind": town.kind,
            },
            "geometry": town.boundary,
        }
        for town in district.towns.all()
    ]
    collection = {"type": "FeatureCollection", "attribution": district.boundary_source, "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _transport_file(code: str) -> Path:
    return DATA / code / "transport.geojson"


def _transport_tag(request: HttpRequest) -> str | None:
    user: Any = request.user
    if not isinstance(user, User):
        return None
    path = _transport_file(user.unit.district.code)
    return f'"{path.parent.name}-{int(path.stat().st_mtime)}"' if path.exists() else None


@signed_in
@require_safe
@condition(etag_func=_transport_tag)
def transport(request: HttpRequest) -> HttpResponse:
    """/areas/transport.geojson: railways and elevated roads of the viewer's district, as shipped."""
    viewer: Any = request.user
    path = _transport_file(viewer.unit.district.code)
    return _geojson(path.read_bytes() if path.exists() else EMPTY)


def _geojson(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/geo+json")
    patch_cache_control(response, private=True, max_age=0, must_revalidate=True)
    return response
