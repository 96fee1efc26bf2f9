"""What tells a lorry from a shed of the same size: its cab, its level roof, its gap to every wall.

None of it is proof. A lorry's body lies parallel to the ground while a light roof falls so that rain runs
off; a cab stands at one end of the body; a vehicle keeps away from walls, which an extension does not; and it
is no wider than the law lets it be (GB 1589: 2.55 m). What still looks like a vehicle is named as a doubt and
scored low, never dropped: a container or a lorry without its tractor has no cab.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

from chengshu.vision.raster import kinds
from chengshu.vision.raster.types import Candidate, Mask, Plane

SLICE_M = 0.2  # the profile along a thing is looked at in slices of this length
LEAST_POINTS = 12


@dataclass(frozen=True)
class CabRules:
    """A cab at the end of a body, metres: its length, the step or gap to the body, how far it lies aside.

    ``gap``: at most so far from the body; ``aside``: between the middle lines; ``width``: difference of
    widths; ``dip``: depth of the gap between them where the surface model runs over it.
    """

    length: tuple[float, float] = (1.3, 3.2)
    step: float = 0.2
    dip: float = 0.3
    gap: float = 1.2
    aside: float = 0.6
    width: float = 1.0


RULES = CabRules()


def marks(gain: Plane, mask: Mask, core: Mask, pixel_m: float) -> dict[str, float]:
    """Of a thing of a vehicle's size: ``tilt`` (metres that its top falls from side to side, against the
    ground before) and ``cab`` (1: its profile has a cab's step at one end). ``gain``: the change, positive.
    """
    every, middle = (np.argwhere(one)[:, ::-1].astype(np.float64) * pixel_m for one in (mask, core))
    if len(middle) < LEAST_POINTS:
        return {"tilt": 0.0, "cab": 0.0}
    along, across = axes(every.astype(np.float32))
    return {
        "tilt": tilt(middle, gain[core].astype(np.float64), every, along, across),
        "cab": float(has_cab(every @ along, gain[mask].astype(np.float64))),
    }


def axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors along and across the smallest rectangle around points (x, y)."""
    corners = cv2.boxPoints(cv2.minAreaRect(points))
    sides = np.diff(corners[:3], axis=0).astype(np.float64)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    long = sides[int(lengths.argmax())] / max(float(lengths.max()), 1e-9)
    return long, np.array([-long[1], long[0]])


def tilt(
    points: np.ndarray, values: np.ndarray, every: np.ndarray, along: np.ndarray, across: np.ndarray
) -> float:
    """How far the plane through ``values`` at ``points`` (m) falls over the extent of ``every``, metres."""
    centred = points - points.mean(axis=0)
    table = np.stack([centred @ along, centred @ across, np.ones(len(points))], axis=1)
    # Once more without what lies far off: a smeared edge is no part of the roof.
    chosen = np.ones(len(points), bool)
    for _turn in range(2):
        if chosen.sum() < LEAST_POINTS:
            return 0.0
        terms, *_ = np.linalg.lstsq(table[chosen], values[chosen], rcond=None)
        left = np.abs(values - table @ terms)
        chosen = left <= max(0.1, 2.5 * float(np.median(left)))
    return float(np.hypot(terms[0] * np.ptp(every @ along), terms[1] * np.ptp(every @ across)))


def has_cab(places: np.ndarray, values: np.ndarray, rules: CabRules = RULES) -> bool:
    """Whether the profile of ``values`` along ``places`` (m) has a cab's length at an end set off by a step
    or a dip, and is level otherwise."""
    start = float(places.min())
    slots = ((places - start) / SLICE_M).astype(int)
    levels = np.full(int(slots.max()) + 1, np.nan)
    for slot in np.unique(slots):
        levels[slot] = np.percentile(values[slots == slot], 60)
    return any(_cab_at_start(profile[1:-1], rules) for profile in (levels, levels[::-1]))


def _cab_at_start(profile: np.ndarray, rules: CabRules) -> bool:
    low, high = (round(edge / SLICE_M) for edge in rules.length)
    for cut in range(low, min(high, len(profile) - low) + 1):
        cab, body = profile[: max(1, cut - 2)], profile[cut + 2 :]
        if len(cab) < 3 or len(body) < 5:
            continue
        first, rest = float(np.nanmedian(cab)), float(np.nanmedian(body))
        between = float(np.nanmin(profile[max(0, cut - 2) : cut + 2]))
        level = np.nanmedian(np.abs(cab - first)) < 0.08 and np.nanmedian(np.abs(body - rest)) < 0.08
        if level and (abs(first - rest) > rules.step or min(first, rest) - between > rules.dip):
            return True
    return False


def flush(mask: Mask, above: Plane, roof_m: float, pixel_m: float) -> float:
    """Share of the band 0.2 to 0.4 m outside a thing where something as high as a building stood before."""
    near, far = (2 * max(1, round(reach / pixel_m)) + 1 for reach in (0.2, 0.4))
    inner, outer = (
        cv2.dilate(mask.astype(np.uint8), np.ones((edge, edge), np.uint8)) for edge in (near, far)
    )
    band = (outer > 0) & (inner == 0)
    return float((above[band] > roof_m).mean()) if band.any() else 0.0


def with_partner(one: Candidate, others: list[Candidate], pixel_m: float) -> bool:
    """Whether another thing of the same sort stands at one end of it, in line: a body and its cab."""
    if not _may_be(one):
        return False
    for other in others:
        if other is one or not _may_be(other) or other.measures["gain"] * one.measures["gain"] < 0:
            continue
        body, cab = (one, other) if one.measures["area"] >= other.measures["area"] else (other, one)
        if _in_line(Polygon(body.outline), Polygon(cab.outline), pixel_m):
            return True
    return False


def _may_be(one: Candidate) -> bool:
    return kinds.part_of_vehicle(one.measures)


def _in_line(body: Polygon, cab: Polygon, pixel_m: float, rules: CabRules = RULES) -> bool:
    if body.distance(cab) * pixel_m > rules.gap:
        return False
    corners = shapely.get_coordinates(body.exterior)
    along, across = axes(corners.astype(np.float32))
    ends = shapely.get_coordinates(cab.exterior)
    one, two = corners @ across * pixel_m, ends @ across * pixel_m
    aside = abs(one.max() + one.min() - two.max() - two.min()) / 2
    length = np.ptp(ends @ along) * pixel_m
    beyond = abs((corners @ along).mean() - (ends @ along).mean()) * pixel_m
    return bool(
        aside < rules.aside
        and abs(np.ptp(one) - np.ptp(two)) < rules.width
        and rules.length[0] - 0.3 <= length <= rules.length[1] + 0.3
        and beyond > np.ptp(corners @ along) * pixel_m / 2
    )
