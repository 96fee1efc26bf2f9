"""What other domains add to the page of a lead: ways on, such as opening a case from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chengshu.bureau.models import User
from chengshu.leads.models import Lead


@dataclass(frozen=True)
class Way:
    """A button on the page: where it leads and what it says."""

    label: Any
    url: str
    icon: str = "link"


_ways: dict[str, Callable[[User, Lead], Way | None]] = {}


def register(code: str, way: Callable[[User, Lead], Way | None]) -> None:
    """Offer a way on the page of each lead for which ``way`` answers one; the same code again replaces it."""
    _ways[code] = way


def ways_of(user: User, lead: Lead) -> list[Way]:
    """The ways on that are offered to this person for this lead."""
    return [found for way in _ways.values() if (found := way(user, lead)) is not None]
