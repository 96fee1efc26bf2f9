"""What changed in height: two surfaces brought to one level, and a gain that forgives a small shift.

Photogrammetric surfaces of two flights differ by a constant, by a smooth bowl (doming) and by a shift of a
few pixels. The level and the bowl are taken off by a robust quadratic; the shift is forgiven by comparing
each height with the highest of its old neighbourhood, so that a wall that merely moved gives no gain. A loss
is the gain of the flights in reverse: a small shed that is gone is found as surely as one that came.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster.types import Heights, Image, Mask, Plane

NOWHERE = np.float32(-1e4)  # stands for "not measured" in filters that look for the highest
SMALL_HOLE_PX = 3
ROUNDS = 25
LEAST_CELLS = 24
GREY = 0.12  # excess green up to here may be the camera's white balance
GREEN_OVER_GREY = 0.07


@dataclass(frozen=True)
class Surface:
    """高程基准差: height difference of two flights over unchanged ground, metres, over the whole pair.

    ``terms`` are the factors of 1, u, v, u², uv, v² with u and v from -1 to 1 over ``width`` × ``height``
    pixels. ``order`` is 2 for the full bowl, 0 for a constant and -1 where too little was stable to say
    anything (then nothing is taken off); ``stable`` the share of cells that agree with it.
    """

    terms: tuple[float, ...] = (0.0,) * 6
    width: int = 1
    height: int = 1
    order: int = -1
    stable: float = 0.0

    def over(self, x0: float, y0: float, columns: int, rows: int, step: float) -> Plane:
        """Its values over ``columns`` × ``rows`` cells of ``step`` pixels whose corner lies at (x0, y0)."""
        u = (x0 + (np.arange(columns, dtype=np.float32) + 0.5) * step) / self.width * 2 - 1
        v = (y0 + (np.arange(rows, dtype=np.float32) + 0.5) * step) / self.height * 2 - 1
        a, b, c, d, e, f = (np.float32(term) for term in self.terms)
        along = a + b * u + d * u * u
        across = c * v + f * v * v
        plane = along[None, :] + across[:, None]
        if e:
            plane = plane + e * v[:, None] * u[None, :]
        return plane.astype(np.float32)

    def as_dict(self) -> dict[str, Any]:
        """For the run's own file."""
        return asdict(self)

    @staticmethod
    def of(values: dict[str, Any]) -> Surface:
        """The reverse of ``as_dict``."""
        return Surface(**(values | {"terms": tuple(values["terms"])}))


@dataclass(frozen=True)
class Cells:
    """Median differences of height of small cells, with their place from -1 to 1 over the whole pair."""

    values: np.ndarray
    u: np.ndarray
    v: np.ndarray

    @staticmethod
    def of(
        difference: Plane, cell: int, *, x0: float = 0, y0: float = 0, step: float = 1, size: Any = None
    ) -> Cells:
        """The cells of ``cell`` pixels of a plane that are mostly measured.

        The plane's corner lies at (x0, y0) of the grid, its pixels are ``step`` pixels of the grid wide;
        ``size`` is (width, height) of the grid, by default that of the plane.
        """
        rows, columns = (edge // cell for edge in difference.shape)
        width, height = size or (difference.shape[1] * step, difference.shape[0] * step)
        if not rows or not columns:
            return Cells(np.zeros(0), np.zeros(0), np.zeros(0))
        blocks: Any = difference[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell)
        blocks = blocks.transpose(0, 2, 1, 3).reshape(rows, columns, cell * cell)
        measured = np.isfinite(blocks).mean(axis=2) >= 0.5
        chosen = blocks[measured]
        values = np.nanmedian(chosen, axis=1) if len(chosen) else np.zeros(0)
        v, u = np.nonzero(measured)
        return Cells(
            values.astype(float),
            (x0 + (u + 0.5) * cell * step) / width * 2 - 1,
            (y0 + (v + 0.5) * cell * step) / height * 2 - 1,
        )

    @staticmethod
    def joined(parts: list[Cells]) -> Cells:
        """The cells of several places of one pair."""
        return Cells(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "u", "v"))
        )


def fit_surface(
    cells: Cells, width: int, height: int, *, stable_m: float = 0.35, stable_share: float = 0.25
) -> Surface:
    """Level and bowl of a grid of ``width`` × ``height`` pixels by its cells.

    Starts from the commonest difference, so that a quarter left as it was outvotes everything rebuilt, and
    reweights until it stands. Where fewer than ``stable_share`` of the cells agree within ``stable_m``, or
    only in one part of the extent, a constant is tried, and else nothing is taken off.
    """
    values, u, v = cells.values, cells.u, cells.v
    if values.size < LEAST_CELLS:
        return Surface(width=width, height=height)
    level = commonest(values)
    full = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1)
    terms = _reweighted(full, values, level, stable_m)
    inside = np.abs(values - full @ terms) < stable_m
    stable = float(inside.mean())
    if stable >= stable_share and inside.sum() >= LEAST_CELLS and _spread(u[inside], v[inside]):
        return Surface(tuple(float(term) for term in terms), width, height, 2, stable)
    near = np.abs(values - level) < stable_m
    if near.mean() >= stable_share / 2 and near.sum() >= LEAST_CELLS / 2:
        constant = float(np.median(values[near]))
        return Surface((constant, 0, 0, 0, 0, 0), width, height, 0, float(near.mean()))
    return Surface(width=width, height=height, stable=stable)


def commonest(values: np.ndarray, width: float = 0.3) -> float:
    """The value most others lie within ``width`` of."""
    ordered = np.sort(values)
    ends = np.searchsorted(ordered, ordered + 2 * width, side="right")
    first = int(np.argmax(ends - np.arange(ordered.size)))
    return float(np.median(ordered[first : ends[first]]))


def _reweighted(terms: np.ndarray, values: np.ndarray, level: float, stable_m: float) -> np.ndarray:
    """Least squares, again and again with less and less belief in what lies far off."""
    found = np.zeros(terms.shape[1])
    found[0] = level
    for turn in range(ROUNDS):
        scale = max(stable_m / 2, 1.2 * 0.8**turn)
        left = values - terms @ found
        weight = 1.0 / (1.0 + (left / scale) ** 2) ** 2
        normal = (terms * weight[:, None]).T
        held = np.eye(terms.shape[1]) * 1e-3 * len(values) ** 0.5
        found = np.linalg.solve(normal @ terms + held, normal @ values + held[:, 0] * level)
    return found


def _spread(u: np.ndarray, v: np.ndarray) -> bool:
    """Whether stable ground lies in all four quarters: a bowl fitted to one corner would bend the rest."""
    quarters = np.bincount((u > 0).astype(int) * 2 + (v > 0), minlength=4)
    return bool(quarters.min() >= 0.04 * len(u))


@dataclass(frozen=True)
class Change:
    """Signed change of height on one raster, metres; NaN nowhere (0 where not measured).

    ``up`` and ``down`` forgive a shift (both ≥ 0), ``plain`` is after minus before on the registered grid,
    ``measured`` where both flights say something, ``before`` and ``after`` the levelled, smoothed surfaces.
    """

    up: Plane
    down: Plane
    plain: Plane
    measured: Mask
    before: Plane
    after: Plane


def fill_small(heights: Heights, reach: int = SMALL_HOLE_PX) -> tuple[Plane, Mask]:
    """Heights without NaN (``NOWHERE`` instead) and where they are measured; specks are filled in."""
    measured = np.isfinite(heights)
    plane = np.where(measured, heights, NOWHERE).astype(np.float32, copy=False)
    if measured.all():
        return plane, measured
    edge = 2 * reach + 1
    near = cv2.dilate(plane, np.ones((edge, edge), np.uint8))
    # What a closing of the measured area fills is a speck; a real hole stays one.
    closed = cv2.morphologyEx(measured.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((edge, edge), np.uint8))
    speck = (closed > 0) & ~measured & (near > NOWHERE / 2)
    plane = np.where(speck, near, plane)
    return plane, measured | speck


def change_of_height(before: Heights, after: Heights, level: Plane | None, tolerance: int) -> Change:
    """The gain and the loss that no shift of up to ``tolerance`` pixels explains."""
    old, old_measured = fill_small(before)
    new, new_measured = fill_small(after if level is None else after - level)
    old, new = _calmed(old), _calmed(new)
    edge = 2 * tolerance + 1
    window = np.ones((edge, edge), np.uint8)
    around_old, around_new = (_measured_around(one, window) for one in (old_measured, new_measured))
    both = old_measured & new_measured
    up = np.where(around_old & new_measured, new - cv2.dilate(old, window), np.float32(0))
    down = np.where(around_new & old_measured, old - cv2.dilate(new, window), np.float32(0))
    plain = np.where(both, new - old, np.float32(0))
    return Change(np.maximum(up, 0), np.maximum(down, 0), plain, both, old, new)


def _calmed(plane: Plane) -> Plane:
    """Single pixels that stand out are levelled; beside a hole the height stays what was measured."""
    median = np.asarray(cv2.medianBlur(plane, 3), np.float32)
    return np.where(median > NOWHERE / 2, median, plane)


def _measured_around(measured: Mask, window: np.ndarray) -> Mask:
    """Where the whole neighbourhood is known: in a hole next door a wall may hide."""
    if measured.all():
        return measured
    return cv2.erode(measured.astype(np.uint8), window) > 0


def ground_under(heights: Plane, measured: Mask, pixel_m: float, reach_m: float) -> Plane:
    """Height of the ground under everything: the lowest around, carried over roofs up to ``reach_m`` wide."""
    cell = max(1, round(1.0 / pixel_m))
    rows, columns = (-(-edge // cell) for edge in heights.shape)
    lowest = np.where(measured, heights, -NOWHERE)
    lowest = np.pad(
        lowest,
        ((0, rows * cell - heights.shape[0]), (0, columns * cell - heights.shape[1])),
        constant_values=-NOWHERE,
    )
    coarse = lowest.reshape(rows, cell, columns, cell).min(axis=(1, 3)).astype(np.float32)
    coarse = cv2.medianBlur(coarse, 3)
    across = max(3, int(reach_m / (cell * pixel_m)) | 1)
    window = np.ones((across, across), np.uint8)
    low = cv2.erode(coarse, window)
    opened = np.minimum(cv2.dilate(low, window), coarse)
    # The opening follows the ground upwards only as far as ground was seen: roofs are not part of it.
    flat = np.where(opened - low > 3.0, low, opened)
    flat = cv2.blur(flat, (5, 5))
    full: Any = cv2.resize(flat, (heights.shape[1], heights.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, np.float32)


def greenness(image: Image) -> Mask:
    """植被: where excess green says plants, against what is grey in this picture.

    A camera's white balance makes all of a picture greener or redder; the commonest nearly grey share of it
    tells by how much.
    """
    sample = image[::8, ::8].astype(np.float32)
    total = sample.sum(axis=2) + 1
    share = 3 * sample[..., 1] / total - 1  # excess green: (2G - R - B) / (R + G + B)
    grey = share[(np.abs(share) < GREY) & (total > 90)]
    cast = 0.0
    if grey.size >= 64:
        counts, edges = np.histogram(grey, bins=36, range=(-GREY, GREY))
        counts = np.convolve(counts, np.ones(5), "same")
        cast = float(edges[int(counts.argmax())] + edges[1] - edges[0])
    limit = np.clip(cast, -GREY / 2, GREY * 0.75) + GREEN_OVER_GREY
    weights = np.array([[-(1 + limit), 2 - limit, -(1 + limit), -2.0]], np.float32)
    greener: Any = cv2.transform(image, weights)  # saturates at 0: what is left over is green
    return np.asarray(cv2.medianBlur(np.minimum(greener, 1), 3) > 0)


def roughness(surface: Plane, inside: Mask, core: Mask | None = None) -> float:
    """Median distance of the surface from its own smooth course, metres: crowns are rough, roofs are not.

    Only what is ``inside`` is smoothed, so that the wall beside a narrow thing is no roughness of its own;
    the median is that of ``core`` (default: all of it).
    """
    core = inside if core is None else core
    if surface.shape[0] < 7 or surface.shape[1] < 7 or not core.any():
        return 0.0
    weight = inside.astype(np.float32)
    level = np.float32(surface[core].mean())  # sums of large numbers would lose the centimetres
    total = cv2.blur((surface - level) * weight, (7, 7))
    smooth = total / np.maximum(cv2.blur(weight, (7, 7)), np.float32(1e-6)) + level
    return float(np.median(np.abs(surface - smooth)[core]))
