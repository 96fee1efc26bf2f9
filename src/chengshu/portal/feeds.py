"""Feeds (订阅): the newest of what is published, as RSS 2.0 and JSON Feed 1.1.

A part of the portal registers its `Feed`; both forms and the links in the pages follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed

NEWEST = 50
JSON_FEED = "https://jsonfeed.org/version/1.1"


@dataclass(frozen=True)
class Entry:
    """One thing that was published: the path of its page, what it is, when."""

    path: str
    title: str
    summary: str
    published_on: date


@dataclass(frozen=True)
class Feed:
    """订阅源. ``entries``: given the district's id and the day, the newest first, at most `NEWEST`."""

    code: str
    title: Any
    description: Any
    url_name: str
    entries: Callable[[int, date], Iterable[Entry]]
    order: int = 100


_feeds: dict[str, Feed] = {}


def register(feed: Feed) -> None:
    """Add a feed; the same code again replaces it."""
    _feeds[feed.code] = feed


def feeds() -> list[Feed]:
    """All feeds in order."""
    return sorted(_feeds.values(), key=lambda one: (one.order, one.code))


def feed(code: str) -> Feed | None:
    """A feed by its code."""
    return _feeds.get(code)


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def as_rss(
    made: Iterable[Entry], *, title: str, description: str, home: str, own: str, base: str, language: str
) -> bytes:
    """RSS 2.0. ``home`` and ``own``: addresses of page and feed; ``base`` stands before each path."""
    rss = Rss201rev2Feed(
        title=title, link=home, description=description, language=language, feed_url=own, ttl=60
    )
    for entry in made:
        rss.add_item(
            title=entry.title,
            link=base + entry.path,
            description=entry.summary,
            pubdate=_moment(entry.published_on),
            unique_id=base + entry.path,
            unique_id_is_permalink=True,
        )
    return rss.writeString("utf-8").encode()


def as_json(
    made: Iterable[Entry], *, title: str, description: str, home: str, own: str, base: str, language: str
) -> dict[str, Any]:
    """JSON Feed 1.1."""
    return {
        "version": JSON_FEED,
        "title": title,
        "description": description,
        "home_page_url": home,
        "feed_url": own,
        "language": language,
        "items": [
            {
                "id": base + entry.path,
                "url": base + entry.path,
                "title": entry.title,
                "content_text": entry.summary,
                "date_published": _moment(entry.published_on).isoformat(),
            }
            for entry in made
        ],
    }
