"""Two flights as files: seamless, georeferenced, moved by what is said, with the truth beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from chengshu.vision.raster import flights
from chengshu.vision.raster.flights import Pair, write_pair, write_scene
from chengshu.vision.raster.types import RasterError


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A small street: 120 x 90 m."""
    return write_pair(tmp_path_factory.mktemp("pair"), 8, 1200, 900, 0.1, per_hectare=40)


def read(path: Path) -> np.ndarray:
    """All bands, rows and columns first."""
    with rasterio.open(path) as source:
        return np.moveaxis(source.read(masked=True), 0, 2)


def test_the_files_are_tiled_and_bear_the_reference_system(pair: Pair) -> None:
    for path, cell in ((pair.before, 0.1), (pair.after, 0.1), (pair.before_dsm, 0.2), (pair.after_dsm, 0.2)):
        with rasterio.open(path) as source:
            assert source.crs.to_epsg() == 4549 and source.res == pytest.approx((cell, cell))
            assert source.profile["tiled"] and source.overviews(1)
    assert read(pair.before).shape == (900, 1200, 3) and read(pair.before_dsm).shape == (450, 600, 1)


def test_both_mosaics_and_both_models_have_holes(pair: Pair) -> None:
    for path in (pair.before, pair.after, pair.before_dsm, pair.after_dsm):
        hidden = np.ma.getmaskarray(read(path))[:, :, 0]
        assert 0 < hidden.mean() < 0.03


def test_windows_meet_without_a_seam(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "STEP", 512)
    other = write_pair(tmp_path, 8, 1200, 900, 0.1, per_hectare=40)
    apart = np.abs(read(pair.before).astype(int) - read(other.before).astype(int))
    assert np.mean(apart > 12) < 0.002  # JPEG
    heights = np.abs(read(pair.after_dsm) - read(other.after_dsm))
    assert heights.max() < 0.05  # the compression's centimetre


def test_the_truth_lies_where_the_heights_changed(pair: Pair) -> None:
    before, after = read(pair.before_dsm)[:, :, 0], read(pair.after_dsm)[:, :, 0]
    high = [item for item in pair.objects if item.counts and item.area_m2 > 10]
    assert len(high) >= 5
    with rasterio.open(pair.before_dsm) as source:
        inverse = ~source.transform
    features = json.loads(pair.truth.read_text(encoding="utf-8"))["features"]
    for feature in features:
        about, shape = feature["properties"], shapely.geometry.shape(feature["geometry"])
        assert shape.area == pytest.approx(about["area_m2"], rel=0.01, abs=0.02)
        if about["counts"] and about["area_m2"] > 10:
            column, row = inverse @ (shape.centroid.x, shape.centroid.y)
            here = (slice(int(row) - 1, int(row) + 2), slice(int(column) - 1, int(column) + 2))
            gain = float(np.ma.median(after[here] - before[here]))
            # a gabled roof's ridge lies above its median; bias and doming come on top
            assert gain == pytest.approx(about["height_gain_m"], abs=2.2)


def test_the_flight_after_is_off_by_the_shift(tmp_path: Path) -> None:
    options = {"doming": 0.0, "bias": 0.0, "holes": 0.0, "per_hectare": 0.01, "dsm_gsd": 0.1}
    still = write_pair(tmp_path / "a", 9, 512, 512, 0.1, shift=(0.0, 0.0), **options)
    moved = write_pair(tmp_path / "b", 9, 512, 512, 0.1, shift=(6.0, 4.0), **options)
    one, other = read(still.after_dsm)[:, :, 0], read(moved.after_dsm)[:, :, 0]
    assert np.abs(other[4:, 6:] - one[:-4, :-6]).mean() < 0.3 * np.abs(other - one).mean()


def test_the_same_seed_writes_the_same_street(pair: Pair, tmp_path: Path) -> None:
    again = write_pair(tmp_path, 8, 1200, 900, 0.1, per_hectare=40)
    assert again.objects == pair.objects
    assert np.array_equal(read(again.after), read(pair.after))


def test_a_scene_is_written_with_labels(tmp_path: Path) -> None:
    objects = write_scene(tmp_path, 3, 256, 0.2)
    labels = read(tmp_path / "labels.png")[:, :, 0]
    assert set(np.unique(labels)) <= set(range(len(objects) + 1)) and labels.max() > 0
    assert read(tmp_path / "after_dsm.tif").shape == (256, 256, 1)


@pytest.mark.parametrize(
    ("size", "gsd", "crs"), [(10, 0.1, "EPSG:4549"), (256, 5.0, "EPSG:4549"), (256, 0.1, "EPSG:4490"),
                             (256, 0.1, "nowhere")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(tmp_path: Path, size: int, gsd: float, crs: str) -> None:
    with pytest.raises(RasterError):
        write_pair(tmp_path, 1, size, size, gsd, crs)
