"""The command centre's settings, from YAML beside this file, and its shifts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone
from django.utils.translation import get_language

SOURCE = Path(__file__).parent / "data" / "command.yaml"


@dataclass(frozen=True)
class Shift:
    """班次: a part of every day; one that ends before it begins reaches into the next day."""

    code: str
    zh: str
    en: str
    begins: time
    ends: time

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.en if (get_language() or "").startswith("en") else self.zh

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Beginning and end of the shift that begins on a local day."""
        zone = timezone.get_current_timezone()
        last = day if self.ends > self.begins else day + timedelta(days=1)
        return datetime.combine(day, self.begins, zone), datetime.combine(last, self.ends, zone)


@dataclass(frozen=True)
class Settings:
    """Everything in ``data/command.yaml``."""

    verified: bool
    rows_most: int
    done_most: int
    alarms_most: int
    offers_most: int
    stale_minutes: int
    offered_duties: tuple[str, ...]
    wall_rows: int
    wall_turn_seconds: int
    log_panel: int
    log_page: int
    camera_class: str
    speeds: tuple[int, ...]
    shifts: tuple[Shift, ...]


@cache
def settings() -> Settings:
    """The settings as the file has them."""
    data: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    data["shifts"] = tuple(
        Shift(
            code,
            entry["zh"],
            entry["en"],
            time.fromisoformat(entry["begins"]),
            time.fromisoformat(entry["ends"]),
        )
        for code, entry in data["shifts"].items()
    )
    data["offered_duties"], data["speeds"] = tuple(data["offered_duties"]), tuple(data["speeds"])
    return Settings(**data)


def shift_at(moment: datetime) -> tuple[Shift, date]:
    """The shift that runs at a moment, and the local day on which it began."""
    local = timezone.localtime(moment)
    for day in (local.date(), local.date() - timedelta(days=1)):
        for shift in settings().shifts:
            begins, ends = shift.on(day)
            if begins <= local < ends:
                return shift, day
    return settings().shifts[0], local.date()
