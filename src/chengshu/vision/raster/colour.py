"""Candidates of a tile by colour alone: the low-confidence list of flights without heights."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster import candidates, evidence, segments
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.types import Candidate, Mask, Plane

CLOSE_PX = 3


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
    for box, inside in segments.components(mask > 0, least):
        candidate = _candidate(box, inside, score, shown.vegetation, tile, options, place)
        if candidate is not None:
            found.append(candidate)
    return found


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
