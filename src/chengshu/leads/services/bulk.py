"""Many leads through the loop at once: the same services and checks, but the rows are written together.

A batch is for records that come with their whole history (an import of old ones, a demo). Inside it the
services work on leads in memory; at its end one statement for each version brings every lead forward, so that
the database writes the same steps and events as if each step had been saved alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

import orjson
from django.db import connection, transaction
from django.utils import timezone

if TYPE_CHECKING:
    from chengshu.leads.models import Lead

T = TypeVar("T")
_current: ContextVar[Batch | None] = ContextVar("leads_batch", default=None)


class Batch:
    """Leads held in memory, and the states they went through."""

    def __init__(self) -> None:
        self.leads: dict[int, Lead] = {}
        self.read: dict[Any, Any] = {}
        self._columns: set[str] = set()
        self._states: dict[int, list[dict[str, Any]]] = defaultdict(list)

    def hold(self, lead: Lead) -> None:
        """From now on the services change this lead in memory only; nobody else may know it yet."""
        self.leads[lead.pk] = lead

    def note(self, lead: Lead, fields: list[str]) -> None:
        """Keep the state after a step; ``fields`` are those the step may have changed."""
        lead.updated_at = timezone.now()
        self._columns.update(lead._meta.get_field(name).attname for name in fields)  # type: ignore[union-attr]
        names = [field.attname for field in lead._meta.concrete_fields if field.attname != "position"]
        self._states[lead.version].append({name: getattr(lead, name) for name in names})

    def write(self) -> None:
        """Bring the rows to the state of each version in turn; the trigger writes step and event of each."""
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
                rows = [{name: value for name, value in state.items() if name in kept} for state in states]
                cursor.execute(statement, [orjson.dumps(rows).decode()])
        self._states.clear()


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
def batch() -> Iterator[Batch]:
    """Collect the changes of the leads held by the batch and write them at its end: all or none.

    Since it fails as a whole, the savepoints of the services inside it are left out.
    """
    made = Batch()
    with transaction.atomic():
        token = _current.set(made)
        savepoints = connection.features.uses_savepoints
        connection.features.uses_savepoints = False
        try:
            yield made
            made.write()
        finally:
            connection.features.uses_savepoints = savepoints
            _current.reset(token)
