"""The whole matching on made-up lists and on the real list of compounds against itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from chengshu.registry.matching import evaluation
from chengshu.registry.matching.candidates import candidate_pairs, find_matches
from chengshu.registry.matching.population import Population, make_population
from chengshu.registry.matching.score import WEIGHTS

COMPOUNDS = Path(__file__).resolve().parents[3] / "shared/data/putuo/residential-compounds.csv"


def test_seeds_for_fitting_and_for_measuring_do_not_meet() -> None:
    assert not set(evaluation.TRAINING_SEEDS) & {*evaluation.EVALUATION_SEEDS, *evaluation.COMPOUND_SEEDS}


def test_the_same_seed_makes_the_same_list() -> None:
    assert make_population(5, shops=50, compounds=10) == make_population(5, shops=50, compounds=10)
    assert make_population(5, shops=50, compounds=10) != make_population(6, shops=50, compounds=10)


def test_a_made_up_list_is_matched_as_promised() -> None:
    found = evaluation.measure(make_population(evaluation.EVALUATION_SEEDS[0]))
    assert found.precision >= 0.95
    assert found.recall >= 0.9
    assert found.blocking_recall >= 0.99


@pytest.mark.skipif(not COMPOUNDS.exists(), reason="the list of compounds is not beside the checkout")
def test_real_compounds_against_themselves_are_matched_as_promised() -> None:
    samples = evaluation.read_compounds(COMPOUNDS)
    assert len(samples) == 288
    found = evaluation.measure(evaluation.perturbed(samples, evaluation.COMPOUND_SEEDS[0]))
    assert found.precision >= 0.95
    assert found.recall >= 0.9


def test_only_pairs_with_a_new_row_are_compared_and_none_is_lost() -> None:
    population = make_population(3, shops=120, compounds=20)
    records = evaluation.records_of(population.samples)
    fresh = set(range(10))
    everything = {pair for pair in candidate_pairs(records) if fresh & set(pair)}
    assert candidate_pairs(records, fresh) == everything


def test_pairs_to_skip_are_not_offered() -> None:
    population = make_population(4, shops=120, compounds=20)
    records = evaluation.records_of(population.samples)
    offered = {(a.id, b.id) if a.id < b.id else (b.id, a.id) for a, b, _match in find_matches(records)}
    assert offered
    one = min(offered)
    rest = {(min(a.id, b.id), max(a.id, b.id)) for a, b, _match in find_matches(records, skip={one})}
    assert rest == offered - {one}


def test_a_fit_on_little_agrees_with_the_weights_in_use_where_these_are_strong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def small(seed: int) -> Population:
        return make_population(seed, shops=400, compounds=80)

    monkeypatch.setattr(evaluation, "make_population", small)
    _bias, fitted = evaluation.fit_weights(evaluation.TRAINING_SEEDS[:2])
    strong = {code: weight for code, weight in WEIGHTS.items() if abs(weight) > 3}
    assert len(strong) > 6
    assert all(fitted[code] * weight > 0 for code, weight in strong.items() if code in fitted)
