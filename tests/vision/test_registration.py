"""How far one flight lies beside the other: right to a part of a pixel, or the coordinates are kept."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.vision.raster.grid import open_pair
from chengshu.vision.raster.registration import displacement, register, register_pair
from chengshu.vision.raster.registration.estimate import combine, plan
from chengshu.vision.raster.registration.field import local_field
from chengshu.vision.raster.registration.structure import gray
from chengshu.vision.raster.scenes import Scene, make_scene
from chengshu.vision.raster.types import Registration

REAL = Path(__file__).parents[3] / "shared" / "data" / "change"


def town(seed: int, size: int = 700) -> np.ndarray:
    """Grey houses of many sizes on a mottled ground: quickly drawn, and nowhere alike."""
    rng = np.random.default_rng(seed)
    plane = cv2.GaussianBlur(rng.uniform(0, 255, (size, size)).astype(np.float32), (0, 0), 3) * 0.6 + 40
    for _ in range(size * size // 2500):
        centre, sides = rng.uniform(0, size, 2), rng.uniform(8, 50, 2)
        corners = cv2.boxPoints((centre.tolist(), sides.tolist(), rng.uniform(0, 90)))
        cv2.fillPoly(plane, [np.round(corners * 16).astype(np.int32)], rng.uniform(60, 240), cv2.LINE_AA, 4)
    return plane


def seen(plane: np.ndarray, dx: float, dy: float, size: int = 512, noise: int = 0) -> np.ndarray:
    """The middle of a larger plane as a camera shows it when it is shifted by (dx, dy)."""
    margin = (plane.shape[0] - size) / 2
    matrix = np.array([[1, 0, dx - margin], [0, 1, dy - margin]], np.float32)
    part = cv2.warpAffine(plane, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return part + np.random.default_rng(noise).normal(0, 3, part.shape).astype(np.float32)


def everywhere(plane: np.ndarray) -> np.ndarray:
    return np.ones(plane.shape, bool)


def of_scene(scene: Scene, **options: int) -> Registration:
    return register(gray(scene.before), gray(scene.after), everywhere(scene.labels), **options)


def away(found: Registration, dx: float, dy: float) -> float:
    return math.hypot(found.dx - dx, found.dy - dy)


class TestShifts:
    @settings(max_examples=12, deadline=None)
    @given(
        st.integers(0, 1000), st.floats(-30, 30), st.floats(-30, 30), st.floats(0.4, 1.3), st.floats(0.7, 1.4)
    )
    def test_any_shift_is_found_in_other_light_or_the_coordinates_are_kept(
        self, seed: int, dx: float, dy: float, gain: float, gamma: float
    ) -> None:
        place = town(seed)
        before = seen(place, 0, 0)
        after = 255 * (seen(place, dx, dy, noise=1).clip(0, 255) / 255) ** gamma * gain
        found = register(before, after.astype(np.float32), everywhere(before))
        assert found.matches
        assert found.accepted
        assert away(found, dx, dy) < 0.5
        assert found.peak_to_noise > 8

    @pytest.mark.parametrize(("seed", "shift"), [(3, (0.0, 0.0)), (4, (4.3, -2.6)), (5, (-12.0, 9.4))])
    def test_another_season_and_another_sun(self, seed: int, shift: tuple[float, float]) -> None:
        found = of_scene(make_scene(seed, shift=shift))
        assert found.accepted, found.reason
        assert away(found, *shift) < 0.5

    def test_sixty_of_a_hundred_buildings_replaced(self) -> None:
        for seed in (1, 2, 3):
            found = of_scene(make_scene(seed, shift=(3.0, 4.0), rebuilt=0.6))
            assert found.matches
            assert not found.accepted or away(found, 3.0, 4.0) < 1

    def test_the_same_shift_the_other_way_round(self) -> None:
        place = town(8)
        a, b = seen(place, 0, 0), seen(place, 7.5, -3.25, noise=1)
        there, back = register(a, b, everywhere(a)), register(b, a, everywhere(a))
        assert away(there, -back.dx, -back.dy) < 0.2

    def test_a_hole_in_one_flight_has_no_edges(self) -> None:
        place = town(9)
        a, b = seen(place, 0, 0), seen(place, 6, 2, noise=1)
        valid = everywhere(a)
        valid[100:300, 50:350] = False
        a[~valid] = b[~valid] = 0
        found = register(a, b, valid)
        assert found.accepted
        assert away(found, 6, 2) < 0.3


class TestDoubt:
    def test_another_place_is_refused(self) -> None:
        found = of_scene_pair(make_scene(1), make_scene(50))
        assert not found.accepted
        assert not found.matches
        assert found.reason == "The images do not seem to show the same place."

    @pytest.mark.parametrize("seed", range(6))
    def test_two_towns_that_have_nothing_in_common_are_never_brought_together(self, seed: int) -> None:
        a, b = seen(town(seed), 0, 0), seen(town(seed + 100), 0, 0, noise=1)
        found = register(a, b, everywhere(a))
        assert not found.accepted
        assert (found.dx, found.dy) == (0, 0)
        assert not found.matches

    def test_a_small_picture_is_not_enough_to_say_that_it_is_another_place(self) -> None:
        a, b = seen(town(1), 0, 0, 256), seen(town(2), 0, 0, 256, noise=1)
        found = register(a, b, everywhere(a), max_shift_px=32)
        assert (found.accepted, found.matches) == (False, True)
        assert "the coordinates are kept" in found.reason

    def test_a_shift_beyond_the_bound_is_not_corrected(self) -> None:
        place = town(4)
        a, b = seen(place, 0, 0), seen(place, 20, 0, noise=1)
        found = register(a, b, everywhere(a), max_shift_px=16)
        assert not found.accepted
        assert found.matches
        assert found.reason.startswith("The images are shifted by more than can be corrected")

    def test_an_empty_field_has_nothing_to_hold_on_to(self) -> None:
        plane = np.full((512, 512), 120, np.float32)
        found = register(plane, plane, everywhere(plane))
        assert (found.accepted, found.matches) == (False, True)
        assert found.reason.startswith("There is too little structure")

    def test_a_single_straight_road_says_nothing_along_itself(self) -> None:
        rng = np.random.default_rng(5)
        a = np.full((512, 512), 120, np.float32)
        a[240:262] = 60
        b = np.roll(a, 3, axis=0)
        noisy = [(plane + rng.normal(0, 4, plane.shape)).astype(np.float32) for plane in (a, b)]
        assert not register(*noisy, everywhere(a)).accepted

    def test_rows_of_equal_houses_fit_at_many_places(self) -> None:
        a = np.full((700, 700), 110, np.float32)
        for y in range(5, 700, 30):
            for x in range(5, 700, 24):
                a[y : y + 16, x : x + 12] = 210
        found = register(seen(a, 0, 0), seen(a, 2, 1, noise=1), everywhere(np.zeros((512, 512))))
        assert not found.accepted
        assert found.matches

    def test_images_and_surface_models_must_agree(self) -> None:
        image = Registration(3, 2, accepted=True, peak_to_noise=20)
        assert combine(image, Registration(3.4, 2.3, accepted=True)) == image
        assert not combine(image, Registration(6, 2, accepted=True)).accepted
        assert combine(Registration(matches=False), Registration(3, 2, accepted=True)).matches

    def test_planes_of_different_size_are_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="one size"):
            register(np.zeros((90, 90), np.float32), np.zeros((90, 91), np.float32), np.ones((90, 90), bool))


def of_scene_pair(first: Scene, second: Scene) -> Registration:
    return register(gray(first.before), gray(second.after), everywhere(first.labels))


class TestLocalShifts:
    def test_a_slow_drift_is_followed(self) -> None:
        place = town(6, 1600)
        size = 1300
        columns, rows = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
        drift = 3 * (columns + 0.5 - size / 2) / (size / 2)
        before = seen(place, 0, 0, size)
        after = cv2.remap(before, columns - drift, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        found = register(before, after, everywhere(before))
        assert found.accepted, found.reason
        assert found.local["order"] == 1
        dx, dy = displacement(found, np.array([100.0, 500.0, 900.0]), np.array([[300.0], [700.0]]))
        assert dx == pytest.approx(np.tile(3 * (np.array([100, 500, 900]) - 650) / 650, (2, 1)), abs=0.4)
        assert dy == pytest.approx(0, abs=0.4)

    def test_a_field_that_foretells_nothing_is_left_out(self) -> None:
        rng = np.random.default_rng(1)
        places = [(x, y, 2 + rng.normal(0, 0.3), rng.normal(0, 0.3)) for x in range(8) for y in range(8)]
        assert local_field(places, (2.0, 0.0))[0] == {}

    def test_a_few_tiles_bear_no_field(self) -> None:
        places = [(x, 0.0, 0.1 * x, 0.0) for x in range(10)]
        assert local_field(places, (0.5, 0.0))[0] == {}

    def test_what_is_not_accepted_moves_nothing(self) -> None:
        dx, dy = displacement(Registration(5, 5), np.arange(3), np.arange(3))
        assert not dx.any()
        assert not dy.any()


class TestPairs:
    @given(st.integers(1, 120_000), st.integers(1, 120_000))
    def test_the_work_is_bounded_whatever_the_size(self, width: int, height: int) -> None:
        cuts = plan(width, height)
        assert len(cuts) <= 64
        assert len({(cut.x, cut.y) for cut in cuts}) == len(cuts)
        for cut in cuts:
            assert 0 <= cut.x <= width - cut.size
            assert 0 <= cut.y <= height - cut.size
        if min(width, height) >= 256:
            assert len(cuts) >= 16

    @pytest.mark.parametrize("heights", [False, True])
    def test_two_flights_on_disk(self, tmp_path: Path, heights: bool) -> None:
        scene = make_scene(12, shift=(-3.4, 2.2))
        names = ["before", "after", *(["before_heights", "after_heights"] if heights else [])]
        for name in names:
            pixels = getattr(scene, name)
            bands = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
            profile = {
                "driver": "GTiff",
                "dtype": bands.dtype,
                "count": len(bands),
                "width": 512,
                "height": 512,
            }
            place = {"crs": "EPSG:4549", "transform": Affine(0.1, 0, 5e5, 0, -0.1, 345e4)}
            with rasterio.open(tmp_path / f"{name}.tif", "w", **profile, **place) as file:
                file.write(bands)
        with open_pair(*(tmp_path / f"{name}.tif" for name in names)) as pair:
            found = register_pair(pair)
            assert found.accepted, found.reason
            assert away(found, -3.4, 2.2) < 0.5
            whole = pair.windows()[0]
            loose, fitted = pair.read(whole), pair.read(whole, found)
        apart = [np.abs(tile.before.astype(int) - tile.after)[tile.valid].mean() for tile in (loose, fitted)]
        assert apart[1] < apart[0]


@pytest.mark.skipif(not REAL.exists(), reason="the real pairs are not beside the project")
@pytest.mark.parametrize("name", ["dsifn/A/8_3.png", "levir/A/train_386_0512_0768.png", "dsifn/A/0_2.png"])
def test_a_real_pair_is_never_given_a_wrong_shift(name: str) -> None:
    a = cv2.imread(str(REAL / name))[..., ::-1]
    b = cv2.imread(str(REAL / name.replace("/A/", "/B/")))[..., ::-1]
    found = {}
    for dx, dy in ((0, 0), (4, -3), (-7, 6), (12, 9)):
        moved = cv2.warpAffine(b, np.array([[1, 0, dx], [0, 1, dy]], np.float32), (256, 256))
        valid = np.zeros((256, 256), bool)
        valid[max(dy, 0) : 256 + min(dy, 0), max(dx, 0) : 256 + min(dx, 0)] = True
        said = register(gray(a), gray(moved), valid, max_shift_px=32)
        assert said.matches
        if said.accepted:
            found[dx, dy] = (said.dx - dx, said.dy - dy)
    assert all(math.hypot(x, y) < 4 for x, y in found.values())
    assert all(math.dist(one, other) < 1 for one in found.values() for other in found.values())
