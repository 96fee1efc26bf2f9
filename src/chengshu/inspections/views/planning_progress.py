"""Progress by quarter and squad, the drawn inspections behind each number, and their map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.bureau.models.labels import in_language
from chengshu.inspections.forms.tasks import DrawnFilterForm, ProgressForm
from chengshu.inspections.lifecycle import State
from chengshu.inspections.planning_words import QUARTERS, SHOWN
from chengshu.inspections.queries import drawn as queries
from chengshu.kernel.access import permission_required
from chengshu.registry.views import mapping
from chengshu.registry.views.map import parse_box

from .planning_common import VIEW, link, person, trail
from .planning_task import drawn_rows, visible_inspection

ZOOMS = (0.0, 24.0)
COLOURS = {
    "open": "#3b5b73",
    "done": "#00787a",
    "overdue": "#a1327b",
    "problem": "#b4571e",
    "withdrawn": "#7a5a94",
}
TASK_WAYS = {
    "issued": "&state=issued",
    "committed": "&state=committed",
    "drawn": "&state=was_drawn",
    "done": "&state=finished",
    "overdue": "&light=red",
}


@permission_required(VIEW)
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """Two tables: quarters and squads; each number opens its list."""
    user = person(request)
    form = ProgressForm(request.GET, user)
    year, quarter = form.period()
    tasks = queries.task_figures(user, year)
    found = queries.inspection_figures(user, queries.DrawnFilter(year=year))
    context = {
        "form": form,
        "year": year,
        "quarter": quarter,
        "quarters": [_quarter(year, n, label, tasks.get(n, {}), found) for n, label in QUARTERS],
        "squads": _squads(year, quarter, found),
        "map_url": reverse("inspections:drawn_map") + _query(year, quarter),
        "trail": trail(request, (_("Progress"), "")),
    }
    return render(request, "inspections/planning_progress.html", context)


def _query(year: int, quarter: int | None, **more: Any) -> str:
    parts = {"year": year, "quarter": quarter, **more}
    return "?" + "&".join(f"{name}={value}" for name, value in parts.items() if value)


def _cells(figures: Counter[str], **where: Any) -> list[dict[str, Any]]:
    """The numbers of drawn inspections, each with its list."""
    base = reverse("inspections:drawn")
    return [
        {
            "n": figures[name],
            "url": base + _query(show="" if name == "drawn" else name, **where),
            "tone": "danger" if name == "overdue" and figures[name] else "",
        }
        for name in queries.FIGURES
    ]


def _quarter(
    year: int,
    quarter: int,
    label: Any,
    tasks: dict[str, int],
    found: Mapping[queries.Place, dict[str, int]],
) -> dict[str, Any]:
    base = reverse("inspections:tasks")
    total: Counter[str] = Counter()
    for place, figures in found.items():
        if place.quarter == quarter:
            total.update(figures)
    return {
        "label": label,
        "tasks": [
            {"n": tasks.get(name, 0), "url": base + _query(year, quarter) + way}
            for name, way in TASK_WAYS.items()
        ],
        "cells": _cells(total, year=year, quarter=quarter),
        "drawn": total["drawn"],
        "done": total["done"],
    }


def _squads(
    year: int, quarter: int | None, found: Mapping[queries.Place, dict[str, int]]
) -> list[dict[str, Any]]:
    by_squad: dict[tuple[int | None, str], Counter[str]] = {}
    for place, figures in found.items():
        if quarter is None or place.quarter == quarter:
            label = in_language(place.zh or _("no squad"), place.en)
            by_squad.setdefault((place.squad, label), Counter()).update(figures)
    rows = [
        {
            "label": label,
            "cells": _cells(total, year=year, quarter=quarter, squad=squad),
            "drawn": total["drawn"],
            "done": total["done"],
        }
        for (squad, label), total in by_squad.items()
    ]
    return sorted(rows, key=lambda row: str(row["label"]))


@permission_required(VIEW)
@require_GET
def drawn(request: HttpRequest) -> HttpResponse:
    """The drawn inspections that a number counts."""
    user = person(request)
    form = DrawnFilterForm(request.GET, user)
    page = queries.drawn_page(user, form.wanted(), request)
    context = {
        "form": form,
        "page": page,
        "rows": drawn_rows(request, page),
        "query": request.GET.urlencode(),
        "trail": trail(request, (_("Drawn inspections"), "")),
    }
    return render(request, "inspections/planning_drawn.html", context)


@permission_required(VIEW)
@require_GET
def drawn_one(request: HttpRequest, pk: int) -> HttpResponse:
    """From a point of the map to the inspection's page, or to its object where that page is not there."""
    inspection = visible_inspection(request, pk)
    where = link("inspections:inspection", pk)
    return redirect(where or reverse("registry:object", args=[inspection.object_id]))


@permission_required(VIEW)
@require_GET
def drawn_map(request: HttpRequest) -> HttpResponse:
    """The drawn inspections of a task or a quarter on the map; the filters stand in the address."""
    user = person(request)
    district = mapping.home_district(user)
    config = {
        **mapping.ground(district),
        "mode": "browse",
        "follow": True,
        "bounds": mapping.extent(district),
        "classes": [{"code": code, "label": str(SHOWN[code]), "color": c} for code, c in COLOURS.items()],
        "statuses": {value: str(label) for value, label in State.choices},
        "objectUrl": reverse("inspections:drawn_one", args=[0]).replace("/0/", "/{id}/"),
        "detailUrl": None,
        "texts": {
            "objects": _("{n} inspections in view"),
            "objectsCapped": _("more than {n} inspections in view"),
            "none": _("No inspections in view"),
            "open": _("Open the inspection"),
        },
    }
    context = {
        "form": DrawnFilterForm(request.GET, user),
        "map": config,
        "data_url": reverse("inspections:drawn_map_data"),
        "query": request.GET.urlencode(),
        "trail": trail(request, (_("Map"), "")),
    }
    return render(request, "inspections/planning_map.html", context)


@permission_required(VIEW)
@require_GET
def drawn_map_data(request: HttpRequest) -> HttpResponse:
    """Points column by column, or cells where there are too many."""
    try:
        box = parse_box(request.GET.get("bbox", ""))
        zoom = float(request.GET.get("zoom", ""))
        if not ZOOMS[0] <= zoom <= ZOOMS[1]:
            raise ValueError(zoom)
    except ValueError:
        return HttpResponseBadRequest(
            _("The map asks with bbox=west,south,east,north in degrees and zoom=0 to 24.")
        )
    user = person(request)
    answer = queries.map_data(user, DrawnFilterForm(request.GET, user).wanted(), box, zoom)
    return HttpResponse(orjson.dumps(answer), content_type="application/json")
