"""Correlation of single tiles, and what many of them say together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from chengshu.vision.raster.registration.structure import Field
from chengshu.vision.raster.types import Plane

WHITEN = 0.5  # 0 plain correlation (broad peaks), 1 phase only (sharp, but every noise counts)
LOUDEST = 15.0  # one tile counts for no more than this many deviations
LOBE_PX = 6  # the foot of a peak; a second peak is looked for beyond
GROUPS = 8
PIECE_PX = 3  # around the whole's peak, within which a part's peak is looked for


@dataclass(frozen=True)
class TileSurface:
    """One tile's correlation for every shift up to the bound, in deviations of its own noise; its place."""

    surface: Plane
    column: int
    row: int
    x: float
    y: float


@dataclass(frozen=True)
class Peak:
    """Where a surface is highest: the shift in pixels, how high, and how high the next peak is."""

    dx: float
    dy: float
    height: float
    second: float


@dataclass(frozen=True)
class Consensus:
    """What the tiles say together. ``deviation`` of the shift (px): from leaving out an eighth each time.

    ``halves`` is the largest distance (px) of the two chequered halves' own peaks from the whole's.
    """

    peak: Peak
    at_zero: float
    halves: float
    deviation: float


def correlate(before: Field, after: Field, margin: int) -> Plane:
    """Correlation of a tile with its surroundings in the flight after, which reach ``margin`` px further.

    Entry [margin + dy, margin + dx] belongs to the shift (dx, dy). ``before`` has the size of the tile,
    ``after`` that of the tile with its surroundings.
    """
    size = cv2.getOptimalDFTSize(max(after.shape))
    first, second = (_spectrum(field, size) for field in (before, after))
    product = second * np.conj(first)
    if WHITEN:
        strength = np.abs(product)
        highest = float(strength.max())
        if highest <= 0:
            return np.zeros((2 * margin + 1,) * 2, np.float32)
        product /= (strength + 1e-6 * highest) ** WHITEN
    back = cv2.idft(product.view(np.float32).reshape(size, size, 2), flags=cv2.DFT_SCALE)
    found: Plane = np.ascontiguousarray(back[: 2 * margin + 1, : 2 * margin + 1, 0])
    return found


def _spectrum(field: Field, size: int) -> Field:
    padded = np.zeros((size, size), np.complex64)
    padded[: field.shape[0], : field.shape[1]] = field
    spectrum = cv2.dft(padded.view(np.float32).reshape(size, size, 2))
    found: Field = np.ascontiguousarray(spectrum).view(np.complex64)[..., 0]
    return found


def in_deviations(surface: Plane) -> Plane:
    """A surface about its median in deviations of its noise; bounded: no tile drowns out the others."""
    middle = float(np.median(surface))
    spread = 1.4826 * float(np.median(np.abs(surface - middle)))
    spread = max(spread, 0.5 * float(surface.std()), 1e-12)
    scaled = (surface - np.float32(middle)) / np.float32(spread)
    found: Plane = (scaled * np.float32(min(1.0, LOUDEST / max(float(scaled.max()), 1e-6)))).astype(
        np.float32
    )
    return found


def find_peak(surface: Plane, near: tuple[int, int] | None = None, reach: int = PIECE_PX) -> Peak:
    """The highest place, to a part of a pixel; with ``near`` (dx, dy) only within ``reach`` of it."""
    margin = surface.shape[0] // 2
    searched = surface
    if near is not None:
        searched = np.full_like(surface, -np.inf)
        rows = slice(max(0, margin + near[1] - reach), margin + near[1] + reach + 1)
        columns = slice(max(0, margin + near[0] - reach), margin + near[0] + reach + 1)
        searched[rows, columns] = surface[rows, columns]
    row, column = (int(i) for i in np.unravel_index(int(np.argmax(searched)), surface.shape))
    others = surface.copy()
    others[
        max(0, row - LOBE_PX) : row + LOBE_PX + 1, max(0, column - LOBE_PX) : column + LOBE_PX + 1
    ] = -np.inf
    dx = _parabola(surface[row, column - 1 : column + 2]) if 0 < column < 2 * margin else 0.0
    dy = _parabola(surface[row - 1 : row + 2, column]) if 0 < row < 2 * margin else 0.0
    return Peak(column - margin + dx, row - margin + dy, float(surface[row, column]), float(others.max()))


def _parabola(three: Plane) -> float:
    left, middle, right = (float(value) for value in three)
    bend = left - 2 * middle + right
    return min(max(0.5 * (left - right) / bend, -0.5), 0.5) if bend < 0 else 0.0


def consensus(tiles: list[TileSurface]) -> Consensus:
    """The shift that the tiles agree on, and how well they do."""
    total = _sum(tiles)
    peak = find_peak(total)
    near = (round(peak.dx), round(peak.dy))
    margin = total.shape[0] // 2
    halves = [[tile for tile in tiles if (tile.column + tile.row) % 2 == odd] for odd in (0, 1)]
    apart = max(
        (_distance(find_peak(_sum(half)), peak) if half else math.inf for half in halves),
    )
    groups = [tiles[number::GROUPS] for number in range(min(GROUPS, len(tiles)))]
    left_out = [
        find_peak(_sum([tile for tile in tiles if not any(tile is one for one in group)]), near)
        for group in groups
        if len(group) < len(tiles)
    ]
    count = len(left_out)
    deviation = math.inf
    if count > 1:
        places = np.array([(one.dx, one.dy) for one in left_out])
        squares = ((places - places.mean(axis=0)) ** 2).sum()
        deviation = math.sqrt((count - 1) / count * float(squares))
    at_zero = float(total[margin - 1 : margin + 2, margin - 1 : margin + 2].max())
    return Consensus(peak, at_zero, apart, deviation)


def _sum(tiles: list[TileSurface]) -> Plane:
    total: Plane = np.asarray(np.sum([tile.surface for tile in tiles], axis=0), np.float32)
    middle = float(np.median(total))
    spread = 1.4826 * float(np.median(np.abs(total - middle)))
    found: Plane = ((total - middle) / max(spread, 0.5 * float(total.std()), 1e-12)).astype(np.float32)
    return found


def _distance(one: Peak, other: Peak) -> float:
    return math.hypot(one.dx - other.dx, one.dy - other.dy)
