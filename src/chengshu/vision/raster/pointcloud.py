"""点云: a LAS or LAZ cloud to a surface model: the highest point of every cell.

Read in chunks, kept in a mapped file beside the result, written by strips: memory stays small at any size.
"""

from __future__ import annotations

import math
import mmap
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import laspy
import numpy as np
import numpy.typing as npt
import pyproj
import rasterio
from affine import Affine
from laspy.errors import LaspyException
from lazrs import LazrsError
from rasterio.errors import RasterioError
from rasterio.windows import Window

from chengshu.vision.raster.types import Heights, RasterError

CHUNK = 1_000_000  # points read at once
STRIP = 1024  # rows written at once
NOISE = (7, 18)  # LAS 1.4 classes: low and high noise
NEIGHBOURS = 4  # of eight that must be known for a hole's cell to be filled
NODATA = -9999.0
LARGEST = 10_000_000_000  # cells
FINEST, COARSEST = 0.02, 5.0  # metres of a cell that is worked out from the density

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CloudGrid:
    """Where the surface model lies: affine transform (a, b, c, d, e, f), cells, reference system."""

    transform: tuple[float, float, float, float, float, float]
    width: int
    height: int
    crs: str | None = None


@dataclass(frozen=True)
class CloudSurface:
    """What became of a cloud: its points, those on the grid, and the shares of cells hit and then filled."""

    path: Path
    grid: CloudGrid
    points: int
    used: int
    hit: float
    filled: float


def own_grid(cloud: Path, cell: float | None = None) -> CloudGrid:
    """The cloud's own extent by what its head says, in cells of ``cell`` metres (default: by its density).

    :raises RasterError: no point cloud, an empty one, one that would be too large.
    """
    try:
        with laspy.open(cloud) as reader:
            grid = _own_grid(reader.header, cell)
    except (
        LaspyException,
        LazrsError,
        ValueError,
        EOFError,
        OverflowError,
        pyproj.exceptions.CRSError,
    ) as error:
        if isinstance(error, RasterError):
            raise
        raise RasterError("%(file)s is not a LAS or LAZ point cloud.", file=cloud.name) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise RasterError("%(file)s cannot be read: %(why)s.", file=cloud.name, why=why) from error
    if grid.width < 1 or grid.height < 1 or grid.width * grid.height > LARGEST:
        raise RasterError("The grid of %(file)s would be too large.", file=cloud.name)
    return grid


def cloud_to_surface(
    cloud: Path,
    out: Path,
    grid: CloudGrid | None = None,
    *,
    cell: float | None = None,
    fill_cells: int = 2,
    progress: Progress | None = None,
) -> CloudSurface:
    """Write the surface model of ``cloud`` (LAS or LAZ) to ``out``, a GeoTIFF.

    ``grid`` is the one to lie on; without it the cloud's own extent in cells of ``cell`` metres (default: so
    that three points fall into one). Noise classes and withheld points are left out. Holes up to about twice
    ``fill_cells`` wide are filled from around, larger ones stay without data. A cloud in another known
    reference system is brought into the grid's. ``progress`` is told points read and all points.

    :raises RasterError: no point cloud, unknown reference system, nothing of it on the grid, no disk space.
    """
    try:
        with laspy.open(cloud) as reader:
            grid = grid or _own_grid(reader.header, cell)
            if grid.width < 1 or grid.height < 1 or grid.width * grid.height > LARGEST:
                raise RasterError("The grid of %(file)s would be too large.", file=cloud.name)
            with tempfile.TemporaryFile(dir=out.parent) as held:
                plane = _Plane(held, grid)
                used = _read(reader, plane, grid, progress)
                if not used:
                    raise RasterError("No point of %(file)s lies on the area compared.", file=cloud.name)
                hit, filled = _write(plane, out, grid, fill_cells)
                points = int(reader.header.point_count)
    except RasterioError as error:
        raise RasterError(
            "%(file)s cannot be written: %(why)s.", file=out.name, why=str(error)[:200]
        ) from error
    except (LaspyException, LazrsError, ValueError, EOFError) as error:
        if isinstance(error, RasterError):
            raise
        raise RasterError("%(file)s is not a LAS or LAZ point cloud.", file=cloud.name) from error
    except OSError as error:
        why = error.strerror or str(error)
        if str(error.filename) != str(cloud):
            raise RasterError("%(file)s cannot be written: %(why)s.", file=out.name, why=why) from error
        raise RasterError("%(file)s cannot be read: %(why)s.", file=cloud.name, why=why) from error
    cells = grid.width * grid.height
    return CloudSurface(out, grid, points, used, hit / cells, filled / cells)


class _Plane:
    """Cells in a file that is mapped into memory; pages are given back after each chunk."""

    def __init__(self, held: Any, grid: CloudGrid) -> None:
        cells = grid.width * grid.height
        held.truncate(cells * 4)
        self.map = mmap.mmap(held.fileno(), cells * 4)
        # zero bytes are what a new file holds, so heights are kept as 1 + something never negative
        self.cells: npt.NDArray[np.float32] = np.frombuffer(self.map, dtype=np.float32)
        self.low: float = 0.0

    def raise_to(self, numbers: npt.NDArray[np.int64], heights: npt.NDArray[np.float32]) -> None:
        """Lift each cell to the highest of its points."""
        order = np.argsort(numbers, kind="stable")
        numbers = numbers[order]
        first = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
        highest = np.maximum.reduceat(heights[order] - np.float32(self.low) + np.float32(1), first)
        at = numbers[first]
        self.cells[at] = np.maximum(self.cells[at], highest)
        self.release()

    def rows(self, first: int, last: int, width: int) -> Heights:
        """Rows with NaN where no point fell."""
        part = self.cells[first * width : last * width].reshape(last - first, width)
        known = np.where(part > 0, part + np.float32(self.low - 1), np.float32(np.nan))
        self.release()
        return np.asarray(known, dtype=np.float32)

    def release(self) -> None:
        """Let the system keep the pages on disk instead of in this process."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self.map.madvise(mmap.MADV_DONTNEED)


def _own_grid(header: laspy.LasHeader, cell: float | None) -> CloudGrid:
    low, high = header.mins, header.maxs
    wide, deep = float(high[0] - low[0]), float(high[1] - low[1])
    if not header.point_count or not (math.isfinite(wide) and math.isfinite(deep)):
        raise RasterError("The point cloud is empty.")
    if cell is None:
        cell = math.sqrt(3 * max(wide * deep, 1e-6) / header.point_count)
        cell = min(max(round(cell, 2), FINEST), COARSEST)
    left, top = math.floor(low[0] / cell) * cell, math.ceil(high[1] / cell) * cell
    size = (math.floor((high[0] - left) / cell) + 1, math.floor((top - low[1]) / cell) + 1)
    crs = _cloud_crs(header)
    return CloudGrid((cell, 0.0, left, 0.0, -cell, top), *size, crs.to_wkt() if crs else None)


def _cloud_crs(header: laspy.LasHeader) -> pyproj.CRS | None:
    """The horizontal system that the header names."""
    known = header.parse_crs()
    if known is None:
        return None
    if known.is_compound:
        return pyproj.CRS(known.sub_crs_list[0])
    return known.to_2d() if known.is_projected or known.is_geographic else None


def _moves(header: laspy.LasHeader, grid: CloudGrid) -> pyproj.Transformer | None:
    own = _cloud_crs(header)
    if own is None or grid.crs is None:
        return None
    try:
        wanted = pyproj.CRS.from_user_input(grid.crs)
        return None if own == wanted else pyproj.Transformer.from_crs(own, wanted, always_xy=True)
    except (pyproj.exceptions.CRSError, pyproj.exceptions.ProjError) as error:
        raise RasterError("The reference system %(crs)s is not known.", crs=grid.crs[:60]) from error


def _read(reader: laspy.LasReader, plane: _Plane, grid: CloudGrid, progress: Progress | None) -> int:
    back = ~Affine(*grid.transform)
    moves = _moves(reader.header, grid)
    plane.low = float(reader.header.mins[2]) - 1
    done = used = 0
    for chunk in reader.chunk_iterator(CHUNK):
        x, y = np.asarray(chunk.x), np.asarray(chunk.y)
        if moves is not None:
            x, y = moves.transform(x, y)
        u, v = back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f
        good = (u >= 0) & (v >= 0) & (u < grid.width) & (v < grid.height)
        good &= ~np.isin(np.asarray(chunk.classification), NOISE)
        if "withheld" in chunk.point_format.dimension_names:
            good &= ~np.asarray(chunk.withheld).astype(bool)
        if good.any():
            numbers = v[good].astype(np.int64) * grid.width + u[good].astype(np.int64)
            plane.raise_to(numbers, np.asarray(chunk.z)[good].astype(np.float32))
            used += int(good.sum())
        done += len(chunk)
        if progress is not None:
            progress(done, int(reader.header.point_count))
    return used


def _write(plane: _Plane, out: Path, grid: CloudGrid, fill_cells: int) -> tuple[int, int]:
    """Fill small holes and write; returns cells with points and cells filled."""
    profile = {
        "driver": "GTiff", "width": grid.width, "height": grid.height, "count": 1, "dtype": "float32",
        "nodata": NODATA, "transform": Affine(*grid.transform), "compress": "deflate", "predictor": 3,
        "zlevel": 1, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    if min(grid.width, grid.height) >= 256:
        profile |= {"tiled": True, "blockxsize": 256, "blockysize": 256}
    if grid.crs is not None:
        profile["crs"] = grid.crs
    hit = filled = 0
    with rasterio.open(out, "w", **profile) as target:
        for first in range(0, grid.height, STRIP):
            last = min(first + STRIP, grid.height)
            above, below = max(first - fill_cells, 0), min(last + fill_cells, grid.height)
            known = plane.rows(above, below, grid.width)
            core = slice(first - above, last - above)
            full = fill_small(known, fill_cells)[core]
            hit += int(np.isfinite(known[core]).sum())
            filled += int(np.isfinite(full).sum())
            window = Window(0, first, grid.width, last - first)
            target.write(np.nan_to_num(full, nan=NODATA), 1, window=window)
    return hit, filled - hit


def fill_small(heights: Heights, cells: int) -> Heights:
    """Fill holes from their edge inwards, ``cells`` rounds, each cell with the mean of its known neighbours.

    A cell needs four known neighbours of eight, so that the outer edge of a cloud does not creep outwards.
    """
    heights = heights.copy()
    for _ in range(cells):
        known = np.isfinite(heights)
        if known.all():
            break
        zero = np.where(known, heights, 0).astype(np.float32)
        total = cv2.boxFilter(zero, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
        count = cv2.boxFilter(
            known.astype(np.float32), -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT
        )
        take = ~known & (count >= NEIGHBOURS)
        if not take.any():
            break
        heights[take] = np.asarray(total)[take] / np.asarray(count)[take]
    return heights
