"""What the steps of a comparison hand to one another.

Conventions, everywhere in this package: images are ``(rows, columns, 3)`` uint8 RGB; heights
``(rows, columns)`` float32 metres with NaN where nothing was measured; masks are bool, ``True`` = valid.
Pixel coordinates are x to the right, y downwards, the centre of the first pixel at (0.5, 0.5). A shift
(dx, dy) says: what lies at (x, y) in the image before lies at (x + dx, y + dy) in the image after.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Heights = npt.NDArray[np.float32]
Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Ring = list[tuple[float, float]]

KINDS = (
    "new_building", "storey_added", "rooftop_addition", "extension", "demolition", "ground_works",
    "temporary_shed", "blue_steel_roof", "unclear",
)  # fmt: skip


class RasterError(ValueError):
    """Input that cannot be compared; the message is one sentence for the person who asked (English msgid).

    ``values`` fill its named placeholders, so that an interface can say it in another language.
    """

    def __init__(self, message: str, **values: Any) -> None:
        self.message, self.values = message, values
        super().__init__(message % values if values else message)


@dataclass(frozen=True)
class Registration:
    """配准: where the image after lies against the image before, and whether to believe it.

    ``accepted`` is false when in doubt: then the georeference is kept (``dx = dy = 0``) and ``reason`` says
    why. ``residual_px`` is the median distance of the single tiles from the fitted shift, ``peak_to_noise``
    the median quality of their peaks, ``matches`` false when the images do not show the same place at all.
    """

    dx: float = 0.0
    dy: float = 0.0
    accepted: bool = False
    matches: bool = True
    residual_px: float = 0.0
    peak_to_noise: float = 0.0
    tiles: int = 0
    tiles_used: int = 0
    reason: str = ""
    local: dict[str, Any] = field(default_factory=dict)


@dataclass
class Candidate:
    """疑似变化: one changed thing. ``outline`` in pixels of the common grid, closed, regular; area in m².

    ``height_gain_m`` is the median signed change of height (``None`` without heights); ``score`` the
    calibrated share of such candidates that are true; ``reasons`` single facts in words (msgid, values).
    """

    outline: Ring
    area_m2: float
    kind: str
    score: float
    height_gain_m: float | None = None
    pixels: int = 0
    reasons: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)
