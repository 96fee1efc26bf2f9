"""Change evidence without heights on real pairs: pixel F1 and AUC beside what costs nothing.

Usage: python benchmarks/vision_pairs.py [FOLDER]   (default: ../shared/data/change)

FOLDER holds sets (levir, dsifn), each with A/, B/ and label/. They are only evaluated: nothing is fitted to
them here, and nothing of them is in the project.

What was decided by looking at what:
- which measures vote, what plants and shadow cost, how wide a ridge must be: by AUC on both sets and on
  generated scenes together. So neither set is wholly unseen. What helped one of them only was left out (the
  grey of American roofs would have brought most on levir, and turns round on dsifn);
- scales and votes: round numbers near the spread over unlabelled pairs; no fit;
- the threshold: the best on generated scenes (seeds 100 to 115) alone; no real label involved.
Beside the shipped threshold stand three others, to show what a threshold can do: chosen on the other pairs
of the same set (leave one out), chosen on the other set (so this set is untouched), and the best in hindsight
(not honest; an upper bound). Scores of all pairs of a set are pooled, unchanged tiles included.
The last lines are about the outlines a person gets: how many of them match one connected part of a label
(rules: vision/raster/truth.py), and the pixels they cover. That sprawling outlines are taken apart was
decided while looking at these.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
from vision_situations import Pair

from chengshu.vision.raster import segments
from chengshu.vision.raster.candidates import Place
from chengshu.vision.raster.colour import colour_candidates
from chengshu.vision.raster.evidence import change_evidence
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.radiometry import normalise
from chengshu.vision.raster.scenes import Truth, labels_of
from chengshu.vision.raster.truth import auc, score_mask, score_objects

LEAST_PX = 30  # of a label's part to count as a thing
PIXEL_M = {"levir": 0.5}  # the other sets do not say
Planes = list[np.ndarray]


def pairs_of(folder: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Before, after (RGB) and label (bool) of every pair in a set."""
    found = []
    for path in sorted((folder / "A").glob("*.png")):
        before, after = (
            cv2.cvtColor(cv2.imread(str(folder / part / path.name)), cv2.COLOR_BGR2RGB) for part in "AB"
        )
        label = cv2.imread(str(folder / "label" / path.name), cv2.IMREAD_GRAYSCALE) > 127
        found.append((before, after, label))
    return found


def plain_indices(before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
    """What a textbook offers, after the same normalisation: brightness, colour vectors, structure."""
    moved = normalise(before, after, np.ones(before.shape[:2], bool))
    a, b = before.astype(np.float32), moved.astype(np.float32)
    grey_a, grey_b = a.mean(axis=2), b.mean(axis=2)
    colour = np.sqrt(((cv2.GaussianBlur(b - a, (0, 0), 2)) ** 2).sum(axis=2))
    mean = [cv2.blur(one, (11, 11)) for one in (grey_a, grey_b)]
    spread = [cv2.blur(one * one, (11, 11)) - m * m for one, m in zip((grey_a, grey_b), mean, strict=True)]
    shared = cv2.blur(grey_a * grey_b, (11, 11)) - mean[0] * mean[1]
    ssim = (2 * mean[0] * mean[1] + 6.5) * (2 * shared + 58.5)
    ssim /= (mean[0] ** 2 + mean[1] ** 2 + 6.5) * (spread[0] + spread[1] + 58.5)
    return {
        "brightness difference": np.abs(cv2.GaussianBlur(grey_b - grey_a, (0, 0), 2)),
        "colour vectors (CVA)": colour,
        "1 - SSIM": 1 - ssim,
    }


def f1(scores: Planes, labels: Planes, threshold: float) -> float:
    """Of all pixels of all pairs above ``threshold``."""
    return score_mask(np.stack(scores) > threshold, np.stack(labels)).f1


def best_threshold(scores: Planes, labels: Planes) -> float:
    """The one with the best F1 on these pairs."""
    values = np.quantile(np.stack(scores), np.linspace(0.02, 0.98, 49))
    return float(max(values, key=lambda value: f1(scores, labels, float(value))))


def left_out(scores: Planes, labels: Planes) -> float:
    """F1 where each pair is cut at the threshold that is best on the others of its set."""
    found = [
        scores[n] > best_threshold(scores[:n] + scores[n + 1 :], labels[:n] + labels[n + 1 :])
        for n in range(len(scores))
    ]
    return score_mask(np.stack(found), np.stack(labels)).f1


def outlines(pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]], pixel_m: float | None) -> str:
    """How the polygons of all pairs match the labels' connected parts, in words."""
    right = found = true = 0
    covered, labels, largest = [], [], 0.0
    for before, after, label in pairs:
        rows, columns = label.shape
        tile = Pair(before, after, np.ones(label.shape, bool), None, None)
        options = Options(pixel_m=pixel_m)
        listed = colour_candidates(tile, options, Place((0, 0, columns, rows), (columns, rows), pixel_m))
        listed = [one for one in listed if one.score >= options.min_score_colour]
        known = []
        for box, inside in segments.components(label, LEAST_PX):
            shape = segments.contour(inside, box[0], box[1], 1.0)
            if shape is not None:
                known.append(Truth(segments.ring_of(shape), "unclear", np.nan, float(inside.sum())))
        score = score_objects(listed, known, None)
        right, found, true = right + score.matched, found + score.found, true + score.objects
        shapes = [Truth(one.outline, "unclear", np.nan, float(one.pixels)) for one in listed]
        covered.append(labels_of(shapes, columns, rows) > 0)
        labels.append(label)
        largest = max([largest, *(one.pixels / label.size for one in listed)])
    single, pixels = 2 * right / max(1, found + true), score_mask(np.stack(covered), np.stack(labels)).f1
    return (
        f"{right} right of {found} for {true} things: F1 {single:.2f}; their pixels F1 {pixels:.2f}; "
        f"largest {largest:.0%} of a picture"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    shared = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "change"
    parser.add_argument("folder", nargs="?", type=Path, default=shared)
    args = parser.parse_args()
    sets = sorted(path.name for path in args.folder.glob("*") if (path / "label").is_dir())
    if not sets:
        print(f"No pairs in {args.folder}: nothing to measure.")
        return
    pairs = {name: pairs_of(args.folder / name) for name in sets}
    labels = {name: [label for _, _, label in found] for name, found in pairs.items()}
    ours: dict[str, Planes] = {}
    for name, found in pairs.items():
        ours[name] = [
            change_evidence(a, b, np.ones(label.shape, bool), PIXEL_M.get(name)).score
            for a, b, label in found
        ]
    for name in sets:
        truth = np.stack(labels[name])
        print(f"\n{name}: {len(truth)} pairs, {100 * truth.mean():.1f} % changed")
        print(f"  {'everything changed':32} F1 {f1(labels[name], labels[name], -1):.2f}")
        indices = [plain_indices(a, b) for a, b, _ in pairs[name]]
        for index in indices[0]:
            planes = [one[index] for one in indices]
            print(
                f"  {index:32} F1 {f1(planes, labels[name], best_threshold(planes, labels[name])):.2f} "
                f"(best in hindsight)   AUC {auc(np.stack(planes), truth):.2f}"
            )
        scores = ours[name]
        print(
            f"  {'ours':32} F1 {f1(scores, labels[name], 0.5):.2f}   AUC {auc(np.stack(scores), truth):.2f}"
        )
        single = [auc(s, t) for s, t in zip(scores, truth, strict=True) if t.any() and not t.all()]
        print(f"  {'  AUC of the single pairs':32} {' '.join(f'{one:.2f}' for one in single)}")
        print(f"  {'  threshold: leave one out':32} F1 {left_out(scores, labels[name]):.2f}")
        for other in sets:
            if other != name:
                threshold = best_threshold(ours[other], labels[other])
                line = f"F1 {f1(scores, labels[name], threshold):.2f}"
                print(f"  {f'  threshold from {other}':32} {line}")
        hindsight = f1(scores, labels[name], best_threshold(scores, labels[name]))
        print(f"  {'  threshold: best in hindsight':32} F1 {hindsight:.2f}")
        print(f"  {'outlines':32} {outlines(pairs[name], PIXEL_M.get(name))}")


if __name__ == "__main__":
    main()
