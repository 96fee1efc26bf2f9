"""The gateway of JT/T 808 terminals: an asyncio server, run as ``chengshu gateway jt808``.

A terminal registers, proves itself with the code it was given, and reports. A position is confirmed when it
is stored. Whose track it becomes follows from who had the thing at that moment (`EquipmentUse`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from django.db import DatabaseError, close_old_connections
from django.utils.crypto import constant_time_compare, salted_hmac

from chengshu.kernel.coordinates import gcj02_to_wgs84
from chengshu.patrol.jt808 import messages as m
from chengshu.patrol.jt808.batching import Batcher
from chengshu.patrol.jt808.codec import Frame, FrameError, Splitter, encode
from chengshu.patrol.services.equipment import bind_terminal
from chengshu.patrol.services.tracks import Entered, TerminalAt, bare, terminals
from chengshu.patrol.tracking.rules import Gateway as Rule
from chengshu.patrol.tracking.rules import rules

logger = logging.getLogger(__name__)
READ_BYTES = 8192
KNOWN_SECONDS = 10.0  # a terminal that was just entered may register after so long
CODE_LETTERS = 24


def code_of(terminal: str, identity: str = "") -> str:
    """What a terminal proves itself with: made from this installation's secret, kept nowhere. A code that was
    given before the terminal's identity was known is no longer good once it is."""
    value = f"{bare(terminal)}/{identity}" if identity else bare(terminal)
    return salted_hmac("chengshu.patrol.jt808", value, algorithm="sha256").hexdigest()[:CODE_LETTERS]


def fits(entered: Entered, said: m.Registration) -> bool:
    """Whether who registers can be the terminal that was entered: its identity where that is known, and the
    plate where the thing is a vehicle and the terminal knows one."""
    if entered.identity and said.identity != entered.identity:
        return False
    return not (entered.plate and said.plate) or _plain(said.plate) == _plain(entered.plate)


def _plain(plate: str) -> str:
    return "".join(sign for sign in plate.upper() if sign.isalnum())


class Gateway:
    """Everything that connections share."""

    def __init__(
        self,
        rule: Rule | None = None,
        batcher: Batcher | None = None,
        entered: Callable[[], dict[str, Entered]] | None = None,
        bind: Callable[[str, str], bool] = bind_terminal,
    ) -> None:
        self.rule = rule or rules().jt808
        self.batcher = batcher or Batcher(self.rule)
        self.connections = 0
        self._known: dict[str, Entered] = {}
        self._bind = bind
        self._asked = float("-inf")
        self._entered = entered or _terminals
        self._asking = asyncio.Lock()

    async def known(self, terminal: str) -> Entered | None:
        """The terminal as it is entered as equipment in use; asks the database now and then."""
        clock = asyncio.get_running_loop().time
        async with self._asking:  # whoever comes while the first list is read waits for it
            if clock() - self._asked > KNOWN_SECONDS:
                self._known = await asyncio.to_thread(self._entered)
                self._asked = clock()
        return self._known.get(bare(terminal))

    async def admits(self, terminal: str, said: m.Registration) -> str | None:
        """The code for who registers under a number, None where another terminal has it.

        The first to register keeps the number; the desk may enter the identity beforehand.
        """
        entered = await self.known(terminal)
        if entered is None or not fits(entered, said):
            return None
        if said.identity and not entered.identity:
            if not await asyncio.to_thread(self._bind, bare(terminal), said.identity):
                return None
            self._known[bare(terminal)] = entered = replace(entered, identity=said.identity)
        return code_of(terminal, entered.identity)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection until it ends, falls silent or sends nonsense."""
        if self.connections >= self.rule.connections_most:
            writer.close()
            return
        self.connections += 1
        session = Session(self, writer)
        try:
            await session.talk(reader)
        except (TimeoutError, ConnectionError):
            pass
        except DatabaseError:
            logger.exception("a connection is closed: the database does not answer")
        finally:
            self.connections -= 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def report(self) -> str:
        """What came in so far, in one line."""
        counts = ", ".join(f"{name} {n}" for name, n in sorted(self.batcher.counts.items())) or "nothing yet"
        unknown = ", ".join(f"{name} ({n})" for name, n in self.batcher.unknown.most_common())
        return f"{self.connections} connected; {counts}" + (
            f"; unknown terminals: {unknown}" if unknown else ""
        )


def _terminals() -> dict[str, Entered]:
    close_old_connections()
    return terminals()


class Session:
    """One connection: which terminal it is, and the numbers of our answers."""

    def __init__(self, gateway: Gateway, writer: asyncio.StreamWriter) -> None:
        self._gateway, self._writer = gateway, writer
        self._terminal = ""
        self._serial = 0
        self._answers: set[asyncio.Task[None]] = set()

    async def talk(self, reader: asyncio.StreamReader) -> None:
        """Read and answer until the other side ends. Raises TimeoutError after too long a silence."""
        splitter, rule = Splitter(), self._gateway.rule
        try:
            while data := await asyncio.wait_for(reader.read(READ_BYTES), rule.silent_seconds):
                for frame in splitter.feed(data):
                    await self._handle(frame)
                if splitter.faults > rule.faults_most:
                    logger.warning("a connection sends what is no JT/T 808 and is closed")
                    return
                await self._writer.drain()
        finally:
            self._gateway.batcher.counts["faults"] += splitter.faults
            if self._answers:
                await asyncio.wait(self._answers)

    async def _handle(self, frame: Frame) -> None:
        if frame.message == m.TERMINAL_ANSWER:
            return
        if frame.part or frame.encrypted:
            self._answer(frame, m.UNSUPPORTED)
        elif frame.message == m.REGISTER:
            await self._register(frame)
        elif frame.message == m.AUTHENTICATE:
            await self._authenticate(frame)
        elif not self._terminal or bare(frame.terminal) != self._terminal:
            self._answer(frame, m.FAILED)
        elif frame.message in (m.POSITION, m.POSITIONS):
            await self._positions(frame)
        else:
            known = frame.message in (m.HEARTBEAT, m.LOG_OFF)
            self._answer(frame, m.OK if known else m.UNSUPPORTED)

    async def _register(self, frame: Frame) -> None:
        try:
            said = m.read_registration(frame)
        except FrameError:
            self._send(m.registered(frame, self._next(), m.WRONG))
            return
        code = await self._gateway.admits(frame.terminal, said)
        if code is not None:
            self._send(m.registered(frame, self._next(), m.OK, code))
            return
        if await self._gateway.known(frame.terminal) is None:
            self._unknown(frame.terminal)
        else:
            self._gateway.batcher.counts["impostors"] += 1
            logger.warning("another terminal names the number %s and is refused", frame.terminal)
        self._send(m.registered(frame, self._next(), m.NO_SUCH_TERMINAL))

    async def _authenticate(self, frame: Frame) -> None:
        try:
            given = m.read_authentication(frame)
        except FrameError:
            self._answer(frame, m.WRONG)
            return
        entered = await self._gateway.known(frame.terminal)
        if entered is None:
            self._unknown(frame.terminal)
            self._answer(frame, m.FAILED)
        elif constant_time_compare(given, code_of(frame.terminal, entered.identity)):
            self._terminal = bare(frame.terminal)
            self._answer(frame, m.OK)
        else:
            logger.warning("terminal %s gave a wrong code", frame.terminal)
            self._answer(frame, m.FAILED)

    def _unknown(self, terminal: str) -> None:
        self._gateway.batcher.note_unknown(terminal)
        logger.warning("terminal %s is not entered as equipment and is refused", terminal)

    async def _positions(self, frame: Frame) -> None:
        try:
            single = frame.message == m.POSITION
            found = [m.read_position(frame.body)] if single else list(m.read_positions(frame.body))
        except FrameError:
            self._answer(frame, m.WRONG)
            return
        points = [self._point(frame.terminal, one) for one in found if one.located]
        if not points:
            self._answer(frame, m.OK)  # no fix: nothing to keep
            return
        stored = await self._gateway.batcher.put(points)
        task = asyncio.create_task(self._when_stored(frame, stored))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _when_stored(self, frame: Frame, stored: asyncio.Future[None]) -> None:
        try:
            await stored
            self._answer(frame, m.OK)
        except Exception:  # told in the log by the batcher; the terminal sends it again
            self._answer(frame, m.FAILED)

    def _point(self, terminal: str, one: m.Reported) -> TerminalAt:
        lng, lat = one.lng, one.lat
        if self._gateway.rule.datum == "gcj02":
            lng, lat = (float(value) for value in gcj02_to_wgs84(lng, lat))
        return TerminalAt(one.at, lng, lat, None, terminal)

    def _answer(self, to: Frame, result: int) -> None:
        self._send(m.answer(to, self._next(), result))

    def _next(self) -> int:
        self._serial = (self._serial + 1) & 0xFFFF
        return self._serial

    def _send(self, frame: Frame) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(frame))


async def serve(host: str, port: int, stop: asyncio.Event, gateway: Gateway | None = None) -> None:
    """Take connections until ``stop`` is set; then what was handed over is stored still."""
    gateway = gateway or Gateway()
    storing = asyncio.create_task(gateway.batcher.run())
    telling = asyncio.create_task(_tell(gateway))
    server = await asyncio.start_server(gateway.connected, host, port)
    try:
        await stop.wait()
    finally:
        server.close()
        telling.cancel()
        gateway.batcher.end()
        await storing
        logger.info("gateway ends: %s", gateway.report())


async def _tell(gateway: Gateway) -> None:
    while True:
        await asyncio.sleep(gateway.rule.tell_seconds)
        logger.info("gateway: %s", gateway.report())
