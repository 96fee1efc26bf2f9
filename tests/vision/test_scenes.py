"""A made-up street keeps its word: what it says has changed has, and nothing else of the kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.vision.raster.scenes import make_scene
from chengshu.vision.raster.types import KINDS

SEEDS = range(11, 17)


def test_a_scene_follows_from_its_seed_alone() -> None:
    one, other, third = make_scene(5, 256), make_scene(5, 256), make_scene(6, 256)
    assert np.array_equal(one.before, other.before) and np.array_equal(one.after, other.after)
    assert np.array_equal(one.after_heights, other.after_heights, equal_nan=True)
    assert one.objects == other.objects
    assert not np.array_equal(one.before, third.before)


def test_every_kind_of_change_is_there_in_a_larger_place() -> None:
    kinds = {item.kind for seed in range(3) for item in make_scene(seed, 512, 0.5, changes=200).objects}
    assert kinds == set(KINDS) - {"unclear"}


@pytest.mark.parametrize("seed", SEEDS)
def test_heights_changed_by_what_the_truth_says(seed: int) -> None:
    scene = make_scene(seed, height_noise=0.0, smear_px=0.0)
    gain = scene.after_heights - scene.before_heights
    for number, item in enumerate(scene.objects, start=1):
        inside = scene.labels == number
        assert np.median(gain[inside]) == pytest.approx(item.height_gain_m, abs=0.45), item.kind
        assert inside.sum() * scene.gsd**2 == pytest.approx(item.area_m2, rel=0.06, abs=0.15)


@pytest.mark.parametrize("seed", SEEDS)
def test_roofs_where_nothing_changed_keep_their_height(seed: int) -> None:
    scene = make_scene(seed, changes=0, height_noise=0.0, smear_px=0.0)
    gain = np.abs(scene.after_heights - scene.before_heights)
    assert scene.objects == [] and not scene.labels.any()
    # only edges that wobble, trees that grow, vehicles and water differ
    assert np.mean(gain > 0.3) < 0.25


def test_trees_grow_and_vehicles_come_and_go_without_being_true() -> None:
    scene = make_scene(21, 512, 0.25, changes=0)
    gain = scene.after_heights - scene.before_heights
    assert np.sum(gain > 0.5) > 500 and np.sum(gain < -1.0) > 50


def test_lorries_may_be_parked_in_yards() -> None:
    street, yards = make_scene(22, 512, 0.2, changes=0), make_scene(22, 512, 0.2, changes=0, parked=0.9)
    lifted = np.abs(yards.after_heights - street.after_heights) > 2
    assert yards.objects == [] and lifted.sum() * 0.04 > 30


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), gsd=st.sampled_from((0.1, 0.25, 0.5)), dx=st.floats(-5, 5))
def test_labels_and_objects_agree_in_every_scene(seed: int, gsd: float, dx: float) -> None:
    scene = make_scene(seed, 192, gsd, shift=(dx, -dx / 2))
    assert scene.before.shape == scene.after.shape == (192, 192, 3)
    assert scene.labels.max() <= len(scene.objects)
    for number, item in enumerate(scene.objects, start=1):
        x, y = np.mean(item.outline[:-1], axis=0)
        if item.kind != "demolition":  # the outline of a courtyard house may lie around its middle
            assert scene.labels[int(y), int(x)] == number
        assert item.kind in KINDS and item.area_m2 > 0.8


def test_the_image_after_is_moved_by_the_shift() -> None:
    still = make_scene(31, changes=0, photo=0.0)
    moved = make_scene(31, changes=0, photo=0.0, shift=(4.0, -3.0))
    away = np.abs(moved.after[:-3, 4:].astype(int) - still.after[3:, :-4]).mean()
    same = np.abs(moved.after.astype(int) - still.after).mean()
    assert away < 0.6 * same
    assert moved.shift == (4.0, -3.0)


def test_a_shift_may_be_a_part_of_a_pixel() -> None:
    still = make_scene(31, 256, changes=0, height_noise=0.0)
    half = make_scene(31, 256, changes=0, height_noise=0.0, shift=(0.5, 0.0))
    assert 0 < np.abs(half.after_heights - still.after_heights).mean() < 0.6


def test_surface_models_have_their_faults() -> None:
    plain = make_scene(41, changes=0)
    bent = make_scene(41, changes=0, doming=1.0, bias=0.4, holes=0.05)
    off = bent.after_heights - plain.after_heights
    assert np.nanmedian(off[240:270, 240:270]) == pytest.approx(0.4, abs=0.05)
    corners = [off[:20, :20], off[-20:, -20:], off[:20, -20:], off[-20:, :20]]
    known = [corner for corner in corners if np.isfinite(corner).any()]
    assert [float(np.nanmedian(c)) for c in known] == pytest.approx([1.33] * len(known), abs=0.12)
    assert 0.02 < np.isnan(bent.before_heights).mean() < 0.09


def test_what_is_too_small_too_low_or_hidden_does_not_count() -> None:
    scenes = [make_scene(seed, 512, 0.25, changes=99, holes=0.08) for seed in range(50, 54)]
    objects = [item for scene in scenes for item in scene.objects]
    assert all(item.counts for item in objects if item.hidden == 0 and item.area_m2 > 4
               and abs(item.height_gain_m) > 2.2)  # fmt: skip
    assert not any(item.counts for item in objects if item.area_m2 < 4 or abs(item.height_gain_m) < 2.2)
    assert any(not item.counts for item in objects) and any(item.hidden > 0.3 for item in objects)


def test_a_rebuilt_or_another_place_has_no_list_of_objects() -> None:
    def unlike(**options: Any) -> float:
        """Share of the place whose height differs by two metres, over some places."""
        scenes = [make_scene(seed, 256, 0.2, changes=0, **options) for seed in range(61, 65)]
        assert not any(scene.objects for scene in scenes)
        gains = [np.abs(scene.after_heights - scene.before_heights) for scene in scenes]
        return float(np.mean([np.mean(gain > 2) for gain in gains]))

    assert unlike() < 0.1 < unlike(rebuilt=0.7) and unlike(unrelated=True) > 0.2


def test_an_outline_is_closed_and_lies_inside_the_image() -> None:
    scene = make_scene(71, shift=(5.0, 5.0))
    assert scene.objects
    for item in scene.objects:
        assert item.outline[0] == item.outline[-1]
        assert all(0 <= x <= 512 and 0 <= y <= 512 for x, y in item.outline)
