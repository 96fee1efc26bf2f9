"""One process group: database, web server and job worker start together, live together and end together.

Why not a library: honcho ends everything when one process ends, circus and supervisor bring a daemon with
its own configuration and sockets, and none of them knows the order web, worker, database. What is needed is
small: start, restart with a growing pause, stop in order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger("chengshu.supervisor")
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # whoever lived this long starts again without a pause
TICK_SECONDS = 0.2


@dataclass
class Child:
    """One process of the group, in a session of its own, so that Ctrl-C reaches only the supervisor."""

    name: str
    module: str
    stop_seconds: float
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float | None = None

    def start(self) -> None:
        """Run ``python -m module``."""
        environment = {**os.environ, **self.environment, "CHENGSHU_PROCESS": self.name}
        environment["CHENGSHU_SUPERVISOR"] = str(os.getpid())
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", self.module],
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started, self.due = time.monotonic(), None

    def check(self, now: float) -> None:
        """Notice an end, and start again when the pause is over."""
        if self.process is not None:
            status = self.process.poll()
            if status is None:
                return
            self._kill_session()  # its own children would keep the port
            steady = now - self.started >= STEADY_SECONDS
            self.failures = 1 if steady else self.failures + 1
            pause = min(LONGEST_PAUSE_SECONDS, 0.5 * 2 ** (self.failures - 1))
            log.error("process ended, starting it again", process=self.name, status=status, pause_s=pause)
            self.process, self.due = None, now + pause
        if self.due is not None and now >= self.due:
            self.start()

    def stop(self, *, patience: float | None = None) -> None:
        """Ask it to end; end it after `stop_seconds` (or ``patience``). Its descendants end with it."""
        self.due = None
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.stop_seconds if patience is None else patience)
        except subprocess.TimeoutExpired:
            log.warning("process did not end in time and is killed", process=self.name)
        self._kill_session()
        self.process.wait()
        self.process = None

    def _kill_session(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Stopped(Exception):
    """Somebody asked the group to end."""


class StopRequest:
    """Remembers SIGINT, SIGTERM and SIGHUP; a second one means: at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._received)

    def _received(self, number: int, _: object) -> None:
        self.count += 1
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until a request. Raises `Stopped` on one."""
        if self._event.wait(seconds):
            raise Stopped


def supervise(children: list[Child], request: StopRequest, keep_database: Callable[[], None]) -> None:
    """Keep all children and the database alive until a stop is requested (raises `Stopped`)."""
    while True:
        request.wait(TICK_SECONDS)
        keep_database()
        now = time.monotonic()
        for child in children:
            child.check(now)


def stop_all(children: list[Child], request: StopRequest) -> None:
    """End the children in order, each within its own limit; a second request ends the waiting."""
    for child in children:
        child.stop(patience=0.0 if request.count > 1 else None)
