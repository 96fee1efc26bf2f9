"""Heights of both dates along a line and within a polygon, read from the surface models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext as _
from pyproj import Transformer
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from chengshu.kernel.geometry import bbox_around, haversine_m
from chengshu.sensing.clouds import heights_of
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.raster import opened, through
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.rules import rules

Floats = npt.NDArray[np.float64]
Place = tuple[float, float]
MOST_CELLS = 4_000_000  # of a window that is read at once


@dataclass(frozen=True)
class Profile:
    """Metres along the line, and the height of each date there; None where nothing was measured."""

    distance: list[float]
    before: list[float | None]
    after: list[float | None]

    def as_dict(self) -> dict[str, Any]:
        """For the viewer."""
        return {"distance": self.distance, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Fall:
    """What became of the heights in a polygon: the share that fell to the ground, the median change in m."""

    removed_share: float
    change_m: float


def heights_at(flight: Flight, lngs: Floats, lats: Floats) -> Floats:
    """The heights at places in WGS 84; NaN outside, where nothing was measured, without a model.

    One window around all places is read, from an overview if it is large. Raises `SensingProblem`.
    """
    found = np.full(len(lngs), np.nan)
    source = heights_of(flight)
    if not source or not len(lngs):
        return found
    with opened(source) as dataset:
        crs = dataset.crs or flight.crs
        x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lngs, lats)
        columns, rows = through(~dataset.transform, np.asarray(x), np.asarray(y))
        inside = (columns >= 0) & (columns < dataset.width) & (rows >= 0) & (rows < dataset.height)
        if not inside.any():
            return found
        left, top = int(columns[inside].min()), int(rows[inside].min())
        width, height = int(columns[inside].max()) - left + 1, int(rows[inside].max()) - top + 1
        shrink = max(1.0, math.sqrt(width * height / MOST_CELLS))
        shape = (max(1, round(height / shrink)), max(1, round(width / shrink)))
        read = dataset.read(1, window=Window(left, top, width, height), out_shape=shape, masked=True)
        plane = np.ma.filled(read.astype(np.float64), np.nan)
        row = np.minimum(((rows[inside] - top) * shape[0] / height).astype(int), shape[0] - 1)
        column = np.minimum(((columns[inside] - left) * shape[1] / width).astype(int), shape[1] - 1)
        found[inside] = plane[row, column]
    return found


def as_flown_later(comparison: Comparison, lngs: Floats, lats: Floats) -> tuple[Floats, Floats]:
    """Where places of the earlier flight lie in the later one: moved by the shift that was believed."""
    found, grid = comparison.registration or {}, comparison.grid or {}
    if not (found.get("accepted") and grid.get("crs") and grid.get("transform")):
        return lngs, lats
    a, b, _c, d, e, _f = (float(value) for value in grid["transform"][:6])
    dx, dy = float(found.get("dx", 0)), float(found.get("dy", 0))
    to_grid = Transformer.from_crs("EPSG:4326", grid["crs"], always_xy=True)
    x, y = to_grid.transform(lngs, lats)
    moved = to_grid.transform(
        np.asarray(x) + a * dx + b * dy, np.asarray(y) + d * dx + e * dy, direction="INVERSE"
    )
    return np.asarray(moved[0]), np.asarray(moved[1])


def profile(comparison: Comparison, line: Sequence[Place]) -> Profile:
    """Both heights along a drawn line. Raises `SensingProblem` for a line too short, long or odd."""
    if not (comparison.before.dsm and comparison.after.dsm):
        raise SensingProblem(_("These flights carry no heights."))
    if len(line) < 2 or not all(-180 <= lng <= 180 and -85 <= lat <= 85 for lng, lat in line):
        raise SensingProblem(_("Draw a line of at least two points."))
    points = np.asarray(line, dtype=float)
    steps = np.asarray(haversine_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if not 0 < along[-1] <= rules().profile_longest_m:
        raise SensingProblem(
            _("The line must be longer than nothing and at most %(m)d m.") % {"m": rules().profile_longest_m}
        )
    wanted = np.linspace(0.0, float(along[-1]), rules().profile_points)
    lngs, lats = np.interp(wanted, along, points[:, 0]), np.interp(wanted, along, points[:, 1])
    return Profile(
        [round(float(value), 2) for value in wanted],
        _plain(heights_at(comparison.before, lngs, lats)),
        _plain(heights_at(comparison.after, *as_flown_later(comparison, lngs, lats))),
    )


def _plain(values: Floats) -> list[float | None]:
    return [round(float(value), 2) if math.isfinite(value) else None for value in values]


def fall_in(comparison: Comparison, place: BaseGeometry) -> Fall | None:
    """How the heights in a polygon changed; None where the models do not cover most of it.

    The ground is what lies lowest around the polygon on the later date. Raises `SensingProblem`.
    """
    lngs, lats = _grid_in(place)
    before = heights_at(comparison.before, lngs, lats)
    after = heights_at(comparison.after, *as_flown_later(comparison, lngs, lats))
    there = np.isfinite(before) & np.isfinite(after)
    if there.sum() * 2 < len(lngs) or not there.any():
        return None
    ground = _ground(comparison.after, place, after[there])
    fell = (before - after >= rules().fall_m) & (after <= ground + rules().ground_tolerance_m)
    return Fall(float(fell[there].mean()), float(np.median((after - before)[there])))


def _ground(flight: Flight, place: BaseGeometry, inside: Floats) -> float:
    west, south, east, north = place.bounds
    west, south, _e, _n = bbox_around(west, south, rules().ground_ring_m)
    _w, _s, east, north = bbox_around(east, north, rules().ground_ring_m)
    lngs, lats = _grid_in(shapely.box(west, south, east, north).difference(place))
    around = heights_at(flight, lngs, lats)
    known = np.concatenate([around[np.isfinite(around)], inside])
    return float(np.percentile(known, rules().ground_percentile))


def _grid_in(place: BaseGeometry) -> tuple[Floats, Floats]:
    """Places on an even grid inside the polygon, at most as many as the settings say."""
    west, south, east, north = place.bounds
    share = max(place.area / max((east - west) * (north - south), 1e-18), 1e-3)
    side = max(2, math.ceil(math.sqrt(rules().samples / max(share, 0.05))))
    lng, lat = np.meshgrid(
        west + (np.arange(side) + 0.5) * (east - west) / side,
        south + (np.arange(side) + 0.5) * (north - south) / side,
    )
    inside = shapely.contains_xy(place, lng.ravel(), lat.ravel())
    return lng.ravel()[inside], lat.ravel()[inside]
