"""Inspections that go their whole way at once: the same services and checks, the rows written together.

A batch is for records that come with their whole history (an import of old ones, a demo). Inside it the
services work on tasks and inspections held in memory; at its end each row is written as it stands, and the
states it went through become events by the same columns as the trigger's. What asks the database about held
rows has them written first (`settle`). Inside a batch the services return the held rows: nothing is to be
read anew before its end.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

import orjson
from django.db import connection, models
from django.utils.translation import gettext as _

from chengshu.inspections.models import (
    Inspection,
    InspectionOfficer,
    InspectionPhoto,
    InspectionReport,
    InspectionStep,
    InspectionTask,
)
from chengshu.inspections.signals import published
from chengshu.kernel.copying import copy_models, new_ids
from chengshu.kernel.numbers import take_numbers
from chengshu.kernel.whole import whole

T = TypeVar("T")
Row = Inspection | InspectionTask
Part = InspectionOfficer | InspectionStep | InspectionReport | InspectionPhoto
IDS = 200  # taken from the sequence at a time
AT_ONCE = 5000  # rows of one statement
_current: ContextVar[Batch | None] = ContextVar("inspections_batch", default=None)


class File:
    """What belongs to a held inspection; ``new``: the database knows nothing of it yet."""

    def __init__(self, inspection: Inspection, *, new: bool) -> None:
        self.new = new
        self.team: list[InspectionOfficer] = [] if new else list(inspection.team.all())
        self.steps: list[InspectionStep] = [] if new else list(inspection.steps.all())
        self.reports: list[InspectionReport] = [] if new else list(inspection.reports.all())
        self.photos: list[InspectionPhoto] = [] if new else list(inspection.photos.select_related("file"))

    def add(self, row: Part) -> None:
        """Lay one more row into the file."""
        if isinstance(row, InspectionOfficer):
            self.team.append(row)
        elif isinstance(row, InspectionStep):
            self.steps.append(row)
        elif isinstance(row, InspectionReport):
            self.reports.append(row)
        else:
            self.photos.append(row)


class Batch:
    """Tasks and inspections held in memory, the states they went through, and the rows not written yet."""

    def __init__(self) -> None:
        self.tasks: dict[int, InspectionTask] = {}
        self.inspections: dict[int, Inspection] = {}
        self.files: dict[int, File] = {}
        self.read: dict[Any, Any] = {}
        self.complete: set[int] = set()
        """Tasks of which every inspection is held."""
        self._of_task: dict[int, list[Inspection]] = defaultdict(list)
        self._states: dict[type[Row], dict[int, list[dict[str, Any]]]] = defaultdict(dict)
        self._new: list[Inspection] = []
        self._parts: dict[type[Part], list[Part]] = defaultdict(list)
        self._told: set[int] = set()
        self._series: dict[tuple[str, int], list[int]] = {}
        self._ids: dict[type[models.Model], list[int]] = defaultdict(list)

    def hold(self, row: Row) -> None:
        """Take in a row that is locked: from now on the services change it in memory only."""
        self._states[type(row)][row.pk] = [_state(row)]
        if isinstance(row, InspectionTask):
            self.tasks[row.pk] = row
        else:
            self._file(row, new=False)

    def bear(self, rows: Sequence[Inspection]) -> None:
        """Take in new inspections, which get their ids now and are written at the end."""
        self._name(Inspection, rows)
        for row in rows:
            row._state.db = connection.alias  # its rows may point to it, as to one that is written
            self._states[Inspection][row.pk] = [_state(row)]
            self._file(row, new=True)
        self._new += rows

    def _name(self, model: type[models.Model], rows: Sequence[models.Model]) -> None:
        """Give new rows their ids, of which some are taken at a time."""
        if len(self._ids[model]) < len(rows):
            self._ids[model] = new_ids(model, IDS + len(rows))[::-1]
        for row in rows:
            row.pk = self._ids[model].pop()

    def _file(self, row: Inspection, *, new: bool) -> None:
        self.inspections[row.pk] = row
        self.files[row.pk] = File(row, new=new)
        if row.task_id is not None:
            self._of_task[row.task_id].append(row)

    def holds(self, row: Row) -> bool:
        """Whether it is this very row that the services change."""
        held = self.tasks.get(row.pk) if isinstance(row, InspectionTask) else self.inspections.get(row.pk)
        return held is row

    def note(self, row: Row, changed: Iterable[str]) -> None:
        """Keep the state after a step, which has changed the named fields."""
        states, values = self._states[type(row)][row.pk], vars(row)
        names = [row._meta.get_field(name).attname for name in changed]  # type: ignore[union-attr]
        states.append({**states[-1], **{name: values[name] for name in names}})

    def add(self, rows: Sequence[Part]) -> None:
        """Rows of held inspections, to be written with them."""
        for row in rows:
            self.files[row.inspection_id].add(row)
            self._parts[type(row)].append(row)

    def of_task(self, task_id: int) -> list[Inspection]:
        """The held inspections of a task."""
        return self._of_task[task_id]

    def reported(self, client_id: uuid.UUID) -> InspectionReport | None:
        """The report made here with this id that is not written yet."""
        rows = cast(list[InspectionReport], self._parts[InspectionReport])
        return next((row for row in rows if row.client_id == client_id), None)

    def arranged(self, client_id: uuid.UUID) -> Inspection | None:
        """The inspection held here that was asked for with this id."""
        return next((row for row in self.inspections.values() if row.client_id == client_id), None)

    def tell(self, district_id: int) -> None:
        """Something public has changed: told once, at the end."""
        self._told.add(district_id)

    def number(self, series: str, *, district_id: int) -> int:
        """The next number of a series that only this batch counts; its row stays locked as for one by one."""
        held = self._series.get((series, district_id))
        if held is None:
            held = self._series[series, district_id] = [take_numbers(series, 1, district_id=district_id), 0]
        else:
            held[1] += 1
        return sum(held)

    # --- the end ------------------------------------------------------------------------------------
    def write(self) -> None:
        """Everything that is not in the database yet; what is held stays held."""
        for (series, district_id), (_first, more) in self._series.items():
            if more:
                take_numbers(series, more, district_id=district_id)
        self._require_new_reports()
        new = {row.pk for row in self._new}
        copy_models(self._new)
        for row in self._new:  # its first states lack when it was written
            self.files[row.pk].new = False
            self._states[Inspection][row.pk] = [
                {**state, "created_at": row.created_at} for state in self._states[Inspection][row.pk]
            ]
        for model in (InspectionTask, Inspection):
            self._bring_forward(model, new if model is Inspection else set())
        for part in (InspectionOfficer, InspectionStep, InspectionReport, InspectionPhoto):
            self._name(part, self._parts[part])
            copy_models(self._parts[part])
        self._new = []
        self._series.clear()
        self._parts.clear()

    def finish(self) -> None:
        """Write the rest, and say once what the public sees anew."""
        self.write()
        for district_id in self._told:
            published.send(Inspection, district_id=district_id)

    def _require_new_reports(self) -> None:
        """A report's id counts once: none made here is known. Raises `InspectionProblem`."""
        from .base import InspectionProblem

        made = [row.client_id for row in cast(list[InspectionReport], self._parts[InspectionReport])]
        if made and InspectionReport.objects.filter(client_id__in=made).exists():
            raise InspectionProblem(_("This record belongs to another inspection."), "client_id")

    def _bring_forward(self, model: type[Row], new: set[int]) -> None:
        """Written rows to their last state, which makes the event of the first; then those between."""
        last: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        columns: set[str] = set()
        for pk, states in self._states[model].items():
            if len(states) > 1 and pk not in new:
                last.append(states[-1])
                columns.update(name for name, value in states[-1].items() if value != states[0][name])
            events += states[:-1] if pk in new else states[1:-1]
            self._states[model][pk] = states[-1:]
        with connection.cursor() as cursor:
            if last:
                cursor.execute(_update_sql(model, sorted(columns)), [_json(last, {"id", *columns})])
            if events:
                cursor.execute(_events_sql(model), [_json(events, set(_columns(model)))])


def _columns(model: type[Row]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _state(row: Row) -> dict[str, Any]:
    """The columns of a row as they stand."""
    values = vars(row)
    return {name: values[name] for name in _columns(type(row))}


def _json(states: list[dict[str, Any]], wanted: set[str]) -> str:
    rows = [{name: state[name] for name in wanted} for state in states]
    return orjson.dumps(rows).decode()


def _update_sql(model: type[Row], columns: Sequence[str]) -> str:
    # names come from the model, not from anybody's input
    table = model._meta.db_table
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f'new."{name}"' for name in columns)
    return (
        f"UPDATE {table} AS held SET ({names}) = ROW({values})"  # noqa: S608
        f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS new WHERE held.id = new.id"
    )


def _events_sql(model: type[Row]) -> str:
    """What the trigger of `pghistory.UpdateEvent` writes of the row before a change, for many rows."""
    table = model._meta.db_table
    names = ", ".join(f'"{name}"' for name in _columns(model))
    return (
        f"INSERT INTO {table}event ({names}, pgh_context_id, pgh_created_at, pgh_label, pgh_obj_id)"  # noqa: S608
        f" SELECT {names}, _pgh_attach_context(), now(), 'before', id"
        f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
    )


def current() -> Batch | None:
    """The batch that is being made in this context, if any."""
    return _current.get()


def file_of(inspection: Inspection) -> File | None:
    """What is known of an inspection that a batch holds; None outside of one."""
    batch = _current.get()
    return batch.files.get(inspection.pk) if batch else None


def keep(rows: Sequence[Part]) -> None:
    """Write new rows; in a batch, with the inspections they belong to."""
    if (batch := _current.get()) is not None:
        batch.add(rows)
    elif rows:
        manager: models.Manager[Any] = type(rows[0])._default_manager
        manager.bulk_create(rows, batch_size=AT_ONCE)


def settle() -> None:
    """Write what a batch holds, before the database is asked about it."""
    if (batch := _current.get()) is not None:
        batch.write()


def once(key: object, read: Callable[[], T]) -> T:
    """What is the same for every inspection of a batch is read once; outside of one, each time."""
    batch = _current.get()
    if batch is None:
        return read()
    if key not in batch.read:
        batch.read[key] = read()
    return cast(T, batch.read[key])


def forget() -> None:
    """Something that may have been read once has changed."""
    if (batch := _current.get()) is not None:
        batch.read.clear()


@contextmanager
def batch() -> Iterator[Batch]:
    """Hold the inspections that the services work on and write them at the end: all or none.

    Since it fails as a whole, nothing goes on after a refusal. Within another batch it is a part of that one.
    """
    if (around := _current.get()) is not None:
        yield around
        return
    made = Batch()
    with whole():
        token = _current.set(made)
        try:
            yield made
            made.finish()
        finally:
            _current.reset(token)
