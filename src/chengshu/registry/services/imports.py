"""Importing a list: upload, say what its columns mean, dry run, import. Pages and commands call these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.kernel.coordinates import CRS
from chengshu.kernel.files import FileProblem, store
from chengshu.kernel.jobs import AlreadyRunning, start
from chengshu.kernel.models import Job
from chengshu.kernel.tables import Table, TableError, read_table
from chengshu.registry.importing import columns, coordinates, tasks
from chengshu.registry.importing.source import keep, kept, limits, read_source
from chengshu.registry.models import ImportBatch, ImportMapping, ObjectClass

State = ImportBatch.State
PREVIEW_ROWS = 5
OPEN_STATES = (State.UPLOADED, State.CHECKED, State.FAILED, State.CANCELLED)


class ImportProblem(Exception):
    """The import cannot go on; one translated sentence for the person who wants it."""


@dataclass(frozen=True)
class Suggestion:
    """What the columns of a list seem to mean, and how its coordinates look in each system."""

    mapping: dict[str, str]
    crs: str
    options: list[coordinates.Option]


def upload(
    *,
    district: District,
    object_class: ObjectClass,
    file: Any,
    filename: str,
    source_label: str = "",
    observed_on: date,
    by: User | None,
    sheet: str = "",
) -> ImportBatch:
    """Keep a list with a first guess at its columns. Raises `ImportProblem`; then nothing is kept."""
    try:
        file.seek(0)
        table = read_table(file, filename=filename, limits=limits(), sheet=sheet or None)
        if not len(table):
            raise TableError(_("The list has no rows below the column names."))
        stored = store(file, name=filename, kind="table")
    except (TableError, FileProblem) as error:
        raise ImportProblem(str(error)) from error
    suggestion = suggest(table, district, object_class)
    batch = ImportBatch.objects.create(
        district=district,
        object_class=object_class,
        file=stored,
        filename=Path(filename).name[:255],
        sheet=sheet,
        columns=table.columns,
        mapping=suggestion.mapping,
        crs=suggestion.crs,
        source_label=source_label.strip()[:200] or Path(filename).stem[:200],
        observed_on=observed_on,
        notes=table.notes,
        counts={"rows": len(table)},
        preview={
            "rows": table.frame.head(PREVIEW_ROWS).select(table.columns).rows(),
            "options": [asdict(option) for option in suggestion.options],
        },
        created_by=by,
    )
    keep(batch, table)
    return batch


def suggest(
    table: Table,
    district: District,
    object_class: ObjectClass,
    *,
    crs: str = "",
    lng: str = "",
    lat: str = "",
) -> Suggestion:
    """Columns by name, coordinates by what fits the district; ``crs``, ``lng``, ``lat`` where known."""
    mapping = columns.guess(table.columns, columns.targets(object_class, columns.known_schemes(district)))
    pairs = columns.coordinate_pairs(table.columns)
    if lng and lat and not any((pair.lng, pair.lat) == (lng, lat) for pair in pairs):
        pairs.append(columns.Pair(lng, lat))
    present = [pair for pair in pairs if {pair.lng, pair.lat} <= set(table.columns)]
    options = coordinates.options(table.frame, present, district)
    chosen = coordinates.best(options, crs, lng, lat)
    if chosen is None and (lng and lat):
        mapping |= {columns.LNG: lng, columns.LAT: lat}
    elif chosen is None and crs and options:  # a system that no column name speaks of: take it at its word
        unnamed = next((option for option in options if not option.named), options[0])
        mapping |= {columns.LNG: unnamed.lng, columns.LAT: unnamed.lat}
    elif chosen is not None:
        mapping |= {columns.LNG: chosen.lng, columns.LAT: chosen.lat}
    return Suggestion(mapping, crs or (chosen.crs if chosen else CRS.WGS84.value), options)


def preview(batch: ImportBatch) -> Table:
    """The list itself, for a look at its first rows. Raises `ImportProblem`."""
    try:
        return read_source(batch)
    except TableError as error:
        raise ImportProblem(str(error)) from error


def saved_mappings(batch: ImportBatch) -> QuerySet[ImportMapping]:
    """Mappings saved for this class."""
    return ImportMapping.objects.filter(district=batch.district, object_class=batch.object_class)


def use_saved(batch: ImportBatch, saved: ImportMapping) -> list[str]:
    """Take over a saved mapping as far as the list has its columns; returns the columns it lacks."""
    present = {field: column for field, column in saved.columns.items() if column in batch.columns}
    batch.mapping, batch.crs = present, saved.crs
    batch.save(update_fields=["mapping", "crs"])
    return sorted(set(saved.columns.values()) - set(present.values()))


@transaction.atomic
def set_mapping(
    batch: ImportBatch, mapping: Mapping[str, str], crs: str, *, save_as: str = "", by: User | None = None
) -> ImportBatch:
    """Say what the columns mean; with ``save_as`` also for the next list. Raises `ImportProblem`."""
    table = kept(batch)
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    keep(batch, table)
    if batch.state not in OPEN_STATES:
        raise ImportProblem(_("This list is already being checked or imported."))
    fields = columns.targets(batch.object_class, columns.known_schemes(batch.district))
    found = columns.problems(mapping, batch.columns, fields)
    if crs not in CRS.values:
        found.append(_("Choose a coordinate system."))
    if found:
        raise ImportProblem(" ".join(found))
    batch.mapping, batch.crs = dict(mapping), crs
    batch.state, batch.counts = State.UPLOADED, {"rows": batch.counts.get("rows", 0)}
    batch.save(update_fields=["mapping", "crs", "state", "counts"])
    if save_as.strip():
        ImportMapping.objects.update_or_create(
            district=batch.district,
            object_class=batch.object_class,
            name=save_as.strip()[:80],
            defaults={"crs": crs, "columns": dict(mapping), "created_by": by},
        )
    return batch


def start_check(batch: ImportBatch, by: User | None, url: str = "") -> Job:
    """Queue the dry run. A second call while it runs gives the same job."""
    return _start(batch, OPEN_STATES, State.CHECKING, tasks.check_job, _("Check %(name)s"), by, url)


def start_apply(batch: ImportBatch, by: User | None, url: str = "") -> Job:
    """Queue the import of a checked list, once however often it is asked for. Raises `ImportProblem`."""
    return _start(batch, (State.CHECKED,), State.IMPORTING, tasks.apply_job, _("Import %(name)s"), by, url)


def _start(
    batch: ImportBatch, allowed: Iterable[str], state: str, task: Any, title: str, by: User | None, url: str
) -> Job:
    with transaction.atomic():
        taken = ImportBatch.objects.filter(pk=batch.pk, state__in=list(allowed)).update(
            state=state, problem=""
        )
        batch.refresh_from_db()
        if not taken:
            return _running(batch, state)
        try:
            job = start(
                task.job_task,
                title % {"name": batch.filename},
                task,
                by=by,
                url=url,
                key=f"registry.import:{batch.pk}",
                batch_id=batch.pk,
            )
        except AlreadyRunning as running:
            job = running.job
        batch.job = job
        batch.save(update_fields=["job"])
    return job


def _running(batch: ImportBatch, state: str) -> Job:
    """The job that a second call means. Raises `ImportProblem` if there is none."""
    after = {State.CHECKING: (State.CHECKING,), State.IMPORTING: (State.IMPORTING, State.IMPORTED)}
    if batch.job is not None and batch.state in after[State(state)]:
        return batch.job
    raise ImportProblem(_("The list must be checked before it can be imported."))


def release(batch: ImportBatch) -> None:
    """Let a batch go on whose job has ended without it (given up after several crashes)."""
    job = batch.job
    if job is None or not job.finished or batch.state not in (State.CHECKING, State.IMPORTING):
        return
    back = State.CHECKED if batch.state == State.IMPORTING else State.FAILED
    if job.state == Job.State.CANCELLED and batch.state == State.CHECKING:
        back = State.CANCELLED
    problem = "" if job.state == Job.State.CANCELLED else job.message
    ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(state=back, problem=problem)
    batch.refresh_from_db()


def import_district(user: User) -> District | None:
    """The district whose registry the person may import into: their own, else the first in reach."""
    reach = user.scope_for("registry.import").districts
    if user.unit.district_id in reach:
        return user.unit.district
    return District.objects.filter(pk__in=sorted(reach)).first()
