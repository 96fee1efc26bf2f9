"""Many entries with their whole history: the same services and checks, but the rows are written together.

A batch is for entries that come with all that happened to them (a demo, another system's ledger). Those
entered inside it are held in memory: the services find and change them there. At its end the rows are
written, and one statement for each version brings every entry forward, so that the database checks each
change and keeps it in the history as if it had been saved alone. Lists and figures see the entries then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import cache
from typing import Any, TypeVar, cast

import orjson
from django.db import connection
from django.db.models import Model

from chengshu.kernel.copying import copy_models, new_ids
from chengshu.kernel.whole import whole
from chengshu.structures.models import (
    Elimination,
    Proposal,
    Step,
    Structure,
    StructureFinding,
    StructurePhoto,
    Survey,
)

T = TypeVar("T")
Record = Step | Survey | StructureFinding | StructurePhoto | Proposal | Elimination
R = TypeVar("R", Step, Survey, StructureFinding, StructurePhoto, Proposal, Elimination)
IDS = 200  # taken from a sequence at a time
NAMED = (Survey, StructurePhoto, Proposal)  # others name them by their ids before they are written
AFTER = (StructureFinding, StructurePhoto, Proposal, Elimination, Step)  # written once the entries stand
_current: ContextVar[Batch | None] = ContextVar("structures_batch", default=None)


class Batch:
    """Entries held in memory with their records, and the states they went through."""

    def __init__(self) -> None:
        self.entries: dict[int, Structure] = {}
        self.read: dict[Any, Any] = {}
        self.refused = False
        self._born: list[Structure] = []
        self._records: dict[int, dict[type[Model], list[Any]]] = {}
        self._states: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._surveys: dict[int, list[Survey]] = defaultdict(list)
        self._columns: set[str] = set()
        self._ids: dict[type[Model], list[int]] = defaultdict(list)

    def bear(self, structure: Structure) -> None:
        """Take in a new entry as it was stated; from now on the services change it in memory only."""
        structure.pk = self._next_id(Structure)
        _date(structure)
        self.entries[structure.pk] = structure
        self._records[structure.pk] = defaultdict(list)
        self._born.append(copy(structure))

    def add(self, record: Record) -> None:
        """A record of an entry held here, to be written with it."""
        if isinstance(record, NAMED):
            record.pk = self._next_id(type(record))
        _date(record)
        self._records[record.structure_id][type(record)].append(record)
        if isinstance(record, Survey):  # the database lets the area follow once it is there
            self._surveys[self.entries[record.structure_id].version + 1].append(record)

    def records(self, model: type[R], structure_id: int) -> list[R]:
        """The records of an entry held here, in the order in which they were made."""
        return list(self._records[structure_id][model])

    def note(self, structure: Structure, fields: Sequence[str]) -> None:
        """Keep the state after a change; ``fields`` are those it may have changed."""
        self._columns.update(structure._meta.get_field(name).attname for name in fields)  # type: ignore[union-attr]
        row = structure.__dict__
        self._states[structure.version].append({name: row[name] for name in _state_columns()})

    def write(self) -> None:
        """Write the entries as they were stated, bring them through their versions, add their records."""
        copy_models(self._born)
        columns = sorted(self._columns)
        names = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(f'new."{name}"' for name in columns)
        # names come from the model, not from anybody's input
        statement = (
            f"UPDATE structures_structure AS held SET ({names}) = ROW({values})"  # noqa: S608
            " FROM jsonb_populate_recordset(NULL::structures_structure, %s::jsonb) AS new"
            " WHERE held.id = new.id AND held.version = new.version - 1"
        )
        with connection.cursor() as cursor:
            for version, states in sorted(self._states.items()):
                copy_models(self._surveys[version])
                rows = [{name: _plain(state[name]) for name in ("id", *columns)} for state in states]
                cursor.execute(statement, [orjson.dumps(rows).decode()])
                if cursor.rowcount != len(rows):
                    raise RuntimeError("an entry has gaps in its history")
        for model in AFTER:
            copy_models([row for records in self._records.values() for row in records[model]])
        for structure, born in zip(self.entries.values(), self._born, strict=True):
            structure.created_at = born.created_at
            structure._state.adding, structure._state.db = False, connection.alias

    def _next_id(self, model: type[Model]) -> int:
        if not self._ids[model]:
            self._ids[model] = new_ids(model, IDS)[::-1]
        return self._ids[model].pop()


@cache
def _state_columns() -> tuple[str, ...]:
    return tuple(field.attname for field in Structure._meta.concrete_fields)


@cache
def _dated(model: type[Model]) -> tuple[Any, ...]:
    return tuple(field for field in model._meta.concrete_fields if getattr(field, "auto_now_add", False))


def _date(row: Model) -> None:
    """Say when it was recorded, which the services may ask for before it is written."""
    for field in _dated(type(row)):
        field.pre_save(row, add=True)


def _plain(value: Any) -> Any:
    """A value of a column as PostgreSQL reads it from JSON."""
    return value if value is None or isinstance(value, (str, int, dict, list)) else _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, tuple):  # a position
        return f"({value[0]!r},{value[1]!r})"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# --- what the services ask --------------------------------------------------------------------------
def current() -> Batch | None:
    """The batch that is being made in this context, if any."""
    return _current.get()


def refuse() -> None:
    """A service has refused something: a batch that is being made writes nothing."""
    if batch := _current.get():
        batch.refused = True


def require_written() -> None:
    """Raise RuntimeError within a batch: what asks the database for entries would not see those held."""
    if _current.get() is not None:
        raise RuntimeError("this is not done within a batch of entries")


def held(structure_id: int | None) -> Structure | None:
    """The entry if a batch holds it."""
    batch = _current.get()
    return batch.entries.get(structure_id or 0) if batch is not None else None


def held_of_lead(lead_id: int) -> Structure | None:
    """The entry of a lead if a batch holds it."""
    batch = _current.get()
    rows = batch.entries.values() if batch is not None else ()
    return next((one for one in rows if one.lead_id == lead_id), None)


def records(model: type[R], structure: Structure) -> list[R] | None:
    """The records of an entry that a batch holds; None where the database has to be asked."""
    batch = _current.get()
    if batch is None or structure.pk not in batch.entries:
        return None
    return batch.records(model, structure.pk)


def insert(row: Structure | Record) -> None:
    """Write a new entry or a record of one: with the batch that holds it, else at once."""
    batch = _current.get()
    if batch is not None and isinstance(row, Structure):
        batch.bear(row)
    elif batch is not None and not isinstance(row, Structure) and row.structure_id in batch.entries:
        batch.add(row)
    else:
        row.save(force_insert=True)


def update(row: Structure | Record, *fields: str) -> None:
    """Write the named columns at once, or with the batch that holds the entry: a record as it stands then."""
    batch = _current.get()
    if batch is None or (row.pk if isinstance(row, Structure) else row.structure_id) not in batch.entries:
        row.save(update_fields=fields)
    elif isinstance(row, Structure):
        batch.note(row, fields)


def once(key: object, read: Callable[[], T]) -> T:
    """What is the same for every entry of a batch is read once; outside of one, each time."""
    batch = _current.get()
    if batch is None:
        return read()
    if key not in batch.read:
        batch.read[key] = read()
    return cast(T, batch.read[key])


@contextmanager
def batch() -> Iterator[Batch]:
    """Hold the entries that are entered inside and write them at its end: all or none.

    Since it fails as a whole, the savepoints of the services inside it are left out: after a refusal that was
    caught inside nothing is written. Raises RuntimeError then, and for a batch within a batch.
    """
    if _current.get() is not None:
        raise RuntimeError("a batch within a batch would not see the entries of the other")
    made = Batch()
    with whole():
        token = _current.set(made)
        try:
            yield made
            if made.refused:
                raise RuntimeError("a service refused something within the batch: half of it may stand")
            made.write()
        finally:
            _current.reset(token)
