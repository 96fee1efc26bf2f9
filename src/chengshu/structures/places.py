"""Where an entry stands, and how far something is from it. WGS 84 degrees; a plane is exact enough here."""

from __future__ import annotations

import math

from shapely.affinity import scale
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from chengshu.structures.models import Structure

METRES_PER_DEGREE = 111_320.0


def geometry_of(structure: Structure) -> BaseGeometry | None:
    """The outline, else the position; None for an entry of which only the street or town is known."""
    if structure.polygon:
        return shape(structure.polygon)
    return Point(structure.position) if structure.position else None


def metres_between(one: BaseGeometry, other: BaseGeometry) -> float:
    """The distance in metres of two shapes that lie near each other; 0 where they touch."""
    squeeze = math.cos(math.radians(other.centroid.y))
    flat = [scale(each, xfact=squeeze, yfact=1.0, origin=(0, 0)) for each in (one, other)]
    return float(flat[0].distance(flat[1])) * METRES_PER_DEGREE
