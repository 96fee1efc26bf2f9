"""Tracks of officers, with every look recorded, and what each officer finds kept of oneself."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.bureau.models import OfficerPosition, User
from chengshu.kernel.access import permission_required
from chengshu.patrol.coverage_forms import EARLIEST, DayForm
from chengshu.patrol.models import Track, TrackLook
from chengshu.patrol.models.tracks import PERMISSION
from chengshu.patrol.queries import tracks as queries
from chengshu.patrol.services import looking
from chengshu.patrol.tracking.rules import rules
from chengshu.registry.queries.reference import area_label
from chengshu.registry.views import mapping
from chengshu.ui.paging import paginate

WORK = "patrol.work"
LOOKS_SHOWN = 50


@permission_required(PERMISSION)
@require_GET
def track_list(request: HttpRequest) -> HttpResponse:
    """The officers with a track on a day; opening one is recorded."""
    user: Any = request.user
    form = DayForm(request.GET, user, PERMISSION)
    day, squad = form.asked()
    inside = Track.objects.filter(user.scope_for(PERMISSION).q(), day=day).select_related("user", "squad")
    if squad:
        inside = inside.filter(squad=squad)
    in_order = inside.defer("line", "seconds").order_by("squad_id", "user__name_key", "user_id")
    page = paginate(in_order, request)
    rows = [
        (
            track,
            area_label(track.squad),
            track.distance_m / 1000,
            reverse("patrol:track", args=[track.user_id, day.isoformat()]),
        )
        for track in page
    ]
    return render(request, "patrol/track_list.html", {"form": form, "day": day, "page": page, "rows": rows})


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404(text) from None
    if not EARLIEST <= day <= timezone.localdate():
        raise Http404(text)
    return day


@permission_required(PERMISSION)
@require_GET
def track(request: HttpRequest, pk: int, day: str) -> HttpResponse:
    """One officer's day on the map; the look is recorded first."""
    viewer: Any = request.user
    people = User.objects.select_related("unit", "unit__district").defer("unit__district__boundary")
    person = get_object_or_404(people, pk=pk, is_service=False)
    if not looking.may_look(viewer, person):
        raise Http404
    wanted = _day(day)
    looking.record(viewer, person, wanted, looking.PAGE)
    trail = [(_("Tracks"), reverse("patrol:tracks") + f"?day={day}"), (person.get_full_name(), "")]
    return _page(request, person, wanted, trail)


@permission_required(WORK)
@require_GET
def own_track(request: HttpRequest, day: str) -> HttpResponse:
    """One's own day."""
    person: Any = request.user
    trail = [(_("My positions"), reverse("patrol:my_positions")), (day, "")]
    return _page(request, person, _day(day), trail)


def _page(request: HttpRequest, person: User, day: date, trail: list[tuple[str, str]]) -> HttpResponse:
    found = queries.day_of(person.pk, day)
    check_ins = queries.check_ins_of(person.pk, day)
    overlay = queries.overlay(found, check_ins)
    district = person.unit.district_id
    bounds = queries.box(overlay) or mapping.extent(district)
    context = {
        "person": person,
        "day": day,
        "track": found,
        "km": found.distance_m / 1000 if found else 0,
        "check_ins": check_ins,
        "trail": trail,
        "own": person.pk == request.user.pk,
        "map": {
            **mapping.ground(district), "mode": "show", "classes": [], "overlay": overlay, "bounds": bounds,
        },
    }  # fmt: skip
    return render(request, "patrol/track_page.html", context)


@permission_required(WORK)
@require_GET
def my_positions(request: HttpRequest) -> HttpResponse:
    """What is kept of oneself, for how long, one's own tracks, and who looked at them."""
    user: Any = request.user
    own = Track.objects.filter(user=user.pk).defer("line", "seconds").order_by("-day")
    page = paginate(own, request)
    looks = TrackLook.objects.filter(user=user.pk).select_related("viewer", "viewer__unit")[:LOOKS_SHOWN]
    context = {
        "keep": rules().keep,
        "verified": rules().verified,
        "last": OfficerPosition.objects.filter(user=user.pk).first(),
        "page": page,
        "rows": [
            (track, track.distance_m / 1000, reverse("patrol:own_track", args=[track.day.isoformat()]))
            for track in page
        ],
        "looks": looks,
        "today": reverse("patrol:own_track", args=[timezone.localdate().isoformat()]),
    }
    return render(request, "patrol/my_positions.html", context)
