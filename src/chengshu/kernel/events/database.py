"""Connections outside Django's: the hub lives in an event loop, which must never wait for a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from django.db import connections

COLUMNS = "position, topic, district_id, squad_id, subject, data, at"
NOT_FOR_LIBPQ = frozenset({"pool", "server_side_binding", "isolation_level", "assume_role", "cursor_factory"})
Connection = psycopg.AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that has its position, with the text that every listener gets."""

    position: int
    topic: str
    district_id: int
    squad_id: int | None
    subject: str
    frame: bytes


def parameters() -> dict[str, Any]:
    """What libpq needs to reach Django's database."""
    held = connections["default"].settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    found = {key: held[name] for key, name in named.items() if held.get(name)}
    options = {key: value for key, value in held.get("OPTIONS", {}).items() if key not in NOT_FOR_LIBPQ}
    return {**options, **found}


async def connect() -> Connection:
    """One connection that commits by itself; raises psycopg.OperationalError."""
    return await psycopg.AsyncConnection.connect(autocommit=True, **parameters())


async def newest(connection: Connection) -> int:
    """The highest position that can be read; 0 in an empty table."""
    return await _number(connection, "SELECT coalesce(max(position), 0) FROM kernel_event")


async def oldest(connection: Connection) -> int:
    """The lowest position still kept; 0 in an empty table."""
    return await _number(connection, "SELECT coalesce(min(position), 0) FROM kernel_event")


async def _number(connection: Connection, query: str) -> int:
    row = await (await connection.execute(query)).fetchone()
    return int(row[0]) if row else 0


async def after(connection: Connection, position: int, limit: int) -> list[Happening]:
    """The next events after a position, in order."""
    query = f"SELECT {COLUMNS} FROM kernel_event WHERE position > %s ORDER BY position LIMIT %s"  # noqa: S608
    cursor = await connection.execute(query, [position, limit])
    return [happening(*row) for row in await cursor.fetchall()]


async def latest(connection: Connection, until: int, limit: int) -> list[Happening]:
    """The last so many events up to a position, in order."""
    query = f"SELECT {COLUMNS} FROM kernel_event WHERE position <= %s ORDER BY position DESC LIMIT %s"  # noqa: S608
    cursor = await connection.execute(query, [until, limit])
    return [happening(*row) for row in reversed(await cursor.fetchall())]


def happening(
    position: int, topic: str, district: int, squad: int | None, subject: str, data: Any, at: Any
) -> Happening:
    """One row with the lines that go over the wire (https://html.spec.whatwg.org/ 9.2)."""
    body = orjson.dumps(
        {
            "position": position,
            "topic": topic,
            "district": district,
            "squad": squad,
            "subject": subject,
            "at": at,
            "data": data,
        }
    )
    frame = b"id: %d\nevent: %s\ndata: %s\n\n" % (position, topic.encode(), body)
    return Happening(position, topic, district, squad, subject, frame)
