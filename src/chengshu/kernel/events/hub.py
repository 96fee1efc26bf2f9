"""One hub a web process: reads every batch of events once and hands it to all open streams.

It lives in the process's event loop with one database connection, listens for new positions, and asks once a
second to become the sequencer when nobody is. A database that goes away is waited for; the streams stay open
and go on at the position they had.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import structlog

from chengshu.kernel.events import database, sequencer
from chengshu.kernel.events.audience import Audience
from chengshu.kernel.events.database import Connection, Happening

log = structlog.get_logger("chengshu.events")
PAGE = 500  # events a read
SHORTEST_PAUSE = 0.1  # seconds between attempts to reach the database


@dataclass(frozen=True)
class Pace:
    """Times in seconds and sizes of a hub."""

    gather: float = 0.1  # events that come together are given their positions together
    follow: float = 1.0  # how often one who does not lead asks for the lead
    sweep: float = 5.0  # how often the leader looks for events whose notification was lost
    longest_pause: float = 10.0  # between attempts to reach a database that stays away
    remember: int = 2_000  # newest events kept in memory for those who come back
    buffer: int = 1 << 20  # bytes a listener may lag behind before its stream is closed


class Subscription:
    """One open stream's place in the hub: what has to be sent to it, up to a limit."""

    def __init__(self, hub: Hub, audience: Audience) -> None:
        self.hub, self.audience = hub, audience
        self.opening: AsyncIterator[bytes] = _nothing()
        self.closed = ""  # why, once it is
        self.idle_at = 0  # the hub's position when `next` last found nothing: all before has been sent
        self._texts: list[bytes] = []
        self._size = 0
        self._stir = asyncio.Event()

    def put(self, text: bytes) -> None:
        """Add to what has to be sent; a listener too far behind is closed and comes back with its last id."""
        if self.closed:
            return
        self._size += len(text)
        if self._size > self.hub.pace.buffer:
            self.close("slow")
            return
        self._texts.append(text)
        self._stir.set()

    def close(self, reason: str) -> None:
        """End the stream; the first reason stays."""
        self.closed = self.closed or reason
        self._texts, self._size = [], 0
        self._stir.set()

    async def next(self, seconds: float) -> bytes | None:
        """What has come together, ``b""`` when nothing came in so many seconds, None when it is closed."""
        if not self._stir.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stir.wait()
        if self.closed:
            return None
        text = b"".join(self._texts)
        self.idle_at = self.hub.position
        self._texts, self._size = [], 0
        self._stir.clear()
        return text


class Hub:
    """All listeners of this process. `run` it in the event loop; `close` it before the loop ends.

    ``given`` is called in the loop of the process that gives the positions, each time it has given some.
    """

    def __init__(self, pace: Pace | None = None, given: Callable[[], None] | None = None) -> None:
        self.pace = pace or Pace()
        self.given = given
        self.position = 0  # everything up to here has been handed on
        self.leading = False
        self.closing = False
        self._pause = SHORTEST_PAUSE
        self.ready = asyncio.Event()
        self._moved = asyncio.Condition()
        self._newest: deque[Happening] = deque(maxlen=self.pace.remember)
        self._groups: dict[Audience, set[Subscription]] = {}
        self._catching_up = asyncio.Semaphore(4)

    # --- the listeners --------------------------------------------------------------------------------
    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return sum(len(group) for group in self._groups.values())

    async def subscribe(self, audience: Audience, after: int | None) -> Subscription:
        """Join after a position (None: now). ``opening`` of the result is sent first: a greeting, what was
        missed, or the word that too much was missed. Raises psycopg.Error while the database is away."""
        await self.ready.wait()
        subscription = Subscription(self, audience)
        if after is None:
            subscription.opening = _texts(marker("hello", self.position))
        elif not await self._reaches(after):
            subscription.opening = _texts(marker("reset", self.position))
        elif after == self.position or self._remembers(after):
            missed = [happening for happening in self._newest if happening.position > after]
            subscription.opening = _texts(audience.select(missed))
        else:
            subscription.opening = self._catch_up(audience, after, self.position)
        # no await since the position was read: nothing comes between the opening and what is put in here
        self._groups.setdefault(audience, set()).add(subscription)
        if self.closing:
            subscription.close("closing")
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Forget a listener."""
        group = self._groups.get(subscription.audience, set())
        group.discard(subscription)
        if not group:
            self._groups.pop(subscription.audience, None)

    async def _reaches(self, after: int) -> bool:
        """Whether one can go on from this position: not from before what is kept, nor from what never was."""
        if self._remembers(after) and after <= self.position:
            return True
        async with self._catching_up, await database.connect() as connection:
            oldest, newest = await database.oldest(connection), await database.newest(connection)
        if after > newest or after < oldest - 1:
            return False
        async with self._moved:  # another process's hub was ahead of this one
            await self._moved.wait_for(lambda: self.position >= after or self.closing)
        return True

    def _remembers(self, after: int) -> bool:
        return bool(self._newest) and after >= self._newest[0].position - 1

    async def _catch_up(self, audience: Audience, after: int, until: int) -> AsyncIterator[bytes]:
        while after < until:
            async with self._catching_up, await database.connect() as connection:
                page = [h for h in await database.after(connection, after, PAGE) if h.position <= until]
            if not page:
                return
            after = page[-1].position
            if text := audience.select(page):
                yield text

    # --- the work -------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Follow the events until `close`; waits for a database that is away."""
        while not self.closing:
            try:
                async with await database.connect() as connection:
                    await self._follow(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("events: the database is away", reason=type(error).__name__, pause_s=self._pause)
            except Exception:  # whatever it is, the streams depend on this loop
                log.exception("events: the hub failed and starts again", pause_s=self._pause)
            finally:
                self.leading = False
            if not self.closing:
                await asyncio.sleep(self._pause * random.uniform(0.5, 1))  # noqa: S311
                self._pause = min(self.pace.longest_pause, self._pause * 2)

    async def _follow(self, connection: Connection) -> None:
        await connection.execute(f"LISTEN {sequencer.POSITION}")
        if not self.ready.is_set():
            await self._begin(connection)
        while not self.closing:
            if not self.leading and await sequencer.take_the_lead(connection):
                self.leading = True
                await connection.execute(f"UNLISTEN {sequencer.POSITION}")  # whoever gives them knows them
                await connection.execute(f"LISTEN {sequencer.EVENT}")
            if self.leading and await sequencer.give_positions(connection) and self.given is not None:
                self.given()
            await self._read(connection)
            self._pause = SHORTEST_PAUSE
            await self._wait(connection)

    async def _begin(self, connection: Connection) -> None:
        newest = await database.newest(connection)
        self._newest.extend(await database.latest(connection, newest, self.pace.remember))
        self.position = newest
        self.ready.set()

    async def _read(self, connection: Connection) -> None:
        while page := await database.after(connection, self.position, PAGE):
            self._newest.extend(page)
            for audience, group in self._groups.items():
                if text := audience.select(page):
                    for subscription in group:
                        subscription.put(text)
            self.position = page[-1].position
            async with self._moved:
                self._moved.notify_all()

    async def _wait(self, connection: Connection) -> None:
        """Sleep until there is something to do, then a moment more, so that events go in batches."""
        heard = False
        limit = self.pace.sweep if self.leading else self.pace.follow
        async for _note in connection.notifies(timeout=limit, stop_after=1):
            heard = True
        if heard:
            if self.leading:
                await asyncio.sleep(self.pace.gather)
            async for _note in connection.notifies(timeout=0):
                pass

    async def close(self) -> None:
        """Ask everybody to come back later, and end `run`."""
        self.closing = True
        self.ready.set()  # whoever still waits for the database waits no longer
        for group in self._groups.values():
            for subscription in group:
                subscription.close("closing")
        async with self._moved:
            self._moved.notify_all()


def marker(name: str, position: int) -> bytes:
    """An event of the stream itself, which says from where it goes on."""
    return b'id: %d\nevent: %s\ndata: {"position":%d}\n\n' % (position, name.encode(), position)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _texts(text: bytes) -> AsyncIterator[bytes]:
    if text:
        yield text
