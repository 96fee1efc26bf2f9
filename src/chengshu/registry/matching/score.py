"""How likely two records are one object: weighted evidence, each piece with its reason.

The score is ``1 / (1 + exp(-(bias + sum of weights)))``. A weight is the log-odds that one observation adds,
whatever else is seen; `WEIGHTS` were fitted by L2-regularised logistic regression on the training populations
of `chengshu.registry.matching.evaluation` (``benchmarks/doubles_quality.py --fit`` prints them anew), which
share no seed with the populations on which precision and recall are reported.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from chengshu.kernel.geometry import haversine_m

from .addresses import Address, compare_addresses, parse_address
from .names import Name, compare_branches, compare_names, compare_numbers, compare_trades, parse_name

BIAS = -1.94
# Log-odds; levels that are not listed say nothing (0).
WEIGHTS: dict[str, float] = {
    "address.corner_on_road": -1.58,
    "address.lane_or_number": 1.81,
    "address.near_number": -2.01,
    "address.other_number": -2.01,
    "address.other_road": -5.68,
    "address.road_only": -0.19,
    "address.same": 2.33,
    "address.same_corner": 2.58,
    "address.same_lane": 2.75,
    "branch.conflict": -1.47,
    "branch.one": -0.37,
    "branch.same": 1.51,
    "distance.100": 0.18,
    "distance.15": 1.18,
    "distance.200": -1.39,
    "distance.40": 0.18,
    "distance.400": -4.32,
    "distance.far": -4.94,
    "name.alike": -1.14,
    "name.close": 0.77,
    "name.common": -1.09,
    "name.contained": 0.77,
    "name.different": -4.71,
    "name.same": 5.15,
    "name.same_core": 3.05,
    "name.same_sound": 3.05,
    "name.weak": -3.12,
    "numbers.conflict": -2.28,
    "numbers.same": 1.0,
    "phone.different": -0.81,
    "phone.same": 0.72,
    "trade.conflict": -5.19,
    "uscc.different": -3.41,
    "uscc.same": 4.6,
}
THRESHOLD = 0.5
COMMON = 3  # so many other records under the same core make a name a common one
DISTANCES = (15, 40, 100, 200, 400)  # metres; upper bounds of the levels


@dataclass(slots=True)
class Record:
    """An object as the matching sees it."""

    id: int
    class_id: int
    name: Name
    address: Address
    position: tuple[float, float] | None
    phone: str
    uscc: str
    common: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A score with what speaks for and against, the weightiest first."""

    score: float
    reasons: list[dict[str, float | str]]


def make_record(
    id: int,
    class_id: int,
    *,
    name: str,
    address: str,
    position: tuple[float, float] | None,
    phone: str,
    uscc: str,
    places: Collection[str] = (),
    roads: Collection[str] = (),
) -> Record:
    """Take one object's texts apart once. ``places``, ``roads`` as in `parse_name`."""
    parsed = parse_address(address, places=places)
    known = [*roads, *(road for road in parsed.road_names if len(road) > 2)]
    digits = "".join(sign for sign in phone if sign.isdigit())
    return Record(
        id,
        class_id,
        parse_name(name, places=places, roads=known),
        parsed,
        position,
        digits if len(digits) >= 7 else "",
        uscc.strip().upper(),
    )


def distance_level(metres: float | None) -> str:
    """The level of a distance: the upper bound in metres, ``far`` or ``unknown``."""
    if metres is None:
        return "unknown"
    return next((str(bound) for bound in DISTANCES if metres <= bound), "far")


def observe(a: Record, b: Record) -> tuple[list[str], float | None]:
    """What is seen on a pair, as codes of `WEIGHTS`, and the distance in metres where both have a pin."""
    metres = haversine_m(*a.position, *b.position) if a.position and b.position else None
    name = compare_names(a.name, b.name)
    codes = [
        "name." + name,
        "trade." + compare_trades(a.name, b.name),
        "branch." + compare_branches(a.name, b.name),
        "numbers." + compare_numbers(a.name, b.name),
        "address." + compare_addresses(a.address, b.address),
        "distance." + distance_level(metres),
        "phone." + _compare(a.phone, b.phone),
        "uscc." + _compare(a.uscc, b.uscc),
    ]
    if (a.common or b.common) and name not in {"weak", "different"}:
        codes.append("name.common")
    return codes, metres


def _compare(a: str, b: str) -> str:
    if not a or not b:
        return "unknown"
    return "same" if a == b else "different"


def compare(a: Record, b: Record, threshold: float = 0.0) -> Match | None:
    """Score a pair; None below the threshold."""
    codes, metres = observe(a, b)
    score = 1 / (1 + math.exp(-(BIAS + sum([WEIGHTS.get(code, 0.0) for code in codes]))))
    if score < threshold:
        return None
    reasons: list[dict[str, float | str]] = [
        {"code": code, "weight": WEIGHTS[code]} for code in codes if abs(WEIGHTS.get(code, 0.0)) >= 0.1
    ]
    for reason in reasons:
        if metres is not None and str(reason["code"]).startswith("distance."):
            reason["metres"] = round(metres)
    reasons.sort(key=lambda reason: -abs(float(reason["weight"])))
    return Match(round(score, 4), reasons)
