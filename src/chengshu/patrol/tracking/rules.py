"""The figures of `data/positions.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parents[1] / "data" / "positions.yaml"


@dataclass(frozen=True)
class Keep:
    """Days for which things are kept, or partitions made ahead."""

    raw_days: int
    track_days: int
    late_days: int
    ahead_days: int


@dataclass(frozen=True)
class Take:
    """Which positions are taken in."""

    ahead_seconds: int
    accuracy_most_m: float
    batch_most: int
    tell_seconds: int


@dataclass(frozen=True)
class Clean:
    """Which of them make a track."""

    accuracy_most_m: float
    speed_most_kmh: Mapping[str, float]
    fill_gap_s: float


@dataclass(frozen=True)
class Stops:
    """A stop: so long within so many metres."""

    radius_m: float
    least_s: float


@dataclass(frozen=True)
class Line:
    """How far a line may be simplified, and which positions it joins."""

    tolerance_m: float
    joined_gap_s: float


@dataclass(frozen=True)
class Cover:
    """What it means to have been somewhere."""

    resolution: int
    step_m: float
    point_radius_m: float
    heat: tuple[float, ...]


@dataclass(frozen=True)
class Gateway:
    """The gateway of JT/T 808 terminals."""

    datum: str
    silent_seconds: float
    connections_most: int
    batch_most: int
    batch_wait_ms: float
    waiting_most: int
    faults_most: int
    tell_seconds: float


@dataclass(frozen=True)
class Rules:
    """Everything."""

    verified: bool
    keep: Keep
    take: Take
    clean: Clean
    stops: Stops
    track: Line
    cover: Cover
    look_minutes: int
    jt808: Gateway


@cache
def rules() -> Rules:
    """The figures as the file has them."""
    data: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    cover = {**data["cover"], "heat": tuple(data["cover"]["heat"])}
    return Rules(
        data["verified"], Keep(**data["keep"]), Take(**data["take"]), Clean(**data["clean"]),
        Stops(**data["stops"]), Line(**data["track"]), Cover(**cover), data["look"]["minutes"],
        Gateway(**data["jt808"]),
    )  # fmt: skip
