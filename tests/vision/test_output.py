"""The result as others read it: GeoJSON in degrees, on a local grid, or honestly in pixels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely.geometry import shape

from chengshu.vision.raster.grid import Grid
from chengshu.vision.raster.heights import Surface
from chengshu.vision.raster.output import geojson, rings_on_grid, summary, write_geojson
from chengshu.vision.raster.pipeline import Result
from chengshu.vision.raster.types import Candidate, RasterError, Registration

SHED = Candidate(
    [(100.0, 100.0), (140.0, 100.0), (140.0, 160.0), (100.0, 160.0), (100.0, 100.0)],
    6.0, "temporary_shed", 0.82, 2.61234, 2400,
    [("%(metres).1f m higher than before", {"metres": 2.6}), ("before, open ground", {})], {"area": 6.0},
)  # fmt: skip
LOCAL = (
    'ENGCRS["town grid",EDATUM["unknown"],CS[Cartesian,2],'
    'AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
)


def result(crs: str | None, pixel_m: float | None = 0.05) -> Result:
    grid = Grid(crs, (0.05, 0.0, 500_000.0, 0.0, -0.05, 3_450_000.0), 2000, 1000, pixel_m)
    return Result(grid, Registration(1.2, -0.4, True), [SHED], True, [], Surface())


def test_with_coordinates_it_is_in_degrees_and_turns_the_right_way() -> None:
    held = geojson(result("EPSG:4549"))
    assert held["chengshu"]["coordinates"] == "wgs84"
    outline = shape(held["features"][0]["geometry"])
    assert outline.exterior.is_ccw
    lng, lat = outline.centroid.coords[0]
    assert 119.9 < lng < 120.1
    assert 31.0 < lat < 31.3
    assert "crs" not in held


def test_a_local_system_tied_to_nothing_stays_what_it_is() -> None:
    held = geojson(result(LOCAL))
    assert held["chengshu"]["coordinates"] == "grid"
    assert shape(held["features"][0]["geometry"]).area == pytest.approx(6.0, rel=0.01)


def test_without_coordinates_it_says_pixels_and_claims_no_area() -> None:
    bare = result(None, None)
    bare.candidates[0] = Candidate(SHED.outline, 0.0, "unclear", 0.2, None, 2400, [], {})
    held = geojson(bare)
    assert held["chengshu"]["coordinates"] == "pixel"
    assert held["features"][0]["properties"]["area_m2"] is None
    assert held["features"][0]["properties"]["height_gain_m"] is None
    assert held["chengshu"]["area_m2"] is None


def test_reasons_are_words_and_can_still_be_translated() -> None:
    about = geojson(result("EPSG:4549"))["features"][0]["properties"]
    assert about["reasons"] == ["2.6 m higher than before", "before, open ground"]
    assert about["reason_texts"][0] == ["%(metres).1f m higher than before", {"metres": 2.6}]
    assert about["height_gain_m"] == 2.61


def test_the_summary_is_plain_json() -> None:
    told = json.loads(json.dumps(summary(result("EPSG:4549"))))
    assert told["by_kind"] == {"temporary_shed": 1}
    assert told["confidence"] == "normal"
    assert told["registration"]["accepted"] is True


def test_what_was_written_can_be_read_back_as_permitted_footprints(tmp_path: Path) -> None:
    for crs in ("EPSG:4549", LOCAL, None):
        given = result(crs)
        write_geojson(given, tmp_path / "permits.geojson")
        [ring] = rings_on_grid(tmp_path / "permits.geojson", given.grid)
        assert sorted((round(x), round(y)) for x, y in ring[:-1]) == [
            (100, 100), (100, 160), (140, 100), (140, 160),
        ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}']
)
def test_a_file_that_holds_no_polygons_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "permits.geojson"
    path.write_text(text)
    with pytest.raises(RasterError, match=r"permits\.geojson is not a GeoJSON file of polygons\."):
        rings_on_grid(path, result("EPSG:4549").grid)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="cannot be written"):
        write_geojson(result("EPSG:4549"), tmp_path / "missing" / "x.geojson")
