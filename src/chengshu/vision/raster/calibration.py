"""How likely a candidate is true: a logistic model of its measures, calibrated so that 0.8 means 8 of 10.

The shipped factors (``data/score_heights.json``, ``data/score_colour.json``) come from made-up scenes; the
officers' verdicts recalibrate them with ``fit``: a few move level and slope only, many refit every factor.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from chengshu.vision.raster import kinds
from chengshu.vision.raster.types import RasterError

DATA = Path(__file__).parent / "data"
ENOUGH_FOR_ALL = 300  # verdicts from which on every factor is fitted anew
LEAST = 12
RIDGE = 1.0


def features(measures: dict[str, float]) -> dict[str, float]:
    """The numbers a score is made of, each defined for every candidate, also one without heights.

    How sound a measurement is, and what looks like a plant or a lorry; not which kinds were frequent where it
    was fitted: a lone shed, or one that is gone, must not score low because the scenes had few of them.
    """
    get = measures.get
    gain = abs(get("gain", 0.0))
    area = max(get("area", 0.0), 0.1)
    # What lies around says something only of what may be a vehicle: a body, or a cab (of which one without a
    # body beside it is rather a small shed).
    body, vehicle = min(1.0, get("truck", 0.0)), kinds.vehicle_like(measures)
    apart = 1 - min(1.0, get("flush", 0.0) / kinds.RULES.flush)
    road = min(1.0, max(0.0, (0.65 - get("bright", 0.5)) / 0.2)) * min(
        1.0, max(0.0, (0.25 - get("chroma", 0.2)) / 0.12)
    )
    return {
        "log_area": math.log(area),
        "log_area_2": math.log(area) ** 2,
        "gain": min(gain, 8.0),
        "low": max(0.0, 2.6 - gain),
        "fill": get("fill", 0.0),
        "width": min(get("width", 0.0), 6.0),
        "slender": min(8.0, get("length", 0.0) / max(get("width", 0.0), 0.2)),
        "rough": min(1.0, get("roughness", 0.0)),
        "vegetation": get("vegetation", 0.0),
        "vegetation_near": get("vegetation_near", 0.0),
        "edge": min(1.0, get("edge", 0.0)),
        "even": min(1.0, get("even", 0.0)),
        "flush": min(0.3, get("flush", 0.0)),
        "body": body,
        "body_level": body * kinds.level_top(measures),
        "body_apart": body * apart,
        "body_wide": body * max(0.0, get("width", 0.0) - kinds.RULES.legal_width),
        "cab": get("cab", 0.0),
        "vehicle_road": vehicle * road,
        "vehicle_open": vehicle * road * get("open", 0.5) ** 3,
        # Only without heights: made-up colours must not overrule a measured height.
        "colour": get("colour", 0.0) if "gain" not in measures else 0.0,
        "blue": get("blue_after", 0.0) if "gain" not in measures else 0.0,
    }


@dataclass(frozen=True)
class Calibration:
    """A fitted score: standardised features times ``weights`` plus ``bias``, through the logistic function.

    ``slope`` and ``level`` are what officers' verdicts added; ``count`` how many verdicts it stands on.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    slope: float = 1.0
    level: float = 0.0
    count: int = 0

    def raw(self, measures: dict[str, float]) -> float:
        """Log odds before the officers' correction."""
        values = features(measures)
        total = self.bias
        for name, mean, scale, weight in zip(self.names, self.means, self.scales, self.weights, strict=True):
            # A measure that an older calibration knew and this version does not says nothing.
            total += weight * (values.get(name, mean) - mean) / scale
        return total

    def score(self, measures: dict[str, float]) -> float:
        """Calibrated share of true ones among candidates like this, 0 to 1."""
        odds = self.slope * self.raw(measures) + self.level
        return round(1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds)))), 3)

    def save(self, path: Path) -> None:
        """Write it as a small JSON file."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def of(values: dict[str, object]) -> Calibration:
        """From the JSON of ``save`` (or of a database column); ``RasterError`` when it is not one."""
        try:
            held = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
            return Calibration(**held)  # type: ignore[arg-type]
        except (TypeError, AttributeError) as error:
            raise RasterError("This is not a calibration of scores.") from error


@cache
def shipped(name: str) -> Calibration:
    """The calibration that comes with the platform: ``heights`` or ``colour``."""
    return Calibration.of(json.loads((DATA / f"score_{name}.json").read_text(encoding="utf-8")))


def fit(
    measures: Sequence[dict[str, float]], verdicts: Sequence[bool], prior: Calibration | None = None
) -> Calibration:
    """A calibration from candidates and whether each was true.

    With ``prior`` and fewer than 300 verdicts only its level and slope are corrected, pulled towards no
    correction so that a dozen verdicts cannot turn the order round; with more, or without a prior, every
    factor is fitted. ``RasterError`` when there are fewer than a dozen, or when all are alike.
    """
    if len(measures) != len(verdicts):
        raise RasterError("There must be one verdict for each candidate.")
    truth = np.asarray(verdicts, dtype=float)
    if prior is not None and len(truth) < ENOUGH_FOR_ALL:
        if len(truth) < LEAST:
            raise RasterError("At least %(count)d verdicts are needed.", count=LEAST)
        odds = np.array([prior.raw(one) for one in measures])
        slope, level = _newton(odds[:, None], truth, centre=np.array([1.0, 0.0]), held=np.array([4.0, 0.5]))
        return Calibration(
            **(asdict(prior) | {"slope": max(0.05, slope), "level": level, "count": len(truth)})
        )
    if len(truth) < LEAST or truth.min() == truth.max():
        raise RasterError("At least %(count)d verdicts of both kinds are needed.", count=LEAST)
    table = [features(one) for one in measures]
    names = tuple(table[0])
    values = np.array([[row[name] for name in names] for row in table])
    means, scales = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)
    held = np.full(len(names) + 1, RIDGE)
    held[-1] = 1e-3
    found = _newton((values - means) / scales, truth, centre=np.zeros(len(names) + 1), held=held)
    return Calibration(
        names,
        tuple(round(float(value), 6) for value in means),
        tuple(round(float(value), 6) for value in scales),
        tuple(round(float(value), 6) for value in found[:-1]),
        round(float(found[-1]), 6),
        count=len(truth),
    )


def _newton(values: np.ndarray, truth: np.ndarray, *, centre: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Logistic regression (the constant last), held near ``centre`` with strength ``held``."""
    table = np.hstack([values, np.ones((len(values), 1))])
    found = centre.copy()
    for _turn in range(60):
        chance = 1.0 / (1.0 + np.exp(-np.clip(table @ found, -30, 30)))
        slope = table.T @ (chance - truth) + held * (found - centre)
        bend = (table * (chance * (1 - chance))[:, None]).T @ table + np.diag(held)
        step = np.linalg.solve(bend, slope)
        length = float(np.abs(step).max())
        found = found - step * min(1.0, 2.0 / max(length, 1e-9))
        if length < 1e-7:
            break
    return found


def reliability(scores: Sequence[float], verdicts: Sequence[bool], bins: int = 5) -> list[dict[str, float]]:
    """Per band of scores: how many, their mean score, and the share that was true."""
    rows = []
    for index in range(bins):
        low, high = index / bins, (index + 1) / bins
        inside = [
            (score, verdict)
            for score, verdict in zip(scores, verdicts, strict=True)
            if low <= score < high or (index == bins - 1 and score == 1.0)
        ]
        if inside:
            rows.append(
                {
                    "low": low,
                    "high": high,
                    "count": float(len(inside)),
                    "score": sum(score for score, _ in inside) / len(inside),
                    "true": sum(verdict for _, verdict in inside) / len(inside),
                }
            )
    return rows
