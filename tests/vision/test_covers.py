"""Trees, ponds, shadows and cars are told from roofs by colour and shape."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest

from chengshu.vision.raster.covers import covers, vegetation
from chengshu.vision.raster.scenes import Scene, make_scene
from chengshu.vision.raster.types import Image, Mask

PIXEL_M = 0.1


def street(seed: int = 3, size: int = 600) -> Image:
    """Grey asphalt with fine noise, 60 m by 60 m at 10 cm."""
    rng = np.random.default_rng(seed)
    grey = rng.normal(120, 5, (size, size, 1)).repeat(3, axis=2) + rng.normal(0, 2, (size, size, 3))
    return np.clip(grey, 0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def generated(seed: int) -> Scene:
    return make_scene(seed, 640, PIXEL_M)


def everywhere(image: Image) -> Mask:
    return np.ones(image.shape[:2], bool)


def share(mask: Mask, rows: slice, columns: slice) -> float:
    return float(mask[rows, columns].mean())


@pytest.mark.parametrize("light", [0.6, 1.0, 1.5])
def test_grass_is_vegetation_in_any_light_and_soil_is_not(light: float) -> None:
    image = street()
    image[:300] = (70, 100, 60)
    image[300:] = (130, 110, 85)
    found = vegetation(np.clip(image * light, 0, 255).astype(np.uint8))
    assert share(found, slice(5, 295), slice(None)) > 0.99
    assert share(found, slice(305, None), slice(None)) < 0.01


@pytest.mark.parametrize("roof", [(200, 200, 205), (60, 90, 170), (190, 70, 60), (90, 92, 95)])
def test_roofs_are_neither_plants_nor_water_nor_vehicles(roof: tuple[int, int, int]) -> None:
    image = street()
    image[200:320, 150:350] = roof
    found = covers(image, everywhere(image), PIXEL_M)
    for mask in (found.vegetation, found.water, found.vehicles):
        assert share(mask, slice(210, 310), slice(160, 340)) < 0.02


def test_a_pond_is_water_and_a_shadow_is_shadow() -> None:
    image = street()
    image[50:250, 50:250] = (55, 75, 80)
    image[350:500, 350:400] = np.random.default_rng(1).normal(28, 5, (150, 50, 1)).clip(0, 60)
    found = covers(image, everywhere(image), PIXEL_M)
    assert share(found.water, slice(70, 230), slice(70, 230)) > 0.95
    assert found.water.mean() < 0.13
    assert share(found.shadow, slice(355, 495), slice(355, 395)) > 0.95
    assert share(found.shadow, slice(70, 230), slice(70, 230)) == 0


def test_parked_cars_are_found_and_a_kiosk_twice_their_width_is_not() -> None:
    image = street()
    for column in (100, 150, 200, 250):
        cv2.rectangle(image, (column, 100), (column + 18, 145), (215, 215, 220), -1)
    image[400:450, 400:450] = (210, 205, 200)
    found = covers(image, everywhere(image), PIXEL_M).vehicles
    for column in (100, 150, 200, 250):
        assert share(found, slice(105, 140), slice(column + 3, column + 15)) > 0.8
    assert share(found, slice(400, 450), slice(400, 450)) == 0
    assert found[500:].sum() == 0


def test_in_pixels_of_two_metres_no_vehicles_are_claimed() -> None:
    image = street()
    assert not covers(image, everywhere(image), 2.0).vehicles.any()


def test_nothing_is_claimed_in_holes() -> None:
    image = street()
    image[:300] = 0
    valid = everywhere(image)
    valid[:300] = False
    found = covers(image, valid, PIXEL_M)
    for mask in (found.vegetation, found.water, found.shadow, found.vehicles):
        assert not mask[:300].any()
    empty = covers(image, np.zeros_like(valid), PIXEL_M)
    assert not (empty.vegetation | empty.water | empty.shadow | empty.vehicles).any()


def test_in_generated_streets_what_changed_is_rarely_taken_for_plants_water_or_cars() -> None:
    taken = {"vegetation": 0, "water": 0, "vehicles": 0}
    pixels = 0
    for scene in map(generated, (0, 1)):
        built = scene.labels > 0
        found = covers(scene.after, everywhere(scene.after), PIXEL_M)
        pixels += int(built.sum())
        for name in taken:
            taken[name] += int((getattr(found, name) & built).sum())
    assert taken["vegetation"] < 0.03 * pixels
    assert taken["water"] < 0.005 * pixels
    assert taken["vehicles"] < 0.05 * pixels


def test_shadows_are_darker_than_the_street_and_not_half_of_it() -> None:
    for scene in map(generated, (0, 1)):
        found = covers(scene.after, everywhere(scene.after), PIXEL_M).shadow
        grey = scene.after.mean(axis=2)
        assert 0.01 < found.mean() < 0.4
        assert np.median(grey[found]) < 0.7 * np.median(grey[~found])
