"""What a person did in a span of time, whichever domain keeps it: the duty log is composed from this.

A domain registers a contributor when its app is loaded; it returns the deeds of one person between two
moments, in at most two queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chengshu.bureau.models import User


@dataclass(frozen=True)
class Deed:
    """工作记录: one thing done. ``kind`` is the contributor's code, ``data`` what figures count."""

    at: datetime
    kind: str
    text: str
    url: str = ""
    position: tuple[float, float] | None = None
    data: dict[str, Any] = field(default_factory=dict)


Contributor = Callable[[User, datetime, datetime], Iterable[Deed]]
_contributors: dict[str, Contributor] = {}


def register(name: str, contributor: Contributor) -> None:
    """Add a domain's contributor; the same name again replaces it."""
    _contributors[name] = contributor


def deeds_of(person: User, start: datetime, end: datetime) -> list[Deed]:
    """Everything on record that the person did from ``start`` until before ``end``, in order of time."""
    found = [deed for contribute in _contributors.values() for deed in contribute(person, start, end)]
    return sorted(found, key=lambda deed: (deed.at, deed.kind, deed.url))
