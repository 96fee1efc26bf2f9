"""The common grid of a comparison: which coordinate system, which pixel size, which part."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pyproj
import rasterio
from affine import Affine
from rasterio.errors import RasterioError
from rasterio.warp import calculate_default_transform, transform_bounds

from chengshu.vision.raster.grid.sources import Source, warped
from chengshu.vision.raster.types import RasterError

SMALLEST_PX = 64
LARGEST_PX = 200_000
DRIFT_PX = 0.02  # files that lie on the grid's pixels to this part of a pixel are read without resampling
CGCS2000 = 4490
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Grid:
    """The common grid. ``transform`` (a, b, c, d, e, f): x = a·column + b·row + c, y = d·column + e·row + f.

    ``crs`` is an EPSG code or WKT, ``None`` without one; ``pixel_m`` metres a pixel, ``None`` where the
    images have no coordinates (then ``transform`` is the identity).
    """

    crs: str | None
    transform: tuple[float, float, float, float, float, float]
    width: int
    height: int
    pixel_m: float | None


def lay_grid(sources: list[Source], resolution: float | None, stack: ExitStack) -> Grid:
    """Chooses the grid for the images ``sources[0]`` (before) and ``[1]`` (after) and places all files on it.

    ``resolution`` in metres a pixel, else the coarser of the two images. Raises RasterError where they cannot
    be brought together.
    """
    before, after = sources[:2]
    if (before.transform is None) != (after.transform is None):
        without, other = (before, after) if before.transform is None else (after, before)
        raise RasterError(
            "%(file)s has no coordinates, %(other)s has; both must have them, or neither.",
            file=without.name,
            other=other.name,
        )
    if before.transform is None:
        return _pixel_grid(sources)
    for image, heights in zip(sources[:2], _heights_of(sources), strict=True):
        _lend_coordinates(image, heights)
    crs, unit_m = _common_crs(before, after)
    grid, crs_given = _metric_grid(before, after, crs, unit_m, resolution)
    for source in sources:
        _place(source, grid, crs_given, stack)
    return grid


def _heights_of(sources: list[Source]) -> list[Source | None]:
    return [*sources[2:], None, None][:2]


def _pixel_grid(sources: list[Source]) -> Grid:
    before = sources[0].dataset
    for source in sources[1:]:
        if source.transform is not None:
            raise RasterError(
                "%(file)s has no coordinates, %(other)s has; both must have them, or neither.",
                file=sources[0].name,
                other=source.name,
            )
        if (source.dataset.width, source.dataset.height) != (before.width, before.height):
            raise RasterError(
                "Images without coordinates must be of equal size: %(file)s has %(width)s × %(height)s "
                "pixels, %(other)s %(other_width)s × %(other_height)s.",
                file=sources[0].name,
                width=before.width,
                height=before.height,
                other=source.name,
                other_width=source.dataset.width,
                other_height=source.dataset.height,
            )
    if min(before.width, before.height) < SMALLEST_PX:
        raise RasterError(
            "%(file)s is too small to compare: %(width)s × %(height)s pixels.",
            file=sources[0].name,
            width=before.width,
            height=before.height,
        )
    return Grid(None, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), before.width, before.height, None)


def _lend_coordinates(image: Source, heights: Source | None) -> None:
    """A surface model without coordinates but of its image's size lies where the image lies."""
    if heights is None or heights.transform is not None:
        if heights is not None and heights.crs is None:
            heights.crs = image.crs
        return
    same = (heights.dataset.width, heights.dataset.height) == (image.dataset.width, image.dataset.height)
    if not same:
        raise RasterError(
            "The surface model %(file)s has no coordinates and not the size of its image.", file=heights.name
        )
    heights.transform, heights.crs = image.transform, image.crs


def _horizontal(crs: Any) -> pyproj.CRS | None:
    if crs is None:
        return None
    try:
        found = pyproj.CRS.from_wkt(crs.to_wkt())
    except pyproj.exceptions.CRSError as error:
        raise RasterError("A coordinate system cannot be understood: %(crs)s.", crs=str(crs)[:80]) from error
    return found.sub_crs_list[0] if found.is_compound else found


def _unit_m(crs: pyproj.CRS) -> float | None:
    """Metres a unit of a coordinate system true to scale; None for degrees and for web maps (Mercator)."""
    if crs.is_geographic or crs.is_geocentric:
        return None
    method = crs.coordinate_operation.method_name if crs.coordinate_operation else ""
    if "Mercator" in method and "Transverse" not in method and "Oblique" not in method:
        return None
    return float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0


def _is_local(crs: pyproj.CRS) -> bool:
    return "Engineering" in crs.type_name or "Local" in crs.type_name


def _common_crs(before: Source, after: Source) -> tuple[Any, float]:
    """The coordinate system to compare in (None: an unnamed local one) and metres a unit of it."""
    if (before.crs is None) != (after.crs is None):
        without, other = (before, after) if before.crs is None else (after, before)
        raise RasterError(
            "%(file)s does not say in which coordinate system it lies, %(other)s does; add it to the file.",
            file=without.name,
            other=other.name,
        )
    systems = [_horizontal(before.crs), _horizontal(after.crs)]
    first, second = systems
    if first is None or second is None:
        before.remarks.append(
            (
                "The images name no coordinate system; their coordinates are taken as local metres.",
                {},
            )
        )
        return None, 1.0
    if first != second and (_is_local(first) or _is_local(second)):
        raise RasterError(
            "%(file)s and %(other)s lie in different local coordinate systems that cannot be converted.",
            file=before.name,
            other=after.name,
        )
    for system in systems:
        unit = _unit_m(system) if system is not None else None
        if system is not None and unit is not None and (unit == 1.0 or _is_local(system)):
            return rasterio.CRS.from_wkt(system.to_wkt()), unit
    return _fitting(before, first), 1.0


def _fitting(source: Source, crs: pyproj.CRS) -> rasterio.CRS:
    """A metric system for the place: CGCS2000 in zones of 3° for Chinese coordinates, else UTM."""
    try:
        west, south, east, north = transform_bounds(source.crs, "EPSG:4326", *source.dataset.bounds)
    except RasterioError as error:
        raise RasterError("The coordinates of %(file)s lie outside the world.", file=source.name) from error
    lng, lat = (west + east) / 2, (south + north) / 2
    geodetic = crs.geodetic_crs
    if geodetic is not None and geodetic.to_epsg() == CGCS2000 and 73.5 <= lng <= 136.5:
        return rasterio.CRS.from_epsg(4534 + round((lng - 75) / 3))
    if not (-180 <= lng <= 180 and -80 <= lat <= 84):
        raise RasterError("The coordinates of %(file)s lie outside the world.", file=source.name)
    zone = min(int((lng + 180) // 6) + 1, 60)
    return rasterio.CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def _pixel_size(transform: Affine) -> float:
    return max(math.hypot(transform.a, transform.d), math.hypot(transform.b, transform.e))


def _extent(source: Source, crs: Any) -> tuple[Bounds, float]:
    """Bounds and pixel size of a file in the common system."""
    dataset, transform = source.dataset, source.transform
    assert transform is not None  # noqa: S101
    corners = [transform @ corner for corner in _corners(dataset.width, dataset.height)]
    xs, ys = zip(*corners, strict=True)
    bounds = (min(xs), min(ys), max(xs), max(ys))
    if crs is None or source.crs == crs or _horizontal(source.crs) == _horizontal(crs):
        return bounds, _pixel_size(transform)
    try:
        found = transform_bounds(source.crs, crs, *bounds, densify_pts=21)
        default, _, _ = calculate_default_transform(source.crs, crs, dataset.width, dataset.height, *bounds)
    except RasterioError as error:
        raise RasterError(
            "%(file)s cannot be brought into the coordinate system of the other image.", file=source.name
        ) from error
    if not all(map(math.isfinite, found)):
        raise RasterError("The coordinates of %(file)s lie outside the world.", file=source.name)
    return found, _pixel_size(default)


def _corners(width: int, height: int) -> list[tuple[int, int]]:
    return [(0, 0), (width, 0), (width, height), (0, height)]


def _metric_grid(
    before: Source, after: Source, crs: Any, unit_m: float, resolution: float | None
) -> tuple[Grid, Any]:
    (first, size), (second, other_size) = _extent(before, crs), _extent(after, crs)
    if abs(size - other_size) < 1e-6 * size:
        other_size = size
    step = resolution / unit_m if resolution else max(size, other_size)
    if not step > 0:
        raise RasterError("The pixel size must be more than zero.")
    west, south = max(first[0], second[0]), max(first[1], second[1])
    east, north = min(first[2], second[2]), min(first[3], second[3])
    # On the pixels of the image before where it has the grid's step, so that it need not be resampled.
    origin = (first[0], first[3]) if math.isclose(size, step, rel_tol=1e-6) else (second[0], second[3])
    left = origin[0] + math.ceil((west - origin[0]) / step - 1e-3) * step
    top = origin[1] - math.ceil((origin[1] - north) / step - 1e-3) * step
    width = math.floor((east - left) / step + 1e-3)
    height = math.floor((top - south) / step + 1e-3)
    if width <= 0 or height <= 0:
        raise RasterError(
            "%(file)s and %(other)s do not overlap; check their coordinates.",
            file=before.name,
            other=after.name,
        )
    if min(width, height) < SMALLEST_PX:
        raise RasterError(
            "%(file)s and %(other)s overlap by only %(width)s × %(height)s pixels, too little to compare.",
            file=before.name,
            other=after.name,
            width=width,
            height=height,
        )
    if max(width, height) > LARGEST_PX:
        raise RasterError(
            "The comparison would have %(width)s × %(height)s pixels; choose larger pixels.",
            width=width,
            height=height,
        )
    transform = (float(step), 0.0, float(left), 0.0, float(-step), float(top))
    return Grid(_name_of(crs), transform, width, height, step * unit_m), crs


def _name_of(crs: Any) -> str | None:
    if crs is None:
        return None
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.to_wkt())


def _place(source: Source, grid: Grid, crs: Any, stack: ExitStack) -> None:
    """Reads the file straight where its pixels are the grid's, else through a resampled view of it."""
    dataset, own = source.dataset, source.transform
    assert own is not None  # noqa: S101
    common = crs if crs is not None and _horizontal(source.crs) != _horizontal(crs) else None
    if common is None:
        to_file = ~own @ Affine(*grid.transform)
        column, row = to_file @ (0, 0)
        far = to_file @ (grid.width, grid.height)
        offset = (round(column), round(row))
        ends = [column, row, far[0] - grid.width, far[1] - grid.height]
        drift = max(abs(end - offset[axis % 2]) for axis, end in enumerate(ends))
        if drift < DRIFT_PX and to_file.is_rectilinear and to_file.a > 0 and to_file.e > 0:
            source.place(dataset, offset)
            return
    if common is not None and source.heights and _horizontal(source.crs) is None:
        raise RasterError("%(file)s does not say in which coordinate system it lies.", file=source.name)
    warped(source, Affine(*grid.transform), grid.width, grid.height, common, stack)
