"""Today's track of an officer for the command map; each look is recorded."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from chengshu.bureau.models import User
from chengshu.kernel.access import permission_required
from chengshu.patrol.models.tracks import PERMISSION
from chengshu.patrol.queries import tracks
from chengshu.patrol.services import looking


@permission_required(PERMISSION)
@require_GET
def officer_track(request: HttpRequest, pk: int) -> HttpResponse:
    """The line, the stops and the check-ins of today as GeoJSON. 404 outside the person's area."""
    viewer: Any = request.user
    people = User.objects.select_related("unit").filter(is_service=False)
    person = get_object_or_404(people, pk=pk)
    if not looking.may_look(viewer, person):
        raise Http404(pk)
    day = timezone.localdate()
    looking.record(viewer, person, day, looking.COMMAND)
    found = tracks.day_of(person.pk, day)
    data = tracks.overlay(found, tracks.check_ins_of(person.pk, day), person.get_full_name())
    answer = HttpResponse(orjson.dumps(data), "application/json")
    answer["Cache-Control"] = "no-store"
    return answer
