"""Pictures of flights for the map: windows of the COG, by its overviews, in Web Mercator."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import rasterio
from PIL import Image
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import from_bounds
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from chengshu.kernel.geometry import bbox_around
from chengshu.sensing.models import Flight
from chengshu.sensing.raster import opened
from chengshu.sensing.rules import rules

MERCATOR = "EPSG:3857"
HALF = 20_037_508.342789244
Box = tuple[float, float, float, float]


def tile_bounds(z: int, x: int, y: int) -> Box:
    """The tile in metres of Web Mercator. Raises ValueError for a tile that does not exist."""
    least, most = rules().tiles.zooms
    if not (least <= z <= most and 0 <= x < 2**z and 0 <= y < 2**z):
        raise ValueError(f"no tile {z}/{x}/{y}")
    side = 2 * HALF / 2**z
    return -HALF + x * side, HALF - (y + 1) * side, -HALF + (x + 1) * side, HALF - y * side


def around(place: BaseGeometry, margin_m: float) -> Box:
    """A square around a place with a margin, in metres of Web Mercator."""
    west, south, east, north = place.bounds
    west, south, _e, _n = bbox_around(west, south, margin_m)
    _w, _s, east, north = bbox_around(east, north, margin_m)
    left, bottom, right, top = transform_bounds("EPSG:4326", MERCATOR, west, south, east, north)
    half, x, y = max(right - left, top - bottom) / 2, (left + right) / 2, (bottom + top) / 2
    return x - half, y - half, x + half, y + half


def tile(flight: Flight, z: int, x: int, y: int) -> bytes:
    """A tile as WebP, transparent where the flight has nothing. Raises ValueError, `SensingProblem`."""
    bounds = tile_bounds(z, x, y)
    size = rules().tiles.size
    if not _touches(flight, bounds):
        image = Image.new("RGBA", (size, size))
    else:
        image = picture(flight, bounds, size)
    content = io.BytesIO()
    image.save(content, "WEBP", quality=rules().tiles.quality, method=2)
    return content.getvalue()


def picture(flight: Flight, bounds: Box, size: int) -> Image.Image:
    """The square of the mosaic as RGBA. Raises `SensingProblem`, OSError when the file cannot be read."""
    with opened(flight.mosaic) as dataset:
        try:
            return Image.fromarray(_read(dataset, flight, bounds, size))
        except RasterioError as error:
            raise OSError(str(error)) from None


def _read(dataset: Any, flight: Flight, bounds: Box, size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Only the window that is wanted is warped; the warper takes it from the overview of that scale."""
    pixel = (bounds[2] - bounds[0]) / size
    transform = rasterio.transform.from_origin(bounds[0], bounds[3], pixel, pixel)
    options: dict[str, Any] = {
        "crs": MERCATOR, "transform": transform, "width": size, "height": size,
        "resampling": Resampling.bilinear,
    }  # fmt: skip
    if flight.crs_stated or dataset.crs is None:
        options["src_crs"] = flight.crs
    bands = [1, 1, 1] if dataset.count == 1 else [1, 2, 3]
    with WarpedVRT(dataset, add_alpha=dataset.count != 4, **options) as warped:
        window = from_bounds(*bounds, transform=warped.transform)
        read = warped.read([*bands, warped.count], window=window, out_shape=(4, size, size))
    return np.ascontiguousarray(np.moveaxis(read.astype(np.uint8), 0, -1))


def _touches(flight: Flight, bounds: Box) -> bool:
    degrees = transform_bounds(MERCATOR, "EPSG:4326", *bounds)
    return bool(flight.area and shape(flight.area).intersects(box(*degrees)))


def zoom_of(flight: Flight) -> int:
    """The zoom at which a pixel of the map is no larger than one of the flight (256-pixel tiles)."""
    latitude = shape(flight.area).centroid.y if flight.area else 0.0
    whole = 2 * HALF * math.cos(math.radians(latitude)) / rules().tiles.size
    least, most = rules().tiles.zooms
    return min(most, max(least, math.ceil(math.log2(whole / (flight.gsd_m or 1.0)))))
