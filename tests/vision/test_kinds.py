"""Which kind of change it is, by what stood there before; and how sure the score is."""

from __future__ import annotations

import math
import random

import pytest

from chengshu.vision.raster import calibration, kinds
from chengshu.vision.raster.output import words
from chengshu.vision.raster.types import KINDS, RasterError

GROUND = {"gain": 6.0, "area": 80.0, "before_above": 0.1, "touch": 0.0}


@pytest.mark.parametrize(
    ("measures", "kind"),
    [
        (GROUND, "new_building"),
        (GROUND | {"touch": 0.4}, "extension"),
        (GROUND | {"gain": 2.6, "area": 12.0}, "temporary_shed"),
        (GROUND | {"before_above": 9.0, "gain": 3.0, "roof_share": 0.9}, "storey_added"),
        (GROUND | {"before_above": 9.0, "gain": 2.6, "roof_share": 0.1}, "rooftop_addition"),
        (GROUND | {"gain": 2.6, "area": 30.0, "blue_after": 0.9}, "blue_steel_roof"),
        (GROUND | {"gain": -9.0, "before_above": 9.0}, "demolition"),
        (GROUND | {"gain": -2.0, "dug": 1.0}, "ground_works"),
        (GROUND | {"gain": -1.8, "before_above": 1.9}, "demolition"),
        ({"colour": 0.7}, "unclear"),
        ({"colour": 0.7, "blue_after": 0.9}, "blue_steel_roof"),
    ],
)
def test_the_kind_follows_from_what_stood_there(measures: dict[str, float], kind: str) -> None:
    named, reasons = kinds.classify(measures)
    assert named == kind
    assert reasons
    assert all(words(reason) for reason in reasons)


def test_a_roof_that_was_blue_before_is_no_new_blue_roof() -> None:
    was_blue = GROUND | {"before_above": 6.0, "roof_share": 1.0, "blue_after": 0.9, "blue_before": 0.9}
    assert kinds.classify(was_blue)[0] == "storey_added"


def test_every_kind_has_words() -> None:
    assert set(kinds.KIND_WORDS) == set(KINDS)


def test_reasons_name_the_facts() -> None:
    said = [words(reason) for reason in kinds.classify(GROUND | {"touch": 0.5})[1]]
    assert said == ["6.0 m higher than before", "before, open ground", "borders an existing building"]


def made_up(count: int, seed: int) -> tuple[list[dict[str, float]], list[bool]]:
    """Candidates whose truth depends on gain and vegetation, by a known law."""
    rng = random.Random(seed)
    measures, truth = [], []
    for _ in range(count):
        one = {"gain": rng.uniform(1.5, 6), "area": rng.uniform(3, 60), "vegetation": rng.random()}
        chance = 1 / (1 + math.exp(-(1.2 * (one["gain"] - 3) - 3 * (one["vegetation"] - 0.4))))
        measures.append(one)
        truth.append(rng.random() < chance)
    return measures, truth


def test_of_candidates_scored_eight_tenths_eight_in_ten_are_true() -> None:
    model = calibration.fit(*made_up(3000, 1))
    measures, truth = made_up(3000, 2)
    for band in calibration.reliability([model.score(one) for one in measures], truth):
        assert band["true"] == pytest.approx(band["score"], abs=0.07)


def test_officers_who_reject_half_bring_the_scores_down_but_keep_the_order() -> None:
    prior = calibration.fit(*made_up(1500, 3))
    measures, truth = made_up(120, 4)
    rng = random.Random(5)
    stricter = calibration.fit(measures, [one and rng.random() < 0.5 for one in truth], prior)
    new, _ = made_up(60, 6)
    assert sum(map(stricter.score, new)) < sum(map(prior.score, new))
    assert sorted(range(60), key=lambda n: stricter.raw(new[n])) == sorted(
        range(60), key=lambda n: prior.raw(new[n])
    )
    assert stricter.count == 120


def test_a_dozen_verdicts_alike_do_not_throw_the_scores_over() -> None:
    prior = calibration.fit(*made_up(1500, 3))
    measures, _ = made_up(12, 7)
    stricter = calibration.fit(measures, [False] * 12, prior)
    assert all(0.0 < stricter.score(one) < 1.0 for one in measures)
    assert stricter.slope > 0


def test_a_calibration_survives_being_written(tmp_path) -> None:
    model = calibration.fit(*made_up(200, 8))
    model.save(tmp_path / "score.json")
    import json

    assert calibration.Calibration.of(json.loads((tmp_path / "score.json").read_text())) == model


def test_what_cannot_be_fitted_is_said_in_one_sentence() -> None:
    measures, truth = made_up(5, 9)
    with pytest.raises(RasterError, match="At least 12"):
        calibration.fit(measures, truth)
    with pytest.raises(RasterError, match="one verdict for each"):
        calibration.fit(measures, truth[:-1])
    with pytest.raises(RasterError, match="not a calibration"):
        calibration.Calibration.of({"x": 1})


def test_the_shipped_scores_can_be_read() -> None:
    for name in ("heights", "colour"):
        assert 0.0 <= calibration.shipped(name).score({"gain": 3.0, "area": 20.0}) <= 1.0
