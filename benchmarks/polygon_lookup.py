"""Point → town: microseconds a look-up of PolygonIndex, and how many times faster than an STRtree query.

Usage: python benchmarks/polygon_lookup.py [FILE.geojson] [--points N]
Without a file: a made-up district of ten neighbouring towns with wavy borders.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
from chengshu.kernel.geometry import PolygonIndex


def made_up_district(towns: int = 10, points: int = 200) -> dict:
    """Voronoi towns around random seeds, their borders made of many short segments."""
    rng = random.Random(7)
    seeds = shapely.MultiPoint(
        [(121.3 + rng.random() * 0.15, 31.2 + rng.random() * 0.1) for _ in range(towns)]
    )
    area = shapely.box(121.3, 31.2, 121.45, 31.3)
    cells = shapely.voronoi_polygons(seeds, extend_to=area).geoms
    features = []
    for number, cell in enumerate(cells):
        town = shapely.intersection(cell, area)
        town = shapely.segmentize(town, town.length / points)
        features.append(
            {
                "type": "Feature",
                "properties": {"code": f"{number:03}"},
                "geometry": shapely.geometry.mapping(town),
            }
        )
    return {"type": "FeatureCollection", "features": features}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--points", type=int, default=100_000)
    args = parser.parse_args()
    data = json.loads(args.file.read_text(encoding="utf-8")) if args.file else made_up_district()

    begun = time.perf_counter()
    index = PolygonIndex.from_geojson(data)
    built = time.perf_counter() - begun
    west, south, east, north = index.bounds
    rng = np.random.default_rng(1)
    lngs, lats = rng.uniform(west, east, args.points), rng.uniform(south, north, args.points)
    pairs = list(zip(lngs.tolist(), lats.tolist(), strict=True))

    begun = time.perf_counter()
    ours = [index.locate(lng, lat) for lng, lat in pairs]
    single = (time.perf_counter() - begun) / args.points * 1e6

    begun = time.perf_counter()
    many = index.locate_many(lngs, lats)
    batch = (time.perf_counter() - begun) / args.points * 1e6

    tree = shapely.STRtree([index.shape(key) for key in index.keys])
    begun = time.perf_counter()
    theirs = []
    for lng, lat in pairs:
        hits = tree.query(shapely.Point(lng, lat), predicate="intersects")
        theirs.append(index.keys[hits.min()] if hits.size else None)
    single_tree = (time.perf_counter() - begun) / args.points * 1e6

    assert ours == many == theirs
    print(f"{len(index)} polygons, {args.points:,} points, index built in {built * 1000:.0f} ms")
    print(f"PolygonIndex.locate       {single:7.2f} µs a point  (goal: below 20 µs)")
    print(f"PolygonIndex.locate_many  {batch:7.2f} µs a point")
    print(f"STRtree.query             {single_tree:7.2f} µs a point")
    print(f"ratio STRtree / locate    {single_tree / single:7.1f}")


if __name__ == "__main__":
    main()
