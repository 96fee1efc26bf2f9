"""A point cloud in the place of a surface model: looked at, made a surface once, kept, never trusted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pyproj
import pytest

from chengshu.sensing import clouds, library
from chengshu.sensing.models import Flight
from chengshu.sensing.queries import heights
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import comparing
from tests.sensing import scene
from tests.sensing.conftest import Sky, fly, work


def write_cloud(
    path: Path, houses: dict[float, Any], *, crs: str | None = scene.CRS, corner: Any = None
) -> Path:
    """Points over the scene: ground at 4 m, roofs as high above it as said."""
    left, top = corner or scene.origin()
    rng = np.random.default_rng(7)
    x, y = rng.uniform(0, scene.SIZE, (2, 60_000))
    z = np.full(len(x), 4.0)
    for height, ring in houses.items():
        (x0, y0), (x1, y1) = ring[0], ring[2]
        z[(x >= x0) & (x < x1) & (y >= y0) & (y < y1)] += height
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = np.array([0.001] * 3), np.array([left, top, 0])
    if crs:
        header.add_crs(pyproj.CRS(crs))
    points = laspy.LasData(header)
    points.x, points.y, points.z = left + x * scene.GSD, top - y * scene.GSD, z
    points.write(path)
    return path


def flown(sky: Sky, name: str, day: date, houses: dict[float, Any], **how: Any) -> Flight:
    """A mosaic of its own with a cloud."""
    scene.write_mosaic(sky.folder / f"{name}.tif", list(houses.values()))
    write_cloud(sky.folder / f"{name}.laz", houses, **how)
    return fly(sky.district, sky.clerk, name, day, dsm=f"{name}.laz")


@pytest.fixture
def pair(sky: Sky) -> tuple[Flight, Flight]:
    """May with the old house, June with the new one; the second cloud names no coordinate system."""
    return (
        flown(sky, "may", date(2020, 5, 2), {6.0: scene.GONE}),
        flown(sky, "june", date(2020, 6, 2), {6.5: scene.HOUSE}, crs=None),
    )


def test_the_comparison_makes_surface_models_of_the_clouds_and_keeps_them(
    sky: Sky, pair: tuple[Flight, Flight]
) -> None:
    given: list[dict[str, Any]] = []
    answer = scene.answering(scene.found(scene.candidate()))

    def library_compare(*files: Path, **how: Any) -> Any:
        given.append(how)
        return answer(*files, **how)

    sky.monkeypatch.setattr(library, "compare", library_compare)
    made = comparing.compare(*pair, by=sky.clerk)
    work()
    made.refresh_from_db()
    assert made.state == "done", made.problem
    assert [given[0][name].suffix for name in ("before_dsm", "after_dsm")] == [".tif", ".tif"]
    kept = [sky.folder / clouds.heights_of(flight) for flight in pair]
    written = [one.stat().st_mtime_ns for one in kept]
    for flight in pair:
        clouds.make_surface(flight, lambda _done, _all: None)
    assert [one.stat().st_mtime_ns for one in kept] == written
    lng, lat = sky_place(scene.HOUSE)
    before, after = (heights.heights_at(flight, lng, lat)[0] for flight in pair)
    assert before == pytest.approx(4.0, abs=0.05) and after == pytest.approx(10.5, abs=0.05)


def sky_place(ring: Any) -> tuple[np.ndarray, np.ndarray]:
    """The middle of a ring in degrees."""
    (x0, y0), (x1, y1) = ring[0], ring[2]
    left, top = scene.origin()
    to = pyproj.Transformer.from_crs(scene.CRS, "EPSG:4326", always_xy=True)
    lng, lat = to.transform(left + (x0 + x1) / 2 * scene.GSD, top - (y0 + y1) / 2 * scene.GSD)
    return np.array([lng]), np.array([lat])


@pytest.mark.parametrize(
    ("content", "corner", "words"),
    [
        (b"LASF" + b"\0" * 400, None, "点云"),
        (b"not a cloud", None, "点云"),
        (None, (300_000.0, 3_000_000.0), "覆盖"),
    ],
)
def test_what_is_no_cloud_of_this_mosaic_is_refused(
    sky: Sky, content: bytes | None, corner: Any, words: str
) -> None:
    scene.write_mosaic(sky.folder / "other.tif", [])
    cloud = sky.folder / "other.laz"
    if content is None:
        write_cloud(cloud, {}, corner=corner)
    else:
        cloud.write_bytes(content)
    with pytest.raises(SensingProblem, match=words) as refused:
        fly(sky.district, sky.clerk, "other", date(2020, 5, 3), dsm="other.laz")
    assert refused.value.field == "dsm"


def test_a_cloud_is_no_mosaic_and_does_not_come_from_s3(sky: Sky, settings: Any) -> None:
    write_cloud(sky.folder / "cloud.laz", {})
    with pytest.raises(SensingProblem):
        fly(sky.district, sky.clerk, "cloud", date(2020, 5, 3), mosaic="cloud.laz", dsm="")
    settings.FLIGHT_BUCKETS = frozenset({"sky"})
    with pytest.raises(SensingProblem, match="S3"):
        scene.write_mosaic(sky.folder / "third.tif", [])
        fly(sky.district, sky.clerk, "third", date(2020, 5, 3), dsm="s3://sky/cloud.laz")
