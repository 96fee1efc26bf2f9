"""What the pages of the ledger share."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import District
from chengshu.bureau.views.areas import map_config
from chengshu.registry.queries.reference import districts_of
from chengshu.structures.models import Structure
from chengshu.structures.places import geometry_of

VIEW, WORK, APPROVE, MANAGE, CHECK, EXPORT = (
    "structures.view", "structures.work", "structures.approve", "structures.manage", "structures.check",
    "structures.export",
)  # fmt: skip
CLOSE = 18.0


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def visible(request: HttpRequest, pk: int, permission: str = VIEW) -> Structure:
    """An entry inside the person's area; 404 for any other."""
    rows = Structure.objects.visible_to(person(request), permission)
    rows = rows.select_related("district", "squad", "town", "lead", "case", "created_by")
    found: Structure = get_object_or_404(rows.defer("district__boundary", "town__boundary"), pk=pk)
    return found


def district_of(request: HttpRequest, permission: str = VIEW) -> District:
    """The district the person works in: their own where possible."""
    allowed = districts_of(person(request).scope_for(permission))
    own = person(request).unit.district_id
    if not allowed:
        raise Http404
    return District.objects.get(pk=own if own in allowed else allowed[0])


def trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page below the list."""
    return [(_("Ledger of illegal structures"), reverse("structures:list")), *more]


def show(structure: Structure, marks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The map of one entry: its outline, its position, where photos were taken."""
    place = geometry_of(structure)
    if place is None or structure.position is None:
        return None
    lng, lat = structure.position
    config = {
        **map_config(structure.district), "mode": "show", "marks": marks, "center": [lng, lat], "zoom": CLOSE,
        "point": {"lng": lng, "lat": lat, "label": structure.number},
    }  # fmt: skip
    config.pop("bounds", None)
    if drawn := outline(structure):
        config["overlay"] = drawn
    return config


def outline(structure: Structure) -> dict[str, Any] | None:
    """The outline as a map lays it over the ground; None where none was drawn."""
    if not structure.polygon:
        return None
    properties = {"kind": "area", "level": 3, "label": structure.number}
    feature = {"type": "Feature", "properties": properties, "geometry": structure.polygon}
    return {"type": "FeatureCollection", "features": [feature]}


def code_of(text: str) -> int:
    """A number in an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
