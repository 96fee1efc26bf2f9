"""What stands on one parcel: a building with clutter on its roof, yard, trees, and what may change there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from chengshu.vision.raster.scenes.parts import (
    ADDITION,
    BUILDING,
    CLUTTER,
    COVER,
    STOREY_M,
    Box,
    Change,
    Colour,
    Contents,
    Frame,
    Points,
    Solid,
    Tree,
    ground_at,
)  # fmt: skip

FLAT: tuple[Colour, ...] = (
    (168, 166, 160),
    (142, 140, 138),
    (186, 180, 168),
    (120, 118, 116),
    (150, 104, 88),
)
TILED: tuple[Colour, ...] = ((128, 66, 52), (104, 60, 52), (96, 98, 104), (142, 88, 62), (72, 82, 98))
STEEL: tuple[Colour, ...] = ((52, 104, 178), (58, 116, 188), (196, 198, 198), (168, 172, 172), (170, 62, 50))
BLUE: Colour = (48, 108, 186)
SHED: tuple[Colour, ...] = (
    (206, 206, 202),
    (170, 172, 170),
    (112, 120, 128),
    (188, 178, 160),
    (74, 110, 150),
)
GRASS: Colour = (96, 118, 66)
SOIL: Colour = (148, 122, 92)
CONCRETE: Colour = (164, 162, 156)
RUBBLE: Colour = (156, 146, 132)
LOW_GAIN = 2.2  # what is planted as countable gains at least this, metres
LEVEL_SHARE = 0.2  # of the sheds have a level roof, as a container has
SMALL_SHARE = 0.15  # of the additions are planted too small or too low to count
STOREYS = {"village": (2, 4), "houses": (4, 7), "works": (2, 3), "mixed": (1, 5), "park": (1, 2)}


def pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    """One of the colours, slightly weathered."""
    base = np.array(colours[int(rng.integers(len(colours)))]) + rng.integers(-10, 11)
    red, green, blue = np.clip(base, 12, 245).tolist()
    return red, green, blue


def tree(rng: np.random.Generator, x: float, y: float, radius: float) -> Tree:
    """A tree that grows by 0.5 to 2 m between the flights."""
    height = float(rng.uniform(2.2, 3.0) * radius + rng.uniform(0.5, 2.0))
    grown, tint = float(rng.uniform(0.5, 2.0)), float(rng.uniform(-1, 1))
    return Tree(x, y, radius, height, ground_at(x, y), grown, tint)


def fill(rng: np.random.Generator, box: Box, kind: str) -> Contents:
    """The contents of a parcel in a block of the given kind."""
    chance = rng.random()
    if kind == "park":
        return _park(rng, box)
    if chance < 0.14:
        return _free(rng, box)
    margin = {"village": 2.6, "houses": 4.6, "works": 4.5}.get(kind, 3.6)
    width, depth = box[2] - box[0] - 2 * margin, box[3] - box[1] - 2 * margin
    if kind in ("mixed", "houses") and chance > 0.5:
        width, depth = width * float(rng.uniform(0.65, 1)), depth * float(rng.uniform(0.75, 1))
    angle = float(rng.uniform(-1, 1)) * min(0.06, 1.2 / max(width, depth))
    frame = Frame((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, width, depth, angle)
    return _built(rng, box, frame, kind, margin)


def _built(rng: np.random.Generator, box: Box, frame: Frame, kind: str, margin: float) -> Contents:
    contents = Contents([_ground(rng, box, kind)])
    base = ground_at(frame.cx, frame.cy)
    low, high = STOREYS[kind]
    height = float(rng.integers(low, high + 1)) * STOREY_M + float(rng.uniform(0, 0.8))
    shape = rng.random()
    pitched = {"village": 0.35, "houses": 0.35, "works": 0.6}.get(kind, 0.3)
    if shape < pitched:
        colours, texture = (STEEL, "stripes") if kind == "works" else (TILED, "tiles")
        along = frame.axis if frame.width >= frame.depth else (-frame.axis[1], frame.axis[0])
        rise = min(frame.width, frame.depth) * (0.08 if kind == "works" else float(rng.uniform(0.18, 0.3)))
        house = Solid(
            frame.outline(), base + height, pick(rng, colours), roof="gable", rise=rise, axis=along,
            texture=texture, period=0.8 if kind == "works" else 0.35,
        )  # fmt: skip
        parts, roof = [house], None
    else:
        parts, roof = _flat(rng, frame, base + height)
    whole = _demolition(rng, frame, parts, height)
    if whole is not None:
        contents.changes.append(whole)
    else:
        contents.solids += parts
        if roof is not None:
            _on_roof(rng, contents, roof, base + height)
        _at_wall(rng, contents, frame, base, margin, height)
        if margin > 3:
            _in_yard(rng, contents, box, frame, margin)
    _yard_trees(rng, contents, box, margin)
    return contents


def _ground(rng: np.random.Generator, box: Box, kind: str) -> Solid:
    green = rng.random() < {"houses": 0.75, "village": 0.1, "works": 0.15}.get(kind, 0.4)
    ring = np.array([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])])
    colour = GRASS if green else pick(rng, (CONCRETE, (140, 136, 130), (176, 168, 156)))
    texture = "grass" if green else "plain"
    return Solid(ring, 0.0, colour, COVER, relative=True, texture=texture)


def _flat(rng: np.random.Generator, frame: Frame, top: float) -> tuple[list[Solid], Frame]:
    """A flat roof with its parapet, sometimes with a courtyard cut in; and the part free for additions."""
    colour = pick(rng, FLAT)
    edge, wall = 0.3, (min(colour[0] + 18, 250), min(colour[1] + 18, 250), min(colour[2] + 16, 250))
    u, v = frame.width / 2, frame.depth / 2
    if rng.random() < 0.25 and frame.width > 10 and frame.depth > 8:  # a courtyard open to one side
        a, b = u * 0.45, v * float(rng.uniform(0.1, 0.4))
        outline = frame.place([(-u, -v), (u, -v), (u, v), (a, v), (a, b), (-a, b), (-a, v), (-u, v)])
        inner = frame.place([
            (-u + edge, -v + edge), (u - edge, -v + edge), (u - edge, v - edge), (a + edge, v - edge),
            (a + edge, b - edge), (-a - edge, b - edge), (-a - edge, v - edge), (-u + edge, v - edge),
        ])  # fmt: skip
        centre = frame.place([(0.0, (-v + b) / 2)])[0]
        free = Frame(
            float(centre[0]), float(centre[1]), frame.width - 2 * edge, v + b - 2 * edge, frame.angle
        )
    else:
        outline = frame.outline()
        inner = frame.rectangle(-u + edge, -v + edge, u - edge, v - edge)
        free = replace(frame, width=frame.width - 2 * edge, depth=frame.depth - 2 * edge)
    parts = [Solid(outline, top + 0.5, wall), Solid(inner, top, colour, texture="roof")]
    return parts, free


def _demolition(rng: np.random.Generator, frame: Frame, parts: list[Solid], height: float) -> Change | None:
    if rng.random() > 0.16:
        return None
    gain = -(height + parts[0].rise / 2)
    floor = float(rng.uniform(0.0, 0.3))
    cleared = Solid(parts[0].ring, floor, pick(rng, (RUBBLE, SOIL)), COVER, relative=True, texture="rubble")
    return Change("demolition", parts[0].ring, gain + floor, rng.random(), tuple(parts), (cleared,))


def _on_roof(rng: np.random.Generator, contents: Contents, roof: Frame, top: float) -> None:
    """One possible addition on the roof, and clutter beside it."""
    change = _roof_change(rng, roof, top)
    taken = None
    if change is not None:
        contents.changes.append(change)
        taken = _reach(change.ring)
    for _ in range(int(rng.integers(2, 8))):
        size = float(rng.uniform(0.6, 2.0))
        u = float(rng.uniform(-1, 1)) * max(roof.width / 2 - size, 0)
        v = float(rng.uniform(-1, 1)) * max(roof.depth / 2 - size, 0)
        spot = roof.place([(u, v)])[0]
        if taken is not None and _near(taken, spot, size):
            continue
        contents.solids.append(_clutter(rng, roof, u, v, size, top))
    if change is None and roof.width > 9 and roof.depth > 6:  # stair head
        ring = roof.rectangle(roof.width / 2 - 4, -roof.depth / 2, roof.width / 2 - 1, -roof.depth / 2 + 2.6)
        contents.solids.append(Solid(ring, top + 2.5, (178, 174, 166), CLUTTER))


def _clutter(rng: np.random.Generator, roof: Frame, u: float, v: float, size: float, top: float) -> Solid:
    """An air conditioner, a tank (round) or a solar heater (dark, tilted)."""
    chance = rng.random()
    if chance < 0.4:
        angles = np.linspace(0, 2 * math.pi, 17)[:-1]
        r = size / 2
        ring = roof.place([(u + r * math.cos(a), v + r * math.sin(a)) for a in angles])
        return Solid(ring, top + float(rng.uniform(1.0, 2.0)), (206, 206, 204), CLUTTER)
    if chance < 0.7:
        ring = roof.rectangle(u - size / 2, v - size / 3, u + size / 2, v + size / 3)
        return Solid(ring, top + float(rng.uniform(0.6, 1.3)), pick(rng, ((200, 200, 198),)), CLUTTER)
    ring = roof.rectangle(u - size / 2, v - size / 2, u + size / 2, v + size / 2)
    return Solid(ring, top + 0.6, (38, 42, 58), CLUTTER, roof="shed", rise=0.8, axis=roof.axis)


def _roof_change(rng: np.random.Generator, roof: Frame, top: float) -> Change | None:
    if roof.width < 4 or roof.depth < 4 or rng.random() > 0.75:
        return None
    rank = rng.random()
    kind = str(rng.choice(("storey_added", "rooftop_addition", "rooftop_addition", "blue_steel_roof")))
    if kind == "storey_added":
        gain = float(rng.uniform(2.8, 3.3))
        part = roof if rng.random() < 0.6 else _part(rng, roof, 0.5, 0.9)
        solid = Solid(part.outline(), top + gain, pick(rng, FLAT), ADDITION, texture="roof")
    elif kind == "rooftop_addition":
        part, gain = _small(rng, roof)
        solid = Solid(part.outline(), top + gain, pick(rng, FLAT + SHED), ADDITION)
    else:
        part = _part(rng, roof, 0.5, 1.0)
        low = rng.random() < SMALL_SHARE  # only the skin of the roof is new
        rise = 0.2 if low else 0.3
        gain = float(rng.uniform(0.25, 0.7) if low else rng.uniform(LOW_GAIN + 0.1, 3.4))
        solid = Solid(
            part.outline(), top + gain - rise / 2, BLUE, ADDITION, roof="shed", rise=rise, axis=part.axis,
            texture="stripes", period=0.6,
        )  # fmt: skip
    return Change(kind, solid.ring, gain, rank, (), (solid,))


def _part(rng: np.random.Generator, roof: Frame, least: float, most: float) -> Frame:
    """A share of a roof, flush with one corner."""
    width = max(2.2, roof.width * float(rng.uniform(least, most)))
    depth = max(2.2, roof.depth * float(rng.uniform(least, most)))
    u = float(rng.choice((-1, 1))) * (roof.width - width) / 2
    v = float(rng.choice((-1, 1))) * (roof.depth - depth) / 2
    centre = roof.place([(u, v)])[0]
    return Frame(float(centre[0]), float(centre[1]), width, depth, roof.angle)


def _small(rng: np.random.Generator, roof: Frame) -> tuple[Frame, float]:
    """A room of 4 to 40 m² somewhere on the roof; a share of them too small or too low to count."""
    chance, gain = rng.random(), float(rng.uniform(LOW_GAIN, 3.2))
    width = min(float(rng.uniform(2.05, 7)), roof.width)
    depth = min(float(rng.uniform(2.05, 6)), roof.depth)
    if chance < SMALL_SHARE / 2:
        width, depth = float(rng.uniform(1.0, 1.9)), float(rng.uniform(1.0, 1.9))
    elif chance < SMALL_SHARE:
        gain = float(rng.uniform(1.2, LOW_GAIN - 0.1))
    u = float(rng.uniform(-1, 1)) * (roof.width - width) / 2
    v = float(rng.uniform(-1, 1)) * (roof.depth - depth) / 2
    centre = roof.place([(u, v)])[0]
    return Frame(float(centre[0]), float(centre[1]), width, depth, roof.angle), gain


def _at_wall(
    rng: np.random.Generator, contents: Contents, frame: Frame, base: float, margin: float, height: float
) -> None:
    """An extension at the long side that the courtyard does not cut."""
    if rng.random() > 0.4:
        return
    depth = float(rng.uniform(1.5, max(1.6, min(margin - 0.6, 3.6))))
    length = float(rng.uniform(max(2.8, 4.1 / depth), max(3.0, min(9.0, frame.width * 0.7))))
    u = float(rng.uniform(-1, 1)) * max(frame.width - length, 0) / 2
    edge = -frame.depth / 2
    ring = frame.rectangle(u - length / 2, edge - depth, u + length / 2, edge)
    storeys = 2 if height > 3 * STOREY_M and rng.random() < 0.25 else 1
    gain = storeys * float(rng.uniform(2.3, 3.2))
    where = ring.mean(axis=0)
    top = ground_at(float(where[0]), float(where[1])) + gain
    solid = Solid(ring, top, pick(rng, FLAT + SHED), BUILDING, texture="plain")
    contents.changes.append(Change("extension", ring, gain, rng.random(), (), (solid,)))


def _in_yard(rng: np.random.Generator, contents: Contents, box: Box, frame: Frame, margin: float) -> None:
    """A shed in the strip between the building and the lower edge of the parcel."""
    if rng.random() > 0.45:
        return
    depth = float(rng.uniform(2.0, max(2.05, margin - 1.6)))
    width = float(rng.uniform(2.6, min(9.0, (box[2] - box[0]) * 0.4)))
    left, right = box[0] + 1 + width / 2, box[2] - 1 - width / 2
    spot = Frame(float(rng.uniform(left, right)), box[3] - 0.3 - depth / 2, width, depth)
    contents.changes.append(_shed(rng, spot))


def _shed(rng: np.random.Generator, spot: Frame) -> Change:
    gain = float(rng.uniform(LOW_GAIN + 0.1, 3.1))
    # By its place, so that all else about the parcel stays as it was.
    level = (
        np.random.default_rng([abs(round(spot.cx * 100)), abs(round(spot.cy * 100))]).random() < LEVEL_SHARE
    )
    rise = 0.0 if level else 0.25
    blue = rng.random() < 0.2
    solid = Solid(
        spot.outline(), ground_at(spot.cx, spot.cy) + gain - rise / 2, BLUE if blue else pick(rng, SHED),
        BUILDING, roof="flat" if level else "shed", rise=rise, axis=spot.axis, texture="stripes", period=0.5,
    )  # fmt: skip
    kind = "blue_steel_roof" if blue else "temporary_shed"
    return Change(kind, solid.ring, gain, rng.random(), (), (solid,))


def _free(rng: np.random.Generator, box: Box) -> Contents:
    """A free parcel: grass, soil or a car park, on which something may be built or dug."""
    colours = ((GRASS, "grass"), (SOIL, "plain"), (CONCRETE, "plain"))
    colour, texture = colours[int(rng.integers(len(colours)))]
    ring = np.array([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])])
    contents = Contents([Solid(ring, 0.0, colour, COVER, relative=True, texture=texture)])
    width, depth = box[2] - box[0], box[3] - box[1]
    frame = Frame(
        (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, width * float(rng.uniform(0.45, 0.7)),
        depth * float(rng.uniform(0.45, 0.7)), float(rng.uniform(-0.05, 0.05)),
    )  # fmt: skip
    base, rank, chance = ground_at(frame.cx, frame.cy), rng.random(), rng.random()
    if chance < 0.45:
        storeys = int(rng.integers(1, 5))
        gain = storeys * STOREY_M + float(rng.uniform(0, 0.5))
        solid = Solid(frame.outline(), base + gain, pick(rng, FLAT), BUILDING, texture="roof")
        contents.changes.append(Change("new_building", solid.ring, gain, rank, (), (solid,)))
    elif chance < 0.85:
        dug = float(rng.choice((0.0, 1.0))) * -float(rng.uniform(1.0, 3.0))
        solid = Solid(frame.outline(), dug, pick(rng, (SOIL, (170, 140, 104))), COVER, True, texture="rubble")
        contents.changes.append(Change("ground_works", solid.ring, dug, rank, (), (solid,)))
    else:
        spot = Frame(frame.cx, frame.cy, min(frame.width, 9.0), min(frame.depth, 5.0), frame.angle)
        contents.changes.append(_shed(rng, spot))
    _yard_trees(rng, contents, box, min(width, depth) * 0.14)
    return contents


def _park(rng: np.random.Generator, box: Box) -> Contents:
    """Grass with a pond, paths and groups of trees; now and then a shed."""
    ring = np.array([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])])
    contents = Contents([Solid(ring, 0.0, GRASS, COVER, relative=True, texture="grass")])
    width, depth = box[2] - box[0], box[3] - box[1]
    angles = np.linspace(0, 2 * math.pi, 25)[:-1]
    wave = 1 + 0.15 * np.sin(3 * angles + rng.uniform(0, 6)) + 0.1 * np.cos(2 * angles + rng.uniform(0, 6))
    pond = np.stack([
        box[0] + width * 0.35 + np.cos(angles) * wave * width * 0.2,
        box[1] + depth * 0.5 + np.sin(angles) * wave * depth * 0.25,
    ], axis=1)  # fmt: skip
    contents.solids.append(Solid(pond, -0.8, (60, 78, 66), COVER, relative=True, texture="water"))
    path = Frame(box[0] + width * 0.68, (box[1] + box[3]) / 2, 2.0, depth, float(rng.uniform(-0.1, 0.1)))
    contents.solids.append(Solid(path.outline(), 0.0, (186, 178, 164), COVER, relative=True))
    spot = Frame(box[0] + width * 0.85, box[1] + depth * 0.3, *rng.uniform(2.6, 6.5, 2).tolist())
    contents.changes.append(_shed(rng, spot))
    taken = _reach(contents.changes[0].ring)
    for _ in range(int(rng.integers(14, 34))):
        at = np.array((rng.uniform(box[0] + 2, box[2] - 2), rng.uniform(box[1] + 2, box[3] - 2)))
        radius = float(rng.uniform(1.5, 4.0))
        if np.hypot(*(at - pond.mean(axis=0))) > 0.3 * width and not _near(taken, at, radius):
            contents.trees.append(tree(rng, float(at[0]), float(at[1]), radius))
    return contents


def _yard_trees(rng: np.random.Generator, contents: Contents, box: Box, margin: float) -> None:
    """Trees along the edges of a parcel, never over something that may change."""
    taken = [_reach(change.ring) for change in contents.changes]
    for _ in range(int(rng.integers(0, 7))):
        radius = float(rng.uniform(0.8, max(0.9, min(margin * 0.6, 2.6))))
        u = float(rng.uniform(box[0] + radius, box[2] - radius))
        v = float(rng.choice((box[1] + radius, box[3] - radius)))
        spot = np.array((u, v))
        if not any(_near(reach, spot, radius + 0.4) for reach in taken):
            contents.trees.append(tree(rng, u, v, radius))


def _reach(ring: Points) -> Box:
    low, high = ring.min(axis=0), ring.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _near(box: Box, spot: Points, distance: float) -> bool:
    return bool(
        box[0] - distance <= spot[0] <= box[2] + distance
        and box[1] - distance <= spot[1] <= box[3] + distance
    )
