"""Ways out. A domain registers a channel by name; the outbox knows nothing else about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from chengshu.kernel.models import OutgoingMessage

Send = Callable[[], None]


class Failure(Exception):
    """Sending failed. ``text`` is an English sentence known to the translations, ``values`` fill it in."""

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text % values if values else text)
        self.text, self.values = text, values


class Permanent(Failure):
    """Trying again is useless: the message goes to the undeliverable ones at once."""


class Temporary(Failure):
    """Worth another try, after ``retry_after`` seconds if the other side named a time.

    ``whole_lane``: nothing else will get through by this lane either (the server is gone, not the message
    wrong), so the lane waits too.
    """

    def __init__(
        self, text: str, *, retry_after: float | None = None, whole_lane: bool = True, **values: Any
    ) -> None:
        super().__init__(text, **values)
        self.retry_after, self.whole_lane = retry_after, whole_lane


def _own_lane(name: str) -> Callable[[str], str]:
    return lambda _target: name


@dataclass(frozen=True)
class Channel:
    """A way out.

    ``prepare(message)`` runs with the database at hand and returns what does the sending, which runs in a
    thread of its own and must not touch the database; both raise `Permanent` or `Temporary`.
    ``lane(target)``: what is slow or broken together; ``width``: messages of a lane at once; ``spacing``:
    seconds between two of a lane. ``settled(message)`` is called in the transaction that notes the end of an
    attempt. ``show(target)``: the target as an administrator may see it.
    """

    name: str
    label: Any
    prepare: Callable[[OutgoingMessage], Send]
    lane: Callable[[str], str] | None = None
    width: int = 4
    spacing: float = 0.0
    settled: Callable[[OutgoingMessage], None] | None = None
    show: Callable[[str], str] = str

    def lane_of(self, target: str) -> str:
        """The lane of a target."""
        return (self.lane or _own_lane(self.name))(target)


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Make a channel known; the same name again replaces it."""
    _channels[channel.name] = channel


def channels() -> dict[str, Channel]:
    """All channels by name."""
    return dict(_channels)


def channel(name: str) -> Channel:
    """The channel of a name. Raises `Permanent` if nobody registered it."""
    try:
        return _channels[name]
    except KeyError:
        raise Permanent(_("There is no channel %(name)s in this version."), name=name) from None
