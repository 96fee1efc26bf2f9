"""Which kind of change a candidate is, from what was there before, and why, in words.

The words are English message identifiers with named values; an interface puts them into its language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Reason = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Rules:
    """Where the kinds divide: metres, square metres, shares.

    ``roof_m``: higher above the ground than this stands on a roof. ``shed_m``, ``shed_m2``: a light single
    storey. ``whole_roof``: share of the old roof that a new storey covers. ``touch``: share of the rim that
    an older building borders. ``blue``: share of blue sheet. ``truck_*``: the size of a
    lorry as a surface model shows them; no vehicle is wider than ``legal_width`` (GB
    1589: 2.55 m, and what a smeared edge adds). ``level``: a top that falls less than this may be a
    vehicle's; ``flush``: from this share of walls close by it is none.
    """

    roof_m: float = 2.0
    shed_m: float = 3.6
    shed_m2: float = 40.0
    whole_roof: float = 0.45
    touch: float = 0.12
    blue: float = 0.5
    truck_width: tuple[float, float] = (1.7, 3.4)
    truck_length: tuple[float, float] = (4.5, 13.5)
    truck_height: tuple[float, float] = (1.6, 4.6)
    legal_width: float = 2.75
    level: float = 0.2
    flush: float = 0.3


RULES = Rules()

KIND_WORDS = {
    "new_building": "new building",
    "storey_added": "storey added",
    "rooftop_addition": "rooftop addition",
    "extension": "extension at a building",
    "demolition": "demolition",
    "ground_works": "ground works",
    "temporary_shed": "temporary shed",
    "blue_steel_roof": "blue steel roof",
    "unclear": "unclear change",
}


def classify(measures: dict[str, float], rules: Rules = RULES) -> tuple[str, list[Reason]]:
    """Kind (one of ``types.KINDS``) and reasons of a candidate by its measures.

    Without a ``gain`` (no heights) only a blue steel roof can be told by its colour; all else is unclear.
    """
    gain = measures.get("gain")
    blue = measures.get("blue_after", 0.0) >= rules.blue and measures.get("blue_before", 0.0) < rules.blue / 2
    reasons: list[Reason] = []
    if gain is None:
        reasons.append(("colour and texture differ on %(share)d %% of it", _percent(measures, "colour")))
        if blue:
            reasons.append(("blue steel sheet that was not there before", {}))
            return "blue_steel_roof", reasons
        return "unclear", reasons
    above = measures.get("before_above", 0.0)
    on_roof = above > rules.roof_m
    if gain < 0:
        reasons.append(("%(metres).1f m lower than before", {"metres": -gain}))
        if on_roof:
            reasons.append(("before, %(metres).1f m above the ground: a building", {"metres": above}))
            return "demolition", reasons
        if not measures.get("dug"):
            reasons.append(("before, something low: %(metres).1f m above the ground", {"metres": above}))
            return "demolition", reasons
        reasons.append(("before, open ground", {}))
        return "ground_works", reasons
    reasons.append(("%(metres).1f m higher than before", {"metres": gain}))
    if on_roof:
        reasons.append(("before, a roof %(metres).1f m above the ground", {"metres": above}))
        share = measures.get("roof_share", 0.0)
        reasons.append(("covers %(share)d %% of that roof", {"share": round(100 * min(1.0, share))}))
        kind = "storey_added" if share >= rules.whole_roof else "rooftop_addition"
    else:
        reasons.append(("before, open ground", {}))
        touching = measures.get("touch", 0.0) >= rules.touch
        if touching:
            reasons.append(("borders an existing building", {}))
        light = gain <= rules.shed_m and measures.get("area", 0.0) <= rules.shed_m2
        kind = "extension" if touching else "temporary_shed" if light else "new_building"
    if blue:
        reasons.append(("blue steel sheet that was not there before", {}))
        kind = "blue_steel_roof"
    reasons += doubts(measures, rules)
    if measures.get("vegetation", 0.0) >= 0.2:
        reasons.append(("plants on %(share)d %% of it", _percent(measures, "vegetation")))
    return kind, reasons


def truck_like(width: float, length: float, gain: float, above: float, rules: Rules = RULES) -> bool:
    """Whether something on the ground has a lorry's size (metres); ``above``: what was there before."""
    return (
        above < rules.roof_m
        and rules.truck_width[0] <= width <= rules.truck_width[1]
        and rules.truck_length[0] <= length <= rules.truck_length[1]
        and rules.truck_height[0] <= abs(gain) <= rules.truck_height[1]
    )


def cab_like(measures: dict[str, float], rules: Rules = RULES) -> bool:
    """Whether something on the ground is as wide and as high as a lorry, but shorter."""
    above = min(measures.get("before_above", 0.0), measures.get("after_above", 0.0))
    shape = rules.truck_width[0] <= measures.get("width", 0.0) <= rules.truck_width[1]
    low = rules.truck_height[0] <= abs(measures["gain"]) <= rules.truck_height[1]
    return above < rules.roof_m and shape and low and measures.get("length", 0.0) < rules.truck_length[0]


def vehicle_like(measures: dict[str, float], rules: Rules = RULES) -> float:
    """1 for something on the ground as wide and as high as a lorry or its cab, 0 for what is none."""
    if "gain" not in measures:
        return 0.0
    return max(min(1.0, measures.get("truck", 0.0)), float(cab_like(measures, rules)))


def part_of_vehicle(measures: dict[str, float], rules: Rules = RULES) -> bool:
    """Whether something on the ground may be what was measured of a body or a cab: nowhere larger."""
    above = min(measures.get("before_above", 0.0), measures.get("after_above", 0.0))
    return (
        above < rules.roof_m
        and measures.get("width", 0.0) <= rules.truck_width[1]
        and measures.get("length", 0.0) <= rules.truck_length[1]
        and rules.truck_height[0] <= abs(measures.get("gain", 0.0)) <= rules.truck_height[1]
    )


def level_top(measures: dict[str, float], rules: Rules = RULES) -> float:
    """1 for a top parallel to the ground as a vehicle's is, 0 for one that falls as a light roof does."""
    return 1 - min(1.0, max(0.0, measures.get("tilt", 0.0) - rules.level / 2) / (rules.level / 2))


def doubts(measures: dict[str, float], rules: Rules = RULES) -> list[Reason]:
    """Why it may be a vehicle; nothing where a wall, a falling roof or its width speaks against it."""
    if measures.get("cab", 0.0) >= 0.5:
        return [("of a lorry's size, with something like a cab at one end: probably a vehicle", {})]
    if vehicle_like(measures, rules) < 0.5:
        return []
    none = (
        measures.get("flush", 0.0) >= rules.flush
        or level_top(measures, rules) == 0.0
        or measures.get("width", 0.0) > rules.legal_width
    )
    return [] if none else [("of a lorry's size, level and apart from walls: may be a parked vehicle", {})]


def _percent(measures: dict[str, float], name: str) -> dict[str, Any]:
    return {"share": round(100 * measures.get(name, 0.0))}
