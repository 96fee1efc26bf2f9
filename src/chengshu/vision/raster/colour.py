"""Candidates of a tile by colour alone: the low-confidence list of flights without heights."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster import candidates, evidence, segments
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.types import Candidate, Mask, Plane

CLOSE_PX = 3
COMPACT = 0.6  # least share of its smallest rectangle that one thing fills
SPRAWLS = 0.1  # what covers more than this share of the picture is hardly one thing
STEPS = (0.6, 0.7, 0.8, 0.9)  # what is not compact is looked at again above these scores


@cache
def loaded(manifest: str) -> Any:
    """The network of a manifest, once a process."""
    from chengshu.vision.raster import models  # the runtime behind it is heavy, and most runs have no model

    return models.OnnxModel.load(Path(manifest))


def colour_candidates(tile: Any, options: Options, place: candidates.Place) -> list[Candidate]:
    """What looks different, less plants, water, shadow and vehicles; every one labelled by what was seen."""
    shown = evidence.change_evidence(tile.before, tile.after, tile.valid, place.pixel_m)
    score, changed = shown.score, shown.changed
    if options.model:
        score = np.asarray(loaded(options.model).predict(tile.before, tile.after, place.pixel_m), np.float32)
        changed = score >= options.model_threshold
    mask = changed & tile.valid & ~(shown.vegetation | shown.water | shown.shadow | shown.vehicles)
    kernel = np.ones((CLOSE_PX, CLOSE_PX), np.uint8)
    mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    pixel = place.pixel_m
    least = options.min_pixels if pixel is None else max(4, int(options.min_area_m2 / pixel**2))
    found = []
    for box, inside in compact_parts(mask > 0, score, least):
        candidate = _candidate(box, inside, score, shown.vegetation, tile, options, place)
        if candidate is not None:
            found.append(candidate)
    return found


def compact_parts(
    mask: Mask, score: Plane, least: int, steps: tuple[float, ...] = STEPS, most: float | None = None
) -> Iterator[tuple[candidates.Box, Mask]]:
    """Box and mask of the things in ``mask``: what sprawls is taken apart where its score is lower.

    One outline round half a picture helps nobody. A part that no higher score takes apart stays as it is;
    what lies between the parts is left out. ``most`` pixels (default: a share of the picture) are one thing
    only when they are compact and no score divides them.
    """
    most = SPRAWLS * mask.size if most is None else most
    for box, inside in segments.components(mask, least):
        x0, y0, x1, y1 = box
        window = score[y0:y1, x0:x1]
        compact = _fill(inside) >= COMPACT
        if steps and (not compact or inside.sum() > most):
            higher = (inside & (window > steps[0])).astype(np.uint8)
            opened = cv2.morphologyEx(higher, cv2.MORPH_OPEN, np.ones((CLOSE_PX, CLOSE_PX), np.uint8))
            parts = list(compact_parts(opened > 0, window, least, steps[1:], most))
            if len(parts) > compact:  # a compact thing only when it falls into several
                for (left, upper, right, lower), part in parts:
                    yield (left + x0, upper + y0, right + x0, lower + y0), part
                continue
        yield box, inside


def _fill(inside: Mask) -> float:
    _, sides, _ = cv2.minAreaRect(np.argwhere(inside)[:, ::-1].astype(np.float32))
    return float(inside.sum()) / ((sides[0] + 1) * (sides[1] + 1))


def _candidate(
    box: candidates.Box,
    inside: Mask,
    score: Plane,
    green: Mask,
    tile: Any,
    options: Options,
    place: candidates.Place,
) -> Candidate | None:
    placed = (box[0] + tile.x0, box[1] + tile.y0, box[2] + tile.x0, box[3] + tile.y0)
    crosses = candidates.cut_by_tile(placed, tile, place)
    if not crosses and not place.owns(placed):
        return None
    shape = segments.contour(inside, placed[0], placed[1], 1.0)
    if shape is None:
        return None
    outline = shape if crosses else segments.regular(shape, 1.0)
    if candidates.approved(outline, options):
        return None
    size = place.pixel_m or 1.0
    window = (slice(box[1], box[3]), slice(box[0], box[2]))
    points = np.argwhere(inside)[:, ::-1].astype(np.float32)
    _, sides, _ = cv2.minAreaRect(points)
    width, length = sorted((side + 1) * size for side in sides)
    pixels = int(inside.sum())
    measures = {
        "width": width,
        "length": length,
        "fill": min(1.0, pixels * size**2 / max(width * length, 1e-6)),
        "colour": float(score[window][inside].mean()),
        "vegetation": float(green[window][inside].mean()),
        "blue_after": float(candidates.blue_sheet(tile.after[window])[inside].mean()),
        "blue_before": float(candidates.blue_sheet(tile.before[window])[inside].mean()),
        "crosses": float(crosses),
    }
    if place.pixel_m is not None:
        measures["area"] = pixels * size**2
    return candidates.named(outline, measures, pixels=pixels, calibrated="colour")
