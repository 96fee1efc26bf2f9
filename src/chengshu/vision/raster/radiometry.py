"""辐射归一: bring the colours of the image after to those of the image before.

Exposure, haze, white balance and season move all pixels together; what was built moves some. So the line
from one image to the other is fitted to the pixels that did not change, found by re-weighting (as in IR-MAD):
each round, a pixel's weight falls with its distance from the fit, in robust spreads of all three channels.
A weak, very smooth illumination field (haze at one side, a cloud's edge) is taken off afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster.types import Image, Mask, Plane, RasterError

SAMPLES = 60_000  # pixels the fit looks at; more do not move it
ROUNDS = 12
CUT = 3.0  # robust spreads beyond which a pixel has no say
GAIN = (0.6, 1.7)  # wider is not lighting: the images then show different things
LOCAL_LIMIT = 25.0  # grey levels the smooth field may move a place
FIELD = 48  # longer side of the smooth field


@dataclass(frozen=True)
class Lighting:
    """How the image after is lit against the one before: ``before ≈ gain * after + offset`` by channel.

    ``unchanged`` is the share of pixels that the fit took as unchanged, 0..1; below about 0.2 it says little.
    """

    gain: tuple[float, float, float]
    offset: tuple[float, float, float]
    unchanged: float


def check_pair(before: Image, after: Image, valid: Mask) -> None:
    """Raises `RasterError` unless the three are of one size and the images are 8-bit RGB."""
    for image in (before, after):
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise RasterError("Images must have three 8-bit channels (red, green, blue).")
    if before.shape != after.shape or valid.shape != before.shape[:2]:
        raise RasterError("The two images and the mask must be of one size.")


def lighting(before: Image, after: Image, valid: Mask) -> Lighting:
    """The lighting of ``after`` against ``before``, from the pixels that did not change.

    Without valid pixels: nothing to correct (gain 1, offset 0).
    """
    check_pair(before, after, valid)
    rows, columns = valid.shape
    scale = min(1.0, (SAMPLES / max(1, rows * columns)) ** 0.5)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    # Shrinking by area also makes the fit forgiving of a pixel or two of misregistration.
    chosen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    a, b = (_small(image, size)[chosen] for image in (after, before))
    if len(a) < 16:
        return Lighting((1.0,) * 3, (0.0,) * 3, 0.0)
    weight = np.ones(len(a), np.float32)
    gain, shift_a, shift_b = np.ones(3, np.float32), a.mean(0), b.mean(0)
    for _ in range(ROUNDS):
        total = float(weight.sum())
        shift_a, shift_b = weight @ a / total, weight @ b / total
        # The ratio of the spreads and not a regression: noise in the one must not flatten the other.
        spread_a, spread_b = (np.sqrt(weight @ (x - s) ** 2 / total) for x, s in ((a, shift_a), (b, shift_b)))
        gain = np.clip(spread_b / np.maximum(spread_a, 1.0), *GAIN)
        distance = (a - shift_a) * gain + shift_b - b
        spread = 1.4826 * np.median(np.abs(distance), axis=0) + 1.0
        chi = ((distance / spread) ** 2).sum(axis=1)
        weight = (np.maximum(0.0, 1 - chi / CUT**2) ** 2 + 1e-4).astype(np.float32)
    offset = shift_b - shift_a * gain
    return Lighting(
        (float(gain[0]), float(gain[1]), float(gain[2])),
        (float(offset[0]), float(offset[1]), float(offset[2])),
        float((weight > 0.25).mean()),
    )


def normalise(before: Image, after: Image, valid: Mask) -> Image:
    """``after`` as it would look in the light of ``before``; raises `RasterError` on unequal sizes.

    Invalid pixels are carried through the same line, without meaning.
    """
    light = lighting(before, after, valid)
    steps = np.arange(256, dtype=np.float32)[:, None]
    table = np.clip(steps * np.array(light.gain) + np.array(light.offset), 0, 255)
    moved: Any = cv2.LUT(after, np.rint(table).astype(np.uint8).reshape(256, 1, 3))
    field = _illumination(before, moved, valid)
    if field is None:
        return np.asarray(moved, np.uint8)
    smooth = cv2.resize(field, valid.shape[::-1], interpolation=cv2.INTER_LINEAR)
    lighter = cv2.cvtColor(np.clip(smooth, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    darker = cv2.cvtColor(np.clip(-smooth, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.subtract(cv2.add(moved, lighter), darker), np.uint8)


def _illumination(before: Image, after: Image, valid: Mask) -> Plane | None:
    """The smooth difference in brightness of unchanged places, small (FIELD), in grey levels; None: nothing.

    Changed places have no say, and one place cannot make a bump of its own: the field is as smooth as a
    quarter of the picture.
    """
    rows, columns = valid.shape
    scale = FIELD / max(rows, columns)
    if scale >= 0.5:  # too small a picture for lighting to differ within it
        return None
    size = (max(4, round(columns * scale)), max(4, round(rows * scale)))
    share = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    gap = (_small(before, size) - _small(after, size)).mean(axis=2)
    known = gap[share > 0.5]
    if known.size < 16:
        return None
    middle = float(np.median(known))
    spread = 1.4826 * float(np.median(np.abs(known - middle))) + 2.0
    weight = np.maximum(0.0, 1 - ((gap - middle) / (2 * spread)) ** 2) * (share > 0.5)
    sigma = max(size) / 4
    weight = weight.astype(np.float32)
    top = cv2.GaussianBlur((gap - middle) * weight, (0, 0), sigma)
    under = cv2.GaussianBlur(weight, (0, 0), sigma)
    field = top / (under + 0.1 * float(under.mean()) + 1e-3)
    return np.asarray(np.clip(field, -LOCAL_LIMIT, LOCAL_LIMIT), np.float32)


def _small(image: Image, size: tuple[int, int]) -> Any:
    """The image shrunk by area to ``size`` (width, height), float32."""
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
