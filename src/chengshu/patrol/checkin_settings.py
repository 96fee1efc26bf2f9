"""What check-ins are worth, and from where on they show a light: `data/checkins.yaml` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class CheckInRules:
    """Metres, seconds, minutes and hours as their names say; weights from 0 to 100 by way."""

    verified: bool
    source: str
    weights: dict[str, int]
    visit: dict[str, int]
    no_position_below: int
    radius_m: float
    worst_accuracy_m: float
    far_from_tag_m: float
    speed: dict[str, float]
    batch: dict[str, int]
    off_duty_minutes: int
    late_hours: float
    clock_s: float
    counter_doubt_s: float
    diversification: dict[str, str]

    @property
    def visit_apart(self) -> timedelta:
        """How long after a visit to a point the next one counts."""
        return timedelta(minutes=self.visit["apart_minutes"])

    @property
    def batch_span(self) -> timedelta:
        """How far before and after a check-in others count as one batch with it."""
        return timedelta(minutes=self.batch["minutes"])

    @property
    def duty_margin(self) -> timedelta:
        """How long before and after a duty a check-in still belongs to it."""
        return timedelta(minutes=self.off_duty_minutes)

    @property
    def counter_doubt(self) -> timedelta:
        """By how much the clocks of two phones may differ."""
        return timedelta(seconds=self.counter_doubt_s)

    @property
    def application(self) -> bytes:
        """The application's name as it goes into diversified keys."""
        return bytes.fromhex(self.diversification["application"])

    @property
    def system(self) -> bytes:
        """The system identifier as it goes into diversified keys."""
        return self.diversification["system"].encode()


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@cache
def rules() -> CheckInRules:
    """The rules of check-ins."""
    return CheckInRules(**_read("checkins.yaml"))


@cache
def shipped_requirements() -> dict[str, Any]:
    """The proposed frequencies: ``verified``, ``source``, ``valid_from`` and ``requirements``."""
    return _read("requirements.yaml")
