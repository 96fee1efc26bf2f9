"""Positions in the order of commit.

An ``id`` is taken when a row is written, so a transaction that commits late would slip in behind readers who
have already passed its ids. Therefore a committed row gets its place afterwards, from one process at a time:
whoever holds a lock of the database session. The lock goes with the session, so when its holder is killed the
next process that asks for it goes on, with everything that waits.
"""

from __future__ import annotations

from chengshu.kernel.events.database import Connection

EVENT, POSITION = "chengshu_event", "chengshu_position"  # the channels
MOST = 5_000  # rows a statement, so that a great import does not hold the others up for long

LEAD = "SELECT pg_try_advisory_lock(hashtextextended('chengshu.events.sequencer', 0))"
GIVE = """
WITH waiting AS MATERIALIZED (
    SELECT id FROM kernel_event WHERE position IS NULL ORDER BY id LIMIT %s
), numbered AS MATERIALIZED (
    SELECT id, nextval('kernel_event_position') AS place FROM waiting
), given AS (
    UPDATE kernel_event AS e SET position = n.place FROM numbered AS n WHERE e.id = n.id
    RETURNING e.position
)
SELECT count(*), pg_notify('chengshu_position', max(position)::text) FROM given HAVING count(*) > 0
"""


async def take_the_lead(connection: Connection) -> bool:
    """Try to become the one who gives positions, for as long as this connection lives."""
    row = await (await connection.execute(LEAD)).fetchone()
    return bool(row and row[0])


async def give_positions(connection: Connection) -> int:
    """Give every committed event its position and tell the readers; how many events. Only for the leader."""
    total = 0
    while True:
        row = await (await connection.execute(GIVE, [MOST])).fetchone()
        given = int(row[0]) if row else 0
        total += given
        if given < MOST:
            return total
