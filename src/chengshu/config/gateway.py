"""What granian calls for every request: Django in threads, and the stream of events in the event loop.

The views are synchronous, so Django stays a WSGI application, in a few threads of each process. A stream that
stays open for hours would hold such a thread; therefore `/api/v1/events` is answered here. The interface is
granian's own (RSGI): a2wsgi under ASGI was tried and costs 0.1 to 0.6 ms more a request than this, because
each piece of a request or answer crosses between thread and loop there; here it is one crossing.
"""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import orjson
import structlog
from django.db import DatabaseError, connection
from granian._granian import RSGIProtocolClosed as ProtocolClosed

from chengshu.bureau.live import Admission, Refusal, admit
from chengshu.kernel.events.hub import Hub
from chengshu.kernel.events.stream import HEADERS, stream

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian._granian import RSGIHTTPStreamTransport as Transport
    from granian.rsgi import Scope

    from chengshu.kernel.events.audience import Audience

log = structlog.get_logger("chengshu.web")
STREAM_PATH = "/api/v1/events"
WHOLE_BODY = 1 << 20  # bytes; a longer body is read while the view reads it
PIECE = 1 << 18  # bytes of a file a time
WAKE_SECONDS = 1.0  # events of so long are handed to the webhooks together
START_SECONDS = 10  # how long a listener waits for the database
Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]


class FilePieces:
    """``wsgi.file_wrapper``: a file in larger pieces than Django would read."""

    def __init__(self, file: Any, _size: int = 0) -> None:
        self.file = file
        self.close: Callable[[], None] = getattr(file, "close", lambda: None)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.file.read(PIECE):
            yield piece


class RequestBody(io.RawIOBase):
    """A long body, fetched from the event loop while a thread reads it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: HTTPProtocol) -> None:
        self._loop, self._pieces, self._rest = loop, aiter(protocol), b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; 0 at the end."""
        if not self._rest:
            self._rest = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    async def _next(self) -> bytes:
        with suppress(StopAsyncIteration):
            while not (piece := await anext(self._pieces)):
                pass
            return bytes(piece)
        return b""


class Gateway:
    """The application of one web process."""

    def __init__(self, application: Callable[..., Any], threads: int) -> None:
        self.application = application
        self.hub = Hub(given=self._given)
        self._waking = False
        self._pages = ThreadPoolExecutor(threads, "pages")
        self._rights = ThreadPoolExecutor(2, "rights")  # listeners do not wait behind pages
        self._running: asyncio.Task[None] | None = None
        self._streams: set[asyncio.Task[Any]] = set()

    # --- granian's side -------------------------------------------------------------------------------
    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._running = loop.create_task(self.hub.run())

        def told_to_stop(_number: int, _frame: object) -> None:
            loop.call_soon_threadsafe(lambda: loop.create_task(self.hub.close()))

        # granian waits for open connections, so the streams must end before it does. Its own handler sits in
        # the event loop and is still called: this one only stands beside it.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, told_to_stop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._close())

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.path == STREAM_PATH and scope.method == "GET":
            await self._listen(scope, protocol)
        else:
            await self._page(scope, protocol)

    async def _close(self) -> None:
        """End the streams so that the browsers come back at once with their last id."""
        await self.hub.close()
        if self._streams:
            await asyncio.wait(self._streams, timeout=2)
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    def _given(self) -> None:
        """New events have their positions: soon let a worker hand them to the webhooks."""
        if not self._waking:
            self._waking = True
            asyncio.get_running_loop().call_later(WAKE_SECONDS, self._wake)

    def _wake(self) -> None:
        self._waking = False
        with suppress(RuntimeError):  # the process is ending; the worker's clock finds what is left
            self._rights.submit(wake_webhooks)

    # --- pages ----------------------------------------------------------------------------------------
    async def _page(self, scope: Scope, protocol: HTTPProtocol) -> None:
        loop = asyncio.get_running_loop()
        environment = wsgi_environment(scope)
        length = environment.get("CONTENT_LENGTH", "")
        try:
            if length.isdecimal() and int(length) > WHOLE_BODY:
                environment["wsgi.input"] = io.BufferedReader(RequestBody(loop, protocol), PIECE)
            elif length.isdecimal() and length != "0":
                environment["wsgi.input"] = io.BytesIO(await protocol())
            answer = await loop.run_in_executor(self._pages, self._answer, environment, protocol, loop)
            if answer is not None:
                status, headers, body = answer
                if isinstance(body, FilePieces):
                    await self._send_file(protocol.response_stream(status, headers), body)
                else:
                    protocol.response_bytes(status, headers, body)
        except ProtocolClosed:
            log.debug("the other side has hung up", path=scope.path)

    async def _send_file(self, transport: Transport, pieces: FilePieces) -> None:
        """A long file: threads only read it, so that a slow client holds none of them."""
        loop = asyncio.get_running_loop()
        rest = iter(pieces)
        try:
            while piece := await loop.run_in_executor(self._pages, next, rest, b""):
                await transport.send_bytes(piece)
        finally:
            await loop.run_in_executor(self._pages, pieces.close)

    def _answer(
        self, environment: dict[str, Any], protocol: HTTPProtocol, loop: asyncio.AbstractEventLoop
    ) -> tuple[int, Headers, bytes | FilePieces] | None:
        """Run Django in this thread. What a view makes bit by bit is sent from here; then None comes back."""
        started: list[Any] = []

        def start_response(status: str, headers: Headers, _error: object = None) -> None:
            started[:] = int(status[:3]), headers

        pieces: Iterable[bytes] = self.application(environment, start_response)
        if isinstance(pieces, FilePieces):
            return started[0], started[1], pieces
        try:
            if not getattr(pieces, "streaming", False):
                return started[0], started[1], b"".join(pieces)
            transport = protocol.response_stream(*started)

            async def send(piece: bytes) -> None:
                await transport.send_bytes(piece)

            for piece in pieces:
                asyncio.run_coroutine_threadsafe(send(piece), loop).result()
            return None
        finally:
            getattr(pieces, "close", lambda: None)()

    # --- the stream of events -------------------------------------------------------------------------
    async def _listen(self, scope: Scope, protocol: HTTPProtocol) -> None:
        headers = dict(scope.headers.items())
        admission = await self._admit(headers, scope.query_string)
        if isinstance(admission, tuple):
            protocol.response_bytes(*admission)
            return
        transport = protocol.response_stream(200, list(HEADERS))
        gone = asyncio.ensure_future(protocol.client_disconnect())
        task = asyncio.current_task() or gone
        self._streams.add(task)

        async def rights() -> Audience | None:
            now = await self._admit(headers, scope.query_string)
            return None if isinstance(now, tuple) else now.audience

        try:
            end = await stream(
                self.hub, admission.audience, admission.after, transport.send_bytes, rights, gone
            )
            log.debug("events: stream ended", reason=end)
        except ProtocolClosed:
            pass  # hung up while something was being sent
        finally:
            gone.cancel()
            self._streams.discard(task)

    async def _admit(self, headers: dict[str, str], query: str) -> Admission | Answer:
        """Who may hear what; otherwise the answer that says why not."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self.hub.ready.wait()
                admission = await loop.run_in_executor(self._rights, _admit, headers, query)
        except (TimeoutError, DatabaseError):
            return _problem(503, "the database is away", ("retry-after", "5"))
        return admission if not isinstance(admission, Refusal) else _problem(*astuple(admission))


def _admit(headers: dict[str, str], query: str) -> Admission | Refusal:
    try:
        return admit(headers, query)
    finally:
        connection.close()  # back to the pool: this thread may rest for long


def wake_webhooks() -> None:
    """Ask for a delivery of new events, if anybody has subscribed. It may fail: the clock asks too."""
    from chengshu.bureau import webhooks
    from chengshu.bureau.models import WebhookSubscription

    try:
        if WebhookSubscription.objects.filter(active=True).exists():
            webhooks.wake()
    except DatabaseError as error:
        log.warning("webhooks: not woken", reason=type(error).__name__)
    finally:
        connection.close()  # back to the pool


def _problem(status: int, detail: str, *headers: tuple[str, str]) -> Answer:
    fixed = [("content-type", "application/json"), ("cache-control", "no-store")]
    return status, [*fixed, *headers], orjson.dumps({"detail": detail})


def wsgi_environment(scope: Scope) -> dict[str, Any]:
    """The request as WSGI wants it (PEP 3333), with an empty body.

    Header names with underscores are dropped: they would pass for the ones with hyphens that a proxy sets.
    """
    host, _, port = scope.server.rpartition(":")
    client, _, client_port = scope.client.rpartition(":")
    environment: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.path).decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "REMOTE_ADDR": client.strip("[]"),
        "REMOTE_PORT": client_port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": FilePieces,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        if key in environment:
            value = f"{environment[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environment[key] = value
    if "HTTP_HOST" not in environment and scope.authority:  # HTTP/2
        environment["HTTP_HOST"] = scope.authority
    return environment
