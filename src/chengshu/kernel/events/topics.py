"""The kinds of events, each with the permission that lets people listen."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
RESERVED = frozenset(
    {"hello", "reset", "message", "error", "open"}
)  # the stream's own words, and the browser's


class UnknownTopic(ValueError):
    """Somebody names a topic that no domain has registered; the message says which there are."""


@dataclass(frozen=True)
class Topic:
    """One kind of event.

    ``personal`` ones go only to the person whom the subject names (``user:12``), whatever the scope.
    """

    name: str
    permission: str
    personal: bool = False


_topics: dict[str, Topic] = {}


def register_topic(name: str, *, permission: str, personal: bool = False) -> Topic:
    """Make a topic known (in ``AppConfig.ready``). An event is delivered to whoever holds the permission for
    its district and squad. Saying the same twice is fine; raises ValueError for a name that cannot be one or
    that is taken with another meaning."""
    if not NAME.fullmatch(name) or name in RESERVED:
        raise ValueError(f"{name!r} cannot be the name of a topic")
    topic = Topic(name, permission, personal)
    if _topics.setdefault(name, topic) != topic:
        raise ValueError(f"the topic {name!r} is registered with another meaning")
    return topic


def topics(names: frozenset[str] | None = None) -> list[Topic]:
    """The topics of these names, or all. Raises `UnknownTopic`."""
    if names is None:
        return sorted(_topics.values(), key=lambda topic: topic.name)
    if strange := sorted(names - set(_topics)):
        known = ", ".join(sorted(_topics)) or "none"
        raise UnknownTopic(f"unknown topic: {', '.join(strange)} (known: {known})")
    return [_topics[name] for name in sorted(names)]


def forget_topic(name: str) -> None:
    """Take a topic back; for tests."""
    _topics.pop(name, None)
