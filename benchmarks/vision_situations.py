"""The situations heights are measured in: made-up scenes with every fault that a pair of flights has.

Shared by vision_heights.py (measures) and vision_calibrate.py (fits the scores, on other seeds).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
from chengshu.vision.raster import tilework
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.registration import register
from chengshu.vision.raster.scenes import Scene, make_scene
from chengshu.vision.raster.types import Candidate, Registration

GSD = 0.1


@dataclass
class Pair:
    """A scene as a tile is read."""

    before: np.ndarray
    after: np.ndarray
    valid: np.ndarray
    before_heights: np.ndarray | None
    after_heights: np.ndarray | None
    x0: int = 0
    y0: int = 0


def situation(seed: int, size: int = 640, parked: float = 0.0) -> Scene:
    """Shift 0 to 5 px in any direction, a bowl of up to 1 m, a bias of up to 0.6 m, holes of up to 3 %;
    ``parked`` is the share of yards with a lorry at one flight."""
    rng = np.random.default_rng([seed, 7])
    far, turn = float(rng.choice([0, 1, 2, 3, 4, 5])), float(rng.uniform(0, 2 * np.pi))
    return make_scene(
        seed,
        size,
        GSD,
        shift=(far * np.cos(turn), far * np.sin(turn)),
        doming=float(rng.uniform(-1, 1)),
        bias=float(rng.uniform(-0.6, 0.6)),
        holes=float(rng.choice([0, 0.01, 0.03])),
        parked=parked,
    )


def as_read(scene: Scene, *, registered: bool, heights: bool = True) -> tuple[Pair, Registration]:
    """The scene as the pipeline reads it: moved by the registration, or left as it lies."""
    rows, columns = scene.before.shape[:2]
    valid = np.ones((rows, columns), bool)
    if not registered:
        found = Registration(reason="not asked for")
    else:
        gray = [
            cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(np.float32) for one in (scene.before, scene.after)
        ]
        found = register(gray[0], gray[1], valid)
    after, tops = scene.after, scene.after_heights
    if found.accepted:
        move = np.array([[1, 0, found.dx], [0, 1, found.dy]], np.float32)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        after = cv2.warpAffine(after, move, (columns, rows), flags=how, borderMode=cv2.BORDER_REPLICATE)
        tops = cv2.warpAffine(
            tops, move, (columns, rows), flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=np.nan
        )
        seen = cv2.warpAffine(valid.astype(np.uint8), move, (columns, rows), flags=how)
        valid = seen > 0
    pair = Pair(scene.before, after, valid, scene.before_heights, tops)
    if not heights:
        pair.before_heights = pair.after_heights = None
    return pair, found


def found_in(pair: Pair, registration: Registration, min_score: float) -> list[Candidate]:
    """The candidates of a scene at a least score."""
    options = Options(pixel_m=GSD)
    return [one for one in tilework.compare_tile(pair, registration, options) if one.score >= min_score]
