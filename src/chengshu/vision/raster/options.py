"""What a comparison may be told; the defaults are measured on made-up scenes (see benchmarks)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from chengshu.vision.raster.types import Ring


@dataclass(frozen=True)
class Options:
    """Settings of one comparison. Lengths in metres unless the name says pixels (px of the common grid).

    ``tolerance_px``: how far the flights may lie apart where the registration was not believed.
    ``seed_gain_m`` starts a candidate, ``gain_m`` is the least median gain that is reported,
    ``ground_loss_m`` the least excavation (of ground: what stood less than ``low_m`` high). ``min_area_m2``:
    the smallest thing; ``min_pixels`` the same where no pixel size is known. ``min_score``: what scores less
    is left out (``min_score_colour`` without heights). ``approved``: outlines (px of the common grid) where
    building is permitted; ``approved_share`` of a candidate inside one takes it out.
    """

    tile: int = 2048
    halo: int = 64
    height_pixel_m: float = 0.1
    tolerance_px: int = 5
    seed_gain_m: float = 1.5
    gain_m: float = 1.9
    ground_loss_m: float = 0.9
    roof_m: float = 2.0
    low_m: float = 0.6
    min_area_m2: float = 3.0
    min_pixels: int = 150
    min_width_m: float = 1.0
    min_score: float = 0.15
    min_score_colour: float = 0.05
    ground_reach_m: float = 60.0
    surface_cell_m: float = 2.0
    stable_m: float = 0.35
    stable_share: float = 0.25
    vegetation_share: float = 0.5
    pixel_m: float | None = None
    approved: tuple[tuple[tuple[float, float], ...], ...] = ()
    approved_share: float = 0.7
    model: str = ""
    model_threshold: float = 0.5
    max_shift_px: int = 64

    def digest(self) -> str:
        """A short name of exactly these settings: finished tiles are reused only where it is the same."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def with_approved(self, rings: list[Ring]) -> Options:
        """The same settings with permitted footprints (pixels of the common grid)."""
        values = asdict(self) | {"approved": tuple(tuple(ring) for ring in rings)}
        return Options(**values)
