"""One stream of server-sent events, from the first word to the last."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from chengshu.kernel.events.audience import Audience
from chengshu.kernel.events.hub import Hub

RETRY_MS = 2_000  # browsers come back after so long
HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 40.0  # rights are looked at again after this and at most one heartbeat
SEND_SECONDS = 30.0  # one who takes nothing for so long has gone
HEADERS = (
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-store"),
    ("x-accel-buffering", "no"),  # nginx would hold small pieces back
    ("x-content-type-options", "nosniff"),
)


async def stream(
    hub: Hub,
    audience: Audience,
    after: int | None,
    send: Callable[[bytes], Awaitable[None]],
    rights: Callable[[], Awaitable[Audience | None]],
    gone: asyncio.Future[None] | None = None,
    check_seconds: float = CHECK_SECONDS,
) -> str:
    """Send what the audience may hear until somebody ends it; why it ended.

    ``rights`` says what the listener may hear by now: when that has changed the stream ends, and the listener
    comes back with its last id and the new rights. ``gone`` is done when the other side has hung up.
    """
    subscription = await hub.subscribe(audience, after)
    if gone is not None:
        gone.add_done_callback(lambda _: subscription.close("gone"))
    try:
        await _patiently(send(opening()))
        async for text in subscription.opening:
            await _patiently(send(text))
        loop = asyncio.get_running_loop()
        due = loop.time() + check_seconds * random.uniform(0.8, 1)  # noqa: S311
        while (text := await subscription.next(min(HEARTBEAT_SECONDS, check_seconds))) is not None:  # type: ignore[assignment]
            if loop.time() >= due:
                if await rights() != audience:
                    return "rights"
                due = loop.time() + check_seconds
            await _patiently(send(text or heartbeat(subscription.idle_at)))
        return subscription.closed
    except TimeoutError:
        return "slow"
    finally:
        hub.leave(subscription)


def opening() -> bytes:
    """The first word: how soon to come back after an interruption."""
    return b"retry: %d\n\n" % RETRY_MS


def heartbeat(position: int) -> bytes:
    """Keeps the connection alive, and moves on the last id of one who hears little."""
    return b"id: %d\n:\n\n" % position


async def _patiently(sending: Awaitable[None]) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await sending
