"""The map of all objects, and the ground it is drawn on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET

import chengshu.bureau
from chengshu.bureau.models import Town
from chengshu.kernel.access import permission_required, signed_in
from chengshu.registry.forms import ObjectFilterForm
from chengshu.registry.queries import maps
from chengshu.registry.queries.reference import area_label, reference
from chengshu.registry.views import mapping

LISTED = 60
GROUND_SECONDS = 86_400


@permission_required("registry.view")
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    """The map; filters and position stand in the address."""
    user: Any = request.user
    form = ObjectFilterForm(request.GET, user, facets_only=True)
    config = mapping.browse(user)
    context = {
        "form": form, "map": config, "data_url": reverse("api:registry_map"),
        "query": request.GET.urlencode(),
        **_listed(request, form, (config.get("bounds") or [-180, -85, 180, 85])),
    }  # fmt: skip
    return render(request, "registry/map.html", context)


@permission_required("registry.view")
@require_GET
def map_list(request: HttpRequest) -> HttpResponse:
    """The objects in view as a list, for keyboard and screen reader: the same as on the map."""
    user: Any = request.user
    form = ObjectFilterForm(request.GET, user, facets_only=True)
    return render(request, "registry/map_list.html", _listed(request, form, [-180, -85, 180, 85]))


def _listed(request: HttpRequest, form: ObjectFilterForm, otherwise: list[float]) -> dict[str, Any]:
    user: Any = request.user
    try:
        box = parse_box(request.GET.get("bbox", ""))
    except ValueError:
        box = (otherwise[0], otherwise[1], otherwise[2], otherwise[3])
    wanted = form.wanted()
    points = maps.points_in(user, wanted, box, by_kind=False, limit=LISTED + 1)
    known = {c.code: c for c in reference().classes.values()}
    rows = zip(points.id, points.name, points.kind, points.status, strict=True)
    shown = [
        {
            "url": reverse("registry:object", args=[pk]),
            "name": name,
            "class": known.get(kind),
            "status": status,
        }
        for pk, name, kind, status in rows
    ]
    return {"listed": shown[:LISTED], "listed_more": len(shown) > LISTED, "bbox": request.GET.get("bbox", "")}


def parse_box(text: str) -> maps.Box:
    """``west,south,east,north`` in degrees. Raises ValueError."""
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(text)
    return west, south, east, north


@signed_in
@require_GET
def ground(request: HttpRequest, code: str, layer: str) -> HttpResponse:
    """GeoJSON of a district's towns, or of the shipped transport lines."""
    district = mapping.district_of_code(code)
    if district is None or layer not in ("towns", "transport"):
        raise Http404
    response: HttpResponse
    if layer == "towns":
        features = [
            {
                "type": "Feature",
                "properties": {"code": town.code, "name": area_label(town)},
                "geometry": town.boundary,
            }
            for town in Town.objects.filter(district=district)
        ]
        response = JsonResponse({"type": "FeatureCollection", "features": features})
    else:
        path = Path(chengshu.bureau.__file__).parent / "data" / code / "transport.geojson"
        if not path.exists():
            response = JsonResponse({"type": "FeatureCollection", "features": []})
        else:
            response = FileResponse(path.open("rb"), content_type="application/geo+json")  # type: ignore[assignment]
    patch_cache_control(response, private=True, max_age=GROUND_SECONDS)
    return response
