"""What the candidates of heights and of colour share: whose tile they are, what is permitted, their name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon

from chengshu.vision.raster import calibration, kinds, segments
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.types import Candidate, Image, Mask, Ring

Box = tuple[int, int, int, int]
Rings = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class Place:
    """Where a tile stands: its ``core`` (x0, y0, x1, y1; pixels of the common grid) owns the candidates whose
    middle it holds; the edges of ``extent``, the whole grid, cut nothing. ``pixel_m``: metres a pixel, or
    ``None`` where unknown."""

    core: Box
    extent: tuple[int, int]
    pixel_m: float | None = None

    def owns(self, box: tuple[float, float, float, float], slack: float = 2.0) -> bool:
        """Whether the middle of a box lies in the core; the seam belongs to both, the double goes later."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        x0, y0, x1, y1 = self.core
        return x0 - slack <= x < x1 + slack and y0 - slack <= y < y1 + slack


def cut_by_tile(box: tuple[float, float, float, float], tile: Any, place: Place, slack: float = 1) -> bool:
    """Whether the edge of what was read cuts a box (the edge of the whole grid does not)."""
    rows, columns = tile.before.shape[:2]
    return bool(
        (box[0] <= tile.x0 + slack and tile.x0 > 0)
        or (box[1] <= tile.y0 + slack and tile.y0 > 0)
        or (box[2] >= tile.x0 + columns - slack and tile.x0 + columns < place.extent[0])
        or (box[3] >= tile.y0 + rows - slack and tile.y0 + rows < place.extent[1])
    )


def approved(shape: Polygon, options: Options) -> bool:
    """Whether most of a shape lies where building is permitted."""
    if not options.approved:
        return False
    tree, footprints = _footprints(options.approved)
    near = [footprints[index] for index in tree.query(shape, predicate="intersects")]
    permitted = shapely.union_all(near)
    return bool(shape.intersection(permitted).area >= options.approved_share * shape.area)


@lru_cache(maxsize=2)
def _footprints(rings: Rings) -> tuple[shapely.STRtree, list[Polygon]]:
    shapes = [Polygon(ring).buffer(0) for ring in rings]
    return shapely.STRtree(shapes), shapes


def named(shape: Polygon, measures: dict[str, float], *, pixels: int, calibrated: str) -> Candidate:
    """A candidate with its kind, reasons and calibrated score."""
    kind, reasons = kinds.classify(measures)
    ring: Ring = segments.ring_of(shape)
    score = calibration.shipped(calibrated).score(measures)
    area = measures.get("area", 0.0)
    return Candidate(
        ring, round(area, 2), kind, score, measures.get("gain"), pixels, reasons,
        {name: round(value, 4) for name, value in measures.items()},
    )  # fmt: skip


def blue_sheet(image: Image) -> Mask:
    """蓝色彩钢板: saturated blue, neither water (darker) nor glass (paler)."""
    red, green, blue = (image[..., band].astype(np.int16) for band in range(3))
    return ((blue - red) * 10 > (red + green + blue) * 3) & (blue >= green) & (blue > 80)
