"""What a network of the user's own thinks of the candidates: one more piece of evidence beside the heights.

It moves no score: the scores are calibrated without it, and nobody has measured the network. It stands among
the reasons, for the person who decides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from chengshu.vision.raster.candidates import Place
from chengshu.vision.raster.colour import loaded
from chengshu.vision.raster.models import read_manifest
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.types import Candidate, Plane

MEASURE = "model"


def hear(found: list[Candidate], tile: Any, options: Options, place: Place) -> list[Candidate]:
    """The candidates of a tile with the mean probability of change inside each outline (measure ``model``).

    Without heights the network made the list, and what it said is the measure ``colour`` already.
    """
    if not options.model or not found:
        return found
    if found[0].height_gain_m is None:
        for one in found:
            one.measures[MEASURE] = one.measures["colour"]
        return found
    plane = np.asarray(loaded(options.model).predict(tile.before, tile.after, place.pixel_m), np.float32)
    for one in found:
        one.measures[MEASURE] = round(_inside(plane, one, tile), 4)
    return found


def say(found: list[Candidate], options: Options) -> list[Candidate]:
    """The same with what the network thinks among the reasons; after cut candidates were joined."""
    if options.model and found:
        name = read_manifest(Path(options.model)).name
        for one in found:
            if MEASURE in one.measures:
                share = round(100 * one.measures[MEASURE])
                text = "the model %(name)s sees a change with %(share)d %%"
                one.reasons.append((text, {"name": name, "share": share}))
    return found


def _inside(plane: Plane, one: Candidate, tile: Any) -> float:
    """The mean of a tile's plane inside an outline; pixels of the common grid."""
    corners = np.asarray(one.outline, np.float32) - np.array([tile.x0, tile.y0], np.float32)
    mask = np.zeros(plane.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    return float(plane[mask > 0].mean()) if mask.any() else 0.0
