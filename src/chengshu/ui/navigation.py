"""What the navigation rail shows: domains register their entries, each person sees those they may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _


class Viewer(Protocol):
    """What the frame needs to know about who is looking."""

    is_authenticated: bool

    def may(self, permission: str) -> bool:
        """Whether the person holds the permission."""
        ...


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail.

    ``permission`` empty: any signed-in person. ``shortcut``: the letter after ``g`` that opens it.
    ``prefix``: the path under which the entry counts as current; its own address by default.
    """

    code: str
    label: Any
    url_name: str
    permission: str
    group: str
    icon: str = "list"
    order: int = 100
    shortcut: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class NavLink:
    """An entry as one person sees it on one page."""

    item: NavItem
    url: str
    current: bool


@dataclass
class NavGroup:
    """A titled run of entries."""

    code: str
    label: Any
    links: list[NavLink] = field(default_factory=list)


# Groups in the order of the rail. A domain may add its own with `register_group`.
_groups: dict[str, tuple[int, Any]] = {
    "work": (10, ""),
    "registry": (20, _("Regulated objects")),
    "law": (60, _("Law and regulations")),
    "bureau": (80, _("Organisation")),
    "system": (90, _("System")),
}
_items: dict[str, NavItem] = {}


def register(item: NavItem) -> None:
    """Add an entry; the same code again replaces it (apps may be loaded twice in tests)."""
    taken = next(
        (i for i in _items.values() if i.shortcut == item.shortcut != "" and i.code != item.code), None
    )
    if taken:
        raise ValueError(f"shortcut {item.shortcut!r} of {item.code} already opens {taken.code}")
    if item.group not in _groups:
        raise ValueError(f"unknown navigation group {item.group!r}")
    _items[item.code] = item


def register_group(code: str, label: Any, order: int) -> None:
    """Add a titled group; ``order`` places it between the others (work 10 … system 90)."""
    _groups[code] = (order, label)


def items() -> Iterable[NavItem]:
    """All registered entries, in order."""
    return sorted(_items.values(), key=lambda item: (_groups[item.group][0], item.order, item.code))


def visible(viewer: Viewer | None, path: str = "") -> list[NavGroup]:
    """Groups and entries that the viewer may open; the entry with the longest matching prefix is current.

    An entry whose address does not resolve (its app is not installed here) is left out.
    """
    if viewer is None or not viewer.is_authenticated:
        return []
    addressed = [
        (item, _address(item)) for item in items() if not item.permission or viewer.may(item.permission)
    ]
    matching = [
        (len(item.prefix or url), item.code)
        for item, url in addressed
        if url and _covers(item.prefix or url, path)
    ]
    current = max(matching)[1] if matching else ""
    groups: dict[str, NavGroup] = {}
    for item, url in addressed:
        if url:
            group = groups.setdefault(item.group, NavGroup(item.group, _groups[item.group][1]))
            group.links.append(NavLink(item, url, item.code == current))
    return list(groups.values())


def _address(item: NavItem) -> str:
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return ""


def _covers(prefix: str, path: str) -> bool:
    return path == prefix or (prefix != "/" and path.startswith(prefix.rstrip("/") + "/"))
