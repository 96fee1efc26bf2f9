"""A rectangle of pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels of the common grid; it may lie partly outside of it."""

    x0: int
    y0: int
    width: int
    height: int

    def grown(self, by: int) -> Box:
        """The box with ``by`` pixels more on every side."""
        return Box(self.x0 - by, self.y0 - by, self.width + 2 * by, self.height + 2 * by)

    def clipped(self, width: int, height: int) -> Box:
        """What of the box lies in an image of that size (a size of 0 where nothing does)."""
        x0, y0 = min(max(self.x0, 0), width), min(max(self.y0, 0), height)
        x1 = min(max(self.x0 + self.width, x0), width)
        y1 = min(max(self.y0 + self.height, y0), height)
        return Box(x0, y0, x1 - x0, y1 - y0)
