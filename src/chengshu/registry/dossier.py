"""The object's file (一户一档) as other domains see it: they add their entries to its timeline.

from chengshu.registry.dossier import TimelineEntry, register_timeline

register_timeline("cases", lambda obj, user: [TimelineEntry(at=…, title=…, url=…)])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chengshu.bureau.models import User
from chengshu.registry.models import RegulatedObject


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened to an object. ``tone`` is one of the five tones of the interface."""

    at: datetime
    title: Any
    text: str = ""
    by: str = ""
    url: str = ""
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Way:
    """A button on the object's file: where it leads and what it says."""

    label: Any
    url: str
    icon: str = "link"


Source = Callable[[RegulatedObject, User], Iterable[TimelineEntry]]
_sources: dict[str, Source] = {}
_ways: dict[str, Callable[[RegulatedObject, User], Way | None]] = {}


def register_timeline(code: str, source: Source) -> None:
    """Add a source of entries; the same code again replaces it. A source shows only what the user may see."""
    _sources[code] = source


def timeline(obj: RegulatedObject, user: User, limit: int = 200) -> list[TimelineEntry]:
    """Everything known to have happened to the object, newest first."""
    entries = [entry for source in _sources.values() for entry in source(obj, user)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def register_way(code: str, way: Callable[[RegulatedObject, User], Way | None]) -> None:
    """Offer a way on from the file of each object for which ``way`` answers one."""
    _ways[code] = way


def ways_of(obj: RegulatedObject, user: User) -> list[Way]:
    """The ways on that are offered to this person for this object."""
    return [found for way in _ways.values() if (found := way(obj, user)) is not None]
