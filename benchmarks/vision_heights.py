"""How well heights find what changed on made-up scenes with the faults of real flights, and how surely.

Usage: python benchmarks/vision_heights.py [--scenes N] [--first SEED] [--parked SHARE] [--size PX] [--json]
Scenes from seed 3000 (on which the method was improved) or ``--first``: 0 to 5 px of shift, bowl, bias,
holes, growing trees, lorries on streets, and with ``--parked`` in yards. Found counts what scores at least
``Options.min_score``. Three methods on the same scenes: with registration, without (the shift stays), and
plain subtraction with a threshold.
"""

from __future__ import annotations

import argparse
import json
import math
from multiprocessing import Pool
from typing import Any

import cv2
import numpy as np
from vision_situations import GSD, as_read, found_in, situation

from chengshu.vision.raster import segments
from chengshu.vision.raster.calibration import reliability
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.truth import score_objects
from chengshu.vision.raster.types import Candidate

FIRST = 3000
METHODS = ("registered", "as they lie", "plain subtraction")
TARGETS = {"recall": 0.97, "precision": 0.85, "height_rmse": 0.3, "area_error": 0.10}


def plain(before: np.ndarray, after: np.ndarray) -> list[Candidate]:
    """What a spreadsheet of heights would find: the difference, a threshold of 2 m, and 4 m²."""
    difference = np.nan_to_num(after - before)
    found = []
    for sign in (1, -1):
        for box, inside in segments.components(difference * sign > 2.0, round(4 / GSD**2)):
            shape = segments.contour(inside, box[0], box[1], 1.0)
            if shape is not None:
                gain = float(np.median(difference[box[1] : box[3], box[0] : box[2]][inside]))
                area = float(inside.sum()) * GSD**2
                found.append(Candidate(segments.ring_of(shape), area, "unclear", 1.0, gain))
    return found


def measured(task: tuple[int, int, float]) -> dict[str, Any]:
    """All three methods on one scene: counts and errors."""
    seed, size, parked = task
    cv2.setNumThreads(1)
    scene = situation(seed, size, parked)
    result: dict[str, Any] = {"shift": round(math.hypot(*scene.shift))}
    for method in METHODS:
        if method == "plain subtraction":
            found = plain(scene.before_heights, scene.after_heights)
        else:
            pair, registration = as_read(scene, registered=method == "registered")
            found = found_in(pair, registration, 0.0)
            if method == "registered":
                result["accepted"] = registration.accepted
        kept = [one for one in found if one.score >= Options().min_score]
        score = score_objects(kept, scene.objects, GSD)
        pairs = [(kept[one], scene.objects[other]) for one, other in score.pairs]
        judged = score_objects(found, scene.objects, GSD)
        right, wrong = {index for index, _ in judged.pairs}, set(judged.wrong)
        result[method] = {
            "objects": score.objects,
            "hit": score.objects - len(score.missed),
            "found": score.found,
            "right": score.found - len(score.wrong),
            "gain": [one.height_gain_m - other.height_gain_m for one, other in pairs],
            "area": [(one.area_m2, other.area_m2) for one, other in pairs],
            "kinds": sum(one.kind == other.kind for one, other in pairs),
            "scores": [(found[n].score, n in right) for n in range(len(found)) if n in right or n in wrong],
        }
    return result


def summed(rows: list[dict[str, Any]], method: str) -> dict[str, float]:
    """The measures over many scenes: every object counts the same."""
    parts = [row[method] for row in rows]
    total = {
        name: sum(part[name] for part in parts) for name in ("objects", "hit", "found", "right", "kinds")
    }
    gains = np.array([gain for part in parts for gain in part["gain"]])
    areas = np.array([area for part in parts for area in part["area"]]).reshape(-1, 2)
    return {
        "objects": total["objects"],
        "found": total["found"],
        "recall": total["hit"] / max(1, total["objects"]),
        "precision": total["right"] / max(1, total["found"]),
        "height_rmse": float(np.sqrt(np.mean(gains**2))) if gains.size else math.nan,
        "area_error": float(np.abs(areas[:, 0] - areas[:, 1]).sum() / max(areas[:, 1].sum(), 1e-9)),
        "kind": total["kinds"] / max(1, len(gains)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--parked", type=float, default=0.0, help="share of yards with a lorry")
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    tasks = [(asked.first + n, asked.size, asked.parked) for n in range(asked.scenes)]
    with Pool(2) as pool:
        rows = list(pool.imap(measured, tasks))
    whole = {method: summed(rows, method) for method in METHODS}
    shifts = {
        shift: {method: summed([row for row in rows if row["shift"] == shift], method) for method in METHODS}
        for shift in sorted({row["shift"] for row in rows})
    }
    scores = [one for row in rows for one in row["registered"]["scores"]]
    bands = reliability([score for score, _ in scores], [right for _, right in scores])
    accepted = sum(row["accepted"] for row in rows) / len(rows)
    if asked.json:
        print(json.dumps({"accepted": accepted, "all": whole, "by_shift": shifts, "bands": bands}))
        return
    print(f"{len(rows)} scenes of {asked.size} px at {GSD} m; registration accepted in {accepted:.0%}")
    for method, one in whole.items():
        print(
            f"{method:18} recall {one['recall']:.3f} precision {one['precision']:.3f} "
            f"of {one['objects']:.0f} objects; height RMSE {one['height_rmse']:.2f} m, "
            f"area error {one['area_error']:.1%}, "
            f"kind right {one['kind']:.0%}"
        )
    for shift, by_method in shifts.items():
        words = "; ".join(
            f"{method} {one['recall']:.2f}/{one['precision']:.2f}" for method, one in by_method.items()
        )
        print(f"shift {shift} px: recall/precision {words}")
    for band in bands:
        print(
            f"score {band['low']:.1f}-{band['high']:.1f}: {band['count']:.0f} candidates, "
            f"mean score {band['score']:.2f}, true {band['true']:.2f}"
        )
    best = whole["registered"]
    held = (
        best["recall"] >= TARGETS["recall"]
        and best["precision"] >= TARGETS["precision"]
        and best["height_rmse"] <= TARGETS["height_rmse"]
        and best["area_error"] <= TARGETS["area_error"]
    )
    print("targets held" if held else "targets missed", TARGETS)


if __name__ == "__main__":
    main()
