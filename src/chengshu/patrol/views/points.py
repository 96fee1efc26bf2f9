"""巡查点位: adding and changing points, and which tags hang there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chengshu.kernel.access import permission_required
from chengshu.patrol.forms.configuring import MountForm, PointForm
from chengshu.patrol.models import Beat, BeatPoint
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import beats as services
from chengshu.patrol.views.beats import trail
from chengshu.patrol.views.checkin_common import CONFIGURE, configurable_point, ground, person, visible_beat


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def point_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new point of a beat."""
    return _page(request, visible_beat(request, pk, CONFIGURE), None)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def point_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a point; its tags, and the form that mounts one."""
    point = configurable_point(request, pk)
    return _page(request, point.beat, point)


def _page(request: HttpRequest, beat: Beat, point: BeatPoint | None) -> HttpResponse:
    initial = PointForm.initial_of(point) if point else {}
    form = PointForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        position = (values.pop("lng"), values.pop("lat"))
        try:
            services.save_point(beat, by=person(request), position=position, point=point, **values)
        except PatrolProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("patrol:beat", pk=beat.pk)
    title = point.name if point else _("New point")
    context = {
        "form": form,
        "beat": beat,
        "point": point,
        "tags": point.tags.order_by("-state", "id") if point else [],
        "mount": MountForm(district_id=beat.district_id),
        "map_config": _map(beat, point),
        "title": title,
        "trail": trail((beat.name, reverse("patrol:beat", args=[beat.pk])), (title, "")),
    }
    return render(request, "patrol/point_form.html", context, status=422 if form.errors else 200)


def _map(beat: Beat, point: BeatPoint | None) -> dict[str, Any]:
    config = {**ground(beat.district), "mode": "pick", "pick": {"lng": "id_lng", "lat": "id_lat"}}
    if point:
        lng, lat = point.position
        config["point"] = {"lng": lng, "lat": lat, "label": point.name}
    elif beat.boundary:
        from shapely.geometry import shape

        config["bounds"] = [round(edge, 6) for edge in shape(beat.boundary).bounds]
    return config
