"""The settings of flights and suspects, typed, from `data/sensing.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class FlightRules:
    """What a mosaic may be: bands, sides in pixels, size of a pixel and height of the flight in metres."""

    bands: tuple[int, ...]
    max_side_px: int
    plain_mpx: int
    min_side_px: int
    gsd_m: tuple[float, float]
    height_m: tuple[float, float]


@dataclass(frozen=True)
class TileRules:
    """How map tiles are made."""

    size: int
    zooms: tuple[int, int]
    quality: int
    max_age_s: int


@dataclass(frozen=True)
class ImportRules:
    """What is still accepted as a list of permits."""

    max_rows: int
    max_mb: int
    max_area_m2: float


@dataclass(frozen=True)
class Rules:
    """Everything in the file; meanings and units stand there."""

    verified: bool
    permit_share: float
    second_reader_share: float
    same_place_share: float
    around_m: float
    calibration_least: int
    lead_classes: dict[str, str]
    outcomes: dict[str, str]
    ledger_kinds: tuple[str, ...]
    fall_m: float
    ground_tolerance_m: float
    ground_percentile: float
    ground_ring_m: float
    samples: int
    profile_points: int
    profile_longest_m: float
    model: str
    flights: FlightRules
    tiles: TileRules
    imports: ImportRules
    columns: dict[str, list[str]]
    kinds: dict[str, list[str]]


@cache
def rules() -> Rules:
    """The file as it is shipped."""
    data = yaml.safe_load((DATA / "sensing.yaml").read_text(encoding="utf-8"))
    return Rules(
        **{
            **data,
            "ledger_kinds": tuple(data["ledger_kinds"]),
            "flights": FlightRules(**_tuples(data["flights"])),
            "tiles": TileRules(**_tuples(data["tiles"])),
            "imports": ImportRules(**data["imports"]),
        }
    )


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
