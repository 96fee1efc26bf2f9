"""The map of leads and its data."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.bureau.models import User
from chengshu.kernel.access import permission_required
from chengshu.leads.forms.statistics import LeadMapForm
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import LeadClass
from chengshu.leads.queries import catalogue, maps
from chengshu.leads.views.common import VIEW, person
from chengshu.registry.queries.reference import districts_of
from chengshu.registry.views import mapping
from chengshu.registry.views.map import parse_box

ZOOMS = (0.0, 24.0)


def classes_of(user: User) -> list[LeadClass]:
    """The classes of the districts that the person sees, in order, also those out of use."""
    return catalogue.classes_in(districts_of(user.scope_for(VIEW)))


@permission_required(VIEW)
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    """The map; filters and position stand in the address."""
    user = person(request)
    classes = classes_of(user)
    district = mapping.home_district(user)
    majors = {kind.major_zh: kind.major for kind in classes}
    config = {
        **mapping.ground(district),
        "mode": "browse",
        "follow": True,
        "bounds": mapping.extent(district),
        "classes": [{"code": code, "label": label} for code, label in majors.items()],
        "statuses": {value: str(label) for value, label in Stage.choices},
        "objectUrl": reverse("leads:lead", args=[0]).replace("/0/", "/{id}/"),
        "detailUrl": None,
        "texts": {
            "objects": _("{n} leads in view"),
            "objectsCapped": _("more than {n} leads in view"),
            "none": _("No leads in view"),
            "open": _("Open the lead"),
        },
    }
    context = {
        "form": LeadMapForm(request.GET, user, classes),
        "map": config,
        "data_url": reverse("leads:map_data"),
        "query": request.GET.urlencode(),
    }
    return render(request, "leads/map.html", context)


@permission_required(VIEW)
@require_GET
def map_data(request: HttpRequest) -> HttpResponse:
    """Cells ``[lng, lat, count, h3]`` from afar, points column by column from near."""
    user: Any = person(request)
    try:
        box = parse_box(request.GET.get("bbox", ""))
        zoom = float(request.GET.get("zoom", ""))
        if not ZOOMS[0] <= zoom <= ZOOMS[1]:
            raise ValueError(zoom)
    except ValueError:
        return HttpResponseBadRequest(
            _("The map asks with bbox=west,south,east,north in degrees and zoom=0 to 24.")
        )
    form = LeadMapForm(request.GET, user, classes_of(user))
    answer = maps.map_data(user, form.wanted(), box, zoom)
    return HttpResponse(orjson.dumps(answer), content_type="application/json")
