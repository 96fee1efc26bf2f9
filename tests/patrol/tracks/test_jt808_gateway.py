"""Terminals talk to the gateway: known ones are let in, positions are confirmed when they are stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chengshu.patrol.jt808 import messages as m
from chengshu.patrol.jt808.batching import Batcher
from chengshu.patrol.jt808.codec import Frame, Splitter, encode
from chengshu.patrol.jt808.server import Gateway, code_of
from chengshu.patrol.services.tracks import Entered, Taken, TerminalAt
from chengshu.patrol.tracking.rules import rules

KNOWN, STRANGER = "013912345678", "013900000000"
NOON = datetime(2026, 5, 6, 12, tzinfo=m.BEIJING)
RULE = replace(rules().jt808, batch_wait_ms=5, silent_seconds=2)


class Terminal:
    """The other side of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: str) -> None:
        self.reader, self.writer, self.number = reader, writer, number
        self.splitter, self.serial = Splitter(), 0
        self.waiting: list[Frame] = []

    async def ask(self, message: int, body: bytes = b"", version: int | None = None) -> Frame:
        self.serial += 1
        number = self.number if version is None else self.number.zfill(20)
        self.writer.write(encode(Frame(message, number, self.serial, body, version)))
        while not self.waiting:
            data = await asyncio.wait_for(self.reader.read(4096), 5)
            assert data, "the gateway hung up"
            self.waiting += self.splitter.feed(data)
        return self.waiting.pop(0)

    async def result(self, message: int, body: bytes = b"", version: int | None = None) -> int:
        answer = await self.ask(message, body, version)
        assert (answer.message, int.from_bytes(answer.body[:2], "big")) == (m.ANSWER, self.serial)
        return answer.body[-1]


def slowly_entered() -> dict[str, Entered]:
    """The terminals entered as equipment, from a database that takes its time."""
    time.sleep(0.05)
    return {KNOWN.lstrip("0"): Entered(plate="沪A-12345")}


class Storage:
    """Stands for the database; everything that was stored, and whether it works."""

    def __init__(self) -> None:
        self.points: list[TerminalAt] = []
        self.broken = False

    def __call__(self, points: object) -> Taken:
        if self.broken:
            raise OSError("no database")
        self.points += points  # type: ignore[operator]
        return Taken(stored=len(points))  # type: ignore[arg-type]


def walk(
    story: Callable[[Callable[[str], Awaitable[Terminal]], Storage, Gateway], Awaitable[None]],
    datum: str = "wgs84",
) -> None:
    """Tell a story with a gateway that listens on a free port."""

    async def told() -> None:
        storage = Storage()
        rule = replace(RULE, datum=datum)
        gateway = Gateway(rule, Batcher(rule, storage), slowly_entered, lambda _number, _identity: True)
        storing = asyncio.create_task(gateway.batcher.run())
        server = await asyncio.start_server(gateway.connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def connect(number: str) -> Terminal:
            return Terminal(*await asyncio.open_connection("127.0.0.1", port), number)

        await story(connect, storage, gateway)
        server.close()
        gateway.batcher.end()
        await storing

    asyncio.run(told())


REGISTRATION = bytes(4) + b"MAKER" + bytes(20) + bytes(7) + b"\x02" + "沪A12345".encode("gbk")


def here(minutes: int = 0, lng: float = 121.4) -> m.Reported:
    return m.Reported(NOON + timedelta(minutes=minutes), lng, 31.24, True)


@pytest.mark.parametrize("version", [None, 1])
def test_a_terminal_registers_proves_itself_and_reports(version: int | None) -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        terminal = await connect(KNOWN)
        registration = REGISTRATION if version is None else bytes(4 + 11 + 30 + 30 + 1)
        answer = await terminal.ask(m.REGISTER, registration, version)
        assert (answer.message, answer.body[2], answer.is_2019) == (m.REGISTERED, m.OK, version is not None)
        code = answer.body[3:]
        proof = code if version is None else bytes([len(code)]) + code + bytes(15 + 20)
        assert await terminal.result(m.AUTHENTICATE, proof, version) == m.OK
        assert await terminal.result(m.HEARTBEAT, b"", version) == m.OK
        assert await terminal.result(m.POSITION, m.write_position(here()), version) == m.OK
        batch = m.write_positions([here(n) for n in range(1, 4)])
        assert await terminal.result(m.POSITIONS, batch, version) == m.OK
        assert [one.at for one in storage.points] == [NOON + timedelta(minutes=n) for n in range(4)]

    walk(story)


def registration(identity: str, plate: str = "沪A12345") -> bytes:
    """The body of a registration of 2013."""
    return bytes(4) + b"MAKER" + bytes(20) + identity.encode().ljust(7, b"\0") + b"\x02" + plate.encode("gbk")


def test_the_first_to_register_keeps_the_number_and_another_gets_no_code() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        own, other = await connect(KNOWN), await connect(KNOWN)
        first = await own.ask(m.REGISTER, registration("CAR0001"))
        assert first.body[2] == m.OK and first.body[3:].decode() == code_of(KNOWN, "CAR0001")
        for body in (registration("EVIL001"), registration(""), registration("CAR0001", "沪B99999")):
            assert (await other.ask(m.REGISTER, body)).body[2:] == bytes([m.NO_SUCH_TERMINAL])
        assert gateway.batcher.counts["impostors"] == 3
        assert await other.result(m.AUTHENTICATE, code_of(KNOWN).encode()) == m.FAILED
        assert await own.result(m.AUTHENTICATE, first.body[3:]) == m.OK
        again = await own.ask(m.REGISTER, registration("CAR0001", ""))
        assert again.body[3:] == first.body[3:], "who does not know the plate is let in by identity"

    walk(story)


def test_a_stranger_is_refused_and_counted() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        terminal = await connect(STRANGER)
        answer = await terminal.ask(m.REGISTER, REGISTRATION)
        assert answer.body[2:] == bytes([m.NO_SUCH_TERMINAL])
        assert await terminal.result(m.AUTHENTICATE, code_of(STRANGER).encode()) == m.FAILED
        assert await terminal.result(m.POSITION, m.write_position(here())) == m.FAILED
        assert gateway.batcher.unknown == {STRANGER: 2} and storage.points == []

    walk(story)


def test_a_wrong_code_and_another_s_number_are_refused() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        terminal = await connect(KNOWN)
        assert await terminal.result(m.AUTHENTICATE, b"guessed") == m.FAILED
        assert await terminal.result(m.AUTHENTICATE, code_of(KNOWN).encode()) == m.OK
        terminal.number = STRANGER
        assert await terminal.result(m.POSITION, m.write_position(here())) == m.FAILED
        assert storage.points == []

    walk(story)


def test_what_could_not_be_stored_is_not_confirmed() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        terminal = await connect(KNOWN)
        await terminal.result(m.AUTHENTICATE, code_of(KNOWN).encode())
        storage.broken = True
        assert await terminal.result(m.POSITION, m.write_position(here())) == m.FAILED
        storage.broken = False
        assert await terminal.result(m.POSITION, m.write_position(here())) == m.OK
        assert len(storage.points) == 1

    walk(story)


def test_without_a_fix_there_is_nothing_to_keep_and_a_broken_body_is_told() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        terminal = await connect(KNOWN)
        await terminal.result(m.AUTHENTICATE, code_of(KNOWN).encode())
        assert await terminal.result(m.POSITION, m.write_position(replace(here(), located=False))) == m.OK
        assert await terminal.result(m.POSITION, b"\x00" * 9) == m.WRONG
        assert await terminal.result(0x0900, b"x") == m.UNSUPPORTED
        assert storage.points == []

    walk(story)


def test_terminals_that_come_all_at_once_after_a_start_are_all_let_in() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        many = [await connect(KNOWN) for _ in range(30)]
        code = code_of(KNOWN).encode()
        results = await asyncio.gather(*(one.result(m.AUTHENTICATE, code) for one in many))
        assert results == [m.OK] * 30 and not gateway.batcher.unknown

    walk(story)


def test_whoever_sends_nonsense_is_let_go() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        terminal = await connect(KNOWN)
        terminal.writer.write(b"GET / HTTP/1.1\r\n\r\n" + b"\x7ex" * 500)
        assert await asyncio.wait_for(terminal.reader.read(), 5) == b""

    walk(story)


def test_terminals_that_send_in_the_chinese_datum_are_set_right() -> None:
    async def story(
        connect: Callable[[str], Awaitable[Terminal]], storage: Storage, gateway: Gateway
    ) -> None:
        terminal = await connect(KNOWN)
        await terminal.result(m.AUTHENTICATE, code_of(KNOWN).encode())
        await terminal.result(m.POSITION, m.write_position(here()))
        assert 0.003 < 121.4 - storage.points[0].lng < 0.006

    walk(story, "gcj02")
