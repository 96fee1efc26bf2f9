"""Events: everybody hears in the order of commit, nothing is missed whatever ends in between."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from chengshu.bureau.scope import Scope
from chengshu.kernel.events import (
    UnknownTopic,
    database,
    emit,
    newest_position,
    register_topic,
    sequencer,
    topics,
)
from chengshu.kernel.events.audience import Audience, Hearing, audience_of
from chengshu.kernel.events.hub import Hub, Pace, Subscription
from chengshu.kernel.events.stream import stream
from chengshu.kernel.events.topics import forget_topic
from chengshu.kernel.events.writing import forget_old
from chengshu.kernel.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 60
QUICK = Pace(gather=0.01, follow=0.05, sweep=0.5)
WHOLE = Audience(frozenset({Hearing("thing", frozenset({1}), frozenset())}))
SQUAD = Audience(frozenset({Hearing("thing", frozenset(), frozenset({7}))}))
INSERT = (
    "INSERT INTO kernel_event (topic, district_id, squad_id, subject, data) VALUES ('thing', 1, %s, %s, '{}')"
)


@pytest.fixture(autouse=True)
def _topic() -> Iterator[None]:
    register_topic("thing", permission="things.view")
    yield
    forget_topic("thing")


def write(*subjects: str, squad: int | None = None) -> None:
    """Commit events one by one, as other processes do."""
    with psycopg.connect(autocommit=True, **database.parameters()) as other:
        for subject in subjects:
            other.execute(INSERT, [squad, subject])


def subjects(text: bytes) -> list[str]:
    """The records named by a piece of a stream, in order."""
    return re.findall(r'"subject":"([^"]*)"', text.decode())


def positions(text: bytes) -> list[int]:
    """The ids of a piece of a stream."""
    return [int(number) for number in re.findall(r"^id: (\d+)$", text.decode(), re.M)]


@asynccontextmanager
async def running(pace: Pace = QUICK) -> AsyncIterator[Hub]:
    """A hub as in a web process."""
    hub = Hub(pace)
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        await hub.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def hear(subscription: Subscription, count: int) -> bytes:
    """Wait for so many events."""
    text = b"".join([piece async for piece in subscription.opening])
    subscription.opening = _no_more()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(subjects(text)) < count:
            more = await subscription.next(1)
            assert more is not None, f"closed: {subscription.closed}"
            text += more
    return text


async def _no_more() -> AsyncIterator[bytes]:
    return
    yield b""


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


def play(scene: Callable[[], Awaitable[None]]) -> None:
    """Run one scene in an event loop of its own."""
    asyncio.run(scene())  # type: ignore[arg-type]


async def apart(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Do something that blocks."""
    return await asyncio.to_thread(function, *arguments, **named)


# --- writing ----------------------------------------------------------------------------------------
def test_an_event_goes_with_the_change_it_tells_of() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        emit("thing", district_id=1, subject="thing:1")
        raise ZeroDivisionError
    with transaction.atomic():
        emit("thing", district_id=1, squad_id=7, subject="thing:2", data={"light": "red"})
    event = Event.objects.get()
    assert (event.subject, event.squad_id, event.data, event.position) == (
        "thing:2",
        7,
        {"light": "red"},
        None,
    )
    assert abs(timezone.now() - event.at) < timedelta(hours=1)


def test_an_event_needs_a_transaction_and_a_known_topic() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        emit("thing", district_id=1)
    with transaction.atomic(), pytest.raises(UnknownTopic, match=r"unknown topic: thong \(known: .*thing"):
        emit("thong", district_id=1)


@pytest.mark.parametrize("name", ["", "Lead", "a b", "x\ny", "hello", "reset", "9"])
def test_some_names_cannot_be_topics(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        register_topic(name, permission="things.view")


def test_a_topic_has_one_meaning() -> None:
    register_topic("thing", permission="things.view")
    with pytest.raises(ValueError, match="another meaning"):
        register_topic("thing", permission="other.view")
    assert [topic.permission for topic in topics(frozenset({"thing"}))] == ["things.view"]


def test_old_events_go_and_the_newest_stays_to_mark_the_place() -> None:
    write("a", "b", "c")
    with connection.cursor() as cursor:
        cursor.execute(sequencer.GIVE, [10])
    write("waiting")
    Event.objects.update(at=timezone.now() - timedelta(days=40))
    assert forget_old(30) == 2
    assert list(Event.objects.order_by("id").values_list("subject", flat=True)) == ["c", "waiting"]
    assert newest_position() == 3


# --- order and completeness -------------------------------------------------------------------------
def test_who_commits_first_comes_first_and_nobody_is_missed() -> None:
    async def scene() -> None:
        async with running() as hub, await database.connect() as early, await database.connect() as late:
            listener = await hub.subscribe(WHOLE, None)
            await early.set_autocommit(False)
            await early.execute(INSERT, [None, "inserted first"])  # type: ignore[arg-type]
            await late.execute(INSERT, [None, "committed first"])  # type: ignore[arg-type]
            text = await hear(listener, 1)
            await early.commit()
            text += await hear(listener, 1)
            assert subjects(text) == ["committed first", "inserted first"]
            again = await hub.subscribe(WHOLE, positions(text)[1])  # as after the first of the two
            assert subjects(await hear(again, 1)) == ["inserted first"]

    play(scene)


def test_a_hub_that_starts_anew_gives_what_came_while_none_was_there() -> None:
    async def scene() -> None:
        async with running() as hub:
            first = await hub.subscribe(WHOLE, None)
            await apart(write, "a", "b")
            last = positions(await hear(first, 2))[-1]
        await apart(write, "c", "d")
        async with running() as hub:
            await apart(write, "e")
            assert subjects(await hear(await hub.subscribe(WHOLE, last), 3)) == ["c", "d", "e"]

    play(scene)


def test_when_the_leader_is_killed_another_takes_over() -> None:
    async def scene() -> None:
        async with running() as one, running() as two:
            await until(lambda: one.leading or two.leading)
            listeners = [await hub.subscribe(WHOLE, None) for hub in (one, two)]
            for number in range(3):
                leader = one if one.leading else two
                await apart(write, f"{number} before")
                await apart(kill_the_leader)
                await apart(write, f"{number} after")
                await until(lambda old=leader: not old.leading)
                await until(lambda: one.leading or two.leading)
            assert not (one.leading and two.leading)
            expected = [f"{number} {when}" for number in range(3) for when in ("before", "after")]
            for listener in listeners:
                assert subjects(await hear(listener, 6)) == expected

    play(scene)


def kill_the_leader() -> None:
    """End the database session that holds the lock, whoever has it."""
    with psycopg.connect(autocommit=True, **database.parameters()) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )


def test_positions_follow_commits_under_many_writers() -> None:
    async def scene() -> None:
        async with running() as one, running() as two:
            listeners = [await hub.subscribe(WHOLE, None) for hub in (one, two)]
            await asyncio.gather(
                *(apart(write, *(f"{writer}-{n}" for n in range(40))) for writer in range(5))
            )
            heard = [subjects(await hear(listener, 200)) for listener in listeners]
            assert heard[0] == heard[1]
            for writer in range(5):  # of one writer, in its own order
                own = [subject for subject in heard[0] if subject.startswith(f"{writer}-")]
                assert own == [f"{writer}-{n}" for n in range(40)]

    play(scene)


# --- coming back ------------------------------------------------------------------------------------
@pytest.mark.parametrize("remember", [3, 2000])
def test_who_comes_back_gets_the_rest_from_memory_or_from_the_table(remember: int) -> None:
    async def scene() -> None:
        async with running(Pace(gather=0.01, sweep=0.5, remember=remember)) as hub:
            whole = await hub.subscribe(WHOLE, None)
            await apart(write, *map(str, range(30)))
            given = positions(await hear(whole, 30))[1:]  # without the greeting's
            for seen in (1, 10, 27, 29):
                back = await hub.subscribe(WHOLE, given[seen])
                assert subjects(await hear(back, 29 - seen)) == [str(n) for n in range(seen + 1, 30)]
            back = await hub.subscribe(WHOLE, given[-1])
            await apart(write, "new")
            assert subjects(await hear(back, 1)) == ["new"]

    play(scene)


def test_one_who_was_away_too_long_is_told_to_start_anew() -> None:
    write("a", "b", "c")
    with connection.cursor() as cursor:
        cursor.execute(sequencer.GIVE, [10])
    Event.objects.filter(position__lt=3).delete()

    async def scene() -> None:
        async with running() as hub:
            for after in (1, 99):  # dropped long ago; of another database
                opening = b"".join([text async for text in (await hub.subscribe(WHOLE, after)).opening])
                assert b"event: reset" in opening and positions(opening) == [3]
            opening = b"".join([text async for text in (await hub.subscribe(WHOLE, 2)).opening])
            assert subjects(opening) == ["c"]

    play(scene)


def test_a_new_listener_is_told_where_it_stands() -> None:
    write("a", "b")

    async def scene() -> None:
        async with running() as hub:
            await until(lambda: hub.position == 2)
            opening = b"".join([text async for text in (await hub.subscribe(WHOLE, None)).opening])
            assert opening == b'id: 2\nevent: hello\ndata: {"position":2}\n\n'

    play(scene)


# --- who hears what ---------------------------------------------------------------------------------
def test_a_squad_hears_its_own_and_the_district_all() -> None:
    async def scene() -> None:
        async with running() as hub:
            district, squad = await hub.subscribe(WHOLE, None), await hub.subscribe(SQUAD, None)
            await apart(write, "of seven", squad=7)
            await apart(write, "of eight", squad=8)
            await apart(write, "of nobody")
            await apart(write, "of seven again", squad=7)
            assert subjects(await hear(district, 4))[1:3] == ["of eight", "of nobody"]
            assert subjects(await hear(squad, 2)) == ["of seven", "of seven again"]

    play(scene)


def test_personal_events_reach_the_person_only() -> None:
    register_topic("note", permission="things.view", personal=True)
    try:
        scope = Scope(frozenset({1}))
        people = [SimpleNamespace(pk=pk, scope_for=lambda permission: scope) for pk in (12, 13)]
        for_twelve, for_thirteen = (audience_of(person, topics(frozenset({"note"}))) for person in people)
        note = database.happening(1, "note", 1, None, "user:12", {}, timezone.now())
        assert subjects(for_twelve.select([note])) == ["user:12"]
        assert for_thirteen.select([note]) == b""
    finally:
        forget_topic("note")


def test_without_a_scope_there_is_no_audience() -> None:
    person: Any = SimpleNamespace(pk=1, scope_for=lambda permission: Scope())
    assert not audience_of(person, topics(frozenset({"thing"})))


# --- streams ----------------------------------------------------------------------------------------
class Wire:
    """The other side of a stream."""

    def __init__(self) -> None:
        self.text = b""
        self.stuck = False

    async def send(self, text: bytes) -> None:
        """Take a piece, or hang."""
        while self.stuck:
            await asyncio.sleep(0.01)
        self.text += text


async def always() -> Audience | None:
    """Rights that stay."""
    return WHOLE


def test_a_slow_listener_is_cut_off_and_comes_back_without_loss() -> None:
    async def scene() -> None:
        async with running(Pace(gather=0.01, sweep=0.5, buffer=2_000)) as hub:
            wire, quick = Wire(), await hub.subscribe(WHOLE, None)
            task = asyncio.create_task(stream(hub, WHOLE, None, wire.send, always))
            await until(lambda: b"hello" in wire.text)
            await apart(write, "first")
            await until(lambda: subjects(wire.text))
            wire.stuck = True
            for start in range(0, 60, 5):
                await apart(write, *map(str, range(start, start + 5)))
                await hear(quick, 5)  # the others do not wait for the slow one
            wire.stuck = False
            assert await task == "slow" and hub.listeners == 1
            last = positions(wire.text)[-1]
            rest = await hear(await hub.subscribe(WHOLE, last), 61 - len(subjects(wire.text)))
            heard = subjects(wire.text + rest)
            assert [subject for subject in heard if subject != "first"] == [str(n) for n in range(60)]

    play(scene)


def test_a_stream_ends_when_the_rights_change() -> None:
    async def scene() -> None:
        async with running() as hub:
            wire, held = Wire(), [WHOLE]

            async def rights() -> Audience | None:
                return held[0] if held else None

            task = asyncio.create_task(stream(hub, WHOLE, None, wire.send, rights, check_seconds=0.05))
            await until(lambda: b"\n:\n" in wire.text)
            held.clear()
            assert await asyncio.wait_for(task, PATIENCE_SECONDS) == "rights"
            assert hub.listeners == 0

    play(scene)


def test_closing_ends_the_streams_politely() -> None:
    async def scene() -> None:
        async with running() as hub:
            wire = Wire()
            task = asyncio.create_task(stream(hub, WHOLE, None, wire.send, always))
            await until(lambda: b"hello" in wire.text)
            await hub.close()
            assert await asyncio.wait_for(task, PATIENCE_SECONDS) == "closing"
            assert wire.text.startswith(b"retry: ")

    play(scene)


def test_a_quiet_stream_moves_its_last_id_on() -> None:
    async def scene() -> None:
        async with running() as hub:
            wire = Wire()

            async def rights() -> Audience | None:
                return SQUAD

            task = asyncio.create_task(stream(hub, SQUAD, None, wire.send, rights, check_seconds=0.05))
            await until(lambda: b"hello" in wire.text)
            await apart(write, "of another squad", squad=8)
            await until(lambda: b"id: 1\n:\n\n" in wire.text)
            assert not subjects(wire.text)
            await hub.close()
            await task

    play(scene)


def test_only_the_one_who_gives_positions_says_that_there_is_something_new() -> None:
    async def scene() -> None:
        said: list[str] = []
        one, two = (Hub(QUICK, given=lambda name=name: said.append(name)) for name in ("one", "two"))
        tasks = [asyncio.create_task(hub.run()) for hub in (one, two)]
        try:
            listeners = [await hub.subscribe(WHOLE, None) for hub in (one, two)]
            await asyncio.to_thread(write, "a", "b")
            for listener in listeners:
                assert subjects(await hear(listener, 2)) == ["a", "b"]
        finally:
            for hub in (one, two):
                await hub.close()
            await asyncio.gather(*tasks)
        assert len(set(said)) == 1

    asyncio.run(scene())
