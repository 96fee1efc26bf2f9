"""A lorry and a shed of its size: what tells them apart, and what is said where nothing does."""

from __future__ import annotations

import numpy as np
import pytest

from chengshu.vision.raster import kinds, vehicles
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.output import words
from chengshu.vision.raster.tilework import compare_tile
from chengshu.vision.raster.types import Candidate, Registration
from tests.vision.street import Street

OPTIONS = Options(pixel_m=0.1)
SURE = Registration(accepted=True, residual_px=0.2)
BODY = {"gain": 3.0, "area": 15.0, "width": 2.5, "length": 6.0, "truck": 1.0, "before_above": 0.1}


def came(*things: tuple[int, int, int, int, float]) -> list[Candidate]:
    """What a comparison finds (before any cut by score) where these boxes stand at the second flight."""
    street = Street()
    for thing in things:
        street.put(*thing)
    return compare_tile(street.fly(), SURE, OPTIONS)


def said(one: Candidate) -> str:
    return " ".join(words(reason) for reason in one.reasons)


def test_a_body_with_a_cab_at_its_end_is_probably_a_vehicle_and_scores_low() -> None:
    for one in came((150, 240, 60, 25, 3.4), (214, 240, 22, 25, 2.5)):
        assert one.measures["cab"] == 1.0
        assert one.score < 0.3
        assert "probably a vehicle" in said(one)


def test_a_box_without_a_cab_may_be_a_parked_vehicle_and_stays_on_the_list() -> None:
    [box] = came((150, 240, 60, 25, 2.8))
    assert "may be a parked vehicle" in said(box)
    assert box.measures["cab"] == 0.0
    assert box.score >= OPTIONS.min_score


def test_two_sheds_side_by_side_are_no_body_and_cab() -> None:
    assert all(one.measures["cab"] == 0.0 for one in came((150, 240, 60, 25, 2.8), (150, 270, 60, 25, 2.5)))


@pytest.mark.parametrize("against", [{"flush": 0.4}, {"tilt": 0.25}, {"width": 3.0}])
def test_a_wall_a_falling_roof_or_an_unlawful_width_speaks_against_a_vehicle(
    against: dict[str, float],
) -> None:
    assert kinds.doubts(BODY)
    assert kinds.doubts(BODY | against) == []


def test_nothing_on_a_roof_is_a_vehicle() -> None:
    on_roof = BODY | {"truck": 0.0, "length": 3.0, "before_above": 9.0, "after_above": 12.0}
    assert kinds.vehicle_like(on_roof) == 0.0
    assert not kinds.part_of_vehicle(on_roof)
    assert kinds.doubts(on_roof) == []


@pytest.mark.parametrize("fall", [0.0, 0.25, 0.5])
def test_the_fall_of_a_roof_is_measured_whatever_way_it_lies(fall: float) -> None:
    rng = np.random.default_rng(4)
    v = np.mgrid[:30, :70][0]
    mask = np.zeros((30, 70), bool)
    mask[3:27, 5:65] = True
    gain = (2.6 + fall * (v - 3) / 24 + rng.normal(0, 0.03, v.shape)).astype(np.float32)
    marks = vehicles.marks(gain, mask, mask, 0.1)
    assert marks["tilt"] == pytest.approx(fall, abs=0.04)
    assert marks["cab"] == 0.0
    turned = vehicles.marks(gain.T.copy(), mask.T.copy(), mask.T.copy(), 0.1)
    assert turned["tilt"] == pytest.approx(fall, abs=0.04)


def test_the_step_from_body_to_cab_is_seen_where_the_model_runs_over_the_gap() -> None:
    gain = np.full((30, 110), 3.4, np.float32)
    gain[:, 80:] = 2.5
    gain[:, 78:81] = 2.2
    mask = np.zeros(gain.shape, bool)
    mask[3:27, 5:102] = True
    assert vehicles.marks(gain, mask, mask, 0.1)["cab"] == 1.0
