"""What the registry tells the map island, and looking around a position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse

from chengshu.bureau.models import District, User
from chengshu.registry.derive import address_key, name_key
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries import dossier, maps
from chengshu.registry.queries.dossier import Neighbour
from chengshu.registry.queries.filters import visible
from chengshu.registry.queries.reference import districts_of, reference

LOOKALIKE_METRES = 30.0
LOOKALIKES = 6
CLOSE = 17.0


def ground(district_id: int) -> dict[str, Any]:
    """Towns, transport lines, classes and statuses for a map of one district."""
    known = reference()
    district = known.districts[district_id]
    return {
        "townsUrl": reverse("registry:ground", args=[district.code, "towns"]) + f"?v={district.version}",
        "transportUrl": reverse("registry:ground", args=[district.code, "transport"]),
        "classes": [
            {"code": c.code, "label": c.label, "color": c.colour} for c in known.classes_in([district_id])
        ],
        "statuses": {value: str(label) for value, label in RegulatedObject.Status.choices},
        "objectUrl": reverse("registry:object", args=[0]).replace("/0/", "/{id}/"),
        "detailUrl": "/api/v1/registry/objects/{id}",
    }


def browse(user: User) -> dict[str, Any]:
    """The map of everything; it takes its filters from the address of the page."""
    district = home_district(user)
    return {
        **ground(district),
        "mode": "browse",
        "follow": True,
        "bboxInput": "map-bbox",
        "bounds": extent(district),
    }


def home_district(user: User) -> int:
    """The district whose ground is drawn: one the person may see, their own where possible."""
    allowed = districts_of(user.scope_for("registry.view"))
    own = user.unit.district_id
    return own if own in allowed or not allowed else allowed[0]


def extent(district_id: int) -> list[float] | None:
    """The box around a district's towns."""
    box = maps.towns_extent(district_id)
    return list(box) if box else None


def show(obj: RegulatedObject) -> dict[str, Any] | None:
    """One object and, from the data address, what stands around it."""
    if obj.position is None:
        return None
    lng, lat = obj.position
    point = {"lng": lng, "lat": lat, "label": obj.name}
    return {**ground(obj.district_id), "mode": "show", "center": [lng, lat], "zoom": CLOSE, "point": point}


def pick(district_id: int, position: tuple[float, float] | None) -> dict[str, Any]:
    """A pin that fills the position of a form."""
    config = {**ground(district_id), "mode": "pick", "pick": {"lng": "id_lng", "lat": "id_lat"}}
    if position is None:
        return {**config, "bounds": extent(district_id)}
    return {
        **config,
        "center": list(position),
        "zoom": CLOSE,
        "point": {"lng": position[0], "lat": position[1], "label": ""},
    }


def lookalikes(user: User, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Known objects with the same name or address, or within 30 m of the pin."""
    same = Q()
    if (name := name_key(typed.get("name", ""))) and len(name) > 1:
        same |= Q(name_key=name)
    found: dict[int, dict[str, Any]] = {}
    here = Q(district__in=districts_of(user.scope_for("registry.view")))
    address = address_key(typed.get("address", ""))
    if same:
        for obj in visible(user).filter(here, same)[:LOOKALIKES]:
            found[obj.pk] = {
                "object": obj,
                "same_name": True,
                "same_address": bool(address) and obj.address_key == address,
                "metres": None,
            }
    for near in _near(user, typed):
        entry = found.setdefault(
            near.id, {"object": near, "same_name": False, "same_address": False, "metres": None}
        )
        entry["metres"] = near.metres
        entry["same_address"] = entry["same_address"] or (
            bool(address) and address_key(near.address) == address
        )
    ranked = sorted(
        found.values(), key=lambda e: (not e["same_name"], not e["same_address"], e["metres"] or 0)
    )
    return ranked[:LOOKALIKES]


def _near(user: User, typed: Mapping[str, str]) -> list[Neighbour]:
    try:
        position = float(typed.get("lng", "")), float(typed.get("lat", ""))
    except ValueError:
        return []
    if not (-180 <= position[0] <= 180 and -85 <= position[1] <= 85):
        return []
    return dossier.near(user, position, metres=LOOKALIKE_METRES, limit=LOOKALIKES)


def district_of_code(code: str) -> District | None:
    """A district by its code."""
    return next((d for d in reference().districts.values() if d.code == code), None)
