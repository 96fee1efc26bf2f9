"""Positions of many connections stored together; each sender learns when its own are safe."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import close_old_connections

from chengshu.patrol.services.tracks import Taken, TerminalAt, ingest_terminals
from chengshu.patrol.tracking.rules import Gateway

logger = logging.getLogger(__name__)
Store = Callable[[Sequence[TerminalAt]], Taken]
Handed = tuple[list[TerminalAt], "asyncio.Future[None]"]
UNKNOWN_SHOWN = 20


class Batcher:
    """Collects for a moment, stores in one go on one thread (with the database connection of its own)."""

    def __init__(self, rule: Gateway, store: Store = ingest_terminals) -> None:
        self._rule, self._store = rule, store
        self._queue: asyncio.Queue[Handed | None] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "jt808-store")
        self._room = asyncio.Event()
        self._room.set()
        self._waiting = 0
        self.counts: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()

    async def put(self, points: list[TerminalAt]) -> asyncio.Future[None]:
        """Hand positions over; waits while too many are not stored yet. The future is done when these are
        stored, and fails when they could not be."""
        await self._room.wait()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting += len(points)
        if self._waiting >= self._rule.waiting_most:
            self._room.clear()
        self._queue.put_nowait((points, future))
        return future

    async def run(self) -> None:
        """Store until `end` is called; what was handed over before is stored still."""
        try:
            while batch := await self._collect():
                await self._flush(batch)
        finally:
            self._thread.shutdown()

    def end(self) -> None:
        """Let `run` finish once everything is stored."""
        self._queue.put_nowait(None)

    async def _collect(self) -> list[Handed]:
        """What came within a moment; nothing once it is over."""
        first = await self._queue.get()
        if first is None:
            return []
        found, size = [first], len(first[0])
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rule.batch_wait_ms / 1000):
                while size < self._rule.batch_most:
                    more = await self._queue.get()
                    if more is None:
                        self.end()
                        break
                    found.append(more)
                    size += len(more[0])
        return found

    async def _flush(self, batch: list[Handed]) -> None:
        points = [one for part, _future in batch for one in part]
        problem: Exception | None = None
        try:
            taken = await asyncio.get_running_loop().run_in_executor(self._thread, self._in_thread, points)
            self._count(taken)
        except Exception as error:  # the database may be away: terminals send again what is not confirmed
            logger.exception("%s positions could not be stored", len(points))
            self.counts["failed"] += len(points)
            problem = error
        self._waiting -= len(points)
        if self._waiting < self._rule.waiting_most:
            self._room.set()
        for _part, future in batch:
            if not future.done():
                future.set_exception(problem) if problem else future.set_result(None)

    def _in_thread(self, points: list[TerminalAt]) -> Taken:
        close_old_connections()
        return self._store(points)

    def _count(self, taken: Taken) -> None:
        for name in ("stored", "known", "off_duty", "unassigned"):
            self.counts[name] += getattr(taken, name)
        self.counts["refused"] += len(taken.refused)
        self.note_unknown(*taken.unknown)

    def note_unknown(self, *terminals: str) -> None:
        """Count terminals that nobody has entered; only so many are remembered by name."""
        self.counts["unknown"] += len(terminals)
        for name in terminals:
            if name in self.unknown or len(self.unknown) < UNKNOWN_SHOWN:
                self.unknown[name] += 1
