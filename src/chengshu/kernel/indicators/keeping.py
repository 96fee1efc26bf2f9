"""Computed figures kept in the database until a record they count from changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
from django.db import connection

# A figure kept in another database cluster (a restored dump) proves nothing here: transactions count anew.
CLUSTER = "(SELECT system_identifier::text FROM pg_control_system())"
FRESH = f"""
SELECT key, cells, computed_at FROM kernel_keptfigure f
WHERE key = ANY(%s) AND cluster = {CLUSTER}
AND NOT EXISTS (SELECT 1 FROM kernel_datachange c WHERE c.source = ANY(f.sources)
    AND c.txid >= pg_snapshot_xmin(f.snapshot)
    AND (c.txid = f.within OR NOT pg_visible_in_snapshot(c.txid, f.snapshot)))
"""  # noqa: S608  the constant above
KEEP = f"""
INSERT INTO kernel_keptfigure (key, cells, sources, snapshot, within, cluster, computed_at)
SELECT key, cells::jsonb, %s, %s::pg_snapshot, pg_current_xact_id(), {CLUSTER}, %s
FROM unnest(%s::text[], %s::text[]) AS made(key, cells)
ON CONFLICT (key) DO UPDATE SET cells = EXCLUDED.cells, sources = EXCLUDED.sources,
    snapshot = EXCLUDED.snapshot, within = EXCLUDED.within, cluster = EXCLUDED.cluster,
    computed_at = EXCLUDED.computed_at
"""  # noqa: S608


@dataclass(frozen=True)
class Cell:
    """What was taken of some records, and how many they were."""

    value: Decimal | None
    sample: int


Cells = Mapping[str, Cell]


@dataclass(frozen=True)
class Kept:
    """Cells by the key of what they are divided by (``""`` for a whole), and when they were computed."""

    cells: Cells
    computed_at: datetime


def key_of(*parts: Any) -> str:
    """A short key for whatever decides a figure."""
    return hashlib.sha256(orjson.dumps(parts, default=str)).hexdigest()


def fresh(keys: Iterable[str]) -> dict[str, Kept]:
    """Those of the keys whose figures still hold; one query."""
    with connection.cursor() as cursor:
        cursor.execute(FRESH, [list(keys)])
        return {key: Kept(_read(cells), at) for key, cells, at in cursor.fetchall()}


_later: ContextVar[list[Callable[[], None]] | None] = ContextVar("figures_kept_later", default=None)


@contextmanager
def kept_afterwards() -> Iterator[None]:
    """Keep nothing until the block is over: a transaction of one snapshot would fail on a row that another
    has kept meanwhile.
    """
    waiting: list[Callable[[], None]] = []
    token = _later.set(waiting)
    try:
        yield
    finally:
        _later.reset(token)
    for each in waiting:
        each()


def keep(made: Mapping[str, Cells], sources: Iterable[str], snapshot: str, at: datetime) -> None:
    """Keep figures computed in, or after, a snapshot; one statement."""
    if (waiting := _later.get()) is not None:
        waiting.append(partial(_keep, made, sources, snapshot, at))
    elif made:
        _keep(made, sources, snapshot, at)


def _keep(made: Mapping[str, Cells], sources: Iterable[str], snapshot: str, at: datetime) -> None:
    texts = [_written(cells) for cells in made.values()]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [sorted(sources), snapshot, at, list(made), texts])


def _written(cells: Cells) -> str:
    plain = {key: [None if c.value is None else str(c.value), c.sample] for key, c in cells.items()}
    return orjson.dumps(plain).decode()


def _read(stored: Any) -> Cells:
    plain = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return {
        key: Cell(None if value is None else Decimal(value), sample) for key, (value, sample) in plain.items()
    }
