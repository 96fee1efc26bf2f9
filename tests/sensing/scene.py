"""Two small flights as files, and what a comparison of them would answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin

from chengshu.sensing.library import Compared
from chengshu.vision.raster.types import Candidate
from tests import factories

CRS = "EPSG:32651"
GSD, SIZE = 0.1, 512
MIDDLE = factories.IN_CHANGSHOU
HOUSE = [(200.0, 200.0), (260.0, 200.0), (260.0, 250.0), (200.0, 250.0), (200.0, 200.0)]
SHED = [(320.0, 100.0), (350.0, 100.0), (350.0, 140.0), (320.0, 140.0), (320.0, 100.0)]
GONE = [(60.0, 300.0), (120.0, 300.0), (120.0, 380.0), (60.0, 380.0), (60.0, 300.0)]


def origin() -> tuple[float, float]:
    """The north-west corner of the scene in metres of the CRS."""
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(*MIDDLE)
    return x - SIZE * GSD / 2, y + SIZE * GSD / 2


def transform() -> Any:
    """From pixels to metres."""
    return from_origin(*origin(), GSD, GSD)


def write_mosaic(
    path: Path, houses: list[Any], *, crs: str | None = CRS, bands: int = 3, size: int = SIZE
) -> Path:
    """A grey-green ground with light roofs."""
    ground = np.zeros((bands, size, size), np.uint8)
    ground[:] = np.array([110, 130, 90, 255][:bands], np.uint8)[:, None, None]
    for ring in houses:
        (x0, y0), (x1, y1) = ring[0], ring[2]
        ground[:3, int(y0) : int(y1), int(x0) : int(x1)] = 220
    return _write(path, ground, crs)


def write_dsm(path: Path, houses: dict[float, Any], *, crs: str | None = CRS) -> Path:
    """Ground at 4 m, roofs as high above it as said."""
    plane = np.full((1, SIZE, SIZE), 4.0, np.float32)
    for height, ring in houses.items():
        (x0, y0), (x1, y1) = ring[0], ring[2]
        plane[0, int(y0) : int(y1), int(x0) : int(x1)] = 4.0 + height
    return _write(path, plane, crs)


def _write(path: Path, data: Any, crs: str | None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {
        "driver": "GTiff", "count": data.shape[0], "height": data.shape[1], "width": data.shape[2],
        "dtype": data.dtype, "transform": transform(), "tiled": True, "blockxsize": 256, "blockysize": 256,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile, **({"crs": crs} if crs else {})) as target:
        target.write(data)
    return path


def write_pair(folder: Path) -> None:
    """before.tif, after.tif and their surface models: one house is built, one goes."""
    write_mosaic(folder / "before.tif", [GONE])
    write_mosaic(folder / "after.tif", [HOUSE, SHED])
    write_dsm(folder / "before_dsm.tif", {6.0: GONE})
    write_dsm(folder / "after_dsm.tif", {6.5: HOUSE, 2.5: SHED})


def candidate(ring: Any = HOUSE, kind: str = "new_building", score: float = 0.8, **fields: Any) -> Candidate:
    """One thing found; area from the ring, 6.5 m higher unless said."""
    (x0, y0), (x1, y1) = ring[0], ring[2]
    stated = {
        "area_m2": (x1 - x0) * (y1 - y0) * GSD**2, "height_gain_m": 6.5,
        "reasons": [("Height gained: %(m)s m.", {"m": "6.5"})],
    }  # fmt: skip
    return Candidate(outline=ring, kind=kind, score=score, **{**stated, **fields})


def found(*candidates: Candidate, **fields: Any) -> Compared:
    """What the library answers."""
    stated: dict[str, Any] = {
        "has_heights": True,
        "grid": {
            "crs": CRS,
            "transform": list(transform())[:6],
            "width": SIZE,
            "height": SIZE,
            "pixel_m": GSD,
        },
        "registration": {"dx": 0.4, "dy": -0.2, "accepted": True, "matches": True, "residual_px": 0.3},
        "remarks": [],
    }
    return Compared(list(candidates), **{**stated, **fields})


Answer = Callable[..., Compared]


def answering(compared: Compared) -> Answer:
    """A stand-in for the one call into the library: reports two steps and answers."""

    def compare(before: Path, after: Path, *, report: Any, work: Path, **_rest: Any) -> Compared:
        work.mkdir(parents=True, exist_ok=True)
        report(1, 2)
        report(2, 2)
        return compared

    return compare
