"""From pixels to things: connected changes, outlines as a surveyor would draw them, joined over tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.strtree import STRtree

from chengshu.vision.raster.types import Mask, Plane, Ring

FITS = 0.86  # least intersection over union at which a regular outline replaces the ragged one
SMEAR_PX = 4  # how far matching of photographs smears a wall in a surface model
SPLITS = 4
LEAST_PX = 12


@dataclass
class Segment:
    """One connected change on a raster of heights: the part in ``box`` (x0, y0, x1, y1; raster pixels).

    ``inside`` is its mask in the box at half of its gain, ``sign`` 1 for a gain, -1 for a loss, ``gain_m``
    the median signed change of its inner part; ``crosses`` says that the tile's edge cuts it.
    """

    box: tuple[int, int, int, int]
    inside: Mask
    sign: int
    gain_m: float = 0.0
    crosses: bool = False
    measures: dict[str, float] = field(default_factory=dict)

    @property
    def window(self) -> tuple[slice, slice]:
        """Where the box lies in its raster."""
        x0, y0, x1, y1 = self.box
        return slice(y0, y1), slice(x0, x1)


def components(mask: Mask, least: int) -> Iterator[tuple[tuple[int, int, int, int], Mask]]:
    """Box and mask of each connected part of at least ``least`` pixels."""
    if not mask.any():
        return
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    for number in range(1, count):
        x, y, width, height, size = (int(value) for value in stats[number])
        if size >= least:
            yield (x, y, x + width, y + height), labels[y : y + height, x : x + width] == number


def grow(
    box: tuple[int, int, int, int],
    seed: Mask,
    gain: Plane,
    plain: Plane,
    kept_out: Mask,
    reach: int,
    sign: int,
) -> list[Segment]:
    """The things one seed belongs to, each bounded where half of its own gain is reached.

    A surface from photographs smears walls; half the gain is where the wall stands. A low part beside a high
    one would vanish under the high one's half and is taken as a thing of its own. The gain that forgives a
    shift leaves out a strip of ``reach`` pixels along old walls: it is regained from the plain difference.
    """
    rows, columns = gain.shape
    pad = reach + SMEAR_PX
    x0, y0 = max(0, box[0] - pad), max(0, box[1] - pad)
    x1, y1 = min(columns, box[2] + pad), min(rows, box[3] + pad)
    around = (slice(y0, y1), slice(x0, x1))
    left = np.zeros((y1 - y0, x1 - x0), bool)
    left[box[1] - y0 : box[3] - y0, box[0] - x0 : box[2] - x0] = seed
    # A loss lies on the old place: both use the registered difference with its own sign.
    signed = plain[around] * sign
    free = ~kept_out[around]
    found: list[Segment] = []
    for _turn in range(SPLITS):
        if left.sum() < LEAST_PX:
            break
        high = float(np.percentile(gain[around][left], 80))
        mask = _around(left, reach + 2) & (signed > high / 2) & free
        mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        mask = _fill(mask)
        if not (mask & left).any():
            break
        inner = cv2.erode(mask.astype(np.uint8), np.ones((2 * SMEAR_PX + 1,) * 2, np.uint8)) > 0
        core = inner if inner.sum() >= 9 else mask
        for part_box, part in components(mask, LEAST_PX):
            piece = (slice(part_box[1], part_box[3]), slice(part_box[0], part_box[2]))
            if not (left[piece] & part).any():
                continue
            chosen = part & core[piece] if (part & core[piece]).sum() >= 9 else part
            found.append(
                Segment(
                    (part_box[0] + x0, part_box[1] + y0, part_box[2] + x0, part_box[3] + y0),
                    part,
                    sign,
                    float(np.median(signed[piece][chosen])) * sign,
                )
            )
        left = left & ~_around(mask, SMEAR_PX + 2)
        left = cv2.morphologyEx(left.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)) > 0
    for segment in found:
        a, b, c, d = segment.box
        segment.crosses = a <= 0 or b <= 0 or c >= columns or d >= rows
    return found


def _around(mask: Mask, reach: int) -> Mask:
    edge = 2 * reach + 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((edge, edge), np.uint8)) > 0


def _fill(mask: Mask) -> Mask:
    """The mask with its inner holes closed: a light well or a speck is part of the building."""
    rows, columns = mask.shape
    outside = np.zeros((rows + 2, columns + 2), np.uint8)
    outside[1:-1, 1:-1] = mask
    cv2.floodFill(outside, None, (0, 0), 2)
    return np.asarray(outside[1:-1, 1:-1] != 2)


def contour(inside: Mask, x0: float, y0: float, scale: float) -> Polygon | None:
    """Outline of a mask whose first pixel's corner lies at (x0, y0), a pixel being ``scale`` wide."""
    padded = cv2.copyMakeBorder(inside.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    rings, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    best = max(rings, key=cv2.contourArea, default=None)
    if best is None or len(best) < 3:
        return None
    # The chain runs through the centres of the outermost pixels: half a pixel more is the edge.
    shape = Polygon(best[:, 0, :].astype(float) - 0.5).buffer(0.5, join_style="mitre")
    if shape.geom_type != "Polygon" or shape.is_empty:
        shape = shape.convex_hull
    if shape.geom_type != "Polygon":
        return None
    points = shapely.get_coordinates(shape.exterior) * scale + np.array([x0, y0])
    return Polygon(points)


def regular(shape: Polygon, pixel: float) -> Polygon:
    """The outline with right angles where they fit: a rectangle, else right-angled, else simplified.

    ``pixel`` is the unit of tolerance: a raster pixel's edge in the outline's coordinates. The area is kept.
    """
    shape = Polygon(shape.exterior)
    tolerance = max(2.5 * pixel, 0.035 * math.sqrt(shape.area))
    angle = direction(shape, tolerance)
    turned = shapely.affinity.rotate(shape, -angle, origin=(0, 0), use_radians=True)
    best: Polygon | None = None
    box = _rectangle(turned)
    if _overlap(box, turned) >= FITS:
        best = box
    if best is None or _overlap(best, turned) < 0.93:
        stepped = _right_angles(turned, tolerance)
        if stepped is not None and _overlap(stepped, turned) >= FITS:
            better = best is None or _overlap(stepped, turned) > _overlap(best, turned) + 0.03
            best = stepped if better else best
    if best is None:
        best = turned.simplify(tolerance * 0.6)
        if best.geom_type != "Polygon" or best.is_empty or not best.is_valid:
            best = turned
    ratio = math.sqrt(shape.area / best.area) if best.area else 1.0
    best = shapely.affinity.scale(best, ratio, ratio, origin="centroid")
    return shapely.affinity.rotate(best, angle, origin=(0, 0), use_radians=True)


def direction(shape: Polygon, tolerance: float) -> float:
    """Dominant direction of the edges, radians from -π/4 to π/4: a wall counts by its length."""
    points = shapely.get_coordinates(shape.simplify(tolerance).exterior)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    turns = np.arctan2(steps[:, 1], steps[:, 0]) * 4
    weight = lengths**2
    return float(np.arctan2((weight * np.sin(turns)).sum(), (weight * np.cos(turns)).sum()) / 4)


def _rectangle(turned: Polygon) -> Polygon:
    """The upright rectangle most of a shape fills: its ends are where the middle nine tenths point to."""
    x0, y0, x1, y1 = turned.bounds
    step = max((x1 - x0), (y1 - y0)) / 64 or 1.0
    grid_x, grid_y = np.meshgrid(np.arange(x0 + step / 2, x1, step), np.arange(y0 + step / 2, y1, step))
    inside = shapely.contains_xy(turned, grid_x, grid_y)
    if not inside.any():
        return shapely.box(x0, y0, x1, y1)
    ends = []
    for values in (grid_x[inside], grid_y[inside]):
        low, high = np.percentile(values, [5, 95])
        middle, half = (low + high) / 2, (high - low) / 1.8
        ends.append((middle - half, middle + half))
    return shapely.box(ends[0][0], ends[1][0], ends[0][1], ends[1][1])


def _right_angles(turned: Polygon, tolerance: float) -> Polygon | None:
    """The shape with every edge upright or level; ``None`` where that cannot be said."""
    points = shapely.get_coordinates(turned.simplify(tolerance).exterior)
    steps = np.diff(points, axis=0)
    level = np.abs(steps[:, 0]) >= np.abs(steps[:, 1])
    runs: list[tuple[bool, float, float]] = []  # (level?, where the line lies, its length)
    for index, flat in enumerate(level):
        length = float(np.hypot(*steps[index]))
        middle = (points[index] + points[index + 1]) / 2
        place = float(middle[1] if flat else middle[0])
        if runs and runs[-1][0] == flat:
            _, other, other_length = runs[-1]
            total = other_length + length
            runs[-1] = (bool(flat), (other * other_length + place * length) / total, total)
        else:
            runs.append((bool(flat), place, length))
    if len(runs) > 1 and runs[0][0] == runs[-1][0]:
        _, other, other_length = runs.pop()
        flat, place, length = runs[0]
        runs[0] = (
            flat,
            (place * length + other * other_length) / (length + other_length),
            length + other_length,
        )
    if len(runs) < 4 or len(runs) % 2:
        return None
    corners = []
    for one, two in zip(runs, runs[1:] + runs[:1], strict=True):
        corners.append((two[1], one[1]) if one[0] else (one[1], two[1]))
    shape = Polygon(corners)
    return shape if shape.is_valid and shape.area > 0 else None


def _overlap(one: Polygon, two: Polygon) -> float:
    return float(one.intersection(two).area / max(one.union(two).area, 1e-9))


def ring_of(shape: Polygon) -> Ring:
    """A closed ring, to a twentieth of a pixel: the same thing is the same text in two runs."""
    return [(round(float(x), 2), round(float(y), 2)) for x, y in shapely.get_coordinates(shape.exterior)]


def groups(shapes: list[Polygon], joins: list[bool], same: float = 0.5) -> list[list[int]]:
    """Which outlines are one thing: cut ones with all they touch, and the same one seen from two tiles.

    Returns lists of indexes in their first order; ``joins`` says which were cut by a tile's edge.
    """
    parent = list(range(len(shapes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    tree = STRtree(shapes)
    for index, shape in enumerate(shapes):
        for other in tree.query(shape):
            other = int(other)
            if other <= index:
                continue
            shared = shape.intersection(shapes[other]).area
            least = min(shape.area, shapes[other].area)
            cut = (joins[index] or joins[other]) and shared > 0.02 * least
            if cut or shared > same * least:
                one, two = sorted((root(index), root(other)))
                parent[two] = one
    gathered: dict[int, list[int]] = {}
    for index in range(len(shapes)):
        gathered.setdefault(root(index), []).append(index)
    return list(gathered.values())
