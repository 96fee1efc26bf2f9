"""What the pages of beats, tags and check-ins share."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from chengshu.bureau.models import District, Unit
from chengshu.bureau.views.areas import map_config
from chengshu.patrol.models import Beat, BeatPoint, Tag
from chengshu.registry.queries.reference import reference

VIEW, CONFIGURE = "patrol.view", "patrol.configure"


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def district_of(request: HttpRequest, permission: str = CONFIGURE) -> District:
    """The district in which the person may do this: the own one first. 404 where there is none."""
    user = person(request)
    scope = user.scope_for(permission)
    squads = reference().squads
    there = sorted(scope.districts | {squads[squad].district_id for squad in scope.squads if squad in squads})
    if not there:
        raise Http404
    own = user.unit.district_id
    found: District = District.objects.get(pk=own if own in there else there[0])
    return found


def visible_beat(request: HttpRequest, pk: int, permission: str = VIEW) -> Beat:
    """A beat inside the person's area; 404 for any other."""
    beats = Beat.objects.visible_to(person(request), permission).select_related("district", "squad")
    beat: Beat = get_object_or_404(beats, pk=pk)
    return beat


def configurable_point(request: HttpRequest, pk: int) -> BeatPoint:
    """A point that the person may set up."""
    beats = Beat.objects.visible_to(person(request), CONFIGURE)
    points = BeatPoint.objects.select_related("beat__district", "beat__squad").filter(beat__in=beats)
    point: BeatPoint = get_object_or_404(points, pk=pk)
    return point


def configurable_tag(request: HttpRequest, pk: int) -> Tag:
    """A tag that the person may set up."""
    scope = person(request).scope_for(CONFIGURE)
    tags = Tag.objects.select_related("point__beat__squad", "keys", "mounted_by", "district")
    tag: Tag = get_object_or_404(tags.filter(scope.q(squad="point__beat__squad")), pk=pk)
    return tag


def squad_names() -> dict[int, Unit]:
    """Squads by id, from memory."""
    return reference().squads


def ground(district: District) -> dict[str, Any]:
    """A map of the district with the beats drawn on it."""
    return {**map_config(district), "shapesUrl": reverse("patrol:beat_shapes")}
