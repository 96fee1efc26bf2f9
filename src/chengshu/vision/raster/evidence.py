"""变化证据: what two pictures alone say about where something was built or removed.

Nine measures, each a plane over the pair, vote with equal weight: corners and lines in right angles that
appear (what is built has them, trees and soil do not), long straight lines, bright compact shapes, brightness
and colour after `radiometry`, texture, and greenness, which speaks against. `data/evidence.json` holds the
scale of each; none was fitted to labels. The sum is smoothed along the edges of the picture (guided filter),
so that a roof is found as a whole. All of it happens in pixels of about half a metre: finer ones show tiles
and leaves, not buildings. Whatever comes out without heights is a suspicion of low confidence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster.covers import ASSUMED_PIXEL_M, Covers, brightest, covers, grey_of, odd
from chengshu.vision.raster.radiometry import check_pair, normalise
from chengshu.vision.raster.types import Image, Mask, Plane

WORK_M = 0.5  # metres a pixel the measures are taken at; finer pictures are shrunk to it
NEAR_M, PLOT_M = 8.0, 16.0  # about a house's width, about a house with its yard
SMOOTH_M = 1.5
LINE_LEAST_M, LINE_FULL_M = (
    3.0,
    20.0,
)  # straight lines: the shortest that counts, the length that counts fully
GUIDE_M, GUIDE_EPS = 6.0, 0.003
GRADIENT_HALF = 6.0  # grey levels a pixel at which an edge counts half: strong edges are not to rule
TABLE = Path(__file__).parent / "data" / "evidence.json"


@dataclass(frozen=True)
class Evidence:
    """Evidence of change over a pair, at its size.

    ``score`` 0..1, higher = more likely built or removed, 0 where not valid; ``appeared`` and ``vanished``
    are the two it is the larger of. ``changed``: the score above a fixed threshold, outside water and vehicles.
    ``vegetation``, ``water``, ``shadow``: of the image after; ``vehicles``: in either image.
    """

    score: Plane
    changed: Mask
    vegetation: Mask
    water: Mask
    shadow: Mask
    vehicles: Mask
    appeared: Plane
    vanished: Plane
    covers_before: Covers
    covers_after: Covers


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """The measures with their scales and votes, as ``data/evidence.json`` declares them."""
    content: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return content


def change_evidence(before: Image, after: Image, valid: Mask, pixel_m: float | None) -> Evidence:
    """Where the pictures say that something was built or removed.

    ``pixel_m``: metres a pixel; None where unknown, then half a metre is assumed. Both images on one grid.
    Raises `RasterError` when they are not of one size.
    """
    check_pair(before, after, valid)
    like_before = normalise(before, after, valid)
    first, second = covers(before, valid, pixel_m), covers(after, valid, pixel_m)
    appeared, vanished = _votes(before, after, like_before, valid, pixel_m or ASSUMED_PIXEL_M)
    appeared, vanished = _at(appeared, valid), _at(vanished, valid)
    score = np.maximum(appeared, vanished)
    vehicles = first.vehicles | second.vehicles
    changed = (score > 0.5) & ~vehicles & ~second.water
    return Evidence(
        score=score,
        changed=changed,
        vegetation=second.vegetation,
        water=second.water,
        shadow=second.shadow,
        vehicles=vehicles,
        appeared=appeared,
        vanished=vanished,
        covers_before=first,
        covers_after=second,
    )


def measures(before: Image, after: Image, like_before: Image, metres: float) -> dict[str, Plane]:
    """Each measure as a plane. ``like_before``: ``after`` in the light of ``before``; ``metres`` a pixel."""
    old, new = _structure(before, metres), _structure(like_before, metres)
    found = {name: new[name] - old[name] for name in ("right_angles", "lines", "bright_shapes")}
    found["texture"] = np.abs(new["edges"] - old["edges"])
    lab = [cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32) for image in (before, like_before)]
    gap = _smooth(lab[1] - lab[0], metres)
    found["brighter"] = gap[..., 0]
    found["colour"] = np.sqrt((gap * gap).sum(axis=2))
    found["green_before"], found["green_after"] = (_green(image, metres) for image in (before, after))
    found["greener"] = _green(like_before, metres) - found["green_before"]
    return found


def _votes(
    before: Image, after: Image, like_before: Image, valid: Mask, pixel_m: float
) -> tuple[Plane, Plane]:
    """What appeared and what vanished, 0..1 each, at the working size."""
    rows, columns = valid.shape
    scale = min(1.0, pixel_m / WORK_M)
    if scale < 0.8:
        size = (max(8, round(columns * scale)), max(8, round(rows * scale)))
        before, after, like_before = (
            np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
            for image in (before, after, like_before)
        )
        pixel_m = pixel_m * columns / size[0]
    data = table()
    planes = measures(before, after, like_before, pixel_m)
    guide = grey_of(like_before), grey_of(before)
    result = []
    for kind, picture, behind in (
        ("appeared", guide[0], 0.0),
        ("vanished", guide[1], float(data["vanished_behind"])),
    ):
        total = np.zeros(before.shape[:2], np.float32)
        for name, one in data["measures"].items():
            if one[kind]:
                cut = np.clip(planes[name] / np.float32(one["scale"]), -data["limit"], data["limit"])
                total += np.float32(one[kind]) * cut
        total = guided(total, picture, odd(2 * GUIDE_M / pixel_m), GUIDE_EPS) - behind
        # A logistic curve: 0.5 at the threshold.
        result.append(1 / (1 + np.exp(-(total - data["threshold"]) * data["steepness"])))
    return np.asarray(result[0], np.float32), np.asarray(result[1], np.float32)


def _at(plane: Plane, valid: Mask) -> Plane:
    """``plane`` at the size of ``valid``, 0 where that is false."""
    if plane.shape != valid.shape:
        plane = cv2.resize(plane, valid.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return np.where(valid, plane, np.float32(0))


def _structure(image: Image, metres: float) -> dict[str, Plane]:
    """Of one picture: edges, edges at right angles to one another, long lines, bright compact shapes."""
    grey = grey_of(image)
    soft = cv2.GaussianBlur(grey, (0, 0), 0.8)
    dx, dy = (cv2.Scharr(soft, cv2.CV_32F, *axis, scale=1 / 16) for axis in ((1, 0), (0, 1)))
    strength = _length(dx, dy) + np.float32(1e-3)
    edge = strength / (strength + GRADIENT_HALF)
    # The direction times four is the same for all four sides of a rectangle: their sum does not cancel.
    twice = (dx * dx - dy * dy) / strength**2, 2 * dx * dy / strength**2
    fourfold = twice[0] ** 2 - twice[1] ** 2, 2 * twice[0] * twice[1]
    near, plot = _window(NEAR_M, metres, grey), _window(PLOT_M, metres, grey)
    along = _length(*(_mean(edge * part, plot) for part in fourfold))
    return {
        "edges": _smooth(_mean(edge, near), metres),
        "right_angles": _smooth(along / (_mean(edge, plot) + 1e-3), metres),
        "lines": _mean(line_plane(grey, metres), plot),
        "bright_shapes": _smooth(_bright_shapes(brightest(image), metres), metres),
    }


def line_plane(grey: Image, metres: float) -> Plane:
    """Metres of straight line a square metre, long lines counting more; 0 off the lines."""
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD, 0.8).detect(grey)[0]
    plane = np.zeros(grey.shape, np.float32)
    if found is None:
        return plane
    for x0, y0, x1, y1 in np.asarray(found).reshape(-1, 4):
        length = float(np.hypot(x1 - x0, y1 - y0)) * metres
        if length >= LINE_LEAST_M:
            weight = min(length, LINE_FULL_M) / LINE_FULL_M / metres
            cv2.line(
                plane, (round(float(x0)), round(float(y0))), (round(float(x1)), round(float(y1))), weight
            )
    return plane


def _bright_shapes(bright: Image, metres: float) -> Plane:
    """How far a place stands out as a bright shape narrower than 3, 6, 9, 16 m: the mean of the top-hats."""
    total = np.zeros(bright.shape, np.float32)
    sizes = (3.0, 6.0, 9.0, 16.0)
    for size in sizes:
        square = cv2.getStructuringElement(cv2.MORPH_RECT, (_window(size, metres, bright),) * 2)
        total += cv2.morphologyEx(bright, cv2.MORPH_TOPHAT, square)
    return np.asarray(total / len(sizes), np.float32)


def _green(image: Image, metres: float) -> Plane:
    """Excess green in shares of the channels, smoothed: above about 0.06 plants, below 0 none."""
    soft = cv2.GaussianBlur(image, (0, 0), max(0.5, SMOOTH_M / metres)).astype(np.float32)
    total = soft.sum(axis=2) + 8
    return np.asarray((3 * soft[..., 1] - total + 8) / total, np.float32)


def guided(plane: Plane, guide: Image, window: int, eps: float) -> Plane:
    """``plane`` smoothed in ``window`` pixels, but not across the edges of ``guide`` (He, Sun and Tang)."""
    picture = np.asarray(guide, np.float32) / np.float32(255)
    mean, level = _mean(picture, window), _mean(plane, window)
    slope = (_mean(picture * plane, window) - mean * level) / (
        _mean(picture * picture, window) - mean * mean + eps
    )
    return np.asarray(_mean(slope, window) * picture + _mean(level - slope * mean, window), np.float32)


def _mean(plane: Any, window: int) -> Plane:
    return np.asarray(cv2.blur(plane, (window, window), borderType=cv2.BORDER_REFLECT), np.float32)


def _length(x: Any, y: Any) -> Plane:
    # Not cv2.magnitude: its last bit depends on where the array lies in memory, and results are compared.
    return np.asarray(np.sqrt(x * x + y * y), np.float32)


def _smooth(plane: Plane, metres: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(0.5, SMOOTH_M / metres)), np.float32)


def _window(length_m: float, metres: float, plane: Any) -> int:
    """``length_m`` as an odd number of pixels that fits into the picture."""
    return min(odd(length_m / metres), odd(min(plane.shape[:2]) - 1))
