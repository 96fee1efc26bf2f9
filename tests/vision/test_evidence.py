"""What two pictures alone say about building: suspicion, not proof."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from chengshu.vision.raster.evidence import change_evidence, table
from chengshu.vision.raster.scenes import make_scene
from chengshu.vision.raster.truth import auc, score_mask
from chengshu.vision.raster.types import Image, Mask, RasterError

PIXEL_M = 0.25


def field(seed: int, size: int = 512) -> Image:
    """Bare ground and scrub, 128 m by 128 m, with soft blotches as soil has them."""
    rng = np.random.default_rng(seed)
    blotches = cv2.GaussianBlur(rng.normal(0, 60, (size, size)).astype(np.float32), (0, 0), 6)
    ground = np.dstack([120 + blotches, 112 + blotches, 92 + blotches]) + rng.normal(0, 4, (size, size, 3))
    return np.clip(ground, 0, 255).astype(np.uint8)


def with_houses(image: Image, corners: list[tuple[int, int]]) -> tuple[Image, Mask]:
    """Houses of 15 m by 20 m with a ridge, chimney and shadow; and where they stand."""
    built, where = image.copy(), np.zeros(image.shape[:2], bool)
    for x, y in corners:
        cv2.rectangle(built, (x + 8, y + 8), (x + 68, y + 90), (30, 30, 34), -1)
        cv2.rectangle(built, (x, y), (x + 60, y + 80), (178, 176, 174), -1)
        cv2.rectangle(built, (x + 30, y), (x + 60, y + 80), (140, 139, 140), -1)
        cv2.rectangle(built, (x + 12, y + 20), (x + 20, y + 28), (90, 88, 88), -1)
        where[y : y + 80, x : x + 60] = True
    return built, where


PLACES = [(60, 70), (300, 90), (180, 310), (380, 330)]


def everywhere(image: Image) -> Mask:
    return np.ones(image.shape[:2], bool)


@pytest.mark.parametrize("season", [(1.0, 1.0, 1.0), (0.75, 0.8, 0.85), (1.15, 1.1, 1.0)])
def test_new_houses_stand_out_whatever_the_light(season: tuple[float, float, float]) -> None:
    before = field(1)
    after, where = with_houses(field(2), PLACES)
    after = np.clip(after * np.array(season), 0, 255).astype(np.uint8)
    found = change_evidence(before, after, everywhere(before), PIXEL_M)
    assert found.score[where].mean() > 0.6
    assert found.score[where].mean() > 2 * found.score[~where].mean()
    assert found.changed[where].mean() > 0.7


def test_demolition_is_seen_as_something_that_vanished() -> None:
    after = field(4)
    before, where = with_houses(field(3), PLACES)
    found = change_evidence(before, after, everywhere(before), PIXEL_M)
    assert found.vanished[where].mean() > found.appeared[where].mean()
    assert found.vanished[where].mean() > 2 * found.vanished[~where].mean()


def test_the_same_village_on_another_day_has_not_changed() -> None:
    before, _ = with_houses(field(5), PLACES)
    noise = np.random.default_rng(9).normal(0, 3, before.shape)
    after = np.clip(before * 0.85 + 12 + noise, 0, 255).astype(np.uint8)
    found = change_evidence(before, after, everywhere(before), PIXEL_M)
    assert found.changed.mean() < 0.01


def test_scores_are_shares_and_nothing_in_holes() -> None:
    before = field(6)
    after, _ = with_houses(before, PLACES)
    valid = everywhere(before)
    valid[:, :200] = False
    found = change_evidence(before, after, valid, PIXEL_M)
    assert found.score.min() >= 0 and found.score.max() <= 1
    assert not found.score[:, :200].any() and not found.changed[:, :200].any()
    assert found.score.dtype == np.float32 and found.score.shape == valid.shape


def test_a_picture_that_does_not_say_its_pixel_size_is_taken_at_half_a_metre() -> None:
    before = field(7, 256)
    after, _ = with_houses(before, [(60, 60)])
    unknown = change_evidence(before, after, everywhere(before), None)
    half = change_evidence(before, after, everywhere(before), 0.5)
    assert (unknown.score == half.score).all()


@pytest.mark.parametrize("size", [(9, 40), (1, 1), (33, 8)])
def test_slivers_at_the_edge_of_a_flight_are_scored_too(size: tuple[int, int]) -> None:
    before = field(8)[: size[0], : size[1]]
    found = change_evidence(before, before, everywhere(before), 0.05)
    assert found.score.shape == size


def test_every_measure_has_a_scale_and_at_most_two_votes() -> None:
    for one in table()["measures"].values():
        assert one["scale"] > 0
        assert {one["appeared"], one["vanished"]} <= {-1, 0, 1, 2}


def test_unequal_pictures_are_refused() -> None:
    before = field(8)
    with pytest.raises(RasterError, match="of one size"):
        change_evidence(before, before[1:], everywhere(before), None)


def test_in_generated_streets_what_changed_scores_higher_than_what_did_not() -> None:
    """Another season, other sun, moved cars; extensions and storeys included. Chance is 0.5."""
    scores, truths = [], []
    for seed in range(40, 43):
        scene = make_scene(seed, 640, 0.1)
        found = change_evidence(scene.before, scene.after, everywhere(scene.before), 0.1)
        scores.append(found.score)
        truths.append(scene.labels > 0)
    assert auc(np.stack(scores), np.stack(truths)) > 0.75


def test_the_same_street_photographed_twice_has_hardly_changed() -> None:
    scene = make_scene(50, 640, 0.1, changes=0, photo=0.3)
    found = change_evidence(scene.before, scene.after, everywhere(scene.before), 0.1)
    assert found.changed.mean() < 0.05


REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "change" / "levir"


def test_on_real_pairs_ours_beats_everything_changed_and_the_plain_indices() -> None:
    if not REAL.is_dir():
        pytest.skip("no real pairs beside the project (../shared/data/change)")
    scores, truths = [], []
    for path in sorted((REAL / "A").glob("*.png")):
        before, after = (
            cv2.cvtColor(cv2.imread(str(REAL / part / path.name)), cv2.COLOR_BGR2RGB) for part in "AB"
        )
        truths.append(cv2.imread(str(REAL / "label" / path.name), cv2.IMREAD_GRAYSCALE) > 127)
        scores.append(change_evidence(before, after, everywhere(before), 0.5).score)
    score, truth = np.stack(scores), np.stack(truths)
    assert auc(score, truth) > 0.83, "the best plain index reaches 0.65"
    assert score_mask(score > 0.5, truth).f1 > 0.45, "everything changed 0.27, the best plain index 0.34"
