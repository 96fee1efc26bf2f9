"""Many leads through the loop at once: the same services and checks, but the rows are written together.

A batch is for records that come with their whole history (an import of old ones, a demo). Inside it the
services work on leads in memory; at its end one statement for each version brings every lead forward, so that
the database writes the same steps and events as if each step had been saved alone.

A batch of **new** leads (``batch(new=True)``) writes each lead once, as it stands in the end, and all steps
and events from the states it went through, by the same expressions as the trigger (`models.leads`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

import orjson
from django.db import connection, transaction
from django.utils import timezone

from chengshu.kernel.copying import copy_models, new_ids
from chengshu.kernel.whole import whole

if TYPE_CHECKING:
    from chengshu.leads.models import Lead, LeadAttachment, LeadReporter

T = TypeVar("T")
IDS = 500  # taken from the sequence at a time
_current: ContextVar[Batch | None] = ContextVar("leads_batch", default=None)


class Batch:
    """Leads held in memory, and the states they went through; ``new``: nothing of them is written yet."""

    def __init__(self, *, new: bool = False) -> None:
        self.new = new
        self.leads: dict[int, Lead] = {}
        self.read: dict[Any, Any] = {}
        self._columns: set[str] = set()
        self._states: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._born: dict[int, Lead] = {}
        self._reporters: list[LeadReporter] = []
        self._attachments: list[LeadAttachment] = []
        self._photos: Counter[tuple[int, str]] = Counter()
        self._parts: list[Lead] = []
        self._ids: list[int] = []
        self._afterwards: dict[object, Callable[[], None]] = {}

    def hold(self, lead: Lead) -> None:
        """From now on the services change this lead in memory only; nobody else may know it yet."""
        if lead.pk not in self.leads and lead.parent_id is not None:
            self._parts.append(lead)
        self.leads[lead.pk] = lead

    def next_id(self) -> int:
        """The id of another new lead."""
        from chengshu.leads.models import Lead

        if not self._ids:
            self._ids = new_ids(Lead, IDS)[::-1]
        return self._ids.pop()

    def bear(self, lead: Lead, reporter: LeadReporter | None) -> None:
        """Take in a new lead as its report left it; written at the end of the batch."""
        lead.updated_at = timezone.now()
        self.hold(lead)
        self._born[lead.pk] = lead
        self._states[lead.version].append(_state(lead))
        if reporter is not None:
            self._reporters.append(reporter)

    def attach(self, rows: Sequence[LeadAttachment]) -> None:
        """Photos and papers of leads held here, to be written with them."""
        self._attachments += rows
        self._photos.update((row.lead_id, str(row.moment)) for row in rows)

    def photos(self, lead: Lead, moment: str) -> int:
        """How many were attached here to a lead that is not written yet."""
        return self._photos[lead.pk, moment]

    def is_unwritten(self, lead: Lead) -> bool:
        """Whether the database does not know the lead yet."""
        return lead.pk in self._born

    def open_parts(self, lead: Lead) -> bool:
        """Whether a part of the lead is held here and still open."""
        return any(part.parent_id == lead.pk and part.is_open for part in self._parts)

    def note(self, lead: Lead, fields: list[str]) -> None:
        """Keep the state after a step; ``fields`` are those the step may have changed."""
        lead.updated_at = timezone.now()
        self._columns.update(lead._meta.get_field(name).attname for name in fields)  # type: ignore[union-attr]
        self._states[lead.version].append(_state(lead))

    def afterwards(self, key: object, do: Callable[[], None]) -> None:
        """What followers do once for all leads, when they are written; one call a key."""
        self._afterwards.setdefault(key, do)

    def finish(self) -> None:
        """Write everything, then do what was left until afterwards."""
        self.write()
        for do in self._afterwards.values():
            do()

    def write(self) -> None:
        """Bring the rows to the state of each version in turn, with the step and the event of each."""
        if self._born:
            self._write_new()
        if not self._states:
            return
        columns = ", ".join(f'"{name}"' for name in sorted(self._columns))
        values = ", ".join(f'new."{name}"' for name in sorted(self._columns))
        # names come from the model, not from anybody's input
        statement = (
            f"UPDATE leads_lead AS lead SET ({columns}) = ROW({values})"  # noqa: S608
            " FROM jsonb_populate_recordset(NULL::leads_lead, %s::jsonb) AS new WHERE lead.id = new.id"
        )
        kept = {"id", *self._columns}
        with connection.cursor() as cursor:
            for _version, states in sorted(self._states.items()):
                rows = [self._row(state, kept) for state in states]
                cursor.execute(statement, [orjson.dumps(rows).decode()])
        self._states.clear()

    def _row(self, state: dict[str, Any], kept: set[str]) -> dict[str, Any]:
        """The columns of a state; what no history tells is taken as it stands now."""
        return {
            name: state[name] if name in state else getattr(self.leads[state["id"]], name) for name in kept
        }

    def _write_new(self) -> None:
        """Each new lead as it stands, then the steps and events of all states it has been through."""
        from chengshu.leads.models.leads import WHOLE, steps_and_events_sql

        states = [state for _version, rows in sorted(self._states.items()) for state in rows]
        mine = [state for state in states if state["id"] in self._born]
        self._states.clear()
        for state in states:
            if state["id"] not in self._born:
                self._states[state["version"]].append(state)
        steps, events = steps_and_events_sql()
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, 'on', true)", [WHOLE])
            copy_models(list(self._born.values()))
            cursor.execute("SELECT set_config(%s, 'off', true)", [WHOLE])
            cursor.execute(steps, [text := orjson.dumps(mine).decode()])
            if cursor.rowcount != sum(lead.version for lead in self._born.values()):
                raise RuntimeError("a new lead has gaps in its history")
            cursor.execute(events, [text])
        copy_models(self._reporters)
        copy_models(self._attachments)
        self._born.clear()
        self._reporters, self._attachments = [], []


def _state(lead: Lead) -> dict[str, Any]:
    """The columns of a lead as they stand; without those that no step changes and no event tells."""
    row = lead.__dict__
    state = {name: row[name] for name in _state_columns()}
    state["position"] = f"({lead.position[0]!r},{lead.position[1]!r})" if lead.position else None
    return state


def _state_columns() -> tuple[str, ...]:
    if not _COLUMNS:
        from chengshu.leads.models import Lead

        left_out = {"position", "search_tokens", "description", "data"}
        _COLUMNS.extend(
            field.attname for field in Lead._meta.concrete_fields if field.attname not in left_out
        )
    return tuple(_COLUMNS)


_COLUMNS: list[str] = []


def current() -> Batch | None:
    """The batch that is being made in this context, if any."""
    return _current.get()


def once(key: object, read: Callable[[], T]) -> T:
    """What is the same for every lead of a batch is read once; outside of one, each time."""
    batch = _current.get()
    if batch is None:
        return read()
    if key not in batch.read:
        batch.read[key] = read()
    return cast(T, batch.read[key])


@contextmanager
def batch(*, new: bool = False) -> Iterator[Batch]:
    """Collect the changes of the leads held by the batch and write them at its end: all or none.

    ``new``: leads reported inside are held from their report on and written at the end too.

    Since it fails as a whole, the savepoints of the services inside it are left out.
    """
    made = Batch(new=new)
    with whole() if new else _without_savepoints():
        token = _current.set(made)
        try:
            yield made
            made.finish()
        finally:
            _current.reset(token)


@contextmanager
def _without_savepoints() -> Iterator[None]:
    with transaction.atomic():
        savepoints = connection.features.uses_savepoints
        connection.features.uses_savepoints = False
        try:
            yield
        finally:
            connection.features.uses_savepoints = savepoints
