"""Polygons, distances and hexagonal cells in WGS 84 degrees (longitude first, as in GeoJSON)."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, overload

import h3
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
ArrayLike = Floats | Sequence[float]

#: Mean radius of the Earth in metres (IUGG).
EARTH_RADIUS_M = 6_371_008.8
_ELLIPSOID = pyproj.Geod(ellps="WGS84")
_METRES_PER_DEGREE = math.radians(1) * EARTH_RADIUS_M

_OUTSIDE = -1
_START_CELLS = 8
_GRID_CELLS = 512  # along each side; a power of two times _START_CELLS
_MARGIN = 1e-9  # degrees (0.1 mm) by which cells overlap, so that rounding never picks a wrong neighbour


class GeometryError(ValueError):
    """The GeoJSON cannot be used; carries one translated sentence."""


class PolygonIndex:
    """Which polygon a point lies in, in memory.

    The box around all polygons is divided into fine cells once. A cell wholly inside or outside answers at
    once; only in cells on a border is the point tested exactly. A point on a shared border belongs to the
    polygon whose key comes first, always.
    """

    def __init__(self, shapes: dict[str, BaseGeometry], names: dict[str, str] | None = None) -> None:
        if not shapes:
            raise GeometryError(_("The map file holds no polygons."))
        self.keys = sorted(shapes)
        self.names = {key: (names or {}).get(key, key) for key in self.keys}
        self._shapes = [shapes[key] for key in self.keys]
        for shape in self._shapes:
            shapely.prepare(shape)
        array_of_shapes = np.array(self._shapes, dtype=object)
        west, south, east, north = (float(value) for value in shapely.total_bounds(array_of_shapes))
        self.bounds = (west, south, east, north)
        self._tree = shapely.STRtree(array_of_shapes)
        self._scale_x = _GRID_CELLS / max(east - west, 1e-12)
        self._scale_y = _GRID_CELLS / max(north - south, 1e-12)
        self._border: list[tuple[int, ...]] = []
        self._cells = self._rasterise()
        self._metric: tuple[float, npt.NDArray[np.object_]] | None = None

    @classmethod
    def from_geojson(cls, data: dict[str, Any], key: str = "code", name: str = "name") -> PolygonIndex:
        """Index the polygons of a FeatureCollection by their property ``key``; ``name`` is for display.

        Polygons of the same key are united. Raises :class:`GeometryError` for anything else than valid
        polygons in degrees, each with a key.
        """
        if not isinstance(data, dict) or not isinstance(data.get("features"), list):
            raise GeometryError(_("The map file is not a GeoJSON FeatureCollection."))
        shapes: dict[str, BaseGeometry] = {}
        names: dict[str, str] = {}
        for number, feature in enumerate(data["features"], start=1):
            shape, code, label = _read_feature(feature, number, key, name)
            shapes[code] = shapely.union(shapes[code], shape) if code in shapes else shape
            names[code] = label
        return cls(shapes, names)

    def locate(self, lng: float, lat: float) -> str | None:
        """The key of the polygon that contains the point (borders included), or ``None``."""
        west, south, east, north = self.bounds
        if not (west <= lng <= east and south <= lat <= north):
            return None
        column = int((lng - west) * self._scale_x)
        row = int((lat - south) * self._scale_y)
        if column >= _GRID_CELLS:
            column = _GRID_CELLS - 1
        if row >= _GRID_CELLS:
            row = _GRID_CELLS - 1
        code = self._cells[row * _GRID_CELLS + column]
        if code >= 0:
            return self.keys[code]
        if code == _OUTSIDE:
            return None
        for index in self._border[-2 - code]:
            if shapely.intersects_xy(self._shapes[index], lng, lat):
                return self.keys[index]
        return None

    def locate_many(self, lngs: ArrayLike, lats: ArrayLike) -> list[str | None]:
        """As :meth:`locate` for each point, much faster for many; not-a-number gives ``None``."""
        x, y = np.asarray(lngs, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        west, south, east, north = self.bounds
        with np.errstate(invalid="ignore"):
            within = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        found = np.full(x.shape, _OUTSIDE, dtype=np.int64)
        column = np.minimum(((x[within] - west) * self._scale_x).astype(np.int64), _GRID_CELLS - 1)
        row = np.minimum(((y[within] - south) * self._scale_y).astype(np.int64), _GRID_CELLS - 1)
        cells = np.frombuffer(self._cells, dtype=np.int32)[row * _GRID_CELLS + column]
        found[within] = np.where(cells >= 0, cells, _OUTSIDE)
        at_border = np.flatnonzero(within)[cells < _OUTSIDE]
        if at_border.size:
            points = shapely.points(x[at_border], y[at_border])
            which, index = np.asarray(self._tree.query(points, predicate="intersects"))
            first = np.full(at_border.size, len(self.keys))
            np.minimum.at(first, which, index)
            found[at_border] = np.where(first < len(self.keys), first, _OUTSIDE)
        keys: list[str | None] = [*self.keys, None]
        return [keys[position] for position in map(int, found.ravel())]

    def boundary_distance_m(self, lng: float, lat: float, key: str | None = None) -> float:
        """Metres to the nearest border of any polygon, or of the one of ``key``; never negative.

        Within 0.1 % near the polygons: measured on a plane around their middle, then along the sphere.
        """
        stretch, lines = self._metric_lines()
        chosen = lines if key is None else lines[self._position(key) : self._position(key) + 1]
        point = shapely.Point(lng * stretch, lat)
        nearest = chosen[int(np.argmin(shapely.distance(chosen, point)))]
        on_line = nearest.interpolate(nearest.project(point))
        return float(haversine_m(lng, lat, on_line.x / stretch, on_line.y))

    def shape(self, key: str) -> BaseGeometry:
        """The polygon of the key. Raises ``KeyError``."""
        return self._shapes[self._position(key)]

    def __len__(self) -> int:
        return len(self.keys)

    def _position(self, key: str) -> int:
        if key not in self.names:
            raise KeyError(key)
        return self.keys.index(key)

    def _metric_lines(self) -> tuple[float, npt.NDArray[np.object_]]:
        if self._metric is None:
            stretch = math.cos(math.radians((self.bounds[1] + self.bounds[3]) / 2))
            lines = shapely.transform(
                shapely.boundary(np.array(self._shapes, dtype=object)), lambda points: points * [stretch, 1.0]
            )
            self._metric = stretch, lines
        return self._metric

    def _rasterise(self) -> array[int]:
        """The cell grid: ≥ 0 inside that polygon, -1 outside, else -2 - (place in the list of borders)."""
        grid = np.full((_GRID_CELLS, _GRID_CELLS), _OUTSIDE, dtype=np.int32)
        places: dict[tuple[int, ...], int] = {}
        size = _GRID_CELLS // _START_CELLS
        corner = np.arange(0, _GRID_CELLS, size)
        column, row = (axis.ravel() for axis in np.meshgrid(corner, corner))
        while size >= 1:
            boxes = self._boxes(column, row, size)
            which, index = np.asarray(self._tree.query(boxes, predicate="intersects"))
            inside = shapely.covers(np.array(self._shapes, dtype=object)[index], boxes[which])
            touching: dict[int, list[tuple[int, bool]]] = {}
            for cell, shape, covered in zip(which.tolist(), index.tolist(), inside.tolist(), strict=True):
                touching.setdefault(cell, []).append((shape, covered))
            split = []
            for cell, shapes in touching.items():
                if len(shapes) == 1 and shapes[0][1]:
                    code = shapes[0][0]
                elif size > 1:
                    split.append(cell)
                    continue
                else:
                    among = tuple(sorted(shape for shape, _covered in shapes))
                    code = -2 - places.setdefault(among, len(places))
                grid[row[cell] : row[cell] + size, column[cell] : column[cell] + size] = code
            half = size // 2
            column = np.concatenate([column[split] + dx for dx in (0, half) for _dy in (0, half)])
            row = np.concatenate([row[split] + dy for _dx in (0, half) for dy in (0, half)])
            size = half
        self._border = list(places)
        return array("i", grid.ravel().tolist())

    def _boxes(
        self, column: npt.NDArray[np.int64], row: npt.NDArray[np.int64], size: int
    ) -> npt.NDArray[np.object_]:
        west, south = self.bounds[:2]
        return np.asarray(
            shapely.box(
                west + column / self._scale_x - _MARGIN,
                south + row / self._scale_y - _MARGIN,
                west + (column + size) / self._scale_x + _MARGIN,
                south + (row + size) / self._scale_y + _MARGIN,
            )
        )


def _read_feature(feature: Any, number: int, key: str, name: str) -> tuple[BaseGeometry, str, str]:
    properties = (feature.get("properties") if isinstance(feature, dict) else None) or {}
    code = properties.get(key)
    if code in (None, ""):
        raise GeometryError(
            _("Feature %(number)s has no property “%(key)s”.") % {"number": number, "key": key}
        )
    try:
        shape: BaseGeometry = shapely.geometry.shape(feature["geometry"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, shapely.errors.ShapelyError):
        shape = shapely.Point()
    if shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise GeometryError(
            _("Feature %(number)s (%(key)s) is not a polygon.") % {"number": number, "key": code}
        )
    west, south, east, north = shape.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise GeometryError(
            _("Feature %(number)s (%(key)s) is not in degrees.") % {"number": number, "key": code}
        )
    if not shape.is_valid:
        raise GeometryError(
            _("The border of feature %(number)s (%(key)s) crosses itself.") % {"number": number, "key": code}
        )
    return shapely.force_2d(shape), str(code), str(properties.get(name) or code)


@overload
def haversine_m(lng1: float, lat1: float, lng2: float, lat2: float) -> float: ...
@overload
def haversine_m(lng1: float, lat1: float, lng2: ArrayLike, lat2: ArrayLike) -> Floats: ...
@overload
def haversine_m(lng1: ArrayLike, lat1: ArrayLike, lng2: float, lat2: float) -> Floats: ...
@overload
def haversine_m(lng1: ArrayLike, lat1: ArrayLike, lng2: ArrayLike, lat2: ArrayLike) -> Floats: ...
def haversine_m(
    lng1: ArrayLike | float, lat1: ArrayLike | float, lng2: ArrayLike | float, lat2: ArrayLike | float
) -> Floats | float:
    """Great-circle metres on a sphere (within 0.6 % of the ellipsoid); numbers or arrays, broadcast."""
    if all(isinstance(value, float | int) for value in (lng1, lat1, lng2, lat2)):
        x1, y1, x2, y2 = map(math.radians, (lng1, lat1, lng2, lat2))  # type: ignore[arg-type]
        h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
        return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))
    u1, v1, u2, v2 = (np.radians(np.asarray(value, np.float64)) for value in (lng1, lat1, lng2, lat2))
    hs = np.sin((v2 - v1) / 2) ** 2 + np.cos(v1) * np.cos(v2) * np.sin((u2 - u1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, hs))))


def square_metres(geometry: BaseGeometry) -> float:
    """The area in m² of a geometry in degrees, on the ellipsoid."""
    return abs(float(_ELLIPSOID.geometry_area_perimeter(geometry)[0]))


def bbox_around(lng: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """A box (west, south, east, north) around the circle of that radius, clipped at the poles and ±180°."""
    north = min(90.0, lat + metres / _METRES_PER_DEGREE)
    south = max(-90.0, lat - metres / _METRES_PER_DEGREE)
    narrowest = math.cos(math.radians(max(abs(north), abs(south))))
    if narrowest < 1e-9:
        return -180.0, south, 180.0, north
    half = metres / (_METRES_PER_DEGREE * narrowest)
    return max(-180.0, lng - half), south, min(180.0, lng + half), north


def cell_of(lng: float, lat: float, resolution: int) -> str:
    """The H3 cell of a point at a resolution from 0 (continents) to 15 (about a metre)."""
    return str(h3.latlng_to_cell(lat, lng, resolution))


def cells_of(lngs: Iterable[float], lats: Iterable[float], resolution: int) -> list[str]:
    """:func:`cell_of` for many points."""
    to_cell = h3.latlng_to_cell
    return [to_cell(lat, lng, resolution) for lng, lat in zip(lngs, lats, strict=True)]


def cell_centre(cell: str) -> tuple[float, float]:
    """Longitude and latitude of the middle of an H3 cell."""
    lat, lng = h3.cell_to_latlng(cell)
    return lng, lat


def cell_parent(cell: str, resolution: int) -> str:
    """The coarser cell that the cell belongs to."""
    return str(h3.cell_to_parent(cell, resolution))


def resolution_for_zoom(zoom: float) -> int:
    """The H3 resolution whose cells suit a web map of that zoom (512-pixel tiles).

    Cells come out some 30 to 90 pixels wide at Shanghai's latitude: their width shrinks by √7 per resolution,
    a pixel's by 2 per zoom level.
    """
    return max(0, min(15, round((zoom - 0.5) * math.log(2) / math.log(math.sqrt(7)))))
