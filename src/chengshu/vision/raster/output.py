"""The result as others read it: GeoJSON (RFC 7946, WGS 84) where there are coordinates, and a short summary.

Without coordinates, or in a local system nobody can place in the world, the file says so in a member of its
own (``chengshu.coordinates``: ``wgs84``, ``grid`` or ``pixel``) instead of pretending to be degrees.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry import shape as shape_of

from chengshu.vision.raster.types import Candidate, RasterError, Ring

Said = tuple[str, dict[str, Any]]
DIGITS = {"wgs84": 8, "grid": 3, "pixel": 2}


def words(said: Said) -> str:
    """A reason or remark in English; an interface translates the same pair."""
    text, values = said
    return text % values if values else text


def geojson(result: Any) -> dict[str, Any]:
    """The FeatureCollection of a pipeline.Result."""
    kind, place = _placer(result.grid)
    features = [_feature(one, number, kind, place) for number, one in enumerate(result.candidates, 1)]
    about: dict[str, Any] = {"coordinates": kind, **summary(result)}
    if kind == "grid":
        about["crs"] = result.grid.crs
    return {"type": "FeatureCollection", "features": features, "chengshu": about}


def write_geojson(result: Any, out: Path) -> None:
    """Write ``geojson`` to a file, at once or not at all; ``RasterError`` where that cannot be."""
    part = out.with_name(out.name + ".part")
    try:
        part.write_text(json.dumps(geojson(result), ensure_ascii=False), encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise RasterError(
            "%(file)s cannot be written: %(why)s.", file=out.name, why=error.strerror
        ) from error


def summary(result: Any) -> dict[str, Any]:
    """Counts by kind, areas, registration and remarks, as plain JSON values."""
    counted = Counter(one.kind for one in result.candidates)
    registration = result.registration
    known = result.candidates and all("area" in one.measures for one in result.candidates)
    return {
        "candidates": len(result.candidates),
        "by_kind": dict(sorted(counted.items())),
        "area_m2": round(sum(one.area_m2 for one in result.candidates), 1) if known else None,
        "expected_true": round(sum(one.score for one in result.candidates), 1),
        "has_heights": result.has_heights,
        "confidence": "normal" if result.has_heights else "low",
        "size": [result.grid.width, result.grid.height],
        "pixel_m": result.grid.pixel_m,
        "registration": {
            "dx": round(registration.dx, 2),
            "dy": round(registration.dy, 2),
            "accepted": registration.accepted,
            "residual_px": round(registration.residual_px, 2),
            "reason": registration.reason,
        },
        "surface": {"order": result.surface.order, "stable": round(result.surface.stable, 2)},
        "remarks": [words(one) for one in result.remarks],
    }


def _feature(one: Candidate, number: int, kind: str, place: Callable[[Ring], Ring]) -> dict[str, Any]:
    outline = shapely.geometry.polygon.orient(shapely.Polygon(place(one.outline)), 1.0)
    digits = DIGITS[kind]
    ring = [[round(x, digits), round(y, digits)] for x, y in outline.exterior.coords]
    return {
        "type": "Feature",
        "id": number,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "kind": one.kind,
            "score": one.score,
            "area_m2": one.area_m2 if "area" in one.measures else None,
            "height_gain_m": None if one.height_gain_m is None else round(one.height_gain_m, 2),
            "pixels": one.pixels,
            "reasons": [words(reason) for reason in one.reasons],
            "reason_texts": [[text, values] for text, values in one.reasons],
            "measures": one.measures,
        },
    }


def _placer(grid: Any) -> tuple[str, Callable[[Ring], Ring]]:
    """How outlines become coordinates: the name of the system and the function."""
    if grid.crs is None:
        return "pixel", lambda ring: ring
    forward = _to_world(grid.crs)
    if forward is None:
        return "grid", lambda ring: _on_ground(ring, grid)
    return "wgs84", lambda ring: _moved(_on_ground(ring, grid), forward)


def _to_world(crs: str) -> pyproj.Transformer | None:
    """From a system to WGS 84; ``None`` for a local one that is tied to nothing."""
    try:
        return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except (CRSError, ProjError):
        return None


def _on_ground(ring: Ring, grid: Any) -> Ring:
    a, b, c, d, e, f = tuple(grid.transform)[:6]
    return [(a * x + b * y + c, d * x + e * y + f) for x, y in ring]


def _moved(ring: Ring, transformer: pyproj.Transformer) -> Ring:
    xs, ys = transformer.transform(*np.asarray(ring, float).T)
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def rings_on_grid(path: Path, grid: Any) -> list[Ring]:
    """Outer rings of the polygons of a GeoJSON file in pixels of the grid (``RasterError`` when it is none).

    The file is in WGS 84 as GeoJSON is, or in the grid's own coordinates where those are tied to nothing.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        features = held["features"] if held.get("type") == "FeatureCollection" else [held]
        shapes = [shape_of(one.get("geometry", one)) for one in features]
    except OSError as error:
        raise RasterError("%(file)s cannot be read: %(why)s.", file=path.name, why=error.strerror) from error
    except (ValueError, KeyError, AttributeError, TypeError, shapely.errors.ShapelyError) as error:
        raise RasterError("%(file)s is not a GeoJSON file of polygons.", file=path.name) from error
    rings: list[Ring] = []
    for one in shapes:
        for part in getattr(one, "geoms", [one]):
            if part.geom_type == "Polygon" and not part.is_empty:
                rings.append([(float(x), float(y)) for x, y, *_ in part.exterior.coords])
    if not rings and shapes:
        raise RasterError("%(file)s is not a GeoJSON file of polygons.", file=path.name)
    if grid.crs is None:
        return rings
    a, b, c, d, e, f = tuple(grid.transform)[:6]
    back = np.linalg.inv(np.array([[a, b, c], [d, e, f], [0, 0, 1]], float))
    world = _to_world(grid.crs)
    if world is not None:
        inverse = pyproj.Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
        rings = [_moved(ring, inverse) for ring in rings]
    return [
        [(back[0, 0] * x + back[0, 1] * y + back[0, 2], back[1, 0] * x + back[1, 1] * y + back[1, 2])
         for x, y in ring]
        for ring in rings
    ]  # fmt: skip
