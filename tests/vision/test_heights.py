"""Heights: what two surface models say of a change, and all that must not count as one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.vision.raster.heights import (
    Cells,
    Surface,
    change_of_height,
    commonest,
    fit_surface,
    greenness,
    ground_under,
)
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.tilework import compare_tile
from chengshu.vision.raster.types import Candidate, Registration
from tests.vision.street import ASPHALT, GREEN, Flights, Street

OPTIONS = Options(pixel_m=0.1)
SURE = Registration(accepted=True, residual_px=0.2)
UNSURE = Registration(accepted=False, reason="in doubt")


def found(flights: Flights, registration: Registration = SURE, options: Options = OPTIONS) -> list[Candidate]:
    return [one for one in compare_tile(flights, registration, options) if one.score >= options.min_score]


def test_nothing_changed_gives_nothing() -> None:
    assert found(Street().fly()) == []


@pytest.mark.parametrize("shift", [(0, 0), (1.4, -0.7), (3, 2), (-4, 3), (5, 0)])
def test_a_wall_that_only_lies_elsewhere_is_no_gain(shift: tuple[float, float]) -> None:
    assert found(Street().fly(shift=shift), UNSURE) == []


@pytest.mark.parametrize("shift", [(0, 0), (2, -1), (3, 4)])
def test_a_shed_of_two_by_two_metres_is_found_whatever_the_shift(shift: tuple[float, float]) -> None:
    street = Street()
    street.put(240, 240, 21, 21, 2.6)
    [shed] = found(street.fly(shift=shift), UNSURE)
    assert shed.height_gain_m == pytest.approx(2.6, abs=0.15)
    assert shed.area_m2 == pytest.approx(4.41, rel=0.1)


def test_a_shed_that_is_gone_is_found_like_one_that_came() -> None:
    street = Street()
    street.put(240, 240, 30, 24, 2.7, flight=0)
    [gone] = found(street.fly(shift=(3, -3)), UNSURE)
    assert gone.kind == "demolition"
    assert gone.height_gain_m == pytest.approx(-2.7, abs=0.15)
    assert gone.area_m2 == pytest.approx(7.2, rel=0.1)


def test_another_level_and_a_bowl_are_no_change_and_do_not_hide_one() -> None:
    street = Street()
    street.put(240, 240, 40, 40, 3.0)
    [new] = found(street.fly(bias=0.7, doming=1.0))
    assert new.height_gain_m == pytest.approx(3.0, abs=0.2)


def test_growing_trees_are_no_change_also_where_the_crown_has_widened() -> None:
    street = Street()
    for x, y, radius in ((60, 250, 25), (180, 250, 35), (330, 280, 30), (100, 340, 18)):
        street.tree(x, y, radius, 7.0, 1.8, wider=4)
    assert found(street.fly(shift=(2, 1)), UNSURE) == []


def test_grass_dug_away_counts() -> None:
    street = Street()
    for flight in (0, 1):
        street.put(200, 230, 120, 120, 0.0, GREEN, flight=flight)
    street.put(220, 250, 60, 60, -2.5, (150, 120, 90))
    [works] = found(street.fly())
    assert works.kind == "ground_works"
    assert works.height_gain_m == pytest.approx(-2.5, abs=0.2)


def test_a_hole_in_one_model_says_nothing_and_hides_only_what_lies_in_it() -> None:
    street = Street()
    street.put(240, 240, 40, 40, 3.0)
    flights = street.fly()
    flights.before_heights[40:140, 40:200] = np.nan
    flights.after_heights[300:350, 50:100] = np.nan
    assert len(found(flights)) == 1


def test_specks_without_a_value_do_not_tear_a_building_apart() -> None:
    street = Street()
    street.put(200, 220, 80, 80, 6.0)
    flights = street.fly()
    specks = street.rng.random(flights.after_heights.shape) < 0.03
    flights.after_heights[specks] = np.nan
    [new] = found(flights)
    assert new.area_m2 == pytest.approx(64, rel=0.1)


def test_what_is_permitted_is_left_out_and_what_goes_beyond_it_is_not() -> None:
    street = Street()
    street.put(240, 240, 40, 40, 3.0)
    street.put(60, 240, 80, 60, 6.0)
    ring = [(235.0, 235.0), (285.0, 235.0), (285.0, 285.0), (235.0, 285.0)]
    beside = [(60.0, 240.0), (85.0, 240.0), (85.0, 300.0), (60.0, 300.0)]
    [new] = found(street.fly(), options=OPTIONS.with_approved([ring, beside]))
    assert new.area_m2 == pytest.approx(48, rel=0.1)


def test_a_lone_lorry_on_open_asphalt_scores_far_below_a_shed_in_a_yard() -> None:
    lorry, shed = Street(), Street()
    for flight in (0, 1):
        lorry.put(0, 240, 400, 150, 0.0, ASPHALT, flight=flight)
    lorry.put(200, 300, 80, 25, 3.2, (200, 200, 205))
    shed.put(225, 155, 60, 25, 2.8)
    scored = [compare_tile(street.fly(), SURE, OPTIONS)[0] for street in (lorry, shed)]
    assert scored[0].measures["truck"] == 1.0
    assert scored[0].score < 0.5 < scored[1].score


def test_plants_are_told_by_their_colour_under_any_white_balance() -> None:
    image = np.full((200, 200, 3), (130, 128, 125), np.uint8)
    image[60:120, 60:120] = GREEN
    for cast in ((1, 1, 1), (0.95, 1.06, 0.95), (1.08, 0.95, 1.0)):
        green = greenness(np.clip(image * np.array(cast), 0, 255).astype(np.uint8))
        assert green[70:110, 70:110].all()
        assert not green[:50].any()


def difference(width: int = 120, height: int = 90, seed: int = 3) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 0.05, (height, width))
    v, u = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return (0.4 + 0.3 * u - 0.1 * v + 0.5 * u * u + 0.2 * u * v + 0.3 * v * v + noise).astype(np.float32)


def test_the_bowl_is_found_although_a_third_of_the_place_was_rebuilt() -> None:
    plane = difference()
    truth = plane.copy()
    plane[:30] += 9.0
    plane[60:, :30] -= 6.0
    surface = fit_surface(Cells.of(plane, 3), 120, 90)
    assert surface.order == 2
    assert np.abs(surface.over(0, 0, 120, 90, 1) - truth)[30:60].mean() < 0.1


def test_stable_ground_in_one_corner_bends_nothing_elsewhere() -> None:
    rng = np.random.default_rng(5)
    plane = rng.uniform(2, 30, (90, 120)).astype(np.float32)
    plane[:60, :60] = 0.3
    surface = fit_surface(Cells.of(plane, 3), 120, 90)
    assert surface.order == 0
    assert surface.terms[0] == pytest.approx(0.3, abs=0.05)


def test_where_nothing_is_stable_nothing_is_taken_off() -> None:
    plane = np.random.default_rng(5).uniform(-40, 40, (90, 120)).astype(np.float32)
    surface = fit_surface(Cells.of(plane, 3), 120, 90)
    assert surface.order == -1
    assert not surface.over(0, 0, 10, 10, 1).any()
    assert fit_surface(Cells.of(np.full((90, 120), np.nan, np.float32), 3), 120, 90).order == -1


@given(st.floats(-3, 3), st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_surface_is_the_same_in_parts_as_whole(a: float, b: float, c: float, x0: int) -> None:
    surface = Surface((a, b, c, 0.5, -0.2, 0.1), 1200, 900, 2, 1.0)
    whole = surface.over(0, 0, 1200, 900, 1)
    part = surface.over(min(x0, 1100), 300, 50, 40, 1)
    left = min(x0, 1100)
    assert np.allclose(part, whole[300:340, left : left + 50], atol=1e-4)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_the_commonest_lies_among_the_values(values: list[float]) -> None:
    assert min(values) <= commonest(np.array(values)) <= max(values)


@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_no_shift_within_the_tolerance_gives_a_gain_or_a_loss(dx: int, dy: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    blocks = np.kron(rng.uniform(0, 20, (8, 8)), np.ones((12, 12))).astype(np.float32)
    wide = np.pad(blocks, 10, mode="edge")
    before = wide[10:106, 10:106]
    after = wide[10 - dy : 106 - dy, 10 - dx : 106 - dx]
    change = change_of_height(np.ascontiguousarray(before), np.ascontiguousarray(after), None, 5)
    inner = (slice(12, -12), slice(12, -12))
    # The median of single pixels rounds the corners of blocks, by one pixel at most.
    assert change.up[inner].max() <= 1e-4
    assert change.down[inner].max() <= 1e-4


def test_ground_is_carried_under_roofs() -> None:
    street = Street()
    heights = street.fly(noise=0.02).before_heights
    ground = ground_under(heights, np.isfinite(heights), 0.1, 60.0)
    assert np.abs(ground - 4.0).max() < 0.3


def test_the_ground_beside_a_hole_is_where_it_was_measured() -> None:
    before = np.full((160, 160), 4.0, np.float32)
    before[60:80, 60:80] = np.nan
    before[61, 61] = 4.0  # measured, though most around it is not
    change = change_of_height(before, np.full_like(before, 4.0), None, 1)
    assert change.before[change.measured].min() == pytest.approx(4.0)
    assert ground_under(change.before, change.measured, 0.1, 60.0).min() == pytest.approx(4.0)
