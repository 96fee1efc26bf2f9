"""Outlines as a surveyor would draw them, and things that tiles cut in two."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon

from chengshu.vision.raster import segments


def drawn(points: list[tuple[float, float]], size: int = 200) -> np.ndarray:
    """The pixels whose centre lies in a polygon."""
    x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    return shapely.contains_xy(Polygon(points), x, y)


def overlap(one: Polygon, other: Polygon) -> float:
    return one.intersection(other).area / one.union(other).area


@given(st.floats(20, 90), st.floats(20, 90), st.floats(-44, 44), st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_a_rectangle_in_any_direction_comes_back(
    width: float, height: float, turn: float, dx: float, dy: float
) -> None:
    truth = shapely.affinity.rotate(
        shapely.box(100 + dx - width / 2, 100 + dy - height / 2, 100 + dx + width / 2, 100 + dy + height / 2),
        turn,
    )
    shape = segments.contour(drawn(list(truth.exterior.coords)), 0, 0, 1.0)
    assert shape is not None
    outline = segments.regular(shape, 1.0)
    assert len(outline.exterior.coords) == 5
    assert overlap(outline, truth) > 0.88
    assert outline.area == pytest.approx(shape.area, rel=0.01)


def test_an_l_shape_keeps_its_right_angles() -> None:
    points = [(20, 20), (120, 20), (120, 60), (60, 60), (60, 140), (20, 140)]
    truth = shapely.affinity.rotate(Polygon(points), 17, origin=(80, 80))
    shape = segments.contour(drawn(list(truth.exterior.coords)), 0, 0, 1.0)
    assert shape is not None
    outline = segments.regular(shape, 1.0)
    corners = np.diff(np.array(outline.exterior.coords), axis=0)
    turns = [
        abs(float(np.dot(one, two) / np.linalg.norm(one) / np.linalg.norm(two)))
        for one, two in zip(corners, np.roll(corners, -1, axis=0), strict=True)
    ]
    assert len(corners) == 6
    assert max(turns) < 1e-6
    assert overlap(outline, truth) > 0.95


def test_what_is_round_is_not_made_square() -> None:
    mask = np.zeros((200, 200), np.uint8)
    cv2.circle(mask, (100, 100), 60, 1, -1)
    shape = segments.contour(mask > 0, 0, 0, 1.0)
    assert shape is not None
    outline = segments.regular(shape, 1.0)
    assert len(outline.exterior.coords) > 6
    assert overlap(outline, shape) > 0.9


def test_an_outline_lies_where_its_pixels_lie() -> None:
    mask = np.zeros((30, 40), bool)
    mask[10:20, 5:25] = True
    shape = segments.contour(mask, 100.0, 200.0, 2.0)
    assert shape is not None
    assert shape.bounds == (110.0, 220.0, 150.0, 240.0)


def test_a_building_is_bounded_at_half_its_height_however_smeared() -> None:
    gain = np.zeros((120, 120), np.float32)
    gain[40:80, 30:90] = 10.0
    smeared = cv2.GaussianBlur(gain, (0, 0), 2.5)
    [(box, seed)] = list(segments.components(smeared > 1.5, 10))
    assert seed.sum() > 40 * 60 * 1.1
    [one] = segments.grow(box, seed, smeared, smeared, np.zeros_like(seed, shape=gain.shape), 1, 1)
    assert one.inside.sum() == pytest.approx(40 * 60, rel=0.03)
    assert one.gain_m == pytest.approx(10.0, abs=0.1)


def test_a_low_extension_is_its_own_thing_beside_a_high_new_building() -> None:
    gain = np.zeros((160, 160), np.float32)
    gain[40:100, 30:80] = 12.0
    gain[40:100, 80:120] = 3.0
    gain = cv2.GaussianBlur(gain, (0, 0), 1.0)
    [(box, seed)] = list(segments.components(gain > 1.5, 10))
    found = segments.grow(box, seed, gain, gain, np.zeros(gain.shape, bool), 1, 1)
    assert sorted(round(one.gain_m) for one in found) == [3, 12]


def test_a_piece_cut_by_a_tile_joins_all_it_touches_and_a_double_its_twin() -> None:
    left, right, twin, lone = (
        shapely.box(0, 0, 60, 40),
        shapely.box(58, 0, 120, 40),
        shapely.box(200, 0, 240, 40),
        shapely.box(300, 0, 310, 40),
    )
    again = shapely.box(201, 0, 241, 40)
    shapes = [left, twin, right, again, lone]
    assert segments.groups(shapes, [True, False, True, False, False]) == [[0, 2], [1, 3], [4]]


def test_neighbours_that_only_touch_stay_apart() -> None:
    one, two = shapely.box(0, 0, 60, 40), shapely.box(59, 0, 120, 40)
    assert segments.groups([one, two], [False, False]) == [[0], [1]]
