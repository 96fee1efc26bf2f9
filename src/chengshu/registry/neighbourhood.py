"""What other domains know of a place: asked by whoever looks at one, answered without knowing who asks.

Two questions. ``known_at``: what stands on record here (an entry of the ledger, a permit, an earlier
decision)? ``seen_over``: what did somebody see here from above, and when (a comparison of flights)? A domain
registers its answers when its app is loaded; the domains themselves need not import one another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import District, User


@dataclass(frozen=True)
class Known:
    """已知情况: something on record at a place. ``kind`` is its contributor's code, ``geometry`` WGS 84."""

    kind: str
    title: str
    url: str = ""
    geometry: BaseGeometry | None = None
    since: date | None = None
    until: date | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Observation:
    """航拍复核: what a comparison of two flights says of a place.

    ``removed_share`` is the share of the polygon whose height fell to the ground (0 to 1), ``None`` where the
    flights carry no heights; ``height_change_m`` the median change of height in it.
    """

    key: str
    before: date
    after: date
    words: str
    url: str = ""
    removed_share: float | None = None
    height_change_m: float | None = None


Knower = Callable[[District, list[BaseGeometry], User | None], list[list[Known]]]
Seer = Callable[[District, BaseGeometry, date | None], Iterable[Observation]]
_knowers: dict[str, Knower] = {}
_kinds: dict[str, frozenset[str]] = {}
_seers: dict[str, Seer] = {}


def register_known(name: str, knower: Knower, kinds: Iterable[str] = ()) -> None:
    """Add a domain's answer to ``known_at``; the same name again replaces it.

    ``kinds``: all it ever tells of; where none is said, it is asked whatever is looked for.
    """
    _knowers[name], _kinds[name] = knower, frozenset(kinds)


def register_seen(name: str, seer: Seer) -> None:
    """Add a domain's answer to ``seen_over``; the same name again replaces it."""
    _seers[name] = seer


def known_at(
    district: District,
    places: list[BaseGeometry],
    viewer: User | None = None,
    *,
    kinds: Collection[str] | None = None,
) -> list[list[Known]]:
    """What is on record at each of the places (WGS 84), in their order; one call a domain for all of them.

    ``viewer`` limits the answer to what that person may see; ``None`` asks for everything (jobs). ``kinds``:
    only what is of these.
    """
    found: list[list[Known]] = [[] for _place in places]
    for name, knower in _knowers.items():
        told = _kinds.get(name)
        if kinds is not None and told and told.isdisjoint(kinds):
            continue
        for here, more in zip(found, knower(district, places, viewer), strict=True):
            here.extend(one for one in more if kinds is None or one.kind in kinds)
    return found


def seen_over(district: District, place: BaseGeometry, since: date | None = None) -> list[Observation]:
    """What comparisons of flights say of the place; with ``since`` only those that end no earlier."""
    found = [one for seer in _seers.values() for one in seer(district, place, since)]
    return sorted(found, key=lambda one: (one.after, one.key), reverse=True)
