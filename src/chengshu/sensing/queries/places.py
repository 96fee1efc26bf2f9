"""Suspects and footprints by place: what lies near, and what was decided before at the same spot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import User
from chengshu.kernel.geometry import bbox_around
from chengshu.sensing.lifecycle import SuspectState
from chengshu.sensing.models import PermittedFootprint, Suspect
from chengshu.sensing.rules import rules

Box = tuple[float, float, float, float]


def box_of(places: Sequence[BaseGeometry]) -> Box | None:
    """The box around the places, widened so that whatever may touch them has its spot inside."""
    if not places:
        return None
    bounds = [place.bounds for place in places]
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    west, south, _e, _n = bbox_around(west, south, rules().around_m)
    _w, _s, east, north = bbox_around(east, north, rules().around_m)
    return west, south, east, north


def footprints_near(
    district_id: int, places: Sequence[BaseGeometry], *, on: date | None = None
) -> list[PermittedFootprint]:
    """Footprints in use around the places; with ``on`` only those valid that day.

    Large footprints may reach far from their spot: they are asked for by outline afterwards, not by box.
    """
    if not places:
        return []
    rows = PermittedFootprint.objects.filter(district=district_id, active=True)
    if on is not None:
        rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))
    return list(rows)


def same_place(one: BaseGeometry, other: BaseGeometry) -> float:
    """The share of the smaller one that both have in common."""
    smaller = min(one.area, other.area)
    return float(one.intersection(other).area / smaller) if smaller > 0 else 0.0


def decided_before(
    district_id: int,
    places: Sequence[BaseGeometry],
    *,
    viewer: User | None = None,
    leaving_out: int | None = None,
) -> list[list[Suspect]]:
    """For each place the suspects decided on at the same spot, the newest first; one query for all.

    ``leaving_out``: the comparison whose own suspects are meant, not what came before.
    """
    box = box_of(places)
    if box is None:
        return []
    rows = Suspect.objects.visible_to(viewer) if viewer is not None else Suspect.objects.all()
    rows = rows.filter(district=district_id, position__in_box=box).exclude(state=SuspectState.OPEN)
    if leaving_out is not None:
        rows = rows.exclude(comparison=leaving_out)
    rows = rows.select_related("comparison__before", "comparison__after", "decided_by", "footprint", "lead")
    found = [(row, shape(row.outline)) for row in rows.order_by("-decided_at")]
    least = rules().same_place_share
    return [
        [row for row, outline in found if outline.intersects(place) and same_place(outline, place) >= least]
        for place in places
    ]
