"""What a made-up town is built of: covers, solids, trees and the changes between two flights.

World coordinates are metres, x to the right, y downwards; heights are metres above the datum of the town.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

BEFORE, AFTER, BOTH = 1, 2, 3
STOREY_M = 3.0
COVER, BUILDING, CLUTTER, ADDITION, VEHICLE = range(5)


@dataclass(frozen=True)
class Solid:
    """Anything with an outline: ``top`` is the height of its eaves, or of its surface above the terrain.

    ``relative`` says which; ``roof`` is flat, gable or shed with ``rise`` metres from eaves to ridge across
    ``axis`` (the direction of the ridge); ``texture`` is plain, stripes, tiles, rubble, grass or water.
    """

    ring: Points
    top: float
    colour: Colour
    level: int = BUILDING
    relative: bool = False
    roof: str = "flat"
    rise: float = 0.0
    axis: tuple[float, float] = (1.0, 0.0)
    texture: str = "plain"
    period: float = 0.4
    flights: int = BOTH

    @property
    def box(self) -> Box:
        """Bounds (left, top, right, bottom) in metres."""
        low, high = self.ring.min(axis=0), self.ring.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@dataclass(frozen=True)
class Tree:
    """A crown: ``radius`` and ``height`` at the flight before, and what it grew until the flight after."""

    x: float
    y: float
    radius: float
    height: float
    ground: float
    grown_m: float
    tint: float

    def at(self, flight: int) -> tuple[float, float]:
        """Radius and height of the crown at a flight."""
        if flight == BEFORE:
            return self.radius, self.height
        return self.radius + 0.12 * self.grown_m, self.height + self.grown_m


@dataclass(frozen=True)
class Change:
    """One thing that may differ: what stands there before and after, and the truth about it.

    ``gain_m`` is the signed median change of height over ``ring``. ``rank`` is a random number: the changes
    of lowest rank are carried out, all others stay as before.
    """

    kind: str
    ring: Points
    gain_m: float
    rank: float
    before: tuple[Solid, ...] = ()
    after: tuple[Solid, ...] = ()

    @property
    def area_m2(self) -> float:
        """Area of the outline by the shoelace formula."""
        x, y = self.ring[:, 0], self.ring[:, 1]
        return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


@dataclass
class Contents:
    """Everything that stands in a part of the town."""

    solids: list[Solid] = field(default_factory=list)
    trees: list[Tree] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, other: Contents) -> None:
        """Take in what stands in another part."""
        self.solids += other.solids
        self.trees += other.trees
        self.changes += other.changes


@dataclass(frozen=True)
class Frame:
    """A rectangle that may be turned: local coordinates (u along its width, v its depth) to the world."""

    cx: float
    cy: float
    width: float
    depth: float
    angle: float = 0.0

    @property
    def axis(self) -> tuple[float, float]:
        """Direction of the width."""
        return math.cos(self.angle), math.sin(self.angle)

    def place(self, local: list[tuple[float, float]]) -> Points:
        """World coordinates of local points, the centre being (0, 0)."""
        c, s = self.axis
        u, v = np.array(local, dtype=float).T
        return np.stack([self.cx + u * c - v * s, self.cy + u * s + v * c], axis=1)

    def rectangle(self, u0: float, v0: float, u1: float, v1: float) -> Points:
        """The world outline of a local rectangle."""
        return self.place([(u0, v0), (u1, v0), (u1, v1), (u0, v1)])

    def outline(self) -> Points:
        """The world outline of the whole frame."""
        u, v = self.width / 2, self.depth / 2
        return self.rectangle(-u, -v, u, v)


def terrain(x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Height of the bare ground: a plain with slow waves of about a metre, the same for every town."""
    x, y = np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)
    slow = 0.6 * np.sin(x / 61.0) + 0.5 * np.cos(y / 83.0)
    return np.asarray(4.0 + slow + 0.3 * np.sin((x + y) / 37.0), dtype=np.float32)


def ground_at(x: float, y: float) -> float:
    """Height of the bare ground at one place."""
    return float(terrain(x, y))
