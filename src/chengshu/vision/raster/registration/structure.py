"""What of an image stays the same from flight to flight: the direction of its edges, not its light."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from chengshu.vision.raster.types import Heights, Image, Mask, Plane

Field = npt.NDArray[np.complex64]
SMOOTH_PX = 1.2
AROUND_PX = 12  # over which the contrast is evened out
SHADE_PX = 60  # over which the usual lightness of a place is taken
DARK = 0.7  # share of it below which a place counts as shadow, as shadows wander with the sun
STEEPEST_M = 3.0  # a step of height counts no more than this: a tower is not ten houses
QUIET = 0.35  # share of the usual contrast below which a surface counts as empty


def gray(image: Image) -> Plane:
    """Lightness as one plane, 0 to 255."""
    found: Plane = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return found


def image_field(plane: Plane, valid: Mask) -> Field:
    """Direction and relative strength of the edges of an image, 0 in holes and in what is flat.

    Brightness goes in as its logarithm, so that half the light changes nothing; edges beside shadows are left
    out; then each place is divided by the contrast around it: a bright roof weighs no more than a path.
    """
    filled = _filled(plane, valid.astype(np.float32))
    usual = cv2.blur(filled, (2 * SHADE_PX + 1,) * 2)
    lowest = cv2.erode(cv2.GaussianBlur(filled, (0, 0), 1.0), np.ones((9, 9), np.uint8))
    lit = np.clip((lowest / np.maximum(usual, 1) - DARK) / 0.15 + 1, 0, 1).astype(np.float32)
    return _field(np.log(np.maximum(filled, 0) + 12.0).astype(np.float32), valid, lit, None)


def height_field(heights: Heights) -> Field:
    """The same of a surface model: walls and ground steps, each of limited weight."""
    known = np.isfinite(heights)
    filled = _filled(np.where(known, heights, 0).astype(np.float32), known.astype(np.float32))
    return _field(filled, known, None, STEEPEST_M)


def _field(filled: Plane, valid: Mask, weight: Plane | None, limit: float | None) -> Field:
    smooth = cv2.GaussianBlur(filled, (0, 0), SMOOTH_PX)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    known = valid.astype(np.float32)
    inner = cv2.erode(known, np.ones((7, 7), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inner = inner if weight is None else inner * weight
    across, down = across * inner, down * inner
    if limit is not None:
        length = np.maximum(np.hypot(across, down), 1e-6)
        factor = np.minimum(length, limit / 4) / length
        across, down = across * factor, down * factor
    energy = across * across + down * down
    around = cv2.blur(energy, (2 * AROUND_PX + 1,) * 2)
    usual = float(around[inner > 0].mean()) if (inner > 0).any() else 0.0
    if usual <= 0:
        return np.zeros(filled.shape, np.complex64)
    norm = 1 / np.sqrt(around + QUIET * QUIET * usual)
    field: Field = (across * norm + 1j * (down * norm)).astype(np.complex64)
    return field


def _filled(plane: Plane, weight: Plane) -> Plane:
    """Holes get the mean around them, so that their rim makes no edge of its own."""
    if weight.all():
        return plane
    total = cv2.blur(np.where(weight > 0, plane, 0).astype(np.float32), (31, 31))
    share = cv2.blur(weight, (31, 31))
    filled: Plane = np.where(weight > 0, plane, total / np.maximum(share, 1e-3)).astype(np.float32)
    return filled
