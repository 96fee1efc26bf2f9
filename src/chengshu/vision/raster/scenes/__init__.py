"""Scenes with known truth: a made-up street seen from above at two flights, and what really changed between.

Everything follows from the seed. What must not count is there on purpose: growing trees, cars and lorries
of one flight, other sun, season, exposure and white balance, shadows, sensor noise, JPEG artefacts; surface
models with smeared edges, noise, bias, doming and holes. The images are true orthophotos (no leaning walls),
which real ones are not quite: figures measured here are those of a good survey.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from chengshu.vision.raster.scenes.paint import View, fill
from chengshu.vision.raster.scenes.parts import AFTER, BEFORE, Box, Change, Contents, Points
from chengshu.vision.raster.scenes.sensor import (
    Look,
    Survey,
    gaps,
    jpeg,
    looks,
    measure,
    photograph,
)  # fmt: skip
from chengshu.vision.raster.scenes.town import Town, carried_out
from chengshu.vision.raster.types import Heights, Image, Ring

MIN_AREA_M2, MIN_GAIN_M = 4.0, 2.2  # what a comparison has to find
HIDDEN = 0.3  # share of an object inside a hole from which on nobody can be asked to find it
AREA_A_CHANGE_M2 = 250.0
WORLD_M = 1500.0  # scenes are cut out this far around the origin
TRIES, NEAR_M = 12, 40.0  # of the same corner of the town, whose blocks are made only once


@dataclass(frozen=True)
class Truth:
    """One thing that changed: ``outline`` in pixels of the image before, closed; ``height_gain_m`` signed.

    ``counts`` says whether a comparison has to find it: at least the area and the change of height that the
    scene was asked for, and not hidden in a hole of a surface model. What does not count is neither missed
    nor wrongly found.
    """

    outline: Ring
    kind: str
    height_gain_m: float
    area_m2: float
    counts: bool = True
    hidden: float = 0.0


@dataclass(frozen=True)
class Scene:
    """Two flights and the truth; ``labels`` holds 0, or n for ``objects[n - 1]``, in the image before.

    ``shift`` (dx, dy) in pixels: what lies at (x, y) before lies at (x + dx, y + dy) after.
    """

    before: Image
    after: Image
    before_heights: Heights
    after_heights: Heights
    objects: list[Truth]
    labels: npt.NDArray[np.uint16]
    gsd: float
    shift: tuple[float, float]


def make_scene(
    seed: int,
    size: int = 512,
    gsd: float = 0.1,
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    doming: float = 0.0,
    bias: float = 0.0,
    holes: float = 0.0,
    rebuilt: float = 0.0,
    unrelated: bool = False,
    parked: float = 0.0,
    changes: int | None = None,
    photo: float = 1.0,
    height_noise: float = 0.04,
    smear_px: float = 1.2,
    min_area_m2: float = MIN_AREA_M2,
    min_gain_m: float = MIN_GAIN_M,
) -> Scene:
    """A square scene of ``size`` pixels of ``gsd`` metres.

    ``shift`` in pixels moves image and heights of the flight after; ``doming`` is the error of its heights at
    the corners and ``bias`` everywhere (m); ``holes`` the share of each surface model without a value.
    ``rebuilt`` replaces that share of the parcels by other buildings, ``unrelated`` shows another place
    altogether; both are for registration, and the list of objects is then empty. ``parked`` is the share of
    yards with a lorry at one flight, which looks more like a shed than traffic on the street does.
    ``changes`` is the most things that change (default: one for 250 m²), ``photo`` scales how unlike the two
    photos are (0: alike but for noise). Edges of heights are smeared with a deviation of ``smear_px`` (from
    ten to ninety per cent of a step it is 2.6 times that).
    """
    rng = np.random.default_rng([seed, 99])
    town = Town(seed, rebuilt, parked=parked)
    side = size * gsd
    box = _frame(town, rng, side, max(map(abs, shift)) * gsd + 3 * gsd)
    contents = town.within(_wide(box, 8 + max(map(abs, shift)) * gsd))
    most = max(3, round(side * side / AREA_A_CHANGE_M2)) if changes is None else changes
    inner = _wide(box, -(max(map(abs, shift)) + 3) * gsd)
    done = [] if rebuilt or unrelated else carried_out(contents.changes, inner, most, 1.0)
    before, after = flights_of(contents, done)
    if unrelated:
        after = flights_of(Town(seed + 1_000_003).within(_wide(box, 8)), [])[1]
    first, second = looks(rng, photo)
    views = [View(box[0], box[1], size, size, gsd)]
    views.append(View(box[0] - shift[0] * gsd, box[1] - shift[1] * gsd, size, size, gsd))
    surveys = [Survey(smear_px, grain=height_noise, gaps=gaps(rng, box, holes), offset=31.0, extent=box)]
    surveys.append(replace(surveys[0], gaps=gaps(rng, box, holes), offset=77.0, bias=bias, bend=doming))
    objects = [
        truth_of(change, (box[0], box[1]), gsd, [s.gaps for s in surveys], min_area_m2, min_gain_m)
        for change in done
    ]
    return Scene(
        jpeg(photograph(before, BEFORE, views[0], first), first.jpeg),
        jpeg(photograph(after, AFTER, views[1], second), second.jpeg),
        measure(before, BEFORE, views[0], surveys[0]),
        measure(after, AFTER, views[1], surveys[1]),
        objects,
        labels_of(objects, size, size),
        gsd,
        (float(shift[0]), float(shift[1])),
    )


def _wide(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _frame(town: Town, rng: np.random.Generator, side: float, margin: float) -> Box:
    """A place with something to see: the best of some tries."""
    best, most = (0.0, 0.0, side, side), -1
    around = rng.uniform(-WORLD_M, WORLD_M, 2)
    for _ in range(TRIES):
        left, upper = (around + rng.uniform(-NEAR_M, NEAR_M, 2)).tolist()
        box = (left, upper, left + side, upper + side)
        possible = town.within(box).changes
        number = len(carried_out(possible, _wide(box, -margin), None, 1.0))
        if number > most:
            best, most = box, number
        if number * AREA_A_CHANGE_M2 >= side * side:
            break
    return best


def flights_of(contents: Contents, done: list[Change]) -> tuple[Contents, Contents]:
    """What stands at either flight when ``done`` is carried out and every other change is not."""
    carried = {id(change) for change in done}
    still = [s for change in contents.changes if id(change) not in carried for s in change.before]
    before = [s for change in done for s in change.before]
    after = [s for change in done for s in change.after]
    return (
        Contents(contents.solids + still + before, contents.trees),
        Contents(contents.solids + still + after, contents.trees),
    )


def truth_of(
    change: Change,
    origin: tuple[float, float],
    gsd: float,
    holes: list[list[Points]],
    min_area_m2: float = MIN_AREA_M2,
    min_gain_m: float = MIN_GAIN_M,
) -> Truth:
    """The truth about a change that was carried out, in pixels from ``origin``."""
    local = (change.ring - np.array(origin)) / gsd
    outline = [(float(x), float(y)) for x, y in [*local.tolist(), local[0].tolist()]]
    shape = shapely.Polygon(change.ring)
    lost = [shapely.Polygon(ring).buffer(0) for rings in holes for ring in rings]
    hidden = shape.intersection(shapely.union_all(lost)).area / shape.area if lost else 0.0
    gain = round(change.gain_m, 3)
    big = change.area_m2 >= min_area_m2 and abs(gain) >= min_gain_m
    return Truth(outline, change.kind, gain, change.area_m2, big and hidden < HIDDEN, hidden)


def labels_of(objects: list[Truth], width: int, height: int) -> npt.NDArray[np.uint16]:
    """The label plane of the objects; later ones lie on top."""
    plane = np.zeros((height, width), np.uint16)
    for number, item in enumerate(objects, start=1):
        fill(plane, np.array(item.outline), number)
    return plane


__all__ = [
    "MIN_AREA_M2", "MIN_GAIN_M", "Look", "Scene", "Survey", "Truth", "flights_of", "labels_of", "make_scene",
    "truth_of",
]  # fmt: skip
