"""What the pages of sensing share: who looks, where they may, and the viewer of two flights."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from shapely.geometry import shape

from chengshu.bureau.models import District
from chengshu.registry.queries.reference import districts_of
from chengshu.sensing.models import Comparison, Flight, Suspect
from chengshu.sensing.queries.tiles import zoom_of
from chengshu.sensing.refusing import VIEW
from chengshu.sensing.rules import rules


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def district_of(request: HttpRequest, permission: str) -> District:
    """The district in which the person may do this: the own one first. 404 where there is none."""
    found: District = District.objects.defer("boundary").get(pk=district_id_of(request, permission))
    return found


def district_id_of(request: HttpRequest, permission: str) -> int:
    """Its id, without asking the database."""
    user = person(request)
    there = districts_of(user.scope_for(permission))
    if not there:
        raise Http404
    own: int = user.unit.district_id
    return own if own in there else there[0]


def visible_flight(request: HttpRequest, pk: int, permission: str = VIEW) -> Flight:
    """A flight of the person's districts; 404 for any other."""
    rows = Flight.objects.visible_to(person(request), permission).select_related("job", "created_by")
    flight: Flight = get_object_or_404(rows, pk=pk)
    return flight


def visible_comparison(request: HttpRequest, pk: int, permission: str = VIEW) -> Comparison:
    """A comparison of the person's districts; 404 for any other."""
    rows = Comparison.objects.visible_to(person(request), permission)
    rows = rows.select_related("before", "after", "job", "created_by")
    comparison: Comparison = get_object_or_404(rows, pk=pk)
    return comparison


def visible_suspect(request: HttpRequest, pk: int, permission: str = VIEW) -> Suspect:
    """A suspect of the person's area; 404 for any other."""
    rows = Suspect.objects.visible_to(person(request), permission)
    rows = rows.select_related(
        "comparison__before", "comparison__after", "town", "squad", "decided_by", "lead", "footprint"
    ).defer("town__boundary")
    suspect: Suspect = get_object_or_404(rows, pk=pk)
    return suspect


def picture_of(flight: Flight) -> dict[str, Any]:
    """One flight for the viewer: address of its tiles, zooms and extent."""
    address = reverse("sensing:tile", args=[flight.pk, 0, 0, 0]).replace("/0/0/0.webp", "/{z}/{x}/{y}.webp")
    return {
        "id": flight.pk,
        "tiles": f"{address}?v={flight.version}",
        "label": f"{flight.flown_on:%Y-%m-%d} {flight.name}",
        "minzoom": rules().tiles.zooms[0],
        "maxzoom": zoom_of(flight),
        "size": rules().tiles.size,
        "bounds": list(shape(flight.area).bounds) if flight.area else None,
    }


def pair_of(comparison: Comparison) -> dict[str, Any]:
    """Both flights of a comparison, and where the viewer asks for heights."""
    heights = bool(comparison.before.dsm and comparison.after.dsm)
    return {
        "id": comparison.pk,
        "before": picture_of(comparison.before),
        "after": picture_of(comparison.after),
        "profileUrl": reverse("sensing:profile", args=[comparison.pk]) if heights else None,
    }


def viewer(**more: Any) -> dict[str, Any]:
    """What every viewer is told."""
    return {"workerUrl": static("islands/map-worker.js"), "texts": viewer_texts(), **more}


def viewer_texts() -> dict[str, str]:
    """Every word the viewer may show."""
    return {
        "swipe": _("Swipe"), "side": _("Side by side"), "divider": _("Divider between both dates"),
        "profile": _("Height profile"),
        "profileHint": _("Click two points or more on the map; the heights of both dates appear below."),
        "profileEmpty": _("No heights were measured here."), "clear": _("Clear the line"),
        "before": _("Earlier"), "after": _("Later"), "metres": _("metres along the line"),
        "height": _("height, m"), "failed": _("The server did not answer. Try again."),
        "noWebgl": _("This browser cannot draw the map (WebGL is off)."),
        "empty": _("Nothing is left to decide."), "left": _("{n} to decide"), "taken": _("Taken back"),
        "zoomIn": _("Zoom in"), "zoomOut": _("Zoom out"), "known": _("On record here"),
        "earlier": _("Decided before at the same place"), "area": _("Area, m²"), "gain": _("Height gain"),
        "score": _("Score"), "town": _("Street or town"), "reasons": _("Why it is suspected"),
        "noHeights": _("without heights"),
    }  # fmt: skip
