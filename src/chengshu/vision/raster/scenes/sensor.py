"""What camera and photogrammetry make of a town: light, season, exposure, noise; smeared, bent, holed heights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from chengshu.vision.raster.scenes.paint import LEAF_TURN, Canvas, View, noise, paint, relief, shadows
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
    """Two flights' looks: other sun, often another season, exposure and white balance (``strength`` 0: the same)."""
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
    light = (light + slope) * (1 + look.drift * slow)
    planes = []
    for band, plane in enumerate(cv2.split(colour)):
        lit = light * (look.gain[band] - (DARK[band] * look.gain[band]) * shade)
        planes.append(cv2.multiply(plane, lit, dtype=cv2.CV_8U))
    image = cv2.merge(planes)
    if look.blur:
        image = cv2.GaussianBlur(image, (0, 0), look.blur)
    levels = np.clip(255 * (np.arange(256) / 255) ** look.gamma, 0, 255).round().astype(np.uint8)
    image = cv2.LUT(image, levels)
    return _grainy(image, view, look)


def _grainy(image: Image, view: View, look: Look) -> Image:
    if not look.grain:
        return image
    light = look.grain * noise("fine", view, cell=view.gsd, offset=look.offset)
    tint = 0.5 * look.grain * noise("fine", view, cell=view.gsd, offset=3 * look.offset)
    speckle = cv2.merge([light + tint, light, light - tint])
    return np.asarray(cv2.add(image, speckle, dtype=cv2.CV_8U), dtype=np.uint8)


def jpeg(image: Image, quality: int) -> Image:
    """The image after a round through JPEG."""
    _done, packed = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[:, :, ::-1])


def measure(contents: Contents, flight: int, view: View, survey: Survey) -> Heights:
    """The surface model of a window: what stands there, trees and lorries too, with all faults of ``survey``."""
    wide = widened(view, MARGIN)
    canvas = paint(contents, flight, wide, None)
    heights = canvas.heights
    if survey.wobble:
        heights = _wobbled(heights, wide, survey)
    if survey.smear:
        heights = cv2.GaussianBlur(heights, (0, 0), survey.smear)
    slow = noise("coarse", wide, cell=6 * view.gsd, offset=survey.offset)
    heights = heights + survey.grain * (0.7 * noise("fine", wide, view.gsd, survey.offset) + 0.7 * slow)
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
