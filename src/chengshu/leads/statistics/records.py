"""How the leads of a day are packed: one SQL expression that writes columns, one reader of them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead
from chengshu.leads.statistics.indicators import DURATIONS, NUMBERS, RUNNING
from chengshu.registry.queries.filters import where_of

Array = npt.NDArray[Any]
NEVER = 2**62
"""Stands in ``runs_out`` where no handling clock runs."""
STAGES = [stage.value for stage in Stage]
OUTCOMES = [outcome.value for outcome in Outcome]
BITS = {one.code: 1 << index for index, one in enumerate(NUMBERS)}
WIDE, MIDDLE, SHORT = ">i8", ">i4", ">i2"
_SEND = {WIDE: "int8send", MIDDLE: "int4send", SHORT: "int2send"}


@dataclass(frozen=True)
class Column:
    """One value of each lead. ``values`` is SQL on the table of leads."""

    name: str
    kind: str
    values: str
    params: tuple[Any, ...] = ()


@cache
def columns() -> tuple[Column, ...]:
    """Everything that statistics and maps ask of a lead, in the order in which it is packed."""
    table = Lead._meta.db_table
    running, running_params = where_of(Lead.objects.filter(RUNNING))
    return (
        Column("id", WIDE, f"{table}.id"),
        Column(
            "runs_out",
            WIDE,
            f"CASE WHEN {running} THEN round(date_part('epoch', {table}.handle_by) * 1e6)::bigint"
            f" ELSE {NEVER} END",
            running_params,
        ),
        Column("cell", WIDE, f"coalesce({table}.cell, 0)"),
        Column("district", MIDDLE, f"{table}.district_id::int"),
        Column("kind", MIDDLE, f"{table}.lead_class_id::int"),
        Column("squad", MIDDLE, f"coalesce({table}.squad_id, 0)::int"),
        Column("town", MIDDLE, f"coalesce({table}.town_id, 0)::int"),
        Column("source", MIDDLE, f"('x' || left(md5({table}.source), 8))::bit(32)::int"),
        _flags(),
        Column("officer", MIDDLE, f"coalesce({table}.officer_id, 0)::int"),
        Column("severity", SHORT, f"{table}.severity::int2"),
        Column("stage", SHORT, f"array_position(%s::text[], {table}.stage::text)::int2", (STAGES,)),
        Column("outcome", SHORT, f"array_position(%s::text[], {table}.outcome::text)::int2", (OUTCOMES,)),
        *(
            Column(
                duration.code,
                MIDDLE,
                f"CASE WHEN {table}.{duration.column} IS NULL THEN -1 ELSE greatest(0, floor("
                f"date_part('epoch', {table}.{duration.column} - {table}.reported_at)))::int END",
            )
            for duration in DURATIONS
        ),
    )


def _flags() -> Column:
    """One bit for each number of `NUMBERS`."""
    parts: list[str] = []
    params: list[Any] = []
    for one in NUMBERS:
        if not one.condition:
            parts.append(str(BITS[one.code]))
            continue
        sql, values = where_of(Lead.objects.filter(one.condition))
        parts.append(f"CASE WHEN {sql} THEN {BITS[one.code]} ELSE 0 END")
        params.extend(values)
    return Column("flags", MIDDLE, f"({' | '.join(parts)})", tuple(params))


@cache
def packed() -> tuple[str, tuple[Any, ...]]:
    """SQL of an aggregate that packs a group of leads, with its parameters."""
    parts = [f"coalesce(string_agg({_SEND[c.kind]}({c.values}), ''::bytea), ''::bytea)" for c in columns()]
    return " || ".join(parts), tuple(value for c in columns() for value in c.params)


@cache
def layout() -> int:
    """A number that changes whenever days are packed in another way."""
    sql, params = packed()
    return zlib.crc32(f"{sql} {params}".encode())


@cache
def source_number(code: str) -> int:
    """What stands for a source in the packed days."""
    digest = hashlib.md5(code.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big", signed=True)


class Block:
    """The leads of one day or of many, column by column."""

    def __init__(self, values: dict[str, Array], n: int) -> None:
        self.values = values
        self.n = n

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return sum(column.nbytes for column in self.values.values())

    def having(self, name: str, column: Array) -> Block:
        """The same leads with one more column."""
        return Block({**self.values, name: column}, self.n)

    def chosen(self, mask: Array) -> Block:
        """The leads for which the mask is true."""
        return Block({name: column[mask] for name, column in self.values.items()}, int(mask.sum()))


def unpack(data: bytes | memoryview, n: int) -> Block:
    """The columns of a packed day of ``n`` leads, in the machine's own order of bytes."""
    values, at = {}, 0
    for column in columns():
        kind = np.dtype(column.kind)
        values[column.name] = np.frombuffer(data, kind, n, at).astype(kind.newbyteorder("="))
        at += n * kind.itemsize
    values["place"] = _places(values.pop("cell"))
    return Block(values, n)


_cells: list[int] = [0]
_number_of_cell: dict[int, int] = {0: 0}
_lock = Lock()


def _places(cells: Array) -> Array:
    """Small numbers for the cells of leads, the same in the whole process; 0 for a lead without a place."""
    known, index = np.unique(cells, return_inverse=True)
    with _lock:
        for cell in known.tolist():
            if cell not in _number_of_cell:
                _number_of_cell[cell] = len(_cells)
                _cells.append(cell)
        numbers = np.array([_number_of_cell[cell] for cell in known.tolist()], np.int32)
    return numbers[index]


def cells() -> list[int]:
    """The H3 cell of level 9 for each number in the column ``place``; the first stands for none."""
    with _lock:
        return list(_cells)


def joined(blocks: Iterable[Block], names: Iterable[str] | None = None) -> Block:
    """Many days as one block, or only some of their columns."""
    blocks = list(blocks)
    if not blocks:
        blocks = [unpack(b"", 0)]
    names = list(blocks[0].values if names is None else names)
    if len(blocks) == 1:
        return Block({name: blocks[0][name] for name in names}, blocks[0].n)
    return Block(
        {name: np.concatenate([block[name] for block in blocks]) for name in names},
        sum(block.n for block in blocks),
    )
