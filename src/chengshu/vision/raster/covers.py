"""植被、水面、阴影、车辆: what the colours of one picture say about the ground.

All from red, green and blue, so from shares of the channels (which the light does not move much) and from
the picture's own median brightness, never from absolute levels of one camera. Dry grass and leafless trees
are not seen as vegetation: there is no infrared to see them by. Green dust nets (防尘网) over bare soil are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster.types import Image, Mask, Plane

ASSUMED_PIXEL_M = 0.5  # of a picture that does not say how large its pixels are
GREENNESS = 0.06  # (2G - R - B) / (R + G + B); soil and roofs lie below
DARK_SHARE = 0.42  # of the picture's median brightness; a deep shadow lies below
DARK_LIMITS = (25, 80)
DIM_SHARE = 0.85  # the same for shadows lit by the sky, which are
SKY_BLUE = (0.06, 0.12)  # bluer than the picture's median by this much, (B - R) / (R + G + B); steel is bluer
COVER_PIXEL_M = 0.2  # finer pictures are shrunk: leaves and tiles are no covers
COARSE_M = 0.5  # water and road-likeness are looked at in pixels of this size
WATER_ROUGHNESS = 3.0  # grey levels of standard deviation within 3.5 m; calm water lies below
WATER_COOL = (0.04, 0.26)  # its colour: greener and bluer than grey, less so than a blue steel roof
WATER_LEAST_M2 = 100.0
VEHICLE_PIXEL_M = 0.25  # vehicles are looked for in pixels of this size
VEHICLE_LONGEST_PIXEL_M = 0.6  # in larger ones a car is no shape any more
VEHICLE_AREA_M2 = (3.0, 45.0)
VEHICLE_LENGTH_M = (2.5, 14.0)
VEHICLE_WIDTH_M = (1.1, 3.6)
VEHICLE_FULL = 0.7  # of its rectangle; shadows of trees and gaps between houses are ragged
VEHICLE_CONTRAST = 22  # grey levels against the ground around
ROAD_CHROMA = 26  # max - min of the channels; asphalt and concrete lie below


@dataclass(frozen=True)
class Covers:
    """Masks of one picture, at its size. They may overlap: a shadow on grass is both."""

    vegetation: Mask
    water: Mask
    shadow: Mask
    vehicles: Mask


def covers(image: Image, valid: Mask, pixel_m: float | None) -> Covers:
    """What covers the ground in ``image``; ``pixel_m`` metres a pixel, None where unknown (0.5 then)."""
    small, known, metres = _shrunk(image, valid, pixel_m or ASSUMED_PIXEL_M, COVER_PIXEL_M)
    green = vegetation(small) & known
    dark = shadow(small, known)
    wet = water(small, known, metres)
    cars = vehicles(small, known, green, dark, metres)
    return Covers(*(_grown(mask, valid) for mask in (green, wet, dark & ~wet, cars)))


def vegetation(image: Image) -> Mask:
    """Green plants by excess green in shares of the channels, single pixels smoothed away."""
    t = GREENNESS
    weights = np.array(
        [[-(1 + t), 2 - t, -(1 + t), -2.0]], np.float32
    )  # the last: very dark pixels have no colour
    greener: Any = cv2.transform(image, weights)  # saturates at 0: what is left over is green
    return np.asarray(cv2.medianBlur(np.minimum(greener, 1), 3) > 0)


def shadow(image: Image, valid: Mask) -> Mask:
    """Deep shadow, dark in its brightest channel against the median of the picture, or dim and sky-blue."""
    bright = brightest(image)
    step = max(1, round((bright.size / 60_000) ** 0.5))
    known = valid[::step, ::step]
    if not known.any():
        return np.zeros(valid.shape, bool)
    middle = float(np.median(bright[::step, ::step][known]))
    sample = image[::step, ::step][known].astype(np.float32)
    cool = float(np.median((sample[:, 2] - sample[:, 0]) / (sample.sum(axis=1) + 8)))
    found = cv2.medianBlur(bright, 3) < float(np.clip(DARK_SHARE * middle, *DARK_LIMITS))
    dim = bright < DIM_SHARE * middle
    # What is left of saturated subtractions: bluer than the one bound, not bluer than the other.
    low, high = (
        np.array([[-(1 + k), -k, 1 - k, 0]], np.float32) for k in (cool + SKY_BLUE[0], cool + SKY_BLUE[1])
    )
    bluish: Any = (cv2.transform(image, low) > 0) & (cv2.transform(image, high) == 0)
    sky_lit = cv2.medianBlur((dim & bluish).astype(np.uint8), 5) > 0
    return np.asarray((found | sky_lit) & valid)


def water(image: Image, valid: Mask, pixel_m: float) -> Mask:
    """Calm open water: smooth over some metres, not bright, faintly green or blue, and large."""
    small, known, metres = _shrunk(image, valid, pixel_m, COARSE_M)
    grey = grey_of(small).astype(np.float32)
    rough = roughness(grey, odd(3.5 / metres))
    total = small.sum(axis=2, dtype=np.float32) + 1
    coolness = (total - 1 - 3 * small[..., 0].astype(np.float32)) / total  # (G + B - 2R) / (R + G + B)
    level = float(np.median(grey[known])) if known.any() else 0.0
    found = (
        (rough < WATER_ROUGHNESS)
        & (coolness > WATER_COOL[0])
        & (coolness < WATER_COOL[1])
        & (grey < level)
        & known
    )
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (odd(3.0 / metres),) * 2)
    opened = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, disc)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    keep = stats[:, cv2.CC_STAT_AREA] * metres**2 >= WATER_LEAST_M2
    keep[0] = False
    return _grown(keep[parts] if count > 1 else np.zeros(known.shape, bool), valid)


def vehicles(image: Image, valid: Mask, green: Mask, dark: Mask, pixel_m: float) -> Mask:
    """Cars and trucks: rectangles of a car's length and width, brighter or darker than a road.

    ``green`` and ``dark`` are the masks of vegetation and shadow: tree crowns and shadows are no cars.
    """
    if pixel_m > VEHICLE_LONGEST_PIXEL_M:
        return np.zeros(valid.shape, bool)
    small, known, metres = _shrunk(image, valid, pixel_m, VEHICLE_PIXEL_M)
    grey = grey_of(small)
    ground = cv2.getStructuringElement(cv2.MORPH_RECT, (odd(VEHICLE_WIDTH_M[1] / metres),) * 2)
    road = _road_like(small, known, green, metres)
    kept = (~(green | dark)).astype(np.uint8)
    open_ground: Any = cv2.resize(kept, known.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    found = np.zeros(known.shape, bool)
    for morph in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        blobs = (cv2.morphologyEx(grey, morph, ground) > VEHICLE_CONTRAST) & known & open_ground
        found |= _car_shaped(blobs, road, metres)
    return _grown(found, valid)


def _road_like(small: Image, known: Mask, green: Mask, metres: float) -> Plane:
    """Share of grey, not green ground around each pixel (about 8 m), 0..1."""
    highest, lowest = brightest(small), cv2.min(cv2.min(small[..., 0], small[..., 1]), small[..., 2])
    plants = cv2.resize(green.astype(np.uint8), known.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    grey = (highest - lowest < ROAD_CHROMA) & ~plants & known
    return np.asarray(cv2.blur(grey.astype(np.float32), (odd(8.0 / metres),) * 2), np.float32)


def _car_shaped(blobs: Mask, road: Plane, metres: float) -> Mask:
    """The connected blobs with a car's area, length and width that stand on road-like ground."""
    count, parts, stats, centres = cv2.connectedComponentsWithStats(blobs.astype(np.uint8), connectivity=4)
    keep = np.zeros(count, bool)
    area = stats[:, cv2.CC_STAT_AREA] * metres**2
    likely = (area >= VEHICLE_AREA_M2[0]) & (area <= VEHICLE_AREA_M2[1])
    likely[0] = False
    for number in np.flatnonzero(likely):
        x, y, width, height = stats[number, :4]
        column, row = centres[number].astype(int)
        if road[row, column] < 0.6:
            continue
        points = cv2.findNonZero((parts[y : y + height, x : x + width] == number).astype(np.uint8))
        _, sides, _ = cv2.minAreaRect(points)
        short, long = (metres * (side + 1) for side in sorted(sides))
        full = area[number] / max(short * long, 1e-6)
        keep[number] = (
            VEHICLE_WIDTH_M[0] <= short <= VEHICLE_WIDTH_M[1]
            and VEHICLE_LENGTH_M[0] <= long <= VEHICLE_LENGTH_M[1]
            and full > VEHICLE_FULL
        )
    return np.asarray(keep[parts])


def grey_of(image: Image) -> Image:
    """Brightness of an RGB image, uint8."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def brightest(image: Image) -> Image:
    """The largest of the three channels, uint8 ``(rows, columns)``."""
    return np.asarray(cv2.max(cv2.max(image[..., 0], image[..., 1]), image[..., 2]), np.uint8)


def roughness(grey: Plane, window: int) -> Plane:
    """Standard deviation of ``grey`` in a square ``window`` (pixels), in its own unit."""
    mean = cv2.blur(grey, (window, window))
    square = cv2.blur(grey * grey, (window, window))
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def odd(pixels: float) -> int:
    """The nearest odd number of pixels, at least 3."""
    return max(3, int(pixels / 2) * 2 + 1)


def _shrunk(image: Image, valid: Mask, pixel_m: float, wanted_m: float) -> tuple[Image, Mask, float]:
    """Image and mask at about ``wanted_m`` a pixel (never enlarged), and the metres a pixel has then."""
    scale = min(1.0, pixel_m / wanted_m)
    if scale > 0.8:
        return image, valid, pixel_m
    rows, columns = valid.shape
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    known = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return np.asarray(small, np.uint8), np.asarray(known), pixel_m * columns / size[0]


def _grown(mask: Mask, valid: Mask) -> Mask:
    """A mask found in a smaller picture, at full size."""
    if mask.shape == valid.shape:
        return mask & valid
    full = cv2.resize(mask.astype(np.uint8), valid.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray((full > 0) & valid)
