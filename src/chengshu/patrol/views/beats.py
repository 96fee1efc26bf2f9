"""巡区: the list with its map, one beat with its points, and the form that draws it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from chengshu.bureau.models import District
from chengshu.kernel.access import permission_required
from chengshu.patrol.forms.configuring import BeatForm
from chengshu.patrol.models import Beat
from chengshu.patrol.queries.beats import beats_today
from chengshu.patrol.queries.lists import beat_rows
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import beats as services
from chengshu.patrol.views.checkin_common import (
    CONFIGURE,
    VIEW,
    district_of,
    ground,
    person,
    squad_names,
    visible_beat,
)


def trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page below the list of beats."""
    return [(_("Beats"), reverse("patrol:beats")), *more]


@permission_required(VIEW)
@require_GET
def beat_list(request: HttpRequest) -> HttpResponse:
    """All beats one may see, on the map and as a table."""
    user, squads = person(request), squad_names()
    rows = [
        {
            "beat": beat,
            "squad": squads.get(beat.squad_id),
            "street_class": beat.get_street_class_display(),
            "points": beat.point_count,
            "tags": beat.tag_count,
        }
        for beat in beat_rows(user)
    ]
    context = {
        "rows": rows,
        "map_config": ground(district_of(request, VIEW)),
        "may_configure": user.may(CONFIGURE),
    }
    return render(request, "patrol/beat_list.html", context)


@permission_required(VIEW)
@require_safe
def beat_shapes(request: HttpRequest) -> HttpResponse:
    """The boundaries of the beats one may see, as GeoJSON for maps."""
    shapes = Beat.objects.visible_to(person(request)).filter(active=True, boundary__isnull=False)
    features = [
        {
            "type": "Feature",
            "id": pk,
            "properties": {"id": pk, "name": name, "kind": street_class},
            "geometry": boundary,
        }
        for pk, name, street_class, boundary in shapes.values_list("pk", "name", "street_class", "boundary")
    ]
    return JsonResponse(
        {"type": "FeatureCollection", "features": features}, content_type="application/geo+json"
    )


@permission_required(VIEW)
@require_GET
def beat_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One beat: its points with their tags, what today wants and what was done."""
    user, beat = person(request), visible_beat(request, pk)
    one = next(iter(beats_today(Beat.objects.filter(pk=pk), beat.district_id, timezone.localdate())), None)
    stops = one.points if one else ()
    marks = [
        {"lng": stop.point.position[0], "lat": stop.point.position[1], "label": stop.point.name}
        for stop in stops
    ]
    box = _box(beat, marks)
    context = {
        "beat": beat,
        "today": one,
        "stops": stops,
        "out_of_use": beat.points.filter(active=False),
        "map_config": {**ground(beat.district), "marks": marks, **({"bounds": box} if box else {})},
        "may_configure": user.may(CONFIGURE),
        "trail": trail((beat.name, "")),
    }
    return render(request, "patrol/beat.html", context)


def _box(beat: Beat, marks: list[dict[str, Any]]) -> list[float] | None:
    """West, south, east, north of what the page shows of a beat."""
    from shapely.geometry import MultiPoint, shape

    if beat.boundary:
        return [round(edge, 6) for edge in shape(beat.boundary).bounds]
    if len(marks) > 1:
        return list(MultiPoint([(mark["lng"], mark["lat"]) for mark in marks]).bounds)
    return None


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def beat_new(request: HttpRequest) -> HttpResponse:
    """Add a beat."""
    return _form_page(request, district_of(request), None)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def beat_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a beat."""
    beat = visible_beat(request, pk, CONFIGURE)
    return _form_page(request, beat.district, beat)


def _form_page(request: HttpRequest, district: District, beat: Beat | None) -> HttpResponse:
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = BeatForm(*posted, district=district, initial=_initial(beat))
    if form.is_bound and form.is_valid():
        try:
            saved = services.save_beat(district, by=person(request), beat=beat, **form.cleaned_data)
        except PatrolProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("patrol:beat", pk=saved.pk)
    title = _("Change beat “%(name)s”") % {"name": beat.name} if beat else _("New beat")
    context = {
        "form": form,
        "title": title,
        "map_config": {**ground(district), "mode": "draw", "draw": "id_boundary"},
        "back": reverse("patrol:beat", args=[beat.pk]) if beat else reverse("patrol:beats"),
        "trail": trail((title, "")),
    }
    return render(request, "patrol/beat_form.html", context, status=422 if form.errors else 200)


def _initial(beat: Beat | None) -> dict[str, Any]:
    if beat is None:
        return {}
    return {
        "code": beat.code,
        "name": beat.name,
        "squad": beat.squad_id,
        "street_class": beat.street_class,
        "boundary": json.dumps(beat.boundary) if beat.boundary else "",
        "active": beat.active,
    }
