"""Truth and results in files: label masks (PNG, TIFF) and polygons (GeoJSON), in any reference system.

GeoJSON is in WGS 84 unless it says otherwise: by the old ``crs`` member, or by ``chengshu.coordinates`` as
this package writes it (``pixel``: pixels of the image before; ``grid``: a local system, with its ``crs``).
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import rasterio.features
import shapely
from pyproj.exceptions import CRSError, ProjError
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from chengshu.vision.raster.scenes import Truth
from chengshu.vision.raster.truth import MIN_IOU, ObjectScore, PixelScore, pixel_score, score_objects
from chengshu.vision.raster.types import KINDS, Candidate, RasterError, Ring

WGS84 = "EPSG:4326"
FILES = (".geojson", ".json")
LARGEST_MASK = 400_000_000  # pixels that are held at once


@dataclass
class Layer:
    """Outlines in one reference system (``crs`` None: pixels) with what is written beside each."""

    crs: str | None
    shapes: list[shapely.Geometry] = field(default_factory=list)
    properties: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class FileScore:
    """What ``score_files`` measured. ``metric`` says whether areas are m² (otherwise square pixels)."""

    pixels: PixelScore
    objects: ObjectScore
    metric: bool


def read_layer(path: Path) -> Layer:
    """The outlines in a file, a mask's connected areas as outlines. :raises RasterError: not readable."""
    return read_polygons(path) if path.suffix.lower() in FILES else read_mask(path)


def read_polygons(path: Path) -> Layer:
    """Polygons and multipolygons of a GeoJSON file. :raises RasterError: it is not one."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RasterError("%(file)s cannot be read: %(why)s.", file=path.name, why=error.strerror) from error
    except ValueError as error:
        raise RasterError("%(file)s is not GeoJSON.", file=path.name) from error
    try:
        features = held["features"] if held.get("type") == "FeatureCollection" else [held]
        layer = Layer(_system(held))
        for feature in features:
            shape = shapely.geometry.shape(feature.get("geometry", feature))
            for part in getattr(shape, "geoms", [shape]):
                if isinstance(part, shapely.Polygon) and not part.is_empty:
                    layer.shapes.append(part if part.is_valid else part.buffer(0))
                    layer.properties.append(feature.get("properties") or {})
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise RasterError("%(file)s is not GeoJSON.", file=path.name) from error
    return layer


def _system(held: dict[str, Any]) -> str | None:
    own = held.get("chengshu") or {}
    if own.get("coordinates") == "pixel":
        return None
    if own.get("coordinates") == "grid" and own.get("crs"):
        return str(own["crs"])
    named = ((held.get("crs") or {}).get("properties") or {}).get("name")
    return str(named) if named else WGS84


def read_mask(path: Path) -> Layer:
    """Connected areas of a mask: anything but 0 is changed; labels above 1 tell touching things apart.

    A mask of 0 and 255 (or 1) has one class, so touching areas are one. :raises RasterError: not an image, or
    too large to hold.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as source:
                if source.width * source.height > LARGEST_MASK:
                    raise RasterError(
                        "The mask %(file)s is too large; give polygons instead.", file=path.name
                    )
                plane = source.read(1)
                crs = source.crs.to_string() if source.crs else None
                transform = source.transform
    except RasterioError as error:
        raise RasterError("%(file)s cannot be read as an image.", file=path.name) from error
    plane = plane.astype(np.int32)
    found = rasterio.features.shapes(plane, mask=plane != 0, connectivity=8, transform=transform)
    shapes = [shapely.geometry.shape(shape).buffer(0) for shape, _label in found]
    return Layer(crs, shapes, [{} for _ in shapes])


def score_files(result: Path, truth: Path, *, min_iou: float = MIN_IOU) -> FileScore:
    """Score a result (GeoJSON) against the truth (GeoJSON or label mask).

    Both are brought into the truth's system, or where that is in degrees into a plane one around it. The
    pixel score is that of the exact areas; where a truth does not count (``counts`` false) nothing is judged.

    :raises RasterError: a file cannot be read, or one has coordinates and the other has none.
    """
    found, known = read_layer(result), read_layer(truth)
    if (found.crs is None) != (known.crs is None):
        raise RasterError("One of the two files has coordinates of the earth and the other has pixels.")
    metric = known.crs is not None
    if metric:
        target = _plane_system(known, found)
        found, known = _moved(found, target), _moved(known, target)
    counts = [about.get("counts") is not False for about in known.properties]
    outside = shapely.union_all([s for s, counted in zip(known.shapes, counts, strict=True) if not counted])
    true = shapely.union_all([s for s, counted in zip(known.shapes, counts, strict=True) if counted])
    true, ours = true.difference(outside), shapely.union_all(found.shapes).difference(outside)
    pixels = pixel_score(true.intersection(ours).area, ours.area, true.area)
    objects = score_objects(list(_candidates(found)), list(_truths(known)), None, min_iou)
    return FileScore(pixels, objects, metric)


def _plane_system(known: Layer, found: Layer) -> pyproj.CRS:
    try:
        crs = pyproj.CRS.from_user_input(known.crs)
    except CRSError as error:
        raise RasterError("The reference system %(crs)s is not known.", crs=str(known.crs)[:60]) from error
    shapes = known.shapes or found.shapes
    if not crs.is_geographic or not shapes:
        return crs
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    return pyproj.CRS.from_proj4(f"+proj=laea +lat_0={(south + north) / 2} +lon_0={(west + east) / 2}")


def _moved(layer: Layer, target: pyproj.CRS) -> Layer:
    try:
        forward = pyproj.Transformer.from_crs(layer.crs, target, always_xy=True)
        shapes = [
            shapely.transform(shape, lambda xy: np.stack(forward.transform(xy[:, 0], xy[:, 1]), axis=1))
            for shape in layer.shapes
        ]
    except (CRSError, ProjError) as error:
        raise RasterError("The reference system %(crs)s is not known.", crs=str(layer.crs)[:60]) from error
    if any(not math.isfinite(shape.area) for shape in shapes):
        raise RasterError("The two files cannot be brought into one reference system.")
    return Layer(target.to_string(), shapes, layer.properties)


def _ring(shape: shapely.Geometry) -> Ring:
    largest = max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
    return [(float(x), float(y)) for x, y in largest.exterior.coords]


def _candidates(layer: Layer) -> Iterable[Candidate]:
    for shape, about in zip(layer.shapes, layer.properties, strict=True):
        kind = about.get("kind")
        yield Candidate(
            _ring(shape), shape.area, kind if kind in KINDS else "unclear", _number(about.get("score"), 0.0),
            None if about.get("height_gain_m") is None else _number(about.get("height_gain_m"), math.nan),
        )  # fmt: skip


def _truths(layer: Layer) -> Iterable[Truth]:
    for shape, about in zip(layer.shapes, layer.properties, strict=True):
        gain = _number(about.get("height_gain_m"), math.nan)
        yield Truth(
            _ring(shape),
            str(about.get("kind", "unclear")),
            gain,
            shape.area,
            about.get("counts") is not False,
        )


def _number(value: Any, missing: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else missing
