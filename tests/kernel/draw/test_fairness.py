"""Is the draw fair? Statistics over more than 100,000 simulated draws each, and proof that they see a bias.

The seeds are fixed, so a test never fails by chance; the thresholds are such that with free seeds all of them
together would raise a false alarm less often than once in a million runs. Every test has its opposite: a
draw steered in one of fifty cases must be caught.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from chengshu.kernel.draw import algorithm
from chengshu.kernel.draw.algorithm import Drawing

from . import examples

DRAWS = 120_000
TEAM_DRAWS = 101_000
STEERED = 50  # a planted bias steers one of so many draws: 2 %
FALSE_ALARM = 4e-8  # of a family of comparisons; there are about twenty families
POOL, QUOTA = 10, 5
SECOND_POOL, SECOND_QUOTA = 6, 2
Matrix = npt.NDArray[np.int64]

OBJECTS = sorted(
    [examples.key(f"fair {code} {n}"), code, 1, ""]
    for code, size in (("s1", POOL), ("s2", SECOND_POOL))
    for n in range(size)
)
PLACE = {
    row[0]: sum(one[1] == row[1] for one in OBJECTS[:place]) + (POOL if row[1] == "s2" else 0)
    for place, row in enumerate(OBJECTS)
}
TWO = examples.candidates(2)
OFFICERS = examples.officers(6, squads=2)
OFFICER = {row[0]: place for place, row in enumerate(OFFICERS)}
SQUADS = {row[0]: row[2] for row in OFFICERS}


def seed(number: int) -> bytes:
    return hashlib.sha256(f"simulated draw {number}".encode()).digest()


def drawn_objects(numbers: Iterable[int]) -> Matrix:
    """For each draw, which candidates of both strata are drawn (0 or 1)."""
    rules = examples.rules(QUOTA, SECOND_QUOTA, team=())
    found = []
    for number in numbers:
        drawing = Drawing(rules, OBJECTS, [], seed(number))
        drawing.run()
        found.append([PLACE[key] for key in drawing.final])
    made = np.zeros((len(found), POOL + SECOND_POOL), dtype=np.int64)
    made[np.arange(len(found))[:, None], np.array(found)] = 1
    return made


def sent_officers(numbers: Iterable[int]) -> Matrix:
    """For each draw, the two officers of the first object, and of the second."""
    found = []
    for number in numbers:
        drawing = Drawing(examples.rules(2), TWO, OFFICERS, seed(number))
        drawing.run()
        found.append([OFFICER[one] for _key, _code, team in drawing.rows() for one in team])
    return np.array(found)


@pytest.fixture(scope="module")
def objects() -> Matrix:
    return drawn_objects(range(DRAWS))


@pytest.fixture(scope="module")
def officers() -> Matrix:
    return sent_officers(range(TEAM_DRAWS))


def suspicious(counts: Any, draws: int, chance: Any) -> list[int]:
    """Which of these counts of events with the given chance are too far from what is expected."""
    counts = np.asarray(counts, dtype=float).ravel()
    chance = np.broadcast_to(np.asarray(chance, dtype=float), counts.shape)
    z = (counts - draws * chance) / np.sqrt(draws * chance * (1 - chance))
    limit = NormalDist().inv_cdf(1 - FALSE_ALARM / 2 / len(counts))
    return [int(place) for place in np.flatnonzero(np.abs(z) > limit)]


def marginals(found: Matrix) -> list[int]:
    """Candidates drawn too often or too rarely."""
    chance = [QUOTA / POOL] * POOL + [SECOND_QUOTA / SECOND_POOL] * SECOND_POOL
    return suspicious(found.sum(axis=0), len(found), chance)


def pairs(found: Matrix) -> list[tuple[int, int]]:
    """Pairs of candidates, within a stratum and across, drawn together too often or too rarely."""
    first, second = np.triu_indices(POOL + SECOND_POOL, 1)
    inside = QUOTA * (QUOTA - 1) / (POOL * (POOL - 1))
    inside_second = SECOND_QUOTA * (SECOND_QUOTA - 1) / (SECOND_POOL * (SECOND_POOL - 1))
    across = QUOTA / POOL * SECOND_QUOTA / SECOND_POOL
    chance = np.where(second < POOL, inside, np.where(first >= POOL, inside_second, across))
    together = (found.T @ found)[first, second]
    return [(int(first[n]), int(second[n])) for n in suspicious(together, len(found), chance)]


def trend(found: Matrix) -> bool:
    """Whether being drawn depends on the place in the list: the mean place of those drawn is off."""
    places = np.arange(POOL)
    mean = (found[:, :POOL] @ places).sum() / len(found)
    variance = QUOTA * (POOL - QUOTA) / (POOL - 1) * places.var() / len(found)
    limit = NormalDist().inv_cdf(1 - FALSE_ALARM / 2)
    return bool(abs(mean - QUOTA * places.mean()) > limit * variance**0.5)


def officer_marginals(found: Matrix) -> list[int]:
    """Officers sent to the first object too often or too rarely."""
    return suspicious(np.bincount(found[:, :2].ravel(), minlength=6), len(found), 1 / 3)


def officer_pairs(found: Matrix) -> list[tuple[int, int]]:
    """Pairs of officers of a squad that go to the first object together too often or too rarely."""
    possible = [
        (a, b) for a in range(6) for b in range(a + 1, 6) if SQUADS[OFFICERS[a][0]] == SQUADS[OFFICERS[b][0]]
    ]
    low, high = found[:, :2].min(axis=1), found[:, :2].max(axis=1)
    counts = [((low == a) & (high == b)).sum() for a, b in possible]
    assert sum(counts) == len(found)
    return [possible[n] for n in suspicious(counts, len(found), 1 / 6)]


def squads(found: Matrix) -> list[int]:
    """Squads that get the first object too often or too rarely."""
    first = [SQUADS[row[0]] for row in OFFICERS]
    own = np.array([code == "q1" for code in first])[found[:, 0]]
    return suspicious([own.sum()], len(found), 0.5)


class TestObjects:
    def test_every_candidate_is_drawn_equally_often(self, objects: Matrix) -> None:
        assert objects.sum() == DRAWS * (QUOTA + SECOND_QUOTA)
        assert marginals(objects) == []

    def test_every_pair_is_drawn_together_equally_often_within_and_across_strata(
        self, objects: Matrix
    ) -> None:
        assert pairs(objects) == []

    def test_the_place_in_the_list_does_not_matter(self, objects: Matrix) -> None:
        assert not trend(objects)

    def test_a_draw_tells_nothing_about_the_next(self, objects: Matrix) -> None:
        again = objects[:-1, :POOL].T @ objects[1:, :POOL]
        assert suspicious(again, DRAWS - 1, (QUOTA / POOL) ** 2) == []

    def test_the_order_of_a_stratum_favours_nobody(self) -> None:
        numbers = range(100_000)
        first = [algorithm.Line(seed(n), "s1", list(range(POOL))).next() for n in numbers]
        assert suspicious(np.bincount(first, minlength=POOL), len(numbers), 1 / POOL) == []


class TestOfficers:
    def test_every_officer_is_sent_equally_often(self, officers: Matrix) -> None:
        assert officer_marginals(officers) == []

    def test_every_pair_of_a_squad_is_formed_equally_often(self, officers: Matrix) -> None:
        assert officer_pairs(officers) == []

    def test_every_squad_comes_first_equally_often(self, officers: Matrix) -> None:
        assert squads(officers) == []

    def test_the_first_of_two_is_anybody(self, officers: Matrix) -> None:
        assert suspicious(np.bincount(officers[:, 0], minlength=6), TEAM_DRAWS, 1 / 6) == []

    def test_who_goes_to_the_second_object_does_not_depend_on_the_first(self, officers: Matrix) -> None:
        counts = np.zeros((6, 6))
        np.add.at(counts, (officers[:, 0], officers[:, 2]), 1)
        other = np.array([[SQUADS[a[0]] != SQUADS[b[0]] for b in OFFICERS] for a in OFFICERS])
        assert counts[~other].sum() == 0
        assert suspicious(counts[other], TEAM_DRAWS, 1 / 18) == []


@pytest.mark.parametrize("n", [2, 3, 7, 10, 48])
def test_numbers_below_n_are_uniform(n: int) -> None:
    own, draws = seed(n), 100_000
    numbers = [algorithm.below(own, f"number {place}", n) for place in range(draws)]
    assert min(numbers) == 0 and max(numbers) == n - 1
    assert suspicious(np.bincount(numbers, minlength=n), draws, 1 / n) == []


class TestPlantedBias:
    """One draw in fifty is steered; the rest stays as it was. Each way must be caught."""

    @pytest.fixture
    def steer(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Matrix]:
        honest = algorithm.below

        def planted(
            base: Matrix, simulate: Callable[[Iterable[int]], Matrix], choose: dict[str, int]
        ) -> Matrix:
            def steered(own: bytes, label: str, n: int) -> int:
                wanted = next((to for what, to in choose.items() if label.startswith(what)), None)
                return honest(own, label, n) if wanted is None else min(wanted, n - 1)

            monkeypatch.setattr(algorithm, "below", steered)
            made = base.copy()
            made[::STEERED] = simulate(range(0, len(base), STEERED))
            return made

        return planted

    def test_a_favourite_is_caught(self, steer: Any, objects: Matrix) -> None:
        assert marginals(steer(objects, drawn_objects, {"object|s1|0": 3})) == [3]

    def test_one_who_is_spared_is_caught(self, steer: Any, objects: Matrix) -> None:
        made = objects.copy()
        spared = made[::STEERED]
        spared[:, 7] = 0
        assert 7 in marginals(made)

    def test_a_favourite_in_another_stratum_is_caught(self, steer: Any, objects: Matrix) -> None:
        assert POOL + 2 in marginals(steer(objects, drawn_objects, {"object|s2|0": 2}))

    def test_a_favourite_pair_is_caught(self, steer: Any, objects: Matrix) -> None:
        assert (3, 6) in pairs(steer(objects, drawn_objects, {"object|s1|0": 3, "object|s1|1": 5}))

    def test_the_head_of_the_list_before_its_tail_is_caught(self, steer: Any, objects: Matrix) -> None:
        made = steer(objects, drawn_objects, {"object|s1|": 0})
        assert trend(made)
        assert marginals(made)

    def test_strata_that_go_together_are_caught(self, steer: Any, objects: Matrix) -> None:
        made = steer(objects, drawn_objects, {"object|s1|0": 1, "object|s2|0": 1})
        assert (1, POOL + 1) in pairs(made)

    def test_a_favourite_officer_is_caught(self, steer: Any, officers: Matrix) -> None:
        assert officer_marginals(steer(officers, sent_officers, {"squad|0": 0, "officer|1": 0}))

    def test_a_pair_of_officers_is_caught(self, steer: Any, officers: Matrix) -> None:
        made = steer(officers, sent_officers, {"squad|0": 0, "officer|1": 0, "officer|2": 0})
        assert officer_pairs(made)

    def test_a_squad_that_always_comes_first_is_caught(self, steer: Any, officers: Matrix) -> None:
        assert squads(steer(officers, sent_officers, {"squad|0": 0}))

    def test_a_remainder_without_a_second_attempt_is_caught(self) -> None:
        """The usual mistake of taking a few bits modulo n: 64 values on 48 places are no 2 % any more."""
        numbers = [hashlib.sha256(f"{n}".encode()).digest()[0] % 64 % 48 for n in range(100_000)]
        assert suspicious(np.bincount(numbers, minlength=48), 100_000, 1 / 48)
