"""The plan of a made-up town: an endless lattice of streets, each block of it decided by the seed alone.

Any part can be asked for at any time and is always the same, so a whole street can be written window by
window and a scene can be cut out anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from chengshu.vision.raster.scenes import parcels
from chengshu.vision.raster.scenes.parts import (
    AFTER,
    BEFORE,
    COVER,
    STOREY_M,
    VEHICLE,
    Box,
    Change,
    Colour,
    Contents,
    Frame,
    Solid,
    Tree,
    ground_at,
)  # fmt: skip

PITCH_X, PITCH_Y, ROAD = 74.0, 58.0, 9.0  # distances between street axes and width of a street, metres
WALK = 2.2  # pavement on each side
TALLEST = 8 * STOREY_M + 6
BLOCKS = ("village", "village", "village", "houses", "houses", "works", "park", "mixed", "mixed")
PARCEL = {"village": (16, 15), "houses": (48, 23), "works": (32, 42), "park": (60, 60), "mixed": (24, 20)}
ASPHALT: Colour = (92, 93, 96)
PAVING: Colour = (158, 154, 147)
LINE: Colour = (222, 222, 216)
CAR_COLOURS: tuple[Colour, ...] = (
    (235, 235, 236), (30, 31, 34), (120, 124, 130), (150, 30, 28), (35, 60, 120), (190, 186, 176),
)  # fmt: skip
GAP_M = 13.0  # from one vehicle's middle to the next in the same lane
SHIFT = 1 << 20  # seeds must not be negative


class Town:
    """A town by its seed; ``rebuilt`` is the share of its parcels that hold other buildings after.

    In the yard of a share ``parked`` of the parcels a lorry stands at one of the flights.
    """

    def __init__(self, seed: int, rebuilt: float = 0.0, keep: int = 512, *, parked: float = 0.0) -> None:
        """``keep`` blocks are remembered, the others are made again when asked for."""
        self.seed, self.rebuilt, self.parked = seed, rebuilt, parked
        self.block = lru_cache(maxsize=keep)(self._block)

    def random(self, *key: int) -> np.random.Generator:
        """The random numbers that belong to one place of the town."""
        return np.random.default_rng([self.seed, *(part + SHIFT for part in key)])

    def axis_x(self, i: int) -> float:
        """Where the i-th street from north to south runs."""
        return i * PITCH_X + float(self.random(1, i).uniform(-9, 9))

    def axis_y(self, j: int) -> float:
        """Where the j-th street from west to east runs."""
        return j * PITCH_Y + float(self.random(2, j).uniform(-6, 6))

    def within(self, box: Box) -> Contents:
        """All that stands in the blocks touching ``box`` (metres), together with their streets."""
        found = Contents()
        for i, j in cells(box):
            found.add(self.block(i, j))
        return found

    def _block(self, i: int, j: int) -> Contents:
        """The block between streets i, i+1 and j, j+1, with the two streets at its left and upper side."""
        left, right = self.axis_x(i) + ROAD / 2, self.axis_x(i + 1) - ROAD / 2
        upper, lower = self.axis_y(j) + ROAD / 2, self.axis_y(j + 1) - ROAD / 2
        rng = self.random(3, i, j)
        contents = Contents(self._streets(i, j))
        inside = (left + WALK, upper + WALK, right - WALK, lower - WALK)
        contents.solids.append(cover((left, upper, right, lower), PAVING))
        kind = str(rng.choice(BLOCKS))
        for number, box in enumerate(divide(inside, *PARCEL[kind])):
            rng = self.random(4, i, j, number)
            before = parcels.fill(rng, box, kind)
            if self.rebuilt and rng.random() < self.rebuilt:
                contents.add(replaced(before, parcels.fill(self.random(5, i, j, number), box, "mixed")))
            else:
                contents.add(before)
            if self.parked:
                contents.solids += self._parked((i, j, number), box, before.changes)
        contents.trees += self._street_trees(i, j, (left, upper, right, lower))
        contents.solids += self._traffic(i, j)
        return contents

    def _streets(self, i: int, j: int) -> list[Solid]:
        x, y, x1, y1 = self.axis_x(i), self.axis_y(j), self.axis_x(i + 1), self.axis_y(j + 1)
        half = ROAD / 2
        solids = [cover((x - half, y - half, x + half, y1 - half), ASPHALT)]
        solids.append(cover((x - half, y - half, x1 - half, y + half), ASPHALT))
        for v in np.arange(y + half + 3, y1 - half - 4, 6.0):
            solids.append(cover((x - 0.08, v, x + 0.08, v + 2.5), LINE))
        for u in np.arange(x + half + 3, x1 - half - 4, 6.0):
            solids.append(cover((u, y - 0.08, u + 2.5, y + 0.08), LINE))
        for u in np.arange(x - half + 0.4, x + half - 0.4, 0.9):  # zebra crossing
            solids.append(cover((u, y + half + 0.4, u + 0.45, y + half + 2.6), LINE))
        return solids

    def _street_trees(self, i: int, j: int, box: Box) -> list[Tree]:
        rng = self.random(6, i, j)
        if rng.random() < 0.25:
            return []
        left, upper, right, lower = box
        step = float(rng.uniform(7, 11))
        spots = [(u, upper + 1.0) for u in np.arange(left + 5, right - 5, step)]
        spots += [(left + 1.0, v) for v in np.arange(upper + 5, lower - 5, step)]
        taken = [spot for spot in spots if rng.random() < 0.8]
        return [parcels.tree(rng, u, v, float(rng.uniform(1.2, 2.1))) for u, v in taken]

    def _parked(self, key: tuple[int, int, int], box: Box, changes: list[Change]) -> list[Solid]:
        """A lorry at the upper edge of a parcel at one flight, or nothing; never where one may build."""
        rng = self.random(8, *key)
        width = box[2] - box[0]
        if rng.random() >= self.parked or width < 14:
            return []
        flight = int(rng.choice((BEFORE, AFTER)))
        x, y = float(rng.uniform(box[0] + 6.5, box[2] - 6.5)), box[1] + 1.3
        for change in changes:
            room = np.array((6.5, 1.8))
            low, high = change.ring.min(axis=0) - room, change.ring.max(axis=0) + room
            if low[0] < x < high[0] and low[1] < y < high[1]:
                return []
        return lorry(rng, x, y, 0.0, flight)

    def _traffic(self, i: int, j: int) -> list[Solid]:
        """Cars and lorries of each flight on the two streets of a block."""
        x, y, x1, y1 = self.axis_x(i), self.axis_y(j), self.axis_x(i + 1), self.axis_y(j + 1)
        solids = []
        for flight in (BEFORE, AFTER):
            rng = self.random(7, i, j, flight)
            taken: list[tuple[float, float]] = []
            for _ in range(int(rng.integers(3, 8))):
                lane = float(rng.choice((-1, 1))) * float(rng.uniform(1.9, 2.8))
                if rng.random() < 0.5:
                    spot, angle = (x + lane, float(rng.uniform(y + 12, y1 - 12))), math.pi / 2
                else:
                    spot, angle = (float(rng.uniform(x + 12, x1 - 12)), y + lane), 0.0
                if all(math.dist(spot, other) > GAP_M or _passing(spot, other, angle) for other in taken):
                    taken.append(spot)
                    solids += vehicle(rng, *spot, angle, flight)
        return solids


def cells(box: Box) -> Iterator[tuple[int, int]]:
    """The lattice cells that may reach into ``box``: streets wander by some metres, trees hang over."""
    for i in range(math.floor(box[0] / PITCH_X) - 1, math.floor(box[2] / PITCH_X) + 2):
        for j in range(math.floor(box[1] / PITCH_Y) - 1, math.floor(box[3] / PITCH_Y) + 2):
            yield i, j


def divide(box: Box, width: float, depth: float) -> list[Box]:
    """Equal parcels of about the asked size."""
    columns = max(1, round((box[2] - box[0]) / width))
    rows = max(1, round((box[3] - box[1]) / depth))
    us = np.linspace(box[0], box[2], columns + 1)
    vs = np.linspace(box[1], box[3], rows + 1)
    return [
        (float(us[c]), float(vs[r]), float(us[c + 1]), float(vs[r + 1]))
        for r in range(rows)
        for c in range(columns)
    ]


def _passing(spot: tuple[float, float], other: tuple[float, float], angle: float) -> bool:
    """Whether two vehicles are in different lanes of the same street."""
    apart = abs(spot[0] - other[0]) if angle else abs(spot[1] - other[1])
    return 3.2 < apart < 6.0


def cover(box: Box, colour: Colour, texture: str = "plain", top: float = 0.0) -> Solid:
    """A rectangle of ground."""
    ring = np.array([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])])
    return Solid(ring, top, colour, COVER, relative=True, texture=texture)


def vehicle(rng: np.random.Generator, x: float, y: float, angle: float, flight: int) -> list[Solid]:
    """A car, or a lorry."""
    base = ground_at(x, y)
    if rng.random() < 0.7:
        frame = Frame(x, y, float(rng.uniform(4.0, 4.9)), 1.8, angle)
        colour = CAR_COLOURS[int(rng.integers(len(CAR_COLOURS)))]
        roof = frame.rectangle(-frame.width * 0.2, -0.75, frame.width * 0.35, 0.75)
        body = Solid(frame.outline(), base + 0.9, colour, VEHICLE, flights=flight)
        return [body, Solid(roof, base + 1.45, colour, VEHICLE, flights=flight)]
    return lorry(rng, x, y, angle, flight)


def lorry(rng: np.random.Generator, x: float, y: float, angle: float, flight: int) -> list[Solid]:
    """A lorry: its box of 2.5 to 4 m and its cab."""
    base = ground_at(x, y)
    frame = Frame(x, y, float(rng.uniform(6.5, 12)), float(rng.uniform(2.3, 2.55)), angle)
    height = float(rng.uniform(2.5, 4.0))
    split = frame.width / 2 - 2.2
    box, cab = (-frame.width / 2, split - 0.3), (split, frame.width / 2)
    paint = CAR_COLOURS[int(rng.integers(len(CAR_COLOURS)))]
    return [
        Solid(frame.rectangle(box[0], -frame.depth / 2, box[1], frame.depth / 2), base + height,
              (196, 196, 190), VEHICLE, flights=flight),
        Solid(frame.rectangle(cab[0], -frame.depth / 2, cab[1], frame.depth / 2), base + 2.5,
              paint, VEHICLE, flights=flight),
    ]  # fmt: skip


def replaced(before: Contents, after: Contents) -> Contents:
    """A parcel cleared and built anew between the flights: nothing of it is a planted change."""
    found = Contents()
    for contents, flight in ((before, BEFORE), (after, AFTER)):
        standing = contents.solids + [solid for change in contents.changes for solid in change.before]
        found.solids += [
            Solid(**{**solid.__dict__, "flights": flight}) for solid in standing if solid.flights & flight
        ]
    return found


def carried_out(changes: list[Change], inside: Box, most: int | None, share: float) -> list[Change]:
    """Which changes happen: those wholly inside, by rank, at most ``most`` and of rank below ``share``."""
    low, high = np.array(inside[:2]), np.array(inside[2:])
    fitting = [
        change
        for change in changes
        if change.rank < share and (change.ring >= low).all() and (change.ring <= high).all()
    ]
    fitting.sort(key=lambda change: change.rank)
    return fitting if most is None else fitting[:most]
