"""A small made-up street whose every change is put there on purpose, for tests of single situations."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from chengshu.vision.raster.types import Heights, Image, Mask

GROUND, ROOF, GREEN = (168, 165, 158), (150, 120, 105), (70, 120, 60)
ASPHALT = (92, 92, 94)


@dataclass
class Flights:
    """Two flights over one place, as a tile is read: a stand-in with the attributes of grid.Tile."""

    before: Image
    after: Image
    valid: Mask
    before_heights: Heights | None
    after_heights: Heights | None
    x0: int = 0
    y0: int = 0
    truth: list[tuple[int, int, int, int]] = field(default_factory=list)


class Street:
    """Flat ground 4 m above the sea and two old buildings; ``put`` changes it between the flights."""

    def __init__(self, size: int = 400, seed: int = 1) -> None:
        self.size, self.rng = size, np.random.default_rng(seed)
        self.heights = [np.full((size, size), 4.0, np.float32) for _ in range(2)]
        self.images = [np.full((size, size, 3), GROUND, np.uint8) for _ in range(2)]
        self.both(60, 60, 120, 80, 9.0)
        self.both(220, 60, 100, 90, 15.0)

    def both(self, x: int, y: int, width: int, height: int, metres: float, colour=ROOF) -> None:
        """Something that stands there in both flights."""
        for flight in (0, 1):
            self.put(x, y, width, height, metres, colour, flight=flight)

    def put(self, x: int, y: int, width: int, height: int, metres: float, colour=ROOF, *, flight=1) -> None:
        """A box ``metres`` above what is there, by default only in the flight after."""
        area = (slice(y, y + height), slice(x, x + width))
        self.heights[flight][area] = 4.0 + metres
        self.images[flight][area] = colour

    def tree(self, x: int, y: int, radius: int, metres: float, growth: float, wider: int = 3) -> None:
        """A rough round crown that grows."""
        yy, xx = np.mgrid[: self.size, : self.size]
        for flight, more in ((0, 0.0), (1, growth)):
            reach = radius + (wider if flight else 0)
            apart = np.hypot(xx - x, yy - y)
            crown = 4 + (metres + more) * np.sqrt(np.clip(1 - (apart / reach) ** 2, 0, 1))
            crown = crown + cv2.blur(self.rng.normal(0, 1.2, crown.shape), (3, 3))
            inside = apart < reach
            self.heights[flight][inside] = crown[inside]
            self.images[flight][inside] = GREEN

    def fly(self, *, shift=(0.0, 0.0), bias=0.0, doming=0.0, noise=0.06, smear=1.0, hole=None) -> Flights:
        """Both flights as photogrammetry gives them: smeared walls, noise, another level, a bowl, a shift."""
        move = np.float32([[1, 0, shift[0]], [0, 1, shift[1]]])
        dsm, pictures = [], []
        for flight in (0, 1):
            heights, image = self.heights[flight], self.images[flight]
            if flight:
                keep = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
                heights = cv2.warpAffine(heights, move, heights.shape[::-1], **keep)
                image = cv2.warpAffine(image, move, heights.shape[::-1], **keep)
                line = np.linspace(-1, 1, self.size, dtype=np.float32)
                heights = heights + bias + doming * (line[None, :] ** 2 + line[:, None] ** 2) / 2
            heights = cv2.GaussianBlur(heights, (0, 0), smear) if smear else heights
            heights = heights + self.rng.normal(0, noise, heights.shape).astype(np.float32)
            if hole:
                x, y, width, height = hole
                heights[y : y + height, x : x + width] = np.nan
            dsm.append(heights.astype(np.float32))
            pictures.append(np.clip(image + self.rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8))
        valid = np.ones((self.size, self.size), bool)
        return Flights(pictures[0], pictures[1], valid, dsm[0], dsm[1])
