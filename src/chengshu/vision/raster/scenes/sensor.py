"""What camera and photogrammetry make of a town: light, season, noise; smeared, bent, holed heights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from chengshu.vision.raster.scenes.paint import (
    LEAF_TURN,
    TILE,
    Canvas,
    View,
    noise,
    noise_tile,
    paint,
    relief,
    shadows,
)  # fmt: skip
from chengshu.vision.raster.scenes.parts import Box, Contents, Points
from chengshu.vision.raster.scenes.town import TALLEST
from chengshu.vision.raster.types import Heights, Image, Plane

DARK = (0.60, 0.56, 0.48)  # of the light that a full shadow takes away: the sky lights it bluish
MARGIN = 24  # pixels painted around a window, for blur and smear


@dataclass(frozen=True)
class Look:
    """A flight's light and camera. Angles in degrees, ``blur`` and noise in pixels and grey levels."""

    azimuth: float = 170.0
    elevation: float = 52.0
    season: str = "summer"
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    blur: float = 0.6
    grain: float = 2.0
    jpeg: int = 92
    drift: float = 0.03
    offset: float = 0.0


@dataclass(frozen=True)
class Survey:
    """A surface model's faults: metres; ``smear`` and ``wobble`` in its pixels; ``gaps`` are measured as NaN.

    ``bend`` is the error at the corners of ``extent``, growing with the square of the distance from its
    centre; ``bias`` is the same everywhere.
    """

    smear: float = 1.2
    wobble: float = 0.6
    grain: float = 0.04
    bias: float = 0.0
    bend: float = 0.0
    extent: Box = (0.0, 0.0, 1.0, 1.0)
    gaps: list[Points] = field(default_factory=list)
    offset: float = 0.0


def looks(rng: np.random.Generator, strength: float = 1.0) -> tuple[Look, Look]:
    """Two flights' looks: other sun, often other season, exposure, balance (``strength`` 0: the same)."""
    seasons = list(LEAF_TURN)
    first_sun = float(rng.uniform(110, 250))
    turn = float(rng.choice((-1, 1))) * float(rng.uniform(40, 90)) * strength
    found = []
    season = str(rng.choice(seasons))
    for number in range(2):
        exposure = 1 + strength * float(rng.uniform(-0.18, 0.18))
        balance = 1 + strength * rng.uniform(-0.06, 0.06, 3)
        red, green, blue = (exposure * balance).tolist()
        found.append(
            Look(
                azimuth=(first_sun + number * turn) % 360,
                elevation=52 + strength * float(rng.uniform(-12, 12)),
                season=season,
                gain=(red, green, blue),
                gamma=1 + strength * float(rng.uniform(-0.15, 0.15)),
                blur=0.6 + 0.3 * float(rng.random()),
                grain=float(rng.uniform(1.2, 3.0)),
                jpeg=int(rng.integers(84, 95)),
                offset=float(rng.uniform(10, 400)),
            )
        )
        if rng.random() < 0.6 * strength:
            season = str(rng.choice(seasons))
    return found[0], found[1]


def widened(view: View, pixels: int) -> View:
    """The window with a margin of ``pixels``."""
    side = pixels * view.gsd
    return View(view.x - side, view.y - side, view.width + 2 * pixels, view.height + 2 * pixels, view.gsd)


def photograph(contents: Contents, flight: int, view: View, look: Look) -> Image:
    """The orthophoto of a window, without its JPEG artefacts. It is a true one: no wall is seen."""
    wide = widened(view, MARGIN)
    canvas = paint(contents, flight, wide, look.season)
    shade = shadows(contents, flight, wide, look.azimuth, look.elevation, TALLEST)
    image = _develop(canvas, shade, look)
    return np.ascontiguousarray(image[MARGIN:-MARGIN, MARGIN:-MARGIN])


def _develop(canvas: Canvas, shade: Plane, look: Look) -> Image:
    colour, light = canvas.colour, canvas.light
    if colour is None or light is None:
        raise ValueError("a canvas without colours cannot be developed")
    view = canvas.view
    slope = relief(canvas, look.azimuth, look.elevation)
    slope[canvas.water] = 0
    slow = noise("coarse", view, cell=16.0, offset=look.offset)
    slow *= look.drift
    slow += 1
    slope += light
    slope *= slow
    sunless = slope * shade
    planes = []
    for band, plane in enumerate(cv2.split(colour)):
        gain = look.gain[band]
        lit = cv2.addWeighted(slope, gain, sunless, -gain * DARK[band], 0)
        planes.append(cv2.multiply(plane, lit, dtype=cv2.CV_8U))
    image = cv2.GaussianBlur(cv2.merge(planes), (0, 0), look.blur)
    levels = np.clip(255 * (np.arange(256) / 255) ** look.gamma, 0, 255).round().astype(np.uint8)
    image = cv2.LUT(image, levels)
    return _grainy(image, view, look)


def _grainy(image: np.ndarray, view: View, look: Look) -> Image:
    """The image with the noise of the sensor: the same speckle for the same pixel in every window."""
    first = round(view.x / view.gsd + look.offset), round(view.y / view.gsd + 3 * look.offset)
    rows = (first[1] + np.arange(view.height)) % TILE
    columns = (first[0] + np.arange(view.width)) % TILE
    grain = speckle(round(look.grain, 1)).take(rows, axis=0).take(columns, axis=1)
    return np.asarray(cv2.add(image, grain, dtype=cv2.CV_8U), dtype=np.uint8)


@lru_cache(maxsize=4)
def speckle(grain: float) -> npt.NDArray[np.int16]:
    """Three bands of noise of ``grain`` grey levels, the bands alike but for a little colour."""
    light = grain * noise_tile("fine")
    tint = 0.5 * grain * np.roll(noise_tile("fine"), (701, 333), (0, 1))
    return np.stack([light + tint, light, light - tint], axis=2).round().astype(np.int16)


def jpeg(image: Image, quality: int) -> Image:
    """The image after a round through JPEG."""
    _done, packed = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(
        np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)[:, :, ::-1]
    )


def measure(contents: Contents, flight: int, view: View, survey: Survey) -> Heights:
    """The surface model of a window, trees and lorries too, with all faults of ``survey``."""
    wide = widened(view, MARGIN)
    canvas = paint(contents, flight, wide, None)
    heights: Heights = canvas.heights
    if survey.wobble:
        heights = _wobbled(heights, wide, survey)
    if survey.smear:
        heights = np.asarray(cv2.GaussianBlur(heights, (0, 0), survey.smear), dtype=np.float32)
    slow = noise("coarse", wide, cell=6 * view.gsd, offset=survey.offset)
    heights += survey.grain * 0.7 * (noise("fine", wide, view.gsd, survey.offset) + slow)
    heights[canvas.water] += (0.5 * slow)[canvas.water]  # still water has nothing to match
    heights += survey.bias
    heights = np.ascontiguousarray(heights[MARGIN:-MARGIN, MARGIN:-MARGIN], dtype=np.float32)
    if survey.bend:
        heights += _bend(view, survey)
    return gapped(heights, view, survey.gaps)


def gapped(plane: Plane, view: View, gaps: list[Points], value: float = math.nan) -> Plane:
    """``plane`` with ``value`` inside the gaps."""
    for ring in gaps:
        points = np.round((ring - (view.x, view.y)) / view.gsd - 0.5).astype(np.int32)
        low, high = points.min(axis=0), points.max(axis=0)
        if high[0] >= 0 and high[1] >= 0 and low[0] < view.width and low[1] < view.height:
            cv2.fillPoly(plane, [points], value)
    return plane


def _wobbled(heights: Heights, view: View, survey: Survey) -> Heights:
    """Edges displaced by a fraction of a pixel, otherwise in each flight and each place."""
    us = survey.wobble * noise("coarse", view, 2.5 * view.gsd, 2 * survey.offset)
    vs = survey.wobble * noise("coarse", view, 2.5 * view.gsd, 5 * survey.offset)
    us += np.arange(view.width, dtype=np.float32)[None, :]
    vs += np.arange(view.height, dtype=np.float32)[:, None]
    return np.asarray(cv2.remap(heights, us, vs, cv2.INTER_LINEAR), dtype=np.float32)


def _bend(view: View, survey: Survey) -> Plane:
    left, upper, right, lower = survey.extent
    us = (view.x + np.arange(view.width) * view.gsd - (left + right) / 2) / ((right - left) / 2)
    vs = (view.y + np.arange(view.height) * view.gsd - (upper + lower) / 2) / ((lower - upper) / 2)
    return np.asarray(survey.bend * (us[None, :] ** 2 + vs[:, None] ** 2) / 2, dtype=np.float32)


def gaps(rng: np.random.Generator, box: Box, share: float) -> list[Points]:
    """Ragged holes that together cover about ``share`` of the box."""
    width, height = box[2] - box[0], box[3] - box[1]
    left = share * width * height
    found: list[Points] = []
    while left > 0:
        radius = math.sqrt(min(left, float(rng.uniform(0.001, 0.012)) * width * height) / math.pi)
        angles = np.linspace(0, 2 * math.pi, 19)[:-1]
        reach = radius * rng.uniform(0.75, 1.25, len(angles))
        centre = np.array((rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])))
        found.append(centre + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None])
        left -= math.pi * radius**2
    return found
