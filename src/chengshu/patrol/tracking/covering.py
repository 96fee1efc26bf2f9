"""How much of a beat was passed: its H3 cells, or its points where it has no boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from h3.api.basic_int import geo_to_cells, latlng_to_cell

from chengshu.kernel.geometry import haversine_m
from chengshu.patrol.tracking.cleaning import METRES_PER_DEGREE, Fixes, Floats, pieces
from chengshu.patrol.tracking.rules import Cover, Line

Place = tuple[float, float]


@dataclass(frozen=True)
class Ground:
    """What can be covered of one beat: cells, or else points."""

    beat: int
    cells: frozenset[int]
    points: tuple[Place, ...]

    @property
    def size(self) -> int:
        """Of how many places the share is taken."""
        return len(self.cells) or len(self.points)


def ground(beat: int, boundary: dict[str, Any] | None, points: Sequence[Place], rule: Cover) -> Ground:
    """The places of a beat. A boundary smaller than a cell counts as the cell of its middle."""
    if not boundary:
        return Ground(beat, frozenset(), tuple(points))
    cells = frozenset(geo_to_cells(boundary, rule.resolution))
    if not cells:
        middle = shapely.geometry.shape(boundary).representative_point()
        cells = frozenset([latlng_to_cell(middle.y, middle.x, rule.resolution)])
    return Ground(beat, cells, ())


def path(track: Fixes, line: Line, rule: Cover) -> tuple[Floats, Floats, Floats]:
    """Times, longitudes and latitudes along a cleaned track, no further apart than the step where positions
    are joined."""
    times: list[Floats] = []
    lngs: list[Floats] = []
    lats: list[Floats] = []
    for part in pieces(track, line):
        metres = haversine_m(part.lng[:-1], part.lat[:-1], part.lng[1:], part.lat[1:])
        along = np.concatenate([[0.0], np.cumsum(np.maximum(metres, 1e-6))])
        wanted = np.unique(np.concatenate([along, np.arange(0.0, along[-1], rule.step_m)]))
        for kept, values in ((times, part.t), (lngs, part.lng), (lats, part.lat)):
            kept.append(np.interp(wanted, along, values))
    if not times:
        return np.empty(0), np.empty(0), np.empty(0)
    return np.concatenate(times), np.concatenate(lngs), np.concatenate(lats)


class Coverage:
    """Adds up what officers passed on one day, by beat and hour."""

    def __init__(self, grounds: Sequence[Ground], line: Line, rule: Cover) -> None:
        self.grounds = {one.beat: one for one in grounds}
        self._line, self._rule = line, rule
        self._of_cell: dict[int, list[int]] = {}
        for one in grounds:
            for cell in one.cells:
                self._of_cell.setdefault(cell, []).append(one.beat)
        points = [(one.beat, i, place) for one in grounds for i, place in enumerate(one.points)]
        self._points = points
        self._tree = shapely.STRtree([shapely.Point(place) for _beat, _i, place in points])
        self._seen: dict[int, dict[int, set[int]]] = {beat: {} for beat in self.grounds}

    def add(self, track: Fixes) -> None:
        """One officer's cleaned track; ``t`` is seconds after local midnight."""
        t, lng, lat = path(track, self._line, self._rule)
        if not len(t):
            return
        hours = np.clip((t // 3600).astype(int), 0, 23)
        if self._of_cell:
            self._add_cells(hours, lng, lat)
        if self._points:
            self._add_points(hours, lng, lat)

    def _add_cells(self, hours: npt.NDArray[np.int_], lng: Floats, lat: Floats) -> None:
        resolution = self._rule.resolution
        passed = {
            (hour, latlng_to_cell(y, x, resolution))
            for hour, x, y in zip(hours.tolist(), lng.tolist(), lat.tolist(), strict=True)
        }
        for hour, cell in passed:
            for beat in self._of_cell.get(cell, ()):
                self._seen[beat].setdefault(hour, set()).add(cell)

    def _add_points(self, hours: npt.NDArray[np.int_], lng: Floats, lat: Floats) -> None:
        reach = self._rule.point_radius_m / METRES_PER_DEGREE / max(0.1, float(np.cos(np.radians(lat[0]))))
        boxes = shapely.box(lng - reach, lat - reach, lng + reach, lat + reach)
        at, which = self._tree.query(boxes)
        for i, found in zip(at.tolist(), which.tolist(), strict=True):
            beat, number, (x, y) = self._points[found]
            if haversine_m(float(lng[i]), float(lat[i]), x, y) <= self._rule.point_radius_m:
                self._seen[beat].setdefault(int(hours[i]), set()).add(number)

    def of(self, beat: int) -> tuple[list[int], int]:
        """Covered places by hour, and on the whole day."""
        seen: Mapping[int, set[int]] = self._seen[beat]
        return [len(seen.get(hour, ())) for hour in range(24)], len(set().union(*seen.values()))
