"""The portal's own navigation and the cards of its first page: whoever publishes something registers here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Figure:
    """What a card of the first page says beside its text: a number or a day, and what it is."""

    label: Any
    value: Any


@dataclass(frozen=True)
class PublicEntry:
    """A part of the portal (栏目). ``order`` places it; ``text`` is a sentence for its card on page one.

    ``figures``: given the id of the district and the day, what the card shows; at most one query. ``prefix``:
    the path under which the entry counts as the current one, its own address by default.
    """

    code: str
    label: Any
    url_name: str
    order: int
    text: Any = ""
    figures: Callable[[int, date], Iterable[Figure]] | None = None
    prefix: str = ""


@dataclass(frozen=True)
class PublicLink:
    """An entry on one page."""

    entry: PublicEntry
    url: str
    current: bool


_entries: dict[str, PublicEntry] = {}


def register(entry: PublicEntry) -> None:
    """Add an entry; the same code again replaces it."""
    _entries[entry.code] = entry


def entries() -> list[PublicEntry]:
    """All entries in order."""
    return sorted(_entries.values(), key=lambda entry: (entry.order, entry.code))


def links(path: str = "") -> list[PublicLink]:
    """The entries whose pages are installed; the one with the longest matching prefix is the current one."""
    addressed = [(entry, url) for entry in entries() if (url := _address(entry))]
    matching = [
        (len(prefix), entry.code)
        for entry, url in addressed
        if path.startswith(prefix := entry.prefix or url) and (entry.order or path == prefix)
    ]
    current = max(matching)[1] if matching else ""
    return [PublicLink(entry, url, entry.code == current) for entry, url in addressed]


@lru_cache(maxsize=256)
def address_of(url_name: str) -> str:
    """The address of a page without arguments, looked up once. Raises NoReverseMatch."""
    return reverse(url_name)


def _address(entry: PublicEntry) -> str:
    try:
        return address_of(entry.url_name)
    except NoReverseMatch:
        return ""
