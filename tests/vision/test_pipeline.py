"""Two files to a list of candidates: whole, in tiles, interrupted, elsewhere; and refusals."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from chengshu.vision.raster import pipeline
from chengshu.vision.raster.flights import Pair, write_pair
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.pipeline import Result, compare, in_processes
from chengshu.vision.raster.truth import score_objects
from chengshu.vision.raster.types import RasterError

SMALL = Options(tile=500, halo=64)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return write_pair(tmp_path_factory.mktemp("flights"), 31, 1400, 1200, 0.05, dsm_gsd=0.1, per_hectare=40)


def run(pair: Pair, **kwargs: object) -> Result:
    return compare(pair.before, pair.after, before_dsm=pair.before_dsm, after_dsm=pair.after_dsm, **kwargs)  # type: ignore[arg-type]


def test_what_changed_between_two_flights_is_found(pair: Pair) -> None:
    result = run(pair)
    score = score_objects(result.candidates, pair.objects, 0.05)
    assert score.objects >= 4
    assert score.recall == 1.0
    assert score.precision >= 0.7
    assert score.height_rmse < 0.3
    assert result.has_heights
    assert result.registration.accepted
    assert result.surface.order == 2


def test_tiles_that_cut_buildings_give_the_things_a_single_tile_gives(pair: Pair) -> None:
    whole, tiled = run(pair), run(pair, options=SMALL)
    score = score_objects(tiled.candidates, pair.objects, 0.05)
    assert score.recall == 1.0
    assert len(tiled.candidates) == pytest.approx(len(whole.candidates), abs=1)
    area = sum(one.area_m2 for one in whole.candidates)
    assert sum(one.area_m2 for one in tiled.candidates) == pytest.approx(area, rel=0.1)


def test_an_interrupted_run_goes_on_and_ends_the_same(pair: Pair, tmp_path: Path) -> None:
    undisturbed = run(pair, options=SMALL)

    def pull_the_plug(done: int, _total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(pair, options=SMALL, work=tmp_path, progress=pull_the_plug)
    told: list[tuple[int, int]] = []
    resumed = run(pair, options=SMALL, work=tmp_path, progress=lambda *at: told.append(at))
    assert told[0] == (4, 9)
    assert told[-1] == (9, 9)
    assert resumed.candidates == undisturbed.candidates


def test_other_settings_do_not_reuse_finished_tiles(pair: Pair, tmp_path: Path) -> None:
    run(pair, options=SMALL, work=tmp_path)
    told: list[int] = []
    run(
        pair, options=Options(tile=500, gain_m=4.0), work=tmp_path, progress=lambda done, _: told.append(done)
    )
    assert told[0] == 1


def test_processes_find_what_one_finds(pair: Pair) -> None:
    assert (
        run(pair, options=SMALL, executor=in_processes(2)).candidates == run(pair, options=SMALL).candidates
    )


def test_permitted_footprints_are_subtracted(pair: Pair, tmp_path: Path) -> None:
    first = run(pair, out=tmp_path / "all.geojson")
    assert first.candidates
    again = run(pair, approved_file=tmp_path / "all.geojson")
    assert again.candidates == []


def test_without_heights_the_list_is_of_low_confidence_and_says_so(pair: Pair) -> None:
    result = compare(pair.before, pair.after)
    assert not result.has_heights
    assert result.remarks[0][0].startswith("low-confidence candidates: without heights")
    assert all(one.height_gain_m is None for one in result.candidates)


def test_plain_pictures_of_equal_size_are_compared_in_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    base = cv2.GaussianBlur(rng.integers(60, 200, (400, 500, 3)).astype(np.uint8), (0, 0), 3)
    after = base.copy()
    after[100:180, 200:300] = (200, 120, 40)  # blue, as OpenCV orders the channels
    for name, image in (("a", base), ("b", after)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
    result = compare(tmp_path / "a.png", tmp_path / "b.png")
    assert any("no coordinates" in text for text, _ in result.remarks)
    assert all("area" not in one.measures for one in result.candidates)


def test_another_place_is_refused_in_one_sentence(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    from chengshu.vision.raster.types import Registration

    monkeypatch.setattr(pipeline, "register_pair", lambda *_, **__: Registration(matches=False))
    with pytest.raises(RasterError, match=r"^The two images do not show the same place\.$"):
        run(pair)


def test_a_work_folder_that_is_a_file_is_refused(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("")
    with pytest.raises(RasterError, match="work folder cannot be written"):
        run(pair, work=tmp_path / "work")


def test_places_spread_over_a_large_extent_are_few_and_reach_its_edges() -> None:
    places = pipeline.spread((100_000, 60_000))
    assert len(places) <= 81
    assert max(x + width for x, _, width, _ in places) > 99_000
    assert max(y + height for _, y, _, height in places) > 59_000
    assert sum(w * h for _, _, w, h in pipeline.spread((700, 300))) == 700 * 300
