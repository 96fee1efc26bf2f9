"""Two flights over one place on one grid, read by windows in bounded memory."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import cv2
import numpy as np
import rasterio

from chengshu.vision.raster.grid.box import Box
from chengshu.vision.raster.grid.frame import Grid, lay_grid
from chengshu.vision.raster.grid.sources import Remark, Source, open_source
from chengshu.vision.raster.registration.field import displacement
from chengshu.vision.raster.types import Heights, Image, Mask, Registration

CACHE_MB = 256
GDAL = {
    "GDAL_CACHEMAX": CACHE_MB << 20,
    "GDAL_NUM_THREADS": 1,
}


class Window(NamedTuple):
    """One piece of work: ``core`` is this window's own, ``outer`` also its surroundings."""

    core: Box
    outer: Box


@dataclass
class Tile:
    """What was read of a window: pixels of ``outer``, whose first lies at (x0, y0) of the grid.

    ``valid`` where both images show something. ``window`` says which part is the tile's own.
    """

    before: Image
    after: Image
    valid: Mask
    before_heights: Heights | None
    after_heights: Heights | None
    x0: int = 0
    y0: int = 0
    window: Window | None = None


class Pair:
    """An opened pair; close it, or use it in a ``with``. Pickled, it is opened again where it arrives."""

    def __init__(
        self,
        before: Path,
        after: Path,
        before_dsm: Path | None = None,
        after_dsm: Path | None = None,
        *,
        resolution: float | None = None,
    ) -> None:
        self._arguments = (before, after, before_dsm, after_dsm, resolution)
        with ExitStack() as stack:
            stack.enter_context(rasterio.Env(**GDAL))
            self._before, self._after = open_source(before, stack), open_source(after, stack)
            heights = [open_source(Path(dsm), stack, heights=True) for dsm in (before_dsm, after_dsm) if dsm]
            both = before_dsm is not None and after_dsm is not None
            placed = [self._before, self._after, *(heights if both else [])]
            self.grid: Grid = lay_grid(placed, resolution, stack)
            self._before_heights: Source | None = heights[0] if both else None
            self._after_heights: Source | None = heights[1] if both else None
            self.remarks: list[Remark] = [remark for source in placed for remark in source.remarks]
            if heights and not both:
                self.remarks.append(
                    ("Only one of the flights has a surface model; the comparison goes without heights.", {})
                )
            self._stack = stack.pop_all()

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, self._arguments

    def close(self) -> None:
        """Closes the files."""
        self._stack.close()

    @property
    def has_heights(self) -> bool:
        """Both flights have a surface model."""
        return self._before_heights is not None

    def windows(self, tile: int = 2048, halo: int = 64) -> list[Window]:
        """The grid cut into cores of ``tile`` pixels, each with up to ``halo`` around it."""
        width, height = self.grid.width, self.grid.height
        cores = [
            Box(x, y, tile, tile).clipped(width, height)
            for y in range(0, height, tile)
            for x in range(0, width, tile)
        ]
        return [Window(core, core.grown(halo).clipped(width, height)) for core in cores]

    def read(self, window: Window | Box, registration: Registration | None = None) -> Tile:
        """The pixels of a window; with an accepted ``registration`` after is moved onto before.

        Raises RasterError where a file is damaged.
        """
        outer = window.outer if isinstance(window, Window) else window
        before, seen = self._before.read_image(outer)
        if registration is not None and registration.accepted:
            moved = _Moved(outer, registration)
            after, also = moved.image(self._after)
            after_heights = moved.heights(self._after_heights) if self._after_heights else None
        else:
            after, also = self._after.read_image(outer)
            after_heights = self._after_heights.read_heights(outer) if self._after_heights else None
        return Tile(
            before,
            after,
            seen & also,
            self._before_heights.read_heights(outer) if self._before_heights else None,
            after_heights,
            outer.x0,
            outer.y0,
            window if isinstance(window, Window) else Window(outer, outer),
        )

    def read_square(self, x0: int, y0: int, side: int) -> Tile:
        """A square of the grid that may reach beyond it, unmoved."""
        return self.read(Box(x0, y0, side, side))

    def read_overview(self, max_px: int = 1024) -> Tile:
        """The whole grid, made smaller so that its longer side has at most ``max_px`` pixels.

        A pixel of it is ``grid.width / overview.before.shape[1]`` pixels of the grid. From large files
        without overviews of their own this reads every pixel once.
        """
        grid = self.grid
        factor = min(1.0, max_px / max(grid.width, grid.height))
        shape = (max(1, round(grid.height * factor)), max(1, round(grid.width * factor)))
        box = Box(0, 0, grid.width, grid.height)
        before, seen = self._before.read_image(box, shape)
        after, also = self._after.read_image(box, shape)
        heights = [
            source.read_heights(box, shape) if source else None
            for source in (self._before_heights, self._after_heights)
        ]
        return Tile(before, after, seen & also, heights[0], heights[1])


def open_pair(
    before: Path,
    after: Path,
    before_dsm: Path | None = None,
    after_dsm: Path | None = None,
    *,
    resolution: float | None = None,
) -> Pair:
    """Opens two orthomosaics (GeoTIFF, or PNG/JPEG of equal size) and, if any, their surface models.

    ``resolution`` in metres a pixel; without it the coarser of the two. The grid covers what both
    cover, in the coordinate system of ``before`` where that is metric and true to scale, else in a fitting
    one.
    Raises RasterError, each a sentence for the user, where they cannot be compared.
    """
    return Pair(before, after, before_dsm, after_dsm, resolution=resolution)


def _reopen(
    before: Path, after: Path, before_dsm: Path | None, after_dsm: Path | None, resolution: float | None
) -> Pair:
    return open_pair(before, after, before_dsm, after_dsm, resolution=resolution)


class _Moved:
    """Reads the flight after where the registration says that it shows a box of the grid."""

    def __init__(self, box: Box, registration: Registration) -> None:
        xs = box.x0 + np.arange(box.width, dtype=np.float32)[None, :] + np.float32(0.5)
        ys = box.y0 + np.arange(box.height, dtype=np.float32)[:, None] + np.float32(0.5)
        dx, dy = displacement(registration, xs, ys)
        left, top = int(np.floor(dx.min())) - 2, int(np.floor(dy.min())) - 2
        right, bottom = int(np.ceil(dx.max())) + 3, int(np.ceil(dy.max())) + 3
        self.box = Box(box.x0 + left, box.y0 + top, box.width + right - left, box.height + bottom - top)
        shape = (box.height, box.width)
        columns = np.arange(box.width, dtype=np.float32)[None, :] - left
        rows = np.arange(box.height, dtype=np.float32)[:, None] - top
        self.columns = np.ascontiguousarray(np.broadcast_to(columns + dx, shape).astype(np.float32))
        self.rows = np.ascontiguousarray(np.broadcast_to(rows + dy, shape).astype(np.float32))

    def image(self, source: Source) -> tuple[Image, Mask]:
        """Resampled by cubic interpolation, which keeps edges as sharp as they were."""
        pixels, seen = source.read_image(self.box)
        moved = cv2.remap(pixels, self.columns, self.rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        share = cv2.remap(seen.astype(np.float32), self.columns, self.rows, cv2.INTER_LINEAR)
        return moved.astype(np.uint8, copy=False), share > 0.999

    def heights(self, source: Source) -> Heights:
        """Interpolated between measured heights; beside a hole the nearest one, never a mix with the hole."""
        heights = source.read_heights(self.box)
        known = np.isfinite(heights)
        weight = cv2.remap(known.astype(np.float32), self.columns, self.rows, cv2.INTER_LINEAR)
        filled = np.where(known, heights, 0).astype(np.float32)
        moved = cv2.remap(filled, self.columns, self.rows, cv2.INTER_LINEAR)
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Heights = np.where(weight >= 0.5, moved / weight, np.nan).astype(np.float32)
        return found
