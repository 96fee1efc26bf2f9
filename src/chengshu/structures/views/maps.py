"""The map of the ledger, its points and outlines."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.bureau.views.areas import map_config
from chengshu.kernel.access import permission_required
from chengshu.registry.views.map import parse_box
from chengshu.structures import settings
from chengshu.structures.forms.filters import StructureFilterForm
from chengshu.structures.models import KeyPlot
from chengshu.structures.queries.lists import chosen
from chengshu.structures.views.common import VIEW, district_of, person
from chengshu.structures.words import MAP_STATES, map_state

POINTS_MOST = 5_000


@permission_required(VIEW)
@require_GET
def ledger_map(request: HttpRequest) -> HttpResponse:
    """The map, coloured by what became of each entry; filters and position stand in the address."""
    user = person(request)
    config = {
        **map_config(district_of(request)),
        "mode": "browse",
        "follow": True,
        "classes": [
            {"code": code, "label": str(label), "color": color, "hollow": hollow}
            for code, (label, color, hollow) in MAP_STATES.items()
        ],
        "statuses": {one.code: one.label for one in settings.types().values()},
        "objectUrl": reverse("structures:entry", args=[0]).replace("/0/", "/{id}/"),
        "shapesUrl": reverse("structures:plot_shapes"),
    }
    context = {
        "form": StructureFilterForm(request.GET, user),
        "map": config,
        "data_url": reverse("structures:map_data"),
        "query": request.GET.urlencode(),
    }
    return render(request, "structures/map.html", context)


@permission_required(VIEW)
@require_GET
def map_data(request: HttpRequest) -> HttpResponse:
    """The entries in a box, column by column; at most 5,000, and ``capped`` says so."""
    user = person(request)
    try:
        west, south, east, north = parse_box(request.GET.get("bbox", ""))
    except ValueError:
        return JsonResponse({"detail": _("bbox must be west,south,east,north in degrees.")}, status=400)
    wanted = StructureFilterForm(request.GET, user).wanted()
    rows = chosen(user, wanted).filter(Q(position__in_box=(west, south, east, north))).order_by("pk")
    fields = ("pk", "position", "types", "status", "address", "number", "written_off_at")
    found = list(rows.values_list(*fields)[: POINTS_MOST + 1])
    capped, found = len(found) > POINTS_MOST, found[:POINTS_MOST]
    points: dict[str, list[Any]] = {
        "id": [row[0] for row in found],
        "lng": [round(row[1][0], 6) for row in found],
        "lat": [round(row[1][1], 6) for row in found],
        "class": [map_state(row[3], row[6] is not None) for row in found],
        "status": [row[2][0] if row[2] else "" for row in found],
    }
    names = [f"{row[5]} {row[4]}" for row in found]
    answer = {"kind": "points", "total": len(found), "capped": capped, "points": points, "names": names}
    return JsonResponse(answer)


@permission_required(VIEW)
@require_GET
def plot_shapes(request: HttpRequest) -> HttpResponse:
    """The key plots that have a boundary, as GeoJSON for maps."""
    rows = KeyPlot.objects.visible_to(person(request)).filter(boundary__isnull=False)
    features = [
        {
            "type": "Feature",
            "id": row.pk,
            "properties": {"id": row.pk, "name": row.name, "kind": row.outcome or "open"},
            "geometry": row.boundary,
        }
        for row in rows
    ]
    return JsonResponse(
        {"type": "FeatureCollection", "features": features}, content_type="application/geo+json"
    )
