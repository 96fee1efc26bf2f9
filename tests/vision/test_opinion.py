"""A network of one's own beside the heights: heard among the reasons, and it moves no score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from chengshu.vision.raster import models
from chengshu.vision.raster.flights import Pair, write_pair
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.pipeline import Result, compare
from chengshu.vision.raster.types import RasterError
from tests.vision.test_models import declared, network

TILED = Options(tile=700, halo=64)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return write_pair(tmp_path_factory.mktemp("flights"), 31, 1400, 1200, 0.05, dsm_gsd=0.1, per_hectare=40)


def run(flights: Pair, options: Options) -> Result:
    surfaces = {"before_dsm": flights.before_dsm, "after_dsm": flights.after_dsm}
    return compare(flights.before, flights.after, options=options, **surfaces)


def plain_pair(folder: Path) -> list[Path]:
    """Grass with texture; on the later picture a bright block."""
    before = np.random.default_rng(3).integers(80, 120, (400, 500, 3), np.uint8)
    after = before.copy()
    after[150:220, 200:300] = 235
    files = [folder / "before.png", folder / "after.png"]
    for file, image in zip(files, (before, after), strict=True):
        cv2.imwrite(str(file), image)
    return files


@pytest.mark.parametrize("heights", [True, False])
def test_what_it_thinks_of_each_candidate_stands_among_the_reasons(
    flights: Pair, tmp_path: Path, heights: bool
) -> None:
    manifest = declared(tmp_path, network(tmp_path), name="roofs")
    options = replace(TILED, model=str(manifest), model_threshold=0.8)
    heard = run(flights, options) if heights else compare(*plain_pair(tmp_path), options=options)
    assert heard.candidates
    for one in heard.candidates:
        text, values = one.reasons[-1]
        assert "%(name)s" in text and values["name"] == "roofs"
        assert values["share"] == round(100 * one.measures["model"]) and 0 <= one.measures["model"] <= 1


def test_with_heights_it_moves_no_score(flights: Pair, tmp_path: Path) -> None:
    manifest = declared(tmp_path, network(tmp_path))
    plain, heard = run(flights, TILED), run(flights, replace(TILED, model=str(manifest)))
    assert [one.score for one in heard.candidates] == [one.score for one in plain.candidates]
    assert not any("model" in one.measures for one in plain.candidates)


def test_other_weights_do_not_go_on_with_finished_tiles(flights: Pair, tmp_path: Path) -> None:
    options = replace(TILED, model=str(declared(tmp_path, network(tmp_path))))
    files = {"before_dsm": flights.before_dsm, "after_dsm": flights.after_dsm, "work": tmp_path / "work"}
    compare(flights.before, flights.after, options=options, **files)
    declared(tmp_path, network(tmp_path, reach=5))
    compare(flights.before, flights.after, options=options, **files)
    assert len(list((tmp_path / "work").iterdir())) == 2


def test_a_manifest_that_is_not_there_is_refused_at_once(flights: Pair, tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="manifest"):
        run(flights, replace(TILED, model=str(tmp_path / "none.yaml")))


def test_the_device_is_the_one_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = network(tmp_path)
    assert models.OnnxModel.load(declared(tmp_path, weights, device="cpu")).provider.startswith("CPU")
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(RasterError, match="GPU"):
        models.OnnxModel.load(declared(tmp_path, weights, device="gpu"))
    with pytest.raises(RasterError, match="device"):
        models.read_manifest(declared(tmp_path, weights, device="tpu"))
