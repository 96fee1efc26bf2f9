"""架次: the list, registering one, its page with the picture on the map, its tiles."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.kernel.access import permission_required
from chengshu.sensing.forms import FlightForm
from chengshu.sensing.lifecycle import FlightState
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.queries import tiles
from chengshu.sensing.refusing import MANAGE, VIEW, SensingProblem
from chengshu.sensing.rules import rules
from chengshu.sensing.services import flights
from chengshu.sensing.views.common import (
    district_of,
    has_pictures,
    person,
    picture_of,
    viewer,
    visible_flight,
)
from chengshu.sensing.words import FLIGHT_TONES
from chengshu.ui.paging import paginate

UPLOADS = (("mosaic", "upload"), ("dsm", "dsm_upload"))  # the field of the path, and of the file


def shown(flight: Flight) -> dict[str, Any]:
    """A flight as lists show it."""
    state = FlightState(flight.state)
    return {"row": flight, "state": state.label, "tone": FLIGHT_TONES[state]}


@permission_required(VIEW)
@require_GET
def flight_list(request: HttpRequest) -> HttpResponse:
    """Flights, the newest first: session, total, rows."""
    user = person(request)
    rows = Flight.objects.visible_to(user).exclude(state=FlightState.WITHDRAWN)
    page = paginate(rows.select_related("created_by").defer("area"), request)
    context = {"page": page, "rows": [shown(row) for row in page], "may_manage": user.may(MANAGE)}
    return render(request, "sensing/flight_list.html", context)


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def flight_new(request: HttpRequest) -> HttpResponse:
    """Register a flight, from the folder, S3 or an upload."""
    district = district_of(request, MANAGE)
    form = FlightForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        sources: dict[str, str] = {}
        try:
            for path, upload in UPLOADS:
                sources[path] = _source(data[upload], data[path])
            flight = flights.register_flight(
                district, by=person(request), name=data["name"], flown_on=data["flown_on"],
                operator=data["operator"], height_m=data["height_m"], crs=data["crs"], area=data["area"],
                **sources,
            )  # fmt: skip
            return redirect("sensing:flight", flight.pk)
        except SensingProblem as problem:
            _say(form, problem, sources)
    trail = [(_("Flights"), reverse("sensing:flights")), (_("Register a flight"), "")]
    return render(
        request, "sensing/flight_new.html", {"form": form, "trail": trail}, status=422 if form.errors else 200
    )


def _say(form: FlightForm, problem: SensingProblem, sources: dict[str, str]) -> None:
    """The sentence beside the field it is about; a file handed in is called by its own name, and not kept."""
    field, words = problem.field, str(problem)
    if field == "upload" and "mosaic" in sources:  # that one was taken
        field = "dsm_upload"
    for path, upload in UPLOADS:
        file = form.cleaned_data.get(upload)
        if file and path in sources:
            name = PurePosixPath(sources[path]).name
            field = upload if name in words or field == path else field
            words = words.replace(name, file.name)
            flights.drop_upload(sources[path])
    form.add_error(field if field in form.fields else None, words)


def _source(upload: Any, path: str) -> str:
    return flights.keep_upload(upload, upload.name) if upload else path


@permission_required(VIEW)
@require_GET
def flight_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One flight: its picture, what its file says, the comparisons it is part of."""
    flight = visible_flight(request, pk)
    user = person(request)
    both = Comparison.objects.visible_to(user).select_related("before", "after").order_by("-id")
    compared = [*both.filter(before=flight), *both.filter(after=flight)]
    picture = picture_of(flight)
    pair = {"id": 0, "before": None, "after": picture, "profileUrl": None}
    context = {
        **shown(flight),
        "flight": flight,
        "compared": compared,
        "may_manage": user.may(MANAGE),
        "checking": flight.state == FlightState.CHECKING,
        "poll": reverse("sensing:flight_state", args=[flight.pk]),
        "trail": [(_("Flights"), reverse("sensing:flights")), (flight.name, "")],
        "pictures": has_pictures(flight),
        "viewer": viewer(pair=pair, bounds=picture["bounds"]) if flight.state == FlightState.READY else None,
    }
    return render(request, "sensing/flight.html", context)


@permission_required(VIEW)
@require_GET
def flight_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress of the check, polled; at the end the browser loads the page anew."""
    flight = visible_flight(request, pk)
    poll = reverse("sensing:flight_state", args=[flight.pk])
    answer = render(request, "sensing/progress.html", {"job": flight.job, "poll": poll})
    if flight.state != FlightState.CHECKING:
        answer["HX-Refresh"] = "true"
    return answer


@permission_required(MANAGE)
@require_POST
def flight_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Check a refused flight again, or withdraw one."""
    acts = {"check": flights.check_again, "withdraw": flights.withdraw}
    if action not in acts:
        raise Http404
    flight = visible_flight(request, pk, MANAGE)
    try:
        acts[action](flight, by=person(request))
    except SensingProblem as problem:
        messages.error(request, str(problem))
        return redirect("sensing:flight", pk)
    return redirect("sensing:flights") if action == "withdraw" else redirect("sensing:flight", pk)


@permission_required(VIEW)
@require_GET
def tile(request: HttpRequest, pk: int, z: int, x: int, y: int) -> HttpResponse:
    """One tile of the mosaic as WebP. The same picture has the same tag, and is not made twice for one."""
    flight = visible_flight(request, pk)
    if flight.state != FlightState.READY:
        raise Http404
    tag = f'"{flight.version}-{z}-{x}-{y}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={rules().tiles.max_age_s}"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    try:
        content = tiles.tile(flight, z, x, y)
    except (ValueError, OSError, SensingProblem):
        raise Http404 from None
    return HttpResponse(content, content_type="image/webp", headers=headers)
