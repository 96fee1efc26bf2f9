"""Aerial comparison on one and on two workers of Ray, and what a whole city would need.

Usage: python benchmarks/vision_scaling.py [FOLDER] [--size 4096] [--gsd 0.05] [--workers 1,2]
                                           [--function MODULE:NAME --items FILE.json --megapixels M]

FOLDER holds before.tif, after.tif, before_dsm.tif, after_dsm.tif (as ``chengshu drone scene`` writes them);
without it a made-up street of --size pixels is written first. By default the tiles of a comparison are timed,
as the pipeline hands them to Ray; with --function any function over the JSON list in --items, --megapixels in
all. The city: --area-km2 of which --flown is flown, at --city-gsd metres, --flights-a-year times, to be done
within --hours on machines of --cores. One line a worker count; results are checked to equal one process's.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
from chengshu.vision.raster.cluster import run_on_ray
from chengshu.vision.raster.flights import write_pair

Progress = Callable[[int, int], None]


@dataclass
class Work:
    """A list of items, the function over them, and how many megapixels that is."""

    items: Sequence[Any]
    function: Callable[[Any], Any]
    megapixels: float


def of_a_comparison(folder: Path) -> Work:
    """The tiles of two flights, caught where the pipeline would hand them to other machines."""
    from chengshu.vision.raster.pipeline import compare

    caught: list[Work] = []

    def catch(tasks: Sequence[Any], function: Callable[[Any], Any], progress: Progress | None) -> list[Any]:
        caught.append(Work(tasks, function, 0.0))
        return [[] for _ in tasks]

    result = compare(
        folder / "before.tif", folder / "after.tif", before_dsm=folder / "before_dsm.tif",
        after_dsm=folder / "after_dsm.tif", executor=catch,
    )  # fmt: skip
    return Work(caught[0].items, caught[0].function, result.grid.width * result.grid.height / 1e6)


def of_a_function(path: str, items: Path, megapixels: float) -> Work:
    """Any function, named ``module:name``, over a JSON list."""
    module, _, name = path.partition(":")
    return Work(json.loads(items.read_text()), getattr(importlib.import_module(module), name), megapixels)


def serial(work: Work) -> tuple[float, list[Any]]:
    """Seconds and results in this process, one after another."""
    begun = time.perf_counter()
    found = [work.function(item) for item in work.items]
    return time.perf_counter() - begun, found


def on_ray(work: Work, workers: int) -> tuple[float, list[Any]]:
    """Seconds and results on ``workers`` workers; starting Ray and its workers is not counted."""
    import ray

    ray.init(
        address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False,
        logging_level="ERROR", object_store_memory=256 * 1024 * 1024,
    )  # fmt: skip
    try:
        run_on_ray(list(work.items)[: 2 * workers], work.function)  # imports and files opened
        begun = time.perf_counter()
        found = run_on_ray(work.items, work.function)
        return time.perf_counter() - begun, found
    finally:
        ray.shutdown()


def city(speed: float, efficiency: float, args: argparse.Namespace) -> list[str]:
    """What a city needs at ``speed`` megapixels a second and core, kept up to ``efficiency`` in parallel."""
    megapixels = args.area_km2 * args.flown / args.city_gsd**2
    hours = megapixels / speed / 3600 / efficiency
    machines = math.ceil(hours / args.hours / args.cores)
    return [
        f"city: {args.area_km2:,.0f} km2, {args.flown:.0%} flown at {args.city_gsd * 100:g} cm: "
        f"{megapixels / 1e6:.2f} terapixels a flight",
        f"  {hours:,.0f} core-hours a flight, {hours * args.flights_a_year:,.0f} a year "
        f"({args.flights_a_year} flights)",
        f"  within {args.hours:g} hours: {machines} machine(s) of {args.cores} cores",
    ]


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--gsd", type=float, default=0.05)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--function")
    parser.add_argument("--items", type=Path)
    parser.add_argument("--megapixels", type=float, default=1.0)
    parser.add_argument("--area-km2", type=float, default=6340.0)
    parser.add_argument("--flown", type=float, default=0.5)
    parser.add_argument("--city-gsd", type=float, default=0.03)
    parser.add_argument("--flights-a-year", type=int, default=12)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--cores", type=int, default=16)
    return parser.parse_args()


def main() -> None:
    args = parsed()
    with tempfile.TemporaryDirectory() as scratch:
        if args.function:
            work = of_a_function(args.function, args.items, args.megapixels)
        else:
            folder = args.folder or Path(scratch)
            if not args.folder:
                write_pair(folder, 1, args.size, args.size, args.gsd)
            work = of_a_comparison(folder)
        seconds, truth = serial(work)
        busy = os.getloadavg()[0]
        print(f"{len(work.items)} items, {work.megapixels:.1f} Mpx; load of this machine before: {busy:.1f}")
        print(f"one process without Ray: {seconds:.1f} s, {work.megapixels / seconds:.2f} Mpx/s")
        first, efficiency = 0.0, 1.0
        for workers in map(int, args.workers.split(",")):
            seconds, found = on_ray(work, workers)
            first = first or seconds * workers
            efficiency = first / seconds / workers
            same = "equal" if found == truth else "DIFFER"
            print(f"{workers} worker(s): {seconds:.1f} s, {work.megapixels / seconds:.2f} Mpx/s, "
                  f"{efficiency:.0%} of linear, results {same}")  # fmt: skip
        for line in city(work.megapixels / first, min(efficiency, 1.0), args):
            print(line)


if __name__ == "__main__":
    main()
