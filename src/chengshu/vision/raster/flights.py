"""Two flights over a whole made-up street as files: mosaics and surface models, and the truth beside them.

Written window by window, so memory does not grow with the size; every window is worked out alone and fits its
neighbours, because the town (see ``scenes``) is fixed to the ground.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from chengshu.vision.raster.scenes import (
    MIN_AREA_M2,
    MIN_GAIN_M,
    Truth,
    flights_of,
    labels_of,
    make_scene,
    truth_of,
)  # fmt: skip
from chengshu.vision.raster.scenes.paint import View
from chengshu.vision.raster.scenes.parts import AFTER, BEFORE, Box, Change, Contents, Points
from chengshu.vision.raster.scenes.sensor import (
    Look,
    Survey,
    gapped,
    gaps,
    looks,
    measure,
    photograph,
)  # fmt: skip
from chengshu.vision.raster.scenes.town import PITCH_X, PITCH_Y, Town, carried_out, cells
from chengshu.vision.raster.types import RasterError

CRS = "EPSG:4549"  # CGCS2000 / 3-degree Gauss-Kruger CM 120E
CORNER = (621_000.0, 3_451_000.0)  # easting and northing of the upper left corner, inside that zone
BLOCK = 512
STEP = 2048  # pixels of a window
REACH_M = 8.0  # how far a thing may hang over a window's edge
PER_HECTARE = 6.0
NODATA = -9999.0
CACHE_MB = 64

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    """The files of two flights; ``shift`` in pixels of a mosaic, ``objects`` in pixels of the one before."""

    before: Path
    after: Path
    before_dsm: Path
    after_dsm: Path
    truth: Path
    objects: list[Truth]
    shift: tuple[float, float]


def write_pair(
    folder: Path,
    seed: int,
    width: int,
    height: int,
    gsd: float,
    crs: str = CRS,
    *,
    dsm_gsd: float | None = None,
    shift: tuple[float, float] = (2.6, -1.7),
    doming: float = 0.6,
    bias: float = 0.35,
    holes: float = 0.004,
    per_hectare: float = PER_HECTARE,
    photo: float = 1.0,
    corner: tuple[float, float] = CORNER,
    progress: Progress | None = None,
) -> Pair:
    """Write before.tif, after.tif, before_dsm.tif, after_dsm.tif and truth.geojson into ``folder``.

    ``gsd`` is the pixel size of the mosaics in metres, ``dsm_gsd`` that of the surface models (default: twice
    it). The flight after is off by ``shift`` pixels of the mosaic although it bears the same georeference.
    ``holes`` is the share without data, of mosaics and surface models each; about ``per_hectare`` things
    change on 10,000 m². ``progress`` is told windows done and all windows.

    :raises RasterError: sizes that make no sense, a reference system not in metres, or a disk that refuses.
    """
    if min(width, height) < 64 or not 0 < gsd <= 2 or (dsm_gsd is not None and not gsd <= dsm_gsd <= 2):
        raise RasterError("A flight needs at least 64 x 64 pixels of at most 2 m.")
    _check_metric(crs)
    files = [folder / name for name in ("before.tif", "after.tif", "before_dsm.tif", "after_dsm.tif")]
    plan = _plan(seed, width * gsd, height * gsd, gsd, shift, per_hectare, holes)
    coarse = dsm_gsd or 2 * gsd
    surveys = [
        Survey(gaps=plan.gaps[0], offset=31.0, extent=plan.box),
        Survey(gaps=plan.gaps[1], offset=77.0, extent=plan.box, bias=bias, bend=doming),
    ]
    both = looks(plan.rng, photo)
    origins = [(0.0, 0.0), (-shift[0] * gsd, -shift[1] * gsd)]
    total = _count(width, height) * 2 + _count(*_size(plan.box, coarse)) * 2
    told = _Told(progress, total)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with rasterio.Env(GDAL_CACHEMAX=CACHE_MB):
            for number, flight in enumerate((BEFORE, AFTER)):
                _write_mosaic(
                    files[number], plan, flight, both[number], origins[number],
                    _profile(width, height, gsd, crs, corner), told,
                )  # fmt: skip
            for number, flight in enumerate((BEFORE, AFTER)):
                _write_surface(
                    files[2 + number], plan, flight, surveys[number], origins[number],
                    _profile(*_size(plan.box, coarse), coarse, crs, corner), told,
                )  # fmt: skip
    except (OSError, RasterioError) as error:
        raise RasterError("The flights cannot be written: %(why)s", why=str(error)[:200]) from error
    lost = [*plan.gaps, *plan.blanks]
    objects = [truth_of(change, (0.0, 0.0), gsd, lost) for change in plan.done]
    truth = folder / "truth.geojson"
    _write_truth(truth, objects, crs, _placed(gsd, corner), {"seed": seed, "shift_px": list(shift)})
    moved = (float(shift[0]), float(shift[1]))
    return Pair(files[0], files[1], files[2], files[3], truth, objects, moved)


def write_scene(folder: Path, seed: int, size: int, gsd: float, **options: Any) -> list[Truth]:
    """One square scene (``make_scene``) as files like those of ``write_pair``, and labels.png beside them."""
    scene = make_scene(seed, size, gsd, **options)
    profile = _profile(size, size, gsd, CRS, CORNER)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, image in (("before", scene.before), ("after", scene.after)):
            with _open(folder / f"{name}.tif", profile, count=3, dtype="uint8", **_packed()) as target:
                target.write(np.moveaxis(image, 2, 0))
        for name, heights in (("before_dsm", scene.before_heights), ("after_dsm", scene.after_heights)):
            with _open(folder / f"{name}.tif", profile, count=1, **_surface()) as target:
                target.write(np.nan_to_num(heights, nan=NODATA), 1)
        labels = labels_of(scene.objects, size, size)
        with rasterio.open(
            folder / "labels.png", "w", driver="PNG", width=size, height=size, count=1, dtype="uint16",
            crs=CRS, transform=profile["transform"],
        ) as target:  # fmt: skip
            target.write(labels, 1)
    except (OSError, RasterioError) as error:
        raise RasterError("The flights cannot be written: %(why)s", why=str(error)[:200]) from error
    about = {"seed": seed, "shift_px": list(scene.shift)}
    _write_truth(folder / "truth.geojson", scene.objects, CRS, _placed(gsd, CORNER), about)
    return scene.objects


@dataclass
class _Plan:
    """What happens where: the town, the changes carried out, holes of surface models and mosaics."""

    town: Town
    box: Box
    done: list[Change]
    gaps: list[list[Points]]
    blanks: list[list[Points]]
    rng: np.random.Generator

    def __post_init__(self) -> None:
        # by rank, since a block that is made anew holds other objects of the same worth
        self.chosen = {change.rank for change in self.done}

    def within(self, box: Box, flight: int) -> Contents:
        """What stands in a window at a flight."""
        wide = (box[0] - REACH_M, box[1] - REACH_M, box[2] + REACH_M, box[3] + REACH_M)
        contents = self.town.within(wide)
        here = [change for change in contents.changes if change.rank in self.chosen]
        return flights_of(contents, here)[0 if flight == BEFORE else 1]


def _plan(
    seed: int, width_m: float, height_m: float, gsd: float, shift: tuple[float, float], per_hectare: float,
    holes: float,
) -> _Plan:  # fmt: skip
    # the streets that a row of windows touches, so that a block is made once for each file
    town = Town(seed, keep=(math.ceil(width_m / PITCH_X) + 4) * (math.ceil(STEP * gsd / PITCH_Y) + 6))
    box = (0.0, 0.0, width_m, height_m)
    rng = np.random.default_rng([seed, 98])
    margin = (max(map(abs, shift)) + 3) * gsd
    inside = (margin, margin, width_m - margin, height_m - margin)
    most = max(1, round(per_hectare * width_m * height_m / 10_000))
    possible = [change for i, j in cells(box) for change in town.block(i, j).changes]
    done = carried_out(possible, inside, most, 1.0)
    hidden = [gaps(rng, box, holes) for _ in range(4)]
    return _Plan(town, box, done, hidden[:2], hidden[2:], rng)


class _Told:
    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def one(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)


def _size(box: Box, gsd: float) -> tuple[int, int]:
    return math.ceil((box[2] - box[0]) / gsd), math.ceil((box[3] - box[1]) / gsd)


def _count(width: int, height: int) -> int:
    return math.ceil(width / STEP) * math.ceil(height / STEP)


def _windows(width: int, height: int) -> Iterator[Window]:
    for row in range(0, height, STEP):
        for column in range(0, width, STEP):
            yield Window(column, row, min(STEP, width - column), min(STEP, height - row))


def _check_metric(crs: str) -> None:
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise RasterError("The reference system %(crs)s is not known.", crs=str(crs)[:60]) from error
    if known.is_geographic or known.axis_info[0].unit_name != "metre":
        raise RasterError("The reference system %(crs)s is not in metres.", crs=str(crs)[:60])


def _profile(width: int, height: int, gsd: float, crs: str, corner: tuple[float, float]) -> dict[str, Any]:
    return {
        "driver": "GTiff", "width": width, "height": height, "crs": crs, "BIGTIFF": "IF_SAFER",
        "transform": Affine(gsd, 0, corner[0], 0, -gsd, corner[1]), "tiled": True,
        "blockxsize": BLOCK, "blockysize": BLOCK,
    }  # fmt: skip


def _packed(quality: int | None = None) -> dict[str, Any]:
    if quality is None:
        return {"compress": "deflate", "predictor": 2}
    return {"compress": "jpeg", "photometric": "ycbcr", "JPEG_QUALITY": quality}


def _surface() -> dict[str, Any]:
    return {"dtype": "float32", "nodata": NODATA, "compress": "lerc_zstd", "MAX_Z_ERROR": 0.005}


def _open(path: Path, profile: dict[str, Any], **more: Any) -> DatasetWriter:
    block = min(BLOCK, min(profile["width"], profile["height"]) // 16 * 16)  # no tile may exceed the image
    profile = {**profile, "blockxsize": block, "blockysize": block}
    return rasterio.open(path, "w", **{**profile, **more})


def _view(window: Window, origin: tuple[float, float], gsd: float) -> View:
    x, y = origin[0] + window.col_off * gsd, origin[1] + window.row_off * gsd
    return View(x, y, window.width, window.height, gsd)


def _write_mosaic(
    path: Path, plan: _Plan, flight: int, look: Look, origin: tuple[float, float], profile: dict[str, Any],
    told: _Told,
) -> None:  # fmt: skip
    gsd = profile["transform"].a
    blanks = plan.blanks[0 if flight == BEFORE else 1]
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, JPEG_QUALITY_OVERVIEW=str(look.jpeg)),
        _open(path, profile, count=3, dtype="uint8", **_packed(look.jpeg)) as target,
    ):
        for window in _windows(profile["width"], profile["height"]):
            view = _view(window, origin, gsd)
            # at the far side the shadow of what stands a street away still falls in
            image = photograph(plan.within(view.box(45.0), flight), flight, view, look)
            valid = gapped(np.full(image.shape[:2], 255, np.uint8), view, blanks, 0)
            target.write(np.moveaxis(image, 2, 0), window=window)
            target.write_mask(valid, window=window)
            told.one()
        target.build_overviews(_levels(profile), Resampling.average)


def _write_surface(
    path: Path, plan: _Plan, flight: int, survey: Survey, origin: tuple[float, float],
    profile: dict[str, Any], told: _Told,
) -> None:  # fmt: skip
    gsd = profile["transform"].a
    left, upper, right, lower = plan.box
    moved = (left + origin[0], upper + origin[1], right + origin[0], lower + origin[1])
    survey = replace(survey, extent=moved)
    with _open(path, profile, count=1, **_surface()) as target:
        for window in _windows(profile["width"], profile["height"]):
            view = _view(window, origin, gsd)
            heights = measure(plan.within(view.box(), flight), flight, view, survey)
            target.write(np.nan_to_num(heights, nan=NODATA), 1, window=window)
            told.one()
        target.build_overviews(_levels(profile), Resampling.average)


def _levels(profile: dict[str, Any]) -> list[int]:
    longest, levels = max(profile["width"], profile["height"]), [2]
    while longest / levels[-1] > BLOCK:
        levels.append(levels[-1] * 2)
    return levels


def _placed(gsd: float, corner: tuple[float, float]) -> Callable[[tuple[float, float]], tuple[float, float]]:
    return lambda point: (round(corner[0] + point[0] * gsd, 4), round(corner[1] - point[1] * gsd, 4))


def _write_truth(
    path: Path,
    objects: list[Truth],
    crs: str,
    place: Callable[[tuple[float, float]], tuple[float, float]],
    about: dict[str, Any],
) -> None:
    """The truth as polygons in ``crs``, named in the old ``crs`` member that GIS programs read."""
    features = []
    for number, item in enumerate(objects, start=1):
        shape = shapely.geometry.polygon.orient(shapely.Polygon([place(point) for point in item.outline]))
        features.append({
            "type": "Feature",
            "id": number,
            "geometry": shapely.geometry.mapping(shape),
            "properties": {
                "kind": item.kind, "height_gain_m": item.height_gain_m, "area_m2": round(item.area_m2, 2),
                "counts": item.counts, "hidden": round(item.hidden, 3),
            },
        })  # fmt: skip
    held = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": _urn(crs)}},
        "made_up": {**about, "min_area_m2": MIN_AREA_M2, "min_gain_m": MIN_GAIN_M},
        "features": features,
    }
    path.write_text(json.dumps(held), encoding="utf-8")


def _urn(crs: str) -> str:
    code = pyproj.CRS.from_user_input(crs).to_epsg()
    return f"urn:ogc:def:crs:EPSG::{code}" if code else crs
