"""变化证据: what two pictures alone say about where something was built or removed.

A dozen measures, each a plane over the pair, vote: corners and edges in right angles that appear (what is
built has them, trees and soil do not), long straight lines, bright compact shapes, colour and material after
`radiometry`, colours the older picture does not have, those of coated steel, texture, correlation, and
greenness, which speaks against. `data/evidence.json` holds scale and votes of each; none was fitted to
labels. The sum is smoothed along the edges of the picture (guided filter), so that a roof is found whole.
All of it happens in pixels of about 0.3 m or the picture's own, if larger: finer ones show tiles and leaves,
not buildings. Whatever comes out without heights is a suspicion of low confidence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster.covers import (
    ASSUMED_PIXEL_M,
    Covers,
    brightest,
    covers,
    grey_of,
    odd,
    shadow,
    vegetation,
)
from chengshu.vision.raster.radiometry import check_pair, normalise
from chengshu.vision.raster.types import Image, Mask, Plane

WORK_M = 0.3  # metres a pixel the measures are taken at; finer pictures are shrunk
NEAR_M, PLOT_M = 8.0, 16.0  # about a house's width, about a house with its yard
SMOOTH_M, FINE_M = 1.5, 0.5
NARROW_M = 3.5
LINE_LEAST_M, LINE_FULL_M = (
    3.0,
    20.0,
)  # straight lines: the shortest that counts, the length that counts fully
GUIDE_M, GUIDE_EPS = 4.0, 0.003
GRADIENT_HALF = 6.0  # grey levels a pixel at which an edge counts half: strong edges are not to rule
LESS_MEAN = np.eye(3, dtype=np.float32) - np.float32(1 / 3)
TABLE = Path(__file__).parent / "data" / "evidence.json"


@dataclass(frozen=True)
class Evidence:
    """Evidence of change over a pair, at its size.

    ``score`` 0..1, higher = more likely built or removed, 0 where not valid; ``appeared`` and ``vanished``
    are the two it is the larger of. ``changed``: the score above 0.5, outside water and vehicles.
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
    first, second = covers(before, valid, pixel_m), covers(after, valid, pixel_m)
    appeared, vanished = _votes(before, after, valid, pixel_m or ASSUMED_PIXEL_M)
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


def measures(before: Image, after: Image, like_before: Image, valid: Mask, metres: float) -> dict[str, Plane]:
    """Each measure as a plane. ``like_before``: ``after`` in the light of ``before``; ``metres`` a pixel."""
    old, new = _structure(before, metres), _structure(like_before, metres)
    found = {name: new[name] - old[name] for name in ("right_angles", "lines", "bright_shapes")}
    found["texture"] = np.abs(new["edges"] - old["edges"])
    found["unlike"] = _unlike(grey_of(before), grey_of(like_before), metres)
    found["green_before"], found["green_after"] = (_green(image, metres) for image in (before, after))
    found["greener"] = _green(like_before, metres) - found["green_before"]
    # Where a shadow lies in either picture its colours say nothing about the ground.
    dark = shadow(before, valid) | shadow(like_before, valid)
    lit = _smooth(np.where(dark, np.float32(0), np.float32(1)), metres, FINE_M)
    lab = [cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32) for image in (before, like_before)]
    gap = _smooth(lab[1] - lab[0], metres)
    found["brighter"] = gap[..., 0]
    found["colour"] = _size(gap) * lit
    shares = [_shares(image, metres) for image in (before, like_before)]
    step = shares[1] - shares[0]
    found["material"] = _smooth(_size(step), metres) * lit
    found["steel_colours"] = _steel(like_before, metres) - _steel(before, metres)
    found["new_colours"], found["lost_colours"] = _colours(before, like_before, valid, metres)
    return found


def _votes(before: Image, after: Image, valid: Mask, pixel_m: float) -> tuple[Plane, Plane]:
    """What appeared and what vanished, 0..1 each, at the working size."""
    rows, columns = valid.shape
    scale = min(1.0, pixel_m / WORK_M)
    if scale < 0.8:
        size = (max(8, round(columns * scale)), max(8, round(rows * scale)))
        before, after = (
            np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
            for image in (before, after)
        )
        valid = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        pixel_m = pixel_m * columns / size[0]
    like_before = normalise(before, after, valid)
    planes = measures(before, after, like_before, valid, pixel_m)
    return (
        _weighed(planes, "appeared", grey_of(like_before), _covered(after, valid, pixel_m), pixel_m),
        _weighed(planes, "vanished", grey_of(before), _covered(before, valid, pixel_m), pixel_m),
    )


def _weighed(planes: dict[str, Plane], kind: str, guide: Image, covered: Plane, metres: float) -> Plane:
    """The sum of the votes of one ``kind``, smoothed along ``guide``, as 0..1: 0.5 at the threshold."""
    data = table()
    total: Any = np.zeros(guide.shape, np.float32)
    for name, one in data["measures"].items():
        if one[kind]:
            cut = np.clip(planes[name] / np.float32(one["scale"]), -data["limit"], data["limit"])
            total += np.float32(one[kind]) * cut
    window = min(odd(2 * GUIDE_M / metres), odd(min(guide.shape) - 1))
    total = guided(total, guide, window, GUIDE_EPS) - np.float32(data["covered"]) * covered
    if kind == "vanished":
        total -= np.float32(data["vanished_behind"])
    # Ridges narrower than anything built are edges that lie a little differently.
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (odd(NARROW_M / metres),) * 2)
    total = cv2.morphologyEx(total, cv2.MORPH_OPEN, disc)
    curve = 1 / (1 + np.exp(-(total - np.float32(data["threshold"])) * np.float32(data["steepness"])))
    return np.asarray(curve, np.float32)


def _covered(image: Image, valid: Mask, metres: float) -> Plane:
    """1 under plants or in shadow, 2 under plants in shadow, soft at the edges: no roof is seen there."""
    green, dark = vegetation(image), shadow(image, valid)
    return _smooth(green.astype(np.float32) + dark.astype(np.float32), metres, FINE_M)


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
    ends = np.asarray(found, np.float32).reshape(-1, 4)
    lengths = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) * metres
    long = lengths >= LINE_LEAST_M
    weights = np.minimum(lengths[long], LINE_FULL_M) / LINE_FULL_M / metres
    for (x0, y0, x1, y1), weight in zip(
        np.rint(ends[long]).astype(int).tolist(), weights.tolist(), strict=True
    ):
        cv2.line(plane, (x0, y0), (x1, y1), weight)
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
    soft = cv2.GaussianBlur(image, (0, 0), max(0.5, SMOOTH_M / metres))
    red, green, blue = (one.astype(np.float32) for one in cv2.split(soft))
    return np.asarray((2 * green - red - blue) / (red + green + blue + 8), np.float32)


def _shares(image: Image, metres: float) -> Plane:
    """Logarithms of the channels less their mean: colour without the strength of the light."""
    soft = cv2.GaussianBlur(image, (0, 0), max(0.5, FINE_M / metres))
    logs: Any = cv2.LUT(soft, np.log(np.arange(256, dtype=np.float32) + 8))
    return np.asarray(cv2.transform(logs, LESS_MEAN), np.float32)


def _steel(image: Image, metres: float) -> Plane:
    """How blue or red beyond the other channels: coated steel (彩钢瓦), tiles, tarpaulin; 0 = not at all."""
    soft = cv2.GaussianBlur(image, (0, 0), max(0.5, FINE_M / metres))
    red, green, blue = (one.astype(np.float32) + np.float32(8) for one in cv2.split(soft))
    bluer = blue - np.maximum(red, green)
    redder = red - np.float32(1.25) * np.maximum(green, blue)
    return _smooth(np.maximum(np.maximum(bluer, redder), 0) / (red + green + blue), metres, FINE_M)


def _colours(before: Image, after: Image, valid: Mask, metres: float) -> tuple[Plane, Plane]:
    """Colours that one picture has much more of than the other: at the pixels of ``after``, of ``before``.

    Logarithms of the ratio, from coarse colour histograms of the whole picture: what is common in both, the
    season included, says nothing.
    """
    mask = valid.astype(np.uint8)
    shares = []
    for image in (before, after):
        counts: Any = cv2.calcHist([image], [0, 1, 2], mask, [16] * 3, [0, 256] * 3)
        for axis in range(3):
            padded = np.pad(counts, [(1, 1) if one == axis else (0, 0) for one in range(3)], mode="edge")
            low, mid, high = (np.take(padded, range(k, k + 16), axis) for k in range(3))
            counts = (low + 2 * mid + high) / 4
        shares.append(counts / max(float(counts.sum()), 1.0) + 1e-4)
    ratio = np.log(shares[1] / shares[0]).astype(np.float32)
    new, lost = (
        _smooth(table[tuple(np.moveaxis(image >> 4, 2, 0))], metres)
        for image, table in ((after, ratio), (before, -ratio))
    )
    return new, lost


def _unlike(before: Image, after: Image, metres: float) -> Plane:
    """1 - correlation of the two pictures within a house's width: 0 the same pattern, 1 unrelated."""
    a, b = (_smooth(one.astype(np.float32), metres, FINE_M) for one in (before, after))
    window = _window(NEAR_M, metres, before)
    mean_a, mean_b = _mean(a, window), _mean(b, window)
    own = [np.maximum(_mean(x * x, window) - m * m, 0) + 20 for x, m in ((a, mean_a), (b, mean_b))]
    shared = _mean(a * b, window) - mean_a * mean_b + 20  # 20: smooth ground is alike, whatever its noise
    return np.asarray(1 - shared / np.sqrt(own[0] * own[1]), np.float32)


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


def _size(vectors: Any) -> Plane:
    x, y, z = cv2.split(vectors)
    return np.asarray(np.sqrt(x * x + y * y + z * z), np.float32)


def _length(x: Any, y: Any) -> Plane:
    # Not cv2.magnitude: its last bit depends on where the array lies in memory, and results are compared.
    return np.asarray(np.sqrt(x * x + y * y), np.float32)


def _smooth(plane: Plane, metres: float, length_m: float = SMOOTH_M) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(0.5, length_m / metres)), np.float32)


def _window(length_m: float, metres: float, plane: Any) -> int:
    """``length_m`` as an odd number of pixels that fits into the picture."""
    return min(odd(length_m / metres), odd(min(plane.shape[:2]) - 1))
