"""Speed and memory of a comparison: megapixels a second on one core, and the peak of resident memory.

Usage: python benchmarks/vision_speed.py [--size 20000] [--gsd 0.05] [--folder DIR] [--tile 2048]
Writes a pair of flights of SIZE × SIZE px with surface models into DIR (kept, and used again if it is there),
then compares: the work on tiles already in memory, the whole run with reading and registration, and the same
without surface models. One core: no threads in OpenCV or GDAL. Seconds are processor time and wall time.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
from chengshu.vision.raster.flights import write_pair
from chengshu.vision.raster.grid import open_pair
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.pipeline import compare, whole_surface, work_list
from chengshu.vision.raster.registration import register_pair
from chengshu.vision.raster.tilework import compare_tile


def peak_mib() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def flights(folder: Path, size: int, gsd: float) -> list[Path]:
    """The four files of a pair, written when they are not there."""
    paths = [folder / name for name in ("before.tif", "after.tif", "before_dsm.tif", "after_dsm.tif")]
    if not all(path.exists() for path in paths):
        started = time.perf_counter()
        write_pair(folder, 5, size, size, gsd, dsm_gsd=2 * gsd)
        print(f"pair written in {time.perf_counter() - started:.0f} s")
    return paths


def tiles_only(paths: list[Path], options: Options, most: int) -> None:
    """The work itself: tiles read beforehand, registration known."""
    with open_pair(*paths) as pair:
        registration = register_pair(pair)
        pixel_m = pair.grid.pixel_m or 0.05
        surface = whole_surface(pair, registration, options, pixel_m)
        sources = tuple(map(str, paths))
        tasks = work_list(pair, sources, registration, surface, options, pixel_m, None)
        chosen = tasks[:: max(1, len(tasks) // most)][:most]
        pixels = spent = 0.0
        for task in chosen:
            tile = pair.read(task.window, registration=registration)
            started = time.process_time()
            compare_tile(tile, registration, options, place=task.place, surface=surface)
            spent += time.process_time() - started
            pixels += task.window.core.width * task.window.core.height
    print(f"tiles in memory, heights: {pixels / 1e6 / spent:.1f} Mpx/s a core over {len(chosen)} tiles")


def whole(paths: list[Path], options: Options, megapixels: float, words: str) -> None:
    """Everything: opening, registration, reading, work, joining."""
    dsms = {"before_dsm": paths[2], "after_dsm": paths[3]} if len(paths) == 4 else {}
    wall, core = time.perf_counter(), time.process_time()
    result = compare(paths[0], paths[1], options=options, **dsms)
    wall, core = time.perf_counter() - wall, time.process_time() - core
    print(
        f"{words}: {megapixels / core:.1f} Mpx/s of processor time, {megapixels / wall:.1f} of wall time, "
        f"{len(result.candidates)} candidates, registration "
        f"{'accepted' if result.registration.accepted else 'kept'}; peak memory {peak_mib():.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--gsd", type=float, default=0.05)
    parser.add_argument("--tile", type=int, default=2048)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--colour", action="store_true", help="Also the run without surface models.")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    options = Options(tile=asked.tile)
    with tempfile.TemporaryDirectory() as spare:
        folder = asked.folder or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        paths = flights(folder, asked.size, asked.gsd)
        megapixels = asked.size**2 / 1e6
        tiles_only(paths, options, 12)
        whole(paths, options, megapixels, "whole run with heights")
        if asked.colour:
            whole(paths[:2], options, megapixels, "whole run without heights")


if __name__ == "__main__":
    main()
