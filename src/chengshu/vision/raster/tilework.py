"""The candidates of one tile: heights decide where both flights have them, else colour makes the list.

This is what one worker runs; it knows nothing of files, only of the tile's arrays and its place in the grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from shapely.geometry import Polygon

from chengshu.vision.raster import heights, kinds, segments, vehicles
from chengshu.vision.raster.candidates import Place, approved, blue_sheet, cut_by_tile, named
from chengshu.vision.raster.colour import colour_candidates
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.types import Candidate, Image, Mask, Plane, Registration


@dataclass
class Scenery:
    """Everything the candidates of a tile are measured on, on the raster of heights.

    ``factor`` pixels of the grid make one of the raster, which is ``pixel_m`` wide; ``tall_before`` is what
    stood there before, as height above the ground.
    """

    change: heights.Change
    ground: Plane
    before: Image
    after: Image
    green_before: Mask
    green_after: Mask
    roofs: Any
    roof_sizes: Any
    factor: int
    pixel_m: float
    light: Any


def compare_tile(
    tile: Any,
    registration: Registration,
    options: Options,
    *,
    place: Place | None = None,
    surface: heights.Surface | None = None,
) -> list[Candidate]:
    """Candidates of one tile in pixels of the common grid.

    ``tile`` is a grid.Tile already read with the registration. ``place`` is by default the tile alone, and
    ``surface`` (the level of the heights over the whole pair) by default that of the tile.
    """
    rows, columns = tile.before.shape[:2]
    if place is None:
        whole = (tile.x0, tile.y0, tile.x0 + columns, tile.y0 + rows)
        place = Place(whole, (whole[2], whole[3]), options.pixel_m)
    if not tile.valid.any():
        return []
    if tile.before_heights is None or tile.after_heights is None or place.pixel_m is None:
        return colour_candidates(tile, options, place)
    scenery = look(tile, registration, options, place, surface)
    found = [*_risen(scenery, options), *_fallen(scenery, options)]
    kept: list[Candidate] = []
    for segment in found:
        candidate = _candidate(segment, scenery, tile, options, place)
        if candidate is not None:
            kept.append(candidate)
    return [_with_its_cab(one, kept, place.pixel_m) for one in kept]


def _with_its_cab(one: Candidate, others: list[Candidate], pixel_m: float) -> Candidate:
    """A body and the cab at its end are one lorry: a gap between them made two things of it."""
    if not vehicles.with_partner(one, others, pixel_m):
        return one
    return named(Polygon(one.outline), one.measures | {"cab": 1.0}, pixels=one.pixels, calibrated="heights")


def tolerance(registration: Registration, options: Options) -> int:
    """How many pixels of the grid a wall may have moved: what registration leaves, else the most asked."""
    if not registration.accepted:
        return options.tolerance_px
    return min(options.tolerance_px, max(1, math.ceil(registration.residual_px + 1)))


def look(
    tile: Any, registration: Registration, options: Options, place: Place, surface: heights.Surface | None
) -> Scenery:
    """Bring the tile's heights to one level and look at what stands where."""
    size_m = place.pixel_m or options.height_pixel_m
    factor = max(1, round(options.height_pixel_m / size_m))
    half = factor // 2
    valid = tile.valid[half::factor, half::factor]
    old = np.where(valid, tile.before_heights[half::factor, half::factor], np.float32(np.nan))
    new = np.where(valid, tile.after_heights[half::factor, half::factor], np.float32(np.nan))
    pixel_m = size_m * factor
    rows, columns = old.shape[0], old.shape[1]
    before, after = (_reduced(image, columns, rows) for image in (tile.before, tile.after))
    green_before, green_after = heights.greenness(before), heights.greenness(after)
    if surface is None:
        surface = heights.fit_surface(
            surface_cells(old, new, green_before | green_after, pixel_m, options),
            columns, rows, stable_m=options.stable_m, stable_share=options.stable_share,
        )  # fmt: skip
        level = surface.over(0, 0, columns, rows, 1.0)
    else:
        level = surface.over(tile.x0, tile.y0, columns, rows, factor)
    reach = max(1, math.ceil(tolerance(registration, options) / factor))
    change = heights.change_of_height(old, new, level, reach)
    ground = heights.ground_under(change.before, change.measured, pixel_m, options.ground_reach_m)
    roofs = ((change.before - ground) > options.roof_m) & change.measured & ~green_before
    _, labels, stats, _ = cv2.connectedComponentsWithStats(roofs.astype(np.uint8), connectivity=4)
    return Scenery(
        change, ground, before, after, green_before, green_after, labels, stats[:, cv2.CC_STAT_AREA],
        factor, pixel_m, _light(before, after, valid),
    )  # fmt: skip


def surface_cells(
    old: Plane, new: Plane, plants: Mask, pixel_m: float, options: Options, **place: Any
) -> heights.Cells:
    """Differences of two surfaces where nothing grows, cell by cell (``place``: see ``Cells.of``)."""
    difference = np.where(plants, np.float32(np.nan), new - old)
    return heights.Cells.of(difference, max(1, round(options.surface_cell_m / pixel_m)), **place)


def _reduced(image: Image, columns: int, rows: int) -> Image:
    if image.shape[:2] == (rows, columns):
        return image
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def _light(before: Image, after: Image, valid: Mask) -> tuple[np.ndarray, np.ndarray]:
    """Per channel the factor and offset that give the later picture the light of the earlier one."""
    sample = (slice(None, None, 8), slice(None, None, 8))
    chosen = valid[sample]
    if chosen.sum() < 16:
        return np.ones(3, np.float32), np.zeros(3, np.float32)
    old, new = before[sample][chosen].astype(np.float32), after[sample][chosen].astype(np.float32)
    gain = np.clip(old.std(axis=0) / np.maximum(new.std(axis=0), 1.0), 0.5, 2.0)
    return gain, old.mean(axis=0) - gain * new.mean(axis=0)


def _risen(scenery: Scenery, options: Options) -> list[segments.Segment]:
    change = scenery.change
    return _grown(change.up, options.seed_gain_m, scenery.green_after, 1, scenery, options)


def _fallen(scenery: Scenery, options: Options) -> list[segments.Segment]:
    """Losses: buildings that are gone, and ground dug away (for which less depth counts)."""
    change = scenery.change
    high = (change.before - scenery.ground) > options.low_m
    green = scenery.green_before
    gone = _grown(np.where(high, change.down, 0), options.seed_gain_m, green, -1, scenery, options)
    dug = np.where(high, np.float32(0), change.down)
    # Grass is dug away like any ground: only what stands high can be a crown that was cut.
    pits = _grown(dug, options.ground_loss_m * 0.75, np.zeros_like(green), -1, scenery, options)
    for pit in pits:
        pit.measures["dug"] = 1.0
    return gone + pits


def _grown(
    gain: Plane, least_m: float, green: Mask, sign: int, scenery: Scenery, options: Options
) -> list[segments.Segment]:
    seed: Any = ((gain > least_m) & ~green).astype(np.uint8)
    if not seed.any():
        return []
    wide = max(3, int(options.min_width_m * 0.6 / scenery.pixel_m) | 1)
    seed = cv2.morphologyEx(seed, cv2.MORPH_OPEN, np.ones((wide, wide), np.uint8))
    least = max(4, int(options.min_area_m2 * 0.3 / scenery.pixel_m**2))
    reach = max(1, options.tolerance_px // scenery.factor)
    found: list[segments.Segment] = []
    for box, mask in segments.components(seed > 0, least):
        found += segments.grow(box, mask, gain, scenery.change.plain, green, reach, sign)
    return found


def _candidate(
    segment: segments.Segment, scenery: Scenery, tile: Any, options: Options, place: Place
) -> Candidate | None:
    """A segment measured, named and scored; ``None`` when it is too small, not this tile's, or permitted."""
    pixel_m, factor = scenery.pixel_m, scenery.factor
    area = float(segment.inside.sum()) * pixel_m**2
    least = options.ground_loss_m if segment.sign < 0 and segment.measures.get("dug") else options.gain_m
    if area < options.min_area_m2 or abs(segment.gain_m) < least:
        return None
    x0, y0, x1, y1 = (edge * factor for edge in segment.box)
    box = (x0 + tile.x0, y0 + tile.y0, x1 + tile.x0, y1 + tile.y0)
    crosses = cut_by_tile(box, tile, place, slack=factor)
    if not crosses and not place.owns(box):
        return None
    shape = segments.contour(segment.inside, box[0], box[1], factor)
    if shape is None:
        return None
    outline = shape if crosses else segments.regular(shape, factor)
    if approved(outline, options):
        return None
    measures = measure(segment, scenery, options)
    measures["crosses"] = float(crosses)
    return named(outline, measures, pixels=int(segment.inside.sum()) * factor**2, calibrated="heights")


def measure(segment: segments.Segment, scenery: Scenery, options: Options) -> dict[str, float]:
    """The numbers of a segment: sizes in metres, shares 0 to 1 (see ``calibration.features``)."""
    change, pixel_m, inside = scenery.change, scenery.pixel_m, segment.inside
    pad = max(3, round(1.2 / pixel_m))
    rows, columns = change.plain.shape
    x0, y0 = max(0, segment.box[0] - pad), max(0, segment.box[1] - pad)
    x1, y1 = min(columns, segment.box[2] + pad), min(rows, segment.box[3] + pad)
    window = (slice(y0, y1), slice(x0, x1))
    mask = np.zeros((y1 - y0, x1 - x0), bool)
    mask[segment.box[1] - y0 : segment.box[3] - y0, segment.box[0] - x0 : segment.box[2] - x0] = inside
    wide = np.ones((2 * pad + 1, 2 * pad + 1), np.uint8)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    rim = (cv2.dilate(mask.astype(np.uint8), wide) > 0) & ~near
    core = cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    core = core if core.sum() >= 9 else mask
    above = (change.before - scenery.ground)[window]
    top = (change.after if segment.sign > 0 else change.before)[window]
    signed = change.plain[window] * segment.sign
    points = np.argwhere(mask)[:, ::-1].astype(np.float32)
    _, sides, _ = cv2.minAreaRect(points)
    width, length = sorted((side + 1) * pixel_m for side in sides)
    grown = segment.sign > 0 or "dug" in segment.measures
    green = (scenery.green_after if grown else scenery.green_before)[window]
    known = rim & change.measured[window]
    before_above = float(np.median(above[core]))
    gain = segment.gain_m
    measures = {
        "area": float(inside.sum()) * pixel_m**2,
        "gain": gain,
        "width": width,
        "length": length,
        "fill": float(inside.sum()) * pixel_m**2 / max(width * length, 1e-6),
        "roughness": heights.roughness(top, mask, core),
        "even": float(np.percentile(signed[core], 80) - np.percentile(signed[core], 20))
        / max(abs(gain), 1.0),
        "edge": float(np.clip(1 - np.median(signed[known]) / max(abs(gain), 0.5), 0, 1))
        if known.any()
        else 0.5,
        "vegetation": float(green[mask].mean()),
        "vegetation_near": float(green[rim].mean()) if rim.any() else 0.0,
        "before_above": before_above,
        "after_above": before_above + gain,
        "touch": float((above[known] > options.roof_m).mean()) if known.any() else 0.0,
        "truck": float(kinds.truck_like(width, length, gain, min(before_above, before_above + gain))),
    }
    measures |= _roof(scenery, window, core, float(inside.sum())) | segment.measures
    measures |= _surroundings(scenery, window, mask)
    measures["flush"] = vehicles.flush(mask, above, options.roof_m, pixel_m)
    if kinds.vehicle_like(measures):
        measures |= vehicles.marks(signed, mask, core, pixel_m)
        if measures["flush"] >= kinds.RULES.flush:
            measures["cab"] = 0.0  # the smeared wall beside it makes steps of its own
    return measures | _colours(scenery, window, mask, rim)


def _surroundings(scenery: Scenery, window: Any, mask: Mask) -> dict[str, float]:
    """What lies 1 to 4 m around: open level ground as a carriageway has it, and how dark it is.

    Of the two pictures the brighter counts, so that a shadow of one flight does not look like asphalt.
    """
    pixel_m = scenery.pixel_m
    pad = round(4.0 / pixel_m)
    rows, columns = scenery.ground.shape
    y0, x0 = max(0, window[0].start - pad), max(0, window[1].start - pad)
    y1, x1 = min(rows, window[0].stop + pad), min(columns, window[1].stop + pad)
    placed = np.zeros((y1 - y0, x1 - x0), np.uint8)
    placed[window[0].start - y0 : window[0].stop - y0, window[1].start - x0 : window[1].stop - x0] = mask
    step = max(1, round(0.3 / pixel_m))
    apart = cv2.distanceTransform(1 - placed[::step, ::step], cv2.DIST_L2, 3) * (pixel_m * step)
    ring = (apart > 1.0) & (apart < 4.0)
    fine = (slice(y0, y1, step), slice(x0, x1, step))
    ring &= scenery.change.measured[fine]
    if not ring.any():
        return {"open": 0.5, "chroma": 0.2, "bright": 0.5}
    gain, offset = scenery.light
    old = scenery.before[fine][ring].astype(np.float32)
    new = scenery.after[fine][ring].astype(np.float32) * gain + offset
    seen = np.where((old.sum(axis=1) >= new.sum(axis=1))[:, None], old, new)
    level = np.abs((scenery.change.before - scenery.ground)[fine][ring]) < 0.5
    spread = (seen.max(axis=1) - seen.min(axis=1)) / np.maximum(seen.max(axis=1), 30)
    on_ground = level if level.any() else np.ones_like(level)
    return {
        "open": float(level.mean()),
        "chroma": float(np.median(spread[on_ground])),
        "bright": float(np.median(seen.mean(axis=1)[on_ground])) / 255,
    }


def _roof(scenery: Scenery, window: Any, core: Mask, size: float) -> dict[str, float]:
    """How much of the roof it stands on it covers."""
    labels = scenery.roofs[window][core]
    labels = labels[labels > 0]
    if labels.size < core.sum() / 2:
        return {"roof_share": 0.0}
    roof = int(np.bincount(labels).argmax())
    return {"roof_share": min(1.5, size / max(1.0, float(scenery.roof_sizes[roof])))}


def _colours(scenery: Scenery, window: Any, mask: Mask, rim: Mask) -> dict[str, float]:
    """How the colour changed, whether it is blue sheet, and whether the ground was paved."""
    gain, offset = scenery.light
    old = scenery.before[window].astype(np.float32)
    new = scenery.after[window].astype(np.float32) * gain + offset
    apart = np.abs(new - old).mean(axis=2)
    outside = float(np.median(apart[rim])) if rim.any() else 0.0
    floor = old[rim] if rim.any() else old[mask]
    chroma = floor.max(axis=1) - floor.min(axis=1)
    return {
        "colour": float(np.clip((np.median(apart[mask]) - outside) / 60 + 0.3, 0, 1)),
        "blue_after": float(blue_sheet(scenery.after[window])[mask].mean()),
        "blue_before": float(blue_sheet(scenery.before[window])[mask].mean()),
        "paved": float((chroma < 26).mean()),
    }
