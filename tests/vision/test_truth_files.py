"""Results and truth as people keep them: GeoJSON in any system, label masks; and the command that scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner

from chengshu.config.commands.drone_score import scene, score
from chengshu.vision.raster.flights import write_scene
from chengshu.vision.raster.truth_files import read_layer, score_files
from chengshu.vision.raster.types import RasterError

METRES = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}


def collection(path: Path, squares: list[tuple[float, float, float]], **more: Any) -> Path:
    """A GeoJSON file of squares (left, lower, side)."""
    features = [
        {
            "type": "Feature",
            "properties": {"kind": "new_building", "score": 0.9, "height_gain_m": 3.0},
            "geometry": {"type": "Polygon", "coordinates": [[
                [x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y],
            ]]},
        }
        for x, y, side in squares
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


def test_polygons_in_metres_are_scored_in_square_metres(tmp_path: Path) -> None:
    truth = collection(tmp_path / "t.geojson", [(621000, 3451000, 10), (621100, 3451000, 5)], crs=METRES)
    found = collection(tmp_path / "r.geojson", [(621000, 3451000, 10)], crs=METRES)
    measured = score_files(found, truth)
    assert measured.metric and measured.pixels.recall == pytest.approx(0.8)
    assert measured.objects.recall == 0.5 and measured.objects.by_size["10-30"].recall == 0.0


def test_where_a_truth_does_not_count_no_pixel_is_judged(tmp_path: Path) -> None:
    truth = collection(tmp_path / "t.geojson", [(0, 0, 10), (50, 50, 5)], crs=METRES)
    held = json.loads(truth.read_text(encoding="utf-8"))
    held["features"][1]["properties"]["counts"] = False
    truth.write_text(json.dumps(held), encoding="utf-8")
    both = collection(tmp_path / "r.geojson", [(0, 0, 10), (50, 50, 5)], crs=METRES)
    one = collection(tmp_path / "s.geojson", [(0, 0, 10)], crs=METRES)
    assert score_files(both, truth).pixels == score_files(one, truth).pixels
    assert score_files(both, truth).objects.ignored == 1


def test_a_result_in_degrees_meets_a_truth_in_metres(tmp_path: Path) -> None:
    over = pyproj.Transformer.from_crs("EPSG:4549", "EPSG:4326", always_xy=True)
    ring = [(621000, 3451000), (621010, 3451000), (621010, 3451010), (621000, 3451010), (621000, 3451000)]
    shape = {"type": "Polygon", "coordinates": [[list(over.transform(x, y)) for x, y in ring]]}
    found = tmp_path / "r.geojson"
    found.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shape}), encoding="utf-8")
    truth = collection(tmp_path / "t.geojson", [(621000, 3451000, 10)], crs=METRES)
    assert score_files(found, truth).pixels.iou == pytest.approx(1.0, abs=1e-3)
    # and both in degrees: areas are still square metres
    by_size = score_files(found, found).objects.by_size
    assert by_size["30-100"].objects + by_size[">=100"].objects == 1


def test_pixels_are_scored_against_a_plain_mask(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 10:20], mask[40:50, 40:50] = 255, 255
    cv2.imwrite(str(tmp_path / "t.png"), mask)
    found = collection(tmp_path / "r.geojson", [(10, 10, 10)], chengshu={"coordinates": "pixel"})
    measured = score_files(found, tmp_path / "t.png")
    assert not measured.metric
    assert measured.pixels.precision == 1.0 and measured.pixels.recall == 0.5


def test_a_label_mask_tells_touching_things_apart(tmp_path: Path) -> None:
    labels = np.zeros((32, 32), np.uint16)
    labels[4:12, 4:12], labels[4:12, 12:20] = 1, 2
    with rasterio.open(
        tmp_path / "t.tif", "w", driver="GTiff", width=32, height=32, count=1, dtype="uint16",
        crs="EPSG:4549", transform=Affine(0.5, 0, 621000, 0, -0.5, 3451000),
    ) as target:  # fmt: skip
        target.write(labels, 1)
    layer = read_layer(tmp_path / "t.tif")
    assert [shape.area for shape in layer.shapes] == [16.0, 16.0] and layer.crs == "EPSG:4549"


def test_a_written_scene_scores_full_marks_against_itself(tmp_path: Path) -> None:
    objects = write_scene(tmp_path, 3, 256, 0.2)
    measured = score_files(tmp_path / "truth.geojson", tmp_path / "truth.geojson")
    assert measured.objects.objects == sum(item.counts for item in objects)
    assert measured.objects.recall == measured.objects.precision == 1.0
    assert measured.objects.height_rmse == 0.0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"features": 3}', '{"type": "FeatureCollection"}'])
def test_what_is_not_geojson_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.geojson").write_text(content, encoding="utf-8")
    with pytest.raises(RasterError, match=r"x\.geojson is not GeoJSON"):
        read_layer(tmp_path / "x.geojson")


def test_pixels_and_coordinates_do_not_mix(tmp_path: Path) -> None:
    found = collection(tmp_path / "r.geojson", [(10, 10, 10)], chengshu={"coordinates": "pixel"})
    truth = collection(tmp_path / "t.geojson", [(10, 10, 10)])
    with pytest.raises(RasterError, match="coordinates of the earth"):
        score_files(found, truth)


def test_a_mask_that_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.png").write_bytes(b"no image")
    with pytest.raises(RasterError, match=r"t\.png cannot be read"):
        read_layer(tmp_path / "t.png")


def test_an_unknown_system_is_named(tmp_path: Path) -> None:
    named = {"type": "name", "properties": {"name": "EPSG:0"}}
    found = collection(tmp_path / "r.geojson", [(10, 10, 10)], crs=named)
    with pytest.raises(RasterError, match="EPSG:0 is not known"):
        score_files(found, found)


def test_the_command_writes_a_place_and_scores_it(tmp_path: Path) -> None:
    run = CliRunner()
    made = run.invoke(scene, [str(tmp_path / "s"), "--seed", "4", "--size", "512", "--json"])
    assert made.exit_code == 0, made.output
    assert json.loads(made.output)["objects"] >= 1
    truth = str(tmp_path / "s" / "truth.geojson")
    told = run.invoke(score, [truth, truth, "--json"])
    assert json.loads(told.output)["pixels"]["f1"] == 1.0
    assert "F1" in run.invoke(score, [truth, truth]).output
    again = run.invoke(scene, [str(tmp_path / "s")])
    assert again.exit_code != 0
