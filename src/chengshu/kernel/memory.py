"""What rarely changes and every page needs, kept in the memory of a process.

`Memory.forget` empties it at once; other processes notice within `SECONDS`, or with the first request after a
pause of at most `STILL_GOOD`: what is read then is read beside the request, so that no page waits for it or
pays for it with its own queries. Whoever changes it in a transaction reads it anew there and keeps nothing
until the transaction ends: what may still be rolled back is nobody else's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

T = TypeVar("T")
SECONDS = 30
STILL_GOOD = 120  # seconds; older than this is read before the answer


class Memory(Generic[T]):
    """One thing to remember; ``read`` asks the database for it."""

    def __init__(self, name: str, read: Callable[[], T]) -> None:
        self.name = name
        self.lock = Lock()
        self.kept: tuple[float, T] | None = None
        self.forgotten = 0
        self._read = read

    def get(self) -> T:
        """What is kept; read again when too old, and by whoever has just changed it."""
        if self._changed_here():
            return self._read()
        kept = self.kept
        age = time.monotonic() - kept[0] if kept is not None else STILL_GOOD
        if kept is None or age >= STILL_GOOD:
            with self.lock:
                return self._renew()
        if age >= SECONDS and self.lock.acquire(blocking=False):
            Thread(target=self._renew_beside, name=self.name, daemon=True).start()
        return kept[1]

    def forget(self, **_signal: Any) -> None:
        """Read everything again next time."""
        self.forgotten += 1
        self.kept = None

    def forget_now_and_after_commit(self, **_signal: Any) -> None:
        """For whoever writes: others may read what was before until the transaction ends."""
        self.forget()
        transaction.on_commit(self.forget)

    def _changed_here(self) -> bool:
        """Whether the running transaction changed what is remembered and may still be rolled back.

        The calls that wait for its commit say so; Django drops them with the savepoint or the transaction.
        The transaction that a test wraps around everything never commits and does not count.
        """
        if not connection.in_atomic_block:
            return False
        whole = not getattr(connection.atomic_blocks[0], "_from_testcase", False)
        running = {point for point in connection.savepoint_ids if point}
        return any(
            entry[1] == self.forget and (whole or entry[0] & running) for entry in connection.run_on_commit
        )

    def follow(self, *models: type[Model]) -> None:
        """Forget whenever a row of these is saved or deleted one by one."""
        for model in models:
            for signal in (post_save, post_delete):
                uid = f"memory.{self.name}.{model._meta.label}.{id(signal)}"
                signal.connect(self.forget_now_and_after_commit, model, dispatch_uid=uid)

    def _renew(self) -> T:
        """Read and keep; what somebody changed meanwhile has emptied the memory and is read by the next."""
        before, started = self.forgotten, time.monotonic()
        fresh = self._read()
        if self.forgotten == before:
            self.kept = (started, fresh)
        return fresh

    def _renew_beside(self) -> None:
        """In a thread that holds the lock and gives its connection back."""
        try:
            self._renew()
        finally:
            self.lock.release()
            connection.close()
