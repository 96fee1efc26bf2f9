"""Telling how far an import is, whoever listens: a job's progress, a terminal, nobody."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


class Listener(Protocol):
    """`chengshu.kernel.jobs.Progress` and the command line's progress bar. May raise to stop the work."""

    def set(self, done: int | None = None, total: int | None = None, message: str | None = None) -> None: ...


class Steps:
    """Counts rows done and names the step; raises whatever the listener raises (cancel)."""

    READING = gettext_noop("Reading the file …")
    MATCHING = gettext_noop("Comparing with the registry …")
    CHECKING = gettext_noop("Checking row by row …")
    WRITING = gettext_noop("Writing …")

    def __init__(self, listener: Listener | None = None) -> None:
        self.listener = listener
        self.done = 0
        self.total: int | None = None

    def begin(self, total: int, step: str) -> None:
        """A new count from zero."""
        self.done, self.total = 0, total
        self.say(step)

    def say(self, step: str) -> None:
        """Name the step."""
        self._tell(_(step))

    def advance(self, rows: int) -> None:
        """That many more rows are done."""
        self.done += rows
        self._tell()

    def _tell(self, message: str | None = None) -> None:
        if self.listener is not None:
            self.listener.set(self.done, self.total, message)
