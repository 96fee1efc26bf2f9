"""How good the matching is: weights fitted on some seeds, precision and recall measured on others."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import score
from .candidates import candidate_pairs, find_matches, mark_common
from .names import NAME_LEVELS
from .population import NOISE, Maker, Population, Sample, Spot, make_population, moved, position_at
from .score import Record, make_record, observe

TRAINING_SEEDS = (11, 12, 13, 14, 15, 16)
EVALUATION_SEEDS = (101, 102, 103, 104)
COMPOUND_SEEDS = (201, 202, 203, 204, 205)
PLACES = ("普陀区", "普陀")
REFERENCE_LEVELS = {  # what says nothing: every other level is weighed against these
    "trade.unknown", "branch.none", "numbers.none", "address.unknown", "distance.unknown", "phone.unknown",
    "uscc.unknown", "numbers.one", "trade.same",
}  # fmt: skip
Pair = tuple[int, int]


@dataclass
class Measure:
    """What was found against what is true. Precision and recall are ratios from 0 to 1."""

    found: int = 0
    true: int = 0
    right: int = 0
    recall_by_kind: dict[str, tuple[int, int]] = field(default_factory=dict)
    false_by_kind: dict[str, int] = field(default_factory=dict)
    candidates: int = 0
    candidates_right: int = 0

    @property
    def precision(self) -> float:
        """Right among found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Found among true."""
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 0.0

    @property
    def blocking_recall(self) -> float:
        """True pairs that share a key at all: no score can do better."""
        return self.candidates_right / self.true if self.true else 0.0

    def add(self, other: Measure) -> None:
        """Pool another measurement into this one."""
        for name in ("found", "true", "right", "candidates", "candidates_right"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, (right, total) in other.recall_by_kind.items():
            mine = self.recall_by_kind.get(kind, (0, 0))
            self.recall_by_kind[kind] = (mine[0] + right, mine[1] + total)
        for kind, count in other.false_by_kind.items():
            self.false_by_kind[kind] = self.false_by_kind.get(kind, 0) + count


def records_of(samples: Iterable[Sample]) -> list[Record]:
    """Rows as the matching sees them."""
    classes = {"shop": 1, "compound": 2}
    return [
        make_record(
            s.id, classes[s.object_class], name=s.name, address=s.address, position=s.position, phone=s.phone,
            uscc=s.uscc, places=PLACES,
        )
        for s in samples
    ]  # fmt: skip


def measure(population: Population, threshold: float | None = None) -> Measure:
    """Run the whole matching, candidates included, over a population and compare with the truth."""
    limit = score.THRESHOLD if threshold is None else threshold
    records = records_of(population.samples)
    truth = population.true_pairs()
    by_id = {sample.id: sample for sample in population.samples}
    found = {_ordered(a.id, b.id) for a, b, _match in find_matches(records, threshold=limit)}
    near = {_ordered(records[i].id, records[j].id) for i, j in candidate_pairs(records)}
    result = Measure(
        len(found), len(truth), len(found & truth), candidates=len(near), candidates_right=len(near & truth)
    )
    kinds, hits = Counter[str](), Counter[str]()
    for pair in truth:
        kind = _kind_of(pair, by_id)
        kinds[kind] += 1
        hits[kind] += pair in found
    result.recall_by_kind = {kind: (hits[kind], total) for kind, total in kinds.items()}
    result.false_by_kind = dict(Counter(_false_kind(pair, by_id) for pair in found - truth))
    return result


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def _kind_of(pair: Pair, by_id: dict[int, Sample]) -> str:
    kinds = [by_id[id].kind for id in pair]
    return next((kind for kind in kinds if kind in NOISE or kind == "mixed"), kinds[0])


def _false_kind(pair: Pair, by_id: dict[int, Sample]) -> str:
    return " / ".join(sorted({by_id[id].kind for id in pair}))


# --- weights ------------------------------------------------------------------------------------------
def training_table(
    seeds: Sequence[int] = TRAINING_SEEDS,
) -> tuple[list[str], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Observed codes of all candidate pairs of the training populations, and which pairs are doubles."""
    rows: list[list[str]] = []
    labels: list[float] = []
    for seed in seeds:
        population = make_population(seed)
        records, truth = records_of(population.samples), population.true_pairs()
        mark_common(records)
        for i, j in sorted(candidate_pairs(records)):
            rows.append(observe(records[i], records[j])[0])
            labels.append(float(_ordered(records[i].id, records[j].id) in truth))
    codes = sorted({code for row in rows for code in row} - REFERENCE_LEVELS)
    place = {code: number for number, code in enumerate(codes)}
    table = np.zeros((len(rows), len(codes)))
    for number, row in enumerate(rows):
        for code in row:
            if code in place:
                table[number, place[code]] = 1.0
    return codes, table, np.array(labels)


# Levels of which an earlier one may never weigh less than a later one: a pin nearer by cannot speak against.
ORDERED = (
    tuple(f"distance.{bound}" for bound in (*score.DISTANCES, "far")),
    tuple(f"name.{level}" for level in NAME_LEVELS),
    (
        "address.same",
        "address.other_room",
        "address.near_number",
        "address.other_number",
        "address.other_road",
    ),
    ("phone.same", "phone.different"),
)


def fit_weights(seeds: Sequence[int] = TRAINING_SEEDS, ridge: float = 1.0) -> tuple[float, dict[str, float]]:
    """Bias and weights by logistic regression with an L2 penalty `ridge`.

    Where the weights of an ordered family come out in the wrong order, the two levels are made one and the
    fit is done again (pool adjacent violators).
    """
    codes, table, labels = training_table(seeds)
    group = {code: code for code in codes}
    while True:
        groups = sorted(set(group.values()))
        pooled = np.zeros((len(table), len(groups)))
        for number, code in enumerate(codes):
            pooled[:, groups.index(group[code])] += table[:, number]
        bias, fitted = _newton(pooled, labels, ridge)
        weights = {code: fitted[groups.index(group[code])] for code in codes}
        violators = _wrong_order(weights)
        if violators is None:
            return bias, weights
        keep, drop = (group[code] for code in violators)
        group = {code: keep if owner == drop else owner for code, owner in group.items()}


def _wrong_order(weights: dict[str, float]) -> tuple[str, str] | None:
    for family in ORDERED:
        known = [code for code in family if code in weights]
        for stronger, weaker in pairwise(known):
            if weights[stronger] < weights[weaker] - 1e-9:
                return stronger, weaker
    return None


def _newton(
    table: npt.NDArray[np.float64], labels: npt.NDArray[np.float64], ridge: float
) -> tuple[float, list[float]]:
    """Logistic regression; returns the bias and one weight a column."""
    design = np.hstack([np.ones((len(table), 1)), table])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-6
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (labels - chance) - penalty * beta
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if float(np.abs(step).max()) < 1e-6:
            break
    return float(beta[0]), [float(weight) for weight in beta[1:]]


def thresholds(seeds: Sequence[int] = TRAINING_SEEDS) -> list[tuple[float, float, float]]:
    """(threshold, precision, recall) on the training populations, to choose the threshold from."""
    results = []
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        pooled = Measure()
        for seed in seeds:
            pooled.add(measure(make_population(seed), threshold))
        results.append((threshold, pooled.precision, pooled.recall))
    return results


# --- real compounds against themselves ------------------------------------------------------------------
def read_compounds(path: Path) -> list[Sample]:
    """The rows of a list of compounds with columns 小区名称, 详细地址：, 经度_wgs84, 纬度_wgs84."""
    samples = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            position = (float(row["经度_wgs84"]), float(row["纬度_wgs84"]))
            name, address = row["小区名称"].strip(), " ".join(row["详细地址："].split())
            samples.append(Sample(number, number, "compound", "compound", name, address, position, "", ""))
    return samples


def perturbed(samples: Sequence[Sample], seed: int) -> Population:
    """The list with every row once more, changed by one kind of noise or several."""
    make = Maker(seed)
    make.population.samples = list(samples)
    kinds = [*NOISE, "mixed", "mixed"]
    kinds.remove("phone missing")  # the list has none
    for number, sample in enumerate(samples):
        spot = _spot_of(sample, make.random)
        kind = kinds[number % len(kinds)]
        row = Sample(
            len(samples) + sample.id, sample.entity, kind, "compound", sample.name, sample.address,
            moved(make, sample.position, 15), "", "",
        )  # fmt: skip
        several = make.random.sample(list(NOISE), k=make.random.choice((2, 3)))
        for one in several if kind == "mixed" else [kind]:
            row = NOISE[one](make, row, spot)
        make.population.samples.append(row)
    return make.population


def _spot_of(sample: Sample, chance: random.Random) -> Spot:
    """Road and number for address variants of a real row, with another row's road as the crossing."""
    parsed = make_record(0, 0, name="", address=sample.address, position=None, phone="", uscc="").address
    road = parsed.road_names[0] if parsed.road_names else sample.address
    number = parsed.lane or parsed.low or 1
    return Spot(road, number, chance.choice(["岚皋路", "武宁路", "真北路", "金沙江路"]), *position_at(0, 0))
