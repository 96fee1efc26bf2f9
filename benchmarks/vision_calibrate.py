"""Fit the shipped scores on made-up scenes (seeds from 2000; tests and measures use others).

Usage: python benchmarks/vision_calibrate.py [heights|colour] [--scenes N] [--save]
Prints how reliable the score is on the quarter of scenes that was held out; ``--save`` writes the factors,
then fitted on all, to src/chengshu/vision/raster/data/score_<name>.json.
"""

from __future__ import annotations

import argparse
from multiprocessing import Pool

import cv2
from vision_situations import GSD, as_read, situation

from chengshu.vision.raster import calibration, tilework
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.truth import score_objects

FIRST = 2000
PARKED = 0.3  # in every fifth scene lorries stand in so many of the yards
Row = tuple[int, dict[str, float], bool]


class Unscored:
    """Every candidate passes while the scores are being fitted."""

    def score(self, _measures: dict[str, float]) -> float:
        return 1.0


def judged(task: tuple[int, str]) -> list[Row]:
    """Seed, measures and truth of the candidates of one scene; what does not count is left out."""
    seed, name = task
    cv2.setNumThreads(1)
    calibration.shipped = lambda _name: Unscored()  # type: ignore[assignment]
    scene = situation(seed, parked=PARKED if seed % 5 == 1 else 0.0)
    pair, registration = as_read(scene, registered=seed % 3 != 0, heights=name == "heights")
    found = tilework.compare_tile(pair, registration, Options(pixel_m=GSD))
    score = score_objects(found, scene.objects, GSD)
    right, wrong = {index for index, _ in score.pairs}, set(score.wrong)
    return [
        (seed, one.measures, index in right)
        for index, one in enumerate(found)
        if index in right or index in wrong
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["heights", "colour"], nargs="?", default="heights")
    parser.add_argument("--scenes", type=int, default=160)
    parser.add_argument("--save", action="store_true")
    asked = parser.parse_args()
    with Pool(2) as pool:
        tasks = [(FIRST + number, asked.name) for number in range(asked.scenes)]
        rows = [row for part in pool.imap(judged, tasks, 4) for row in part]
    kept = [row for row in rows if row[0] % 4]
    out = [row for row in rows if row[0] % 4 == 0]
    model = calibration.fit([row[1] for row in kept], [row[2] for row in kept])
    scores = [model.score(row[1]) for row in out]
    print(f"{len(rows)} candidates, {sum(row[2] for row in rows)} true; held out: {len(out)}")
    for band in calibration.reliability(scores, [row[2] for row in out]):
        print(
            f"score {band['low']:.1f}-{band['high']:.1f}: {band['count']:.0f} candidates, "
            f"mean score {band['score']:.2f}, true {band['true']:.2f}"
        )
    if asked.save:
        whole = calibration.fit([row[1] for row in rows], [row[2] for row in rows])
        whole.save(calibration.DATA / f"score_{asked.name}.json")


if __name__ == "__main__":
    main()
