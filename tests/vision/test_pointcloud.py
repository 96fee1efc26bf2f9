"""A cloud becomes the surface it was measured from: highest points, small holes closed, large ones left."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import numpy.typing as npt
import pyproj
import pytest
import rasterio

from chengshu.vision.raster import pointcloud
from chengshu.vision.raster.pointcloud import CloudGrid, cloud_to_surface, fill_small
from chengshu.vision.raster.types import RasterError

GRID = CloudGrid((0.5, 0, 621_000, 0, -0.5, 3_451_000), 60, 40, "EPSG:4549")


def write_cloud(
    path: Path, x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike, crs: str | None = "EPSG:4549",
    classes: npt.ArrayLike | None = None,
) -> Path:  # fmt: skip
    """A LAS or LAZ file (by the suffix) of these points."""
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = np.array([0.001] * 3), np.array([621_000, 3_450_000, 0])
    if crs:
        header.add_crs(pyproj.CRS(crs))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = np.asarray(x, float), np.asarray(y, float), np.asarray(z, float)
    if classes is not None:
        cloud.classification = np.asarray(classes, np.uint8)
    cloud.write(path)
    return path


def a_house(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points on flat ground at 4 m with a house of 10 m; (x, y, z)."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0.01, 29.99, 40_000), rng.uniform(0.01, 19.99, 40_000)
    z = np.where((x > 10) & (x < 20) & (y > 5) & (y < 15), 10.0, 4.0)
    return 621_000 + x, 3_451_000 - y, z


def heights_of(path: Path) -> np.ndarray:
    """The written plane with NaN for no data."""
    with rasterio.open(path) as source:
        return source.read(1, masked=True).filled(np.nan)


@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_the_surface_has_the_house_in_its_place(tmp_path: Path, suffix: str) -> None:
    cloud = write_cloud(tmp_path / f"cloud.{suffix}", *a_house())
    done = cloud_to_surface(cloud, tmp_path / "dsm.tif", GRID)
    heights = heights_of(done.path)
    assert done.points == done.used == 40_000 and done.hit > 0.99
    assert heights.shape == (40, 60)
    assert np.all(heights[11:29, 21:39] == pytest.approx(10.0, abs=0.01))
    assert np.all(heights[:9] == pytest.approx(4.0, abs=0.01))
    with rasterio.open(done.path) as source:
        assert source.crs.to_epsg() == 4549 and source.transform.c == 621_000


def test_the_highest_point_of_a_cell_counts_in_every_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cloud_to_surface(write_cloud(tmp_path / "a.laz", *a_house()), tmp_path / "whole.tif", GRID)
    monkeypatch.setattr(pointcloud, "CHUNK", 777)
    monkeypatch.setattr(pointcloud, "STRIP", 7)
    told: list[tuple[int, int]] = []
    parts = cloud_to_surface(
        tmp_path / "a.laz", tmp_path / "parts.tif", GRID, progress=lambda done, of: told.append((done, of))
    )
    assert np.array_equal(heights_of(whole.path), heights_of(parts.path), equal_nan=True)
    assert told[-1] == (40_000, 40_000) and len(told) == 52


def test_noise_is_left_out(tmp_path: Path) -> None:
    x, y, z = a_house()
    z[:5], classes = 300.0, np.r_[np.full(5, 18), np.ones(len(z) - 5)]
    cloud = write_cloud(tmp_path / "c.las", x, y, z, classes=classes)
    done = cloud_to_surface(cloud, tmp_path / "d.tif", GRID)
    assert np.nanmax(heights_of(done.path)) < 11 and done.used == 39_995


def test_small_holes_are_filled_and_large_ones_are_not(tmp_path: Path) -> None:
    x, y, z = a_house()
    u, v = x - 621_000, 3_451_000 - y
    small = (abs(u - 5) < 0.7) & (abs(v - 5) < 0.7)
    large = (abs(u - 25) < 3) & (abs(v - 10) < 3)
    keep = ~small & ~large
    cloud = write_cloud(tmp_path / "c.laz", x[keep], y[keep], z[keep])
    done = cloud_to_surface(cloud, tmp_path / "d.tif", GRID)
    heights = heights_of(done.path)
    assert heights[10, 10] == pytest.approx(4.0, abs=0.01)
    assert np.isnan(heights[20, 50]) and done.filled > 0


def test_the_edge_of_a_cloud_does_not_creep_outwards() -> None:
    heights = np.full((12, 12), np.nan, np.float32)
    heights[:, :6] = 2.0
    assert np.isnan(fill_small(heights, 5)[2:-2, 7:]).all()


def test_a_cloud_in_another_system_is_brought_over(tmp_path: Path) -> None:
    x, y, z = a_house()
    other = pyproj.Transformer.from_crs("EPSG:4549", "EPSG:32651", always_xy=True)
    u, v = other.transform(x, y)
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = np.array([0.001] * 3), np.array([u.min(), v.min(), 0])
    header.add_crs(pyproj.CRS("EPSG:32651"))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = u, v, z
    cloud.write(tmp_path / "utm.laz")
    done = cloud_to_surface(tmp_path / "utm.laz", tmp_path / "d.tif", GRID)
    assert np.nanmedian(heights_of(done.path)[12:28, 22:38]) == pytest.approx(10.0, abs=0.01)


def test_without_a_grid_the_cloud_gives_its_own(tmp_path: Path) -> None:
    done = cloud_to_surface(write_cloud(tmp_path / "c.laz", *a_house()), tmp_path / "d.tif")
    assert 0.1 < done.grid.transform[0] < 0.4 and done.used == 40_000
    assert np.nanmax(heights_of(done.path)) == pytest.approx(10.0, abs=0.01)


@pytest.mark.parametrize("content", [b"", b"not a cloud at all", b"LASF" + bytes(50)])
def test_what_is_no_cloud_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.laz"
    bad.write_bytes(content)
    with pytest.raises(RasterError, match=r"bad\.laz"):
        cloud_to_surface(bad, tmp_path / "d.tif", GRID)


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    whole = write_cloud(tmp_path / "c.laz", *a_house()).read_bytes()
    (tmp_path / "half.laz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RasterError, match=r"half\.laz"):
        cloud_to_surface(tmp_path / "half.laz", tmp_path / "d.tif", GRID)


def test_a_cloud_of_another_place_is_refused(tmp_path: Path) -> None:
    x, y, z = a_house()
    with pytest.raises(RasterError, match="No point"):
        cloud_to_surface(write_cloud(tmp_path / "c.laz", x + 500, y, z), tmp_path / "d.tif", GRID)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="cannot be read"):
        cloud_to_surface(tmp_path / "none.laz", tmp_path / "d.tif", GRID)
