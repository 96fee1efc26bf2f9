"""Entries of the ledger as part of what is on record at a place (`chengshu.registry.neighbourhood`)."""

from __future__ import annotations

import json
import math

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import District, User
from chengshu.registry import neighbourhood
from chengshu.registry.neighbourhood import Known
from chengshu.structures.lifecycle import STANDING, Status
from chengshu.structures.models import Structure
from chengshu.structures.places import METRES_PER_DEGREE, metres_between
from chengshu.structures.settings import rules

KIND = "structure"
_SQL = """
SELECT p.place - 1, s.id, s.number, s.address, s.status, s.position, s.polygon, s.found_at, s.disposal,
    s.lead_id
FROM unnest(%s::float[], %s::float[], %s::float[], %s::float[]) WITH ORDINALITY
    AS p(west, south, east, north, place)
JOIN structures_structure AS s
    ON s.position <@ box(point(p.west, p.south), point(p.east, p.north))
WHERE s.district_id = %s AND s.id IN ({visible}) ORDER BY p.place, s.id DESC
"""


def entries_at(
    district: District, places: list[BaseGeometry], viewer: User | None = None
) -> list[list[Known]]:
    """Entries on or near each place (`near_m` in data/rules.yaml), in their order; one query for all."""
    found: list[list[Known]] = [[] for _place in places]
    if not places:
        return found
    rows = Structure.objects.visible_to(viewer) if viewer else Structure.objects.all()
    visible, params = rows.order_by().values("id").query.sql_with_params()
    near = rules().near_m
    boxes = [_box(place, near) for place in places]
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL.format(visible=visible), [*map(list, zip(*boxes, strict=True)), district.pk, *params]
        )
        for row in cursor.fetchall():
            place, pk, number, address, status, position, polygon, found_at, disposal, lead = row
            outline = json.loads(polygon) if isinstance(polygon, str) else polygon
            geometry = shape(outline) if outline else Point(*_xy(position))
            if metres_between(geometry, places[place]) <= near:
                title = _("%(number)s %(address)s (%(status)s)") % {
                    "number": number, "address": address, "status": Status(status).label,
                }  # fmt: skip
                found[place].append(
                    Known(
                        kind=KIND, title=title, url=reverse("structures:entry", args=[pk]),
                        geometry=geometry, since=timezone.localdate(found_at),
                        data={"id": pk, "status": status, "disposal": disposal, "lead": lead,
                              "standing": status in STANDING},
                    )
                )  # fmt: skip
    return found


def _box(place: BaseGeometry, metres: float) -> tuple[float, float, float, float]:
    """The box of a place, wide enough for an entry whose position lies inside a large outline beside it."""
    west, south, east, north = place.bounds
    dy = 4 * metres / METRES_PER_DEGREE
    dx = dy / max(0.01, math.cos(math.radians((south + north) / 2)))
    return west - dx, south - dy, east + dx, north + dy


def _xy(position: str | tuple[float, float]) -> tuple[float, float]:
    if isinstance(position, str):
        lng, _comma, lat = position.strip("()").partition(",")
        return float(lng), float(lat)
    return position


def register() -> None:
    """Called once the app is loaded."""
    neighbourhood.register_known("structures", entries_at)
