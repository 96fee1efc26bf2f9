"""What the desk proposes to officers, from `data/work.yaml` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class WorkSettings:
    """Days are calendar days; results are the standard codes."""

    verified: bool
    amber_days: int
    rectify_days: dict[str, Any]
    due_days: dict[str, int]
    gravest_first: list[int]
    problem: int

    def rectify_by(self, object_class: str, day: date) -> date:
        """The proposed last day of an order given on ``day`` to an object of the class."""
        days = self.rectify_days["classes"].get(object_class, self.rectify_days["default"])
        return day + timedelta(days=days)

    def due_on(self, kind: str, day: date) -> date:
        """The proposed last day of an inspection outside the draw that begins on ``day``."""
        return day + timedelta(days=self.due_days.get(kind, self.amber_days))


@cache
def work() -> WorkSettings:
    """The settings of the officers' work."""
    return WorkSettings(**yaml.safe_load((DATA / "work.yaml").read_text(encoding="utf-8")))
