"""How a planned lead will go: drawn once, so that a replay that was broken off goes on the same way."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chengshu.leads.lifecycle import Outcome
from chengshu.leads.settings import sources


@dataclass(frozen=True)
class Fate:
    """What happens to a lead, and how long everybody takes."""

    outcome: str
    """What the squad will find to do."""
    hand: int
    """A number by which one of the squad's officers, of the dispatchers … is chosen."""
    dismissed: str
    """The outcome with which the dispatcher closes it before dispatch; empty: he does not."""
    double_of: str
    """The number of the planned lead that it is a double of; empty: of none."""
    returned: bool
    rejected: bool
    extended: bool
    urged: bool
    refused: bool
    reopened: bool
    rating: int | None
    minutes: dict[str, float]
    arrive_share: float
    """Share of the time allowed for arriving that is used; above 1 it is late."""
    handle_share: float
    order_days: int
    body: str
    words: dict[str, str]


def draw(data: dict[str, Any], rng: random.Random, source: str, code: str, *, answered: bool) -> Fate:
    """A fate from the data; ``answered``: there is a reporter who may rate."""
    share = data["shares"]

    def happens(what: str) -> bool:
        return rng.random() < float(share[what])

    outcome = _choose(data["outcomes"][_key(data["outcomes"], source, code)], rng)
    trusted = sources()[source].trusted
    bodies = data["bodies"].get(code[:3], data["bodies"]["all"])
    return Fate(
        outcome=outcome,
        hand=rng.randrange(1 << 16),
        dismissed=Outcome.UNFOUNDED if not trusted and happens("dismissed") else "",
        double_of="",
        returned=happens("returned"),
        rejected=happens("rejected") and outcome == Outcome.ADVISED,
        extended=happens("extended"),
        urged=happens("urged"),
        refused=happens("refused"),
        reopened=happens("reopened") and outcome == Outcome.ADVISED,
        rating=int(_choose(data["ratings"], rng)) if answered and happens("rated") else None,
        minutes={what: _around(values, rng) for what, values in data["minutes"].items()},
        arrive_share=_used(data, "arrive", happens("late_arrival"), rng),
        handle_share=_used(data, "handle", happens("late_handling"), rng),
        order_days=rng.choice(data["order_days"]),
        body=rng.choice(bodies),
        words={what: rng.choice(texts) for what, texts in data["words"].items()},
    )


def _key(outcomes: dict[str, Any], source: str, code: str) -> str:
    if code.startswith("P"):
        return "part"
    return source if source in outcomes else "all"


def _choose(weights: dict[Any, float], rng: random.Random) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]


def _around(value: Sequence[float], rng: random.Random) -> float:
    """Log-normal around the usual value, at most three spreads away."""
    usual, spread = value
    return usual * math.exp(spread * min(3.0, max(-3.0, rng.gauss(0, 1))))


def _used(data: dict[str, Any], what: str, late: bool, rng: random.Random) -> float:
    if late:
        low, high = data["late"]
        return float(rng.uniform(low, high))
    return min(0.97, _around(data["used"][what], rng))
