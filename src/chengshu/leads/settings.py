"""The loop's own data: sources and clocks, from YAML beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Source:
    """来源: where leads come from. ``trusted`` ones are registered and routed by themselves."""

    code: str
    zh: str
    en: str
    letter: str
    trusted: bool = False

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.en if (get_language() or "").startswith("en") else self.zh


@dataclass(frozen=True)
class AlarmLimit:
    """Minutes until the squad and until the district is called; None: never."""

    squad: int | None
    district: int | None


@dataclass(frozen=True)
class Clocks:
    """Limits that hold for every class."""

    amber_share: float
    boundary_doubt_m: float
    similar_radius_m: float
    similar_days: int
    rating_from: int
    rating_to: int
    alarms: dict[str, AlarmLimit]
    tell_hours: float
    verified: bool


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@cache
def clocks() -> Clocks:
    """The clocks of `data/clocks.yaml`."""
    data = _read("clocks.yaml")
    data["alarms"] = {kind: AlarmLimit(**limit) for kind, limit in data["alarms"].items()}
    return Clocks(**data)


@cache
def _sources() -> dict[str, Source]:
    return {code: Source(code, **entry) for code, entry in _read("sources.yaml").items()}


def sources() -> dict[str, Source]:
    """Every known source by its code, in order."""
    return dict(_sources())


def desk() -> dict[str, Any]:
    """What the desk proposes, from `data/desk.yaml`."""
    return dict(_desk())


@cache
def _desk() -> dict[str, Any]:
    return _read("desk.yaml")


def register_source(source: Source) -> None:
    """Let another domain bring a source of its own. Raises ValueError for a code already taken otherwise."""
    known = _sources().get(source.code)
    if known is not None and known != source:
        raise ValueError(f"source {source.code} is known already")
    _sources()[source.code] = source
