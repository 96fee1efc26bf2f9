"""From tiles to a shift that is believed, or not, with the reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chengshu.vision.raster.registration.field import local_field
from chengshu.vision.raster.registration.structure import Field, gray, height_field, image_field
from chengshu.vision.raster.registration.surfaces import (
    LOBE_PX,
    Consensus,
    Peak,
    TileSurface,
    consensus,
    correlate,
    find_peak,
    in_deviations,
)  # fmt: skip
from chengshu.vision.raster.types import Mask, Plane, Registration

if TYPE_CHECKING:
    from chengshu.vision.raster.grid import Pair

MOST_TILES = 64
SIZES = (512, 256, 128, 64)  # of a tile; the largest of which enough fit is taken
ENOUGH = 16
LEAST_VALID = 0.4
AGREED_PNR = 8.0  # measured: unrelated scenes stay below 6.5, true shifts are mostly above 12
NOISE_PNR = 6.5
SECOND = 0.75  # a second peak that comes this near to the first makes it doubtful
HALVES_PX = 0.75
DEVIATION_PX = 0.2
SPREAD_PX = 0.3  # standard error of the median of the tiles' own peaks, along either axis
MEDIAN_PX = 0.4  # between that median and the peak of all tiles together
TILE_PNR = 5.0  # from here a tile's own peak is counted
TILE_REACH_PX = 8.0  # as far from the common shift as a place's own may be
RESIDUAL_PX = 1.0
FIELD_PX, FIELD_SUPPORT = 0.5, 0.6
SUPPORT = 0.2  # share of the tiles whose own peak must be there
LEAST_TILES = 4
BEYOND_PX = 8  # searched beyond the bound, to see that a shift is larger than it
CONTRADICTION_PX = 1.0
UNRELATED_TILES, UNRELATED_PX = (
    16,
    128,
)  # less than this of structure cannot tell other places from rebuilt ones
FEATURELESS = "There is too little structure in both images to measure a shift; the coordinates are kept."
NO_PEAK = "The images agree nowhere clearly; the coordinates are kept."
OTHER_PLACE = "The images do not seem to show the same place."
AMBIGUOUS = "Several shifts fit almost equally well; the coordinates are kept."
AT_BOUND = "The images are shifted by more than can be corrected; the coordinates are kept."
APART = "Parts of the images give different shifts; the coordinates are kept."
UNEVEN = "The images are shifted unevenly, by more than a pixel here and there; the coordinates are kept."
VAGUE = "The shift cannot be measured to a pixel; the coordinates are kept."
CONTRADICTION = "Images and surface models give different shifts; the coordinates are kept."

Planes = tuple[Field, Field]


@dataclass(frozen=True)
class Cut:
    """One tile of the plan: its corner and size, and its place in the chequer."""

    x: int
    y: int
    size: int
    column: int
    row: int


def plan(width: int, height: int, most: int = MOST_TILES) -> list[Cut]:
    """At most ``most`` tiles spread evenly over an image of that size, none over another."""
    for size in SIZES:
        across, down = width // size, height // size
        if across * down >= ENOUGH:
            break
    if across * down == 0:
        return []
    share = min(1.0, math.sqrt(most / (across * down)))
    columns, rows = max(1, math.floor(across * share)), max(1, math.floor(down * share))
    while (columns + 1) * rows <= most and columns < across:
        columns += 1
    while columns * (rows + 1) <= most and rows < down:
        rows += 1
    return [
        Cut(
            round((i + 0.5) * width / columns - size / 2),
            round((j + 0.5) * height / rows - size / 2),
            size,
            i,
            j,
        )
        for j in range(min(rows, most))
        for i in range(min(columns, most))
    ][:most]


Reader = Callable[[Cut, int], list[Planes]]


def measure(cuts: list[Cut], margin: int, read: Reader) -> list[list[TileSurface]]:
    """Reads and correlates the tiles; one list for each kind of field that ``read`` gives."""
    found: list[list[TileSurface]] = []
    for cut in cuts:
        for kind, (before, after) in enumerate(read(cut, margin)):
            if kind >= len(found):
                found.append([])
            core = before[margin : margin + cut.size, margin : margin + cut.size]
            if np.count_nonzero(core) < LEAST_VALID * core.size:
                continue
            surface = in_deviations(correlate(core, after, margin))
            if surface.any():
                middle = cut.size / 2
                found[kind].append(TileSurface(surface, cut.column, cut.row, cut.x + middle, cut.y + middle))
    return found


def decide(tiles: list[TileSurface], cuts: list[Cut], bound: int) -> Registration:
    """The shift of these tiles, accepted only where every check agrees; else why not."""
    planned, side = len(cuts), cuts[0].size if cuts else 0
    if len(tiles) < LEAST_TILES:
        return Registration(tiles=planned, reason=FEATURELESS)
    said = consensus(tiles)
    own = [find_peak(tile.surface) for tile in tiles]
    places = [
        (tile.x, tile.y, peak.dx, peak.dy)
        for tile, peak in zip(tiles, own, strict=True)
        if peak.height >= TILE_PNR and _far(peak, said.peak) < TILE_REACH_PX
    ]
    away = [math.hypot(dx - said.peak.dx, dy - said.peak.dy) for _, _, dx, dy in places]
    facts: dict[str, Any] = {
        "residual_px": float(np.median(away)) if away else 0.0,
        "peak_to_noise": said.peak.height,
        "tiles": planned,
        "tiles_used": len(places),
    }
    reason = _doubt(said, len(places), len(tiles), bound, side >= UNRELATED_PX)
    local, left = local_field(places, (said.peak.dx, said.peak.dy))
    if not reason and not local and _vague(places, said.peak):
        reason = VAGUE
    if reason in (VAGUE, APART) and local and left < FIELD_PX and len(places) > FIELD_SUPPORT * len(tiles):
        reason = ""  # no single shift is right, but the field foretells tiles that it has not seen
    if reason:
        return Registration(matches=reason != OTHER_PLACE, reason=reason, **facts)
    if not local and facts["residual_px"] > RESIDUAL_PX:
        return Registration(reason=UNEVEN, **facts)
    facts["residual_px"] = min(left, facts["residual_px"])
    return Registration(said.peak.dx, said.peak.dy, accepted=True, local=local, **facts)


def _vague(places: list[tuple[float, float, float, float]], peak: Peak) -> bool:
    """Another measure of the same shift, the tiles' own peaks, is unsure of it or contradicts it."""
    own = np.array(places)[:, 2:]
    median = np.median(own, axis=0)
    scatter = 1.4826 * np.median(np.abs(own - median), axis=0)
    error = 1.2533 * scatter / math.sqrt(len(own))  # of a median, for normal errors
    apart = math.hypot(median[0] - peak.dx, median[1] - peak.dy)
    return bool(error.max() > SPREAD_PX) or apart > MEDIAN_PX


def _far(one: Peak, other: Peak) -> float:
    return math.hypot(one.dx - other.dx, one.dy - other.dy)


def _doubt(said: Consensus, used: int, tiles: int, bound: int, enough: bool) -> str:
    peak = said.peak
    shift = math.hypot(peak.dx, peak.dy)
    if peak.height < AGREED_PNR:
        lost = enough and tiles >= UNRELATED_TILES and peak.height < NOISE_PNR and used <= tiles // 8
        return OTHER_PLACE if lost else NO_PEAK
    if max(abs(peak.dx), abs(peak.dy)) > bound - 1:
        return AT_BOUND
    if peak.second > SECOND * peak.height or (shift > LOBE_PX and said.at_zero > SECOND * peak.height):
        return AMBIGUOUS
    if said.halves > HALVES_PX or used < max(2, SUPPORT * tiles):
        return APART
    return VAGUE if said.deviation > DEVIATION_PX else ""


def register(before: Plane, after: Plane, valid: Mask, *, max_shift_px: int = 64) -> Registration:
    """How far ``after`` is shifted against ``before`` (grey planes of equal size, 0 to 255).

    Shifts up to ``max_shift_px`` are looked for. Raises ValueError where the sizes differ.
    """
    if before.shape != after.shape or before.shape != valid.shape:
        raise ValueError("the planes must have one size")

    def read(cut: Cut, margin: int) -> list[Planes]:
        parts = [_part(plane, cut, margin) for plane in (before, after, valid)]
        return [(image_field(parts[0], parts[2] > 0), image_field(parts[1], parts[2] > 0))]

    cuts = plan(before.shape[1], before.shape[0])
    measured = measure(cuts, max_shift_px + BEYOND_PX, read)
    return decide(measured[0] if measured else [], cuts, max_shift_px)


def register_pair(pair: Pair, *, max_shift_px: int = 64) -> Registration:
    """How far the flight after is shifted against the one before, from at most 64 tiles of the pair.

    Where both have surface models these are registered too: they do not know shadows and seasons. Both kinds
    must then agree to a pixel, or the coordinates are kept. Raises RasterError where a file is damaged.
    """

    def read(cut: Cut, margin: int) -> list[Planes]:
        tile = pair.read_square(cut.x - margin, cut.y - margin, cut.size + 2 * margin)
        fields = [(image_field(gray(tile.before), tile.valid), image_field(gray(tile.after), tile.valid))]
        if tile.before_heights is not None and tile.after_heights is not None:
            fields.append((height_field(tile.before_heights), height_field(tile.after_heights)))
        return fields

    cuts = plan(pair.grid.width, pair.grid.height)
    measured = measure(cuts, max_shift_px + BEYOND_PX, read)
    found = [decide(tiles, cuts, max_shift_px) for tiles in measured]
    if not found:
        return Registration(tiles=len(cuts), reason=FEATURELESS)
    if len(found) == 1:
        return found[0]
    if not any(one.accepted for one in found) and _same_peak(*measured):
        # Each alone is in doubt; what both see together may be clear, and passes the same checks.
        together = decide([*measured[0], *measured[1]], cuts, max_shift_px)
        if together.accepted:
            return together
    return combine(*found)


def _same_peak(images: list[TileSurface], heights: list[TileSurface]) -> bool:
    if min(len(images), len(heights)) < LEAST_TILES:
        return False
    return _far(consensus(images).peak, consensus(heights).peak) <= CONTRADICTION_PX


def combine(by_image: Registration, by_heights: Registration) -> Registration:
    """One answer from images and surface models, which come from the same flights and so move together."""
    if not by_heights.accepted:
        # Where neither is sure: two surface models of one place are seldom as unlike as two photographs.
        return by_image if by_image.accepted or not by_image.matches else replace(by_image, matches=True)
    if not by_image.accepted:
        return replace(by_heights, matches=True)
    if math.hypot(by_image.dx - by_heights.dx, by_image.dy - by_heights.dy) > CONTRADICTION_PX:
        return replace(by_image, dx=0.0, dy=0.0, accepted=False, local={}, reason=CONTRADICTION)
    return by_image


def _part(plane: Any, cut: Cut, margin: int) -> Plane:
    """A tile of a plane with its surroundings; zero beyond the rim."""
    side = cut.size + 2 * margin
    found = np.zeros((side, side), np.float32)
    x, y = cut.x - margin, cut.y - margin
    left, top = max(x, 0), max(y, 0)
    inside = plane[top : max(y + side, 0), left : max(x + side, 0)]
    found[top - y : top - y + inside.shape[0], left - x : left - x + inside.shape[1]] = inside
    return found
