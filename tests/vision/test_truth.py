"""Scores say what they claim: counted by hand on small cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.vision.raster.scenes import Truth, make_scene
from chengshu.vision.raster.truth import auc, score_mask, score_objects
from chengshu.vision.raster.types import Candidate, RasterError, Ring


def square(x: float, y: float, side: float) -> Ring:
    """A closed square."""
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]


def find(x: float, y: float, side: float, gain: float | None = 3.0, kind: str = "extension") -> Candidate:
    """Something found, pixels of one metre."""
    return Candidate(square(x, y, side), side * side, kind, 0.9, gain)


def known(x: float, y: float, side: float, counts: bool = True, kind: str = "extension") -> Truth:
    """Something true."""
    return Truth(square(x, y, side), kind, 3.0, side * side, counts)


def test_half_found_and_half_wrong_is_a_third_of_the_union() -> None:
    truth, found = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    truth[0], found[0, :2], found[1, :2] = True, True, True
    score = score_mask(found, truth)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)
    assert score.iou == pytest.approx(2 / 6)


def test_nothing_changed_and_nothing_found_is_right() -> None:
    nothing = np.zeros((3, 3), bool)
    assert score_mask(nothing, nothing).f1 == 1.0
    assert score_mask(~nothing, nothing).f1 == 0.0


def test_pixels_outside_the_valid_area_are_not_judged() -> None:
    truth, found = np.zeros((2, 2), bool), np.ones((2, 2), bool)
    truth[0, 0] = True
    assert score_mask(found, truth, truth).precision == 1.0


def test_masks_of_different_size_are_refused() -> None:
    with pytest.raises(RasterError, match="same size"):
        score_mask(np.zeros((2, 2), bool), np.zeros((2, 3), bool))


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_the_ranking_equals_counting_all_pairs(rows: list[tuple[int, bool]]) -> None:
    score = np.array([[value for value, _ in rows]], dtype=np.float32)
    truth = np.array([[changed for _, changed in rows]])
    ups = [value for value, changed in rows if changed]
    downs = [value for value, changed in rows if not changed]
    if not ups or not downs:
        with pytest.raises(RasterError):
            auc(score, truth)
        return
    wins = sum((u > d) + 0.5 * (u == d) for u in ups for d in downs)
    assert auc(score, truth) == pytest.approx(wins / len(ups) / len(downs))


def test_one_right_one_missed_one_wrong() -> None:
    score = score_objects([find(0, 0, 5), find(50, 50, 5)], [known(0, 0, 5), known(20, 20, 5)], 1.0)
    assert (score.recall, score.precision, score.f1) == (0.5, 0.5, 0.5)
    assert score.pairs == [(0, 0)] and score.missed == [1] and score.wrong == [1]


def test_a_second_fragment_of_the_same_thing_is_wrong() -> None:
    halves = [find(0, 0, 10), Candidate(square(0, 0, 3), 9.0, "extension", 0.5)]
    score = score_objects(halves, [known(0, 0, 10)], 1.0)
    assert score.recall == 1.0 and score.precision == 0.5


def test_what_does_not_count_is_neither_missed_nor_wrong() -> None:
    score = score_objects([find(0, 0, 3)], [known(0, 0, 3, counts=False)], 1.0)
    assert score.ignored == 1 and score.found == 0 and math.isnan(score.recall)


def test_a_small_thing_matches_by_its_centre_a_large_one_does_not() -> None:
    small = score_objects([find(0.7, 0.7, 0.9)], [known(0, 0, 2)], 1.0)
    large = score_objects([find(7, 7, 9)], [known(0, 0, 20)], 1.0)
    assert small.recall == 1.0 and large.recall == 0.0


def test_recall_and_precision_are_told_for_every_size() -> None:
    score = score_objects([find(0, 0, 2.5), find(60, 0, 8)], [known(0, 0, 2.5), known(30, 0, 12)], 1.0)
    assert score.by_size["4-10"].recall == 1.0 and score.by_size["4-10"].precision == 1.0
    assert score.by_size[">=100"].recall == 0.0 and math.isnan(score.by_size[">=100"].precision)
    assert score.by_size["30-100"].precision == 0.0


def test_errors_of_area_height_and_kind_are_those_of_the_matched() -> None:
    score = score_objects(
        [find(0, 0, 9, gain=3.4), find(100, 0, 10, gain=None, kind="demolition")],
        [known(0, 0, 10), known(100, 0, 10)], 1.0,
    )  # fmt: skip
    assert score.area_error == pytest.approx(19 / 200)
    assert score.area_error_median == pytest.approx(19 / 200)
    assert score.height_rmse == pytest.approx(0.4)
    assert score.kind_share == 0.5
    assert score.as_dict()["by_size"][">=100"]["objects"] == 2


def test_the_truth_of_a_scene_scores_full_marks_against_itself() -> None:
    scene = make_scene(3)
    perfect = [Candidate(t.outline, t.area_m2, t.kind, 1.0, t.height_gain_m) for t in scene.objects]
    score = score_objects(perfect, scene.objects, scene.gsd)
    assert (score.recall, score.precision, score.kind_share) == (1.0, 1.0, 1.0)
    assert score.area_error == 0.0 and score.height_rmse == 0.0
