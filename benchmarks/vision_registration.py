"""Registration: shifts accepted and how wrong they are, over scenes with known shifts and over real pairs.

Usage: python benchmarks/vision_registration.py [--each 32] [--first 0] [--real FOLDER] [--jobs 2]

Each class of scenes is measured as it was made and with its ground texture lost (blurred, and other grain
on each photo): the made-up ground keeps its grain for ever, which real ground does not. Beside it the plain
method: one phase correlation of both whole images (cv2.phaseCorrelate), which always answers. FOLDER holds
real pairs as SET/A/*.png and SET/B/*.png; B is moved by known shifts, and what is accepted is compared with
what was accepted for the same pair unmoved (or, where that was in doubt, with the median of what was
accepted). Goal: no wrong shift above 1 px accepted.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
from chengshu.vision.raster.grid import Grid, Tile
from chengshu.vision.raster.registration import displacement, register, register_pair
from chengshu.vision.raster.registration.structure import gray
from chengshu.vision.raster.scenes import make_scene
from chengshu.vision.raster.types import Registration

WRONG_PX = 1.0
CLASSES: dict[str, dict] = {
    "same place": {},
    "rebuilt 0.4": {"rebuilt": 0.4},
    "rebuilt 0.6": {"rebuilt": 0.6},
    "rebuilt 0.8": {"rebuilt": 0.8},
    "shift up to 40 px": {"reach": 40.0},
    "shift above the bound": {"reach": 80.0, "at_least": 66.0},
    "other place": {"other": True},
}
ARTIFICIAL = ((0.0, 0.0), (2.0, -1.5), (-3.25, 4.0), (5.0, 5.0), (-9.0, 7.5), (14.0, -11.0), (-20.5, 3.0))


@dataclass
class Answer:
    """One measurement. ``error`` of an accepted shift in px, None where the coordinates were kept."""

    kind: str
    how: str
    error: float | None
    matches: bool
    plain: float
    seconds: float


class Drawn:
    """A scene in place of two files."""

    has_heights = True

    def __init__(self, images: list, heights: list | None) -> None:
        self.images, self.heights = images, heights
        rows, columns = images[0].shape[:2]
        self.grid = Grid(None, (1, 0, 0, 0, 1, 0), columns, rows, None)

    def read_square(self, x0: int, y0: int, side: int) -> Tile:
        rows, columns = self.images[0].shape[:2]
        ys, xs = np.arange(y0, y0 + side), np.arange(x0, x0 + side)
        inside = ((ys >= 0) & (ys < rows))[:, None] & ((xs >= 0) & (xs < columns))[None, :]
        at = np.ix_(ys.clip(0, rows - 1), xs.clip(0, columns - 1))
        images = [np.where(inside[..., None], image[at], 0).astype(np.uint8) for image in self.images]
        heights = [np.where(inside, plane[at], np.nan).astype(np.float32) for plane in self.heights or []]
        return Tile(*images, inside, *(heights or [None, None]), x0, y0)


def other_ground(image: np.ndarray, seed: int) -> np.ndarray:
    """The image without its fine texture, and with a grain that no other photo has."""
    rng = np.random.default_rng(seed)
    grain = np.zeros(image.shape[:2], np.float32)
    for size, strength in ((0.7, 0.05), (4.0, 0.06), (15.0, 0.05)):
        plane = cv2.GaussianBlur(rng.standard_normal(grain.shape).astype(np.float32), (0, 0), size)
        grain += strength * plane / plane.std()
    return np.clip(cv2.GaussianBlur(image, (0, 0), 1.0) * (1 + grain[..., None]), 0, 255).astype(np.uint8)


def plain(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F)
    return cv2.phaseCorrelate(before, after, window)[0]


def farthest(said: Registration, shift: tuple[float, float], shape: tuple[int, ...]) -> float:
    """The largest error of a registration anywhere in the image, in pixels."""
    xs, ys = np.linspace(0, shape[1], 9)[None, :], np.linspace(0, shape[0], 9)[:, None]
    dx, dy = displacement(said, xs, ys)
    return float(np.hypot(dx - shift[0], dy - shift[1]).max())


def measure(kind: str, number: int) -> list[Answer]:
    cv2.setNumThreads(1)
    options = dict(CLASSES[kind])
    rng = np.random.default_rng([number, len(kind)])
    reach, least = options.pop("reach", 5.0), options.pop("at_least", 0.0)
    dx, dy = (float(v) for v in rng.uniform(-reach, reach, 2))
    if max(abs(dx), abs(dy)) < least:
        dx = least
    seed = 1000 * list(CLASSES).index(kind) + number
    other = options.pop("other", False)
    scene = make_scene(seed, shift=(dx, dy), **options)
    second = make_scene(seed + 500) if other else scene
    heights = [scene.before_heights, second.after_heights]
    images = [scene.before, second.after]
    if other:  # mirrored, as all scenes have the same grain of the ground, which may lie within reach
        images[1], heights[1] = images[1][:, ::-1], heights[1][:, ::-1]
    bare = [other_ground(images[0], 2 * seed), other_ground(images[1], 2 * seed + 1)]
    found = []
    for how, pictures, models in (
        ("images", images, None),
        ("images, ground lost", bare, None),
        ("ground lost, with heights", bare, heights),
    ):
        begun = time.perf_counter()
        said = register_pair(Drawn(pictures, models))
        seconds = time.perf_counter() - begun
        px, py = plain(gray(pictures[0]), gray(pictures[1]))
        error = None
        if said.accepted:
            error = np.inf if other else farthest(said, (dx, dy), scene.labels.shape)
        found.append(
            Answer(kind, how, error, said.matches, np.inf if other else np.hypot(px - dx, py - dy), seconds)
        )
    return found


def report(answers: list[Answer]) -> int:
    wrong = 0
    print(f"{'scenes':24}{'measured on':28}{'n':>4}{'accepted':>10}{'p95 px':>8}{'max px':>8}{'wrong':>7}"
          f"{'other place':>13}{'plain p95':>11}{'plain wrong':>13}")  # fmt: skip
    for kind in CLASSES:
        for how in dict.fromkeys(answer.how for answer in answers):
            part = [answer for answer in answers if (answer.kind, answer.how) == (kind, how)]
            errors = np.array([answer.error for answer in part if answer.error is not None])
            off = np.array([answer.plain for answer in part])
            bad = int((errors > WRONG_PX).sum())
            wrong += bad
            finite = np.isfinite(off).all()
            print(
                f"{kind:24}{how:28}{len(part):4}{len(errors) / len(part):10.0%}"
                + (
                    f"{np.percentile(errors, 95, method='nearest'):8.2f}{errors.max():8.2f}"
                    if len(errors)
                    else f"{'-':>8}{'-':>8}"
                )
                + f"{bad:7}{sum(not answer.matches for answer in part) / len(part):13.0%}"
                + (f"{np.percentile(off, 95):11.1f}" if finite else f"{'-':>11}")
                + f"{(off > WRONG_PX).mean():13.0%}"
            )
    print(f"seconds for 512 × 512 px: {np.median([answer.seconds for answer in answers]):.2f} (median)")
    return wrong


def real(folder: Path) -> int:
    wrong = 0
    print(
        f"\n{'real pair':32}{'accepted':>10}{'spread px':>11}{'wrong':>7}{'other place':>13}"
        f"{'plain spread':>14}"
    )
    for first in sorted(folder.glob("*/A/*.png")):
        a = cv2.imread(str(first))[..., ::-1]
        b = cv2.imread(str(first.parent.parent / "B" / first.name))[..., ::-1]
        found, crude, lost = {}, [], 0
        for dx, dy in ARTIFICIAL:
            matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            size = b.shape[1::-1]
            moved = cv2.warpAffine(b, matrix, size, flags=cv2.INTER_CUBIC)
            valid = cv2.warpAffine(np.ones(b.shape[:2], np.uint8), matrix, size, flags=cv2.INTER_NEAREST) > 0
            said = register(gray(a), gray(moved), valid, max_shift_px=32)
            lost += not said.matches
            if said.accepted:
                found[dx, dy] = np.array([said.dx - dx, said.dy - dy])
            px, py = plain(gray(a), gray(moved))
            crude.append((px - dx, py - dy))
        known = found.get((0.0, 0.0), np.median(list(found.values()), axis=0) if found else np.zeros(2))
        off = [float(np.hypot(*(place - known))) for place in found.values()]
        wrong += sum(distance > WRONG_PX for distance in off)
        spread = np.hypot(*(np.array(crude) - np.array(crude[0])).T).max()
        print(
            f"{first.parent.parent.name + '/' + first.stem:32}{len(found):8}/{len(ARTIFICIAL)}"
            f"{max(off, default=0):11.2f}"
            f"{sum(distance > WRONG_PX for distance in off):7}{lost:13}{spread:14.1f}"
        )
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=32, help="scenes of each class")
    parser.add_argument("--first", type=int, default=0, help="number of the first scene: other scenes")
    parser.add_argument("--real", type=Path, help="folder of real pairs")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    work = [(kind, number) for kind in CLASSES for number in range(args.first, args.first + args.each)]
    with ProcessPoolExecutor(args.jobs) as pool:
        answers = [answer for part in pool.map(measure, *zip(*work, strict=True)) for answer in part]
    print(f"{len(work)} scenes of 512 × 512 px")
    wrong = report(answers)
    if args.real:
        wrong += real(args.real)
    print(f"\nwrong shifts above {WRONG_PX:g} px accepted: {wrong}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
