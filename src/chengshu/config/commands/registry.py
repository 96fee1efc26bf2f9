"""``chengshu registry``: lists in, lists out, and whether what is stored is sound."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

if TYPE_CHECKING:
    from chengshu.bureau.models import District, User
    from chengshu.registry.models import ImportBatch, ObjectClass

FILE = click.Path(dir_okay=False, path_type=Path)
SHOWN = 20  # rows that a person sees on the terminal; --json has them all


@click.group()
def registry() -> None:
    """The registry of regulated objects."""


@registry.command("import")
@click.argument("file", type=FILE)
@click.option("--class", "class_code", required=True, help="Class of the objects, e.g. compound, shop.")
@click.option("--crs", default="", help="wgs84, cgcs2000, gcj02, bd09 or local; by default the likeliest.")
@click.option("--lng-column", default="", help="Column of longitudes; by default found by name.")
@click.option("--lat-column", default="", help="Column of latitudes; by default found by name.")
@click.option("--mapping", "mapping_name", default="", help="A mapping of columns saved in the browser.")
@click.option("--source", "source_label", default="", help="Who made the list; by default the file's name.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day the list speaks of; by default today."
)
@click.option("--sheet", default="", help="Which sheet of a workbook.")
@click.option("--district", "district_code", default="", help="Code of the district, e.g. 310107.")
@click.option("--user", "username", default="", help="The account the import is recorded under.")
@click.option("--dry-run", is_flag=True, help="Say row by row what would happen and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result with every row as JSON.")
def import_list(
    file: Path,
    class_code: str,
    crs: str,
    lng_column: str,
    lat_column: str,
    mapping_name: str,
    source_label: str,
    as_of: datetime | None,
    sheet: str,
    district_code: str,
    username: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a list of objects (xlsx, xls or csv)."""
    with _ready():
        from django.db import transaction
        from django.utils import timezone

        from chengshu.registry.importing import tasks

        district = _district(district_code)
        by = _user(username, district)
        with transaction.atomic():
            batch = _upload(
                file,
                district,
                _object_class(district, class_code),
                source_label,
                as_of.date() if as_of else timezone.localdate(),
                sheet,
                by,
            )
            _map(batch, mapping_name, crs, lng_column, lat_column)
            with _bar(as_json) as bar:
                tasks.run_check(batch, bar)
            if dry_run:
                _report(batch, as_json, dry_run=True)
                transaction.set_rollback(True)  # a dry run leaves nothing behind
                return
        with _bar(as_json) as bar:
            tasks.run_apply(batch, by, bar)
        batch.refresh_from_db()
        _report(batch, as_json, dry_run=False)


@registry.command()
@click.option("--district", "district_code", default="", help="Code of the district.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def verify(district_code: str, as_json: bool) -> None:
    """Check that stored objects are sound: town by position, search columns, identifiers, attributes.

    Ends with status 1 if anything is wrong.
    """
    with _ready():
        from chengshu.registry.services.verify import verify_district

        district = _district(district_code)
        with _bar(as_json) as bar:
            report = verify_district(district, bar)
        if as_json:
            _print_json(report.as_dict())
        else:
            click.echo(f"{district.name}: {report.objects}")
            for finding in report.findings[:SHOWN]:
                click.echo(f"  #{finding.object_id} {finding.name}: {finding.sentence}")
            if len(report.findings) > SHOWN:
                click.echo(f"  … +{len(report.findings) - SHOWN}")
            click.echo(report.summary())
    if report.findings:
        sys.exit(1)


@registry.command()
@click.option("--class", "class_code", default="", help="Only objects of this class, e.g. shop.")
@click.option("--district", "district_code", default="", help="Code of the district.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts and every open pair as JSON.")
def doubles(class_code: str, district_code: str, as_json: bool) -> None:
    """Look for objects recorded twice and put the likely pairs in the queue."""
    with _ready():
        from chengshu.registry.models import DuplicatePair
        from chengshu.registry.services.doubles import find_doubles

        district = _district(district_code)
        object_class = _object_class(district, class_code) if class_code else None
        with _bar(as_json) as bar:
            found = find_doubles(district, object_class, progress=bar.set)
        pairs = DuplicatePair.objects.filter(district=district, state=DuplicatePair.State.OPEN)
        if object_class is not None:
            pairs = pairs.filter(first__object_class=object_class)
        rows = list(pairs.select_related("first", "second").order_by("-score", "id"))
        if as_json:
            listed = [
                {
                    "first": pair.first_id,
                    "second": pair.second_id,
                    "names": [pair.first.name, pair.second.name],
                    "score": pair.score,
                    "reasons": pair.reasons,
                }
                for pair in rows
            ]
            counts = {"objects": found.objects, "new": found.new, "withdrawn": found.withdrawn}
            _print_json({**counts, "pairs": listed})
        else:
            for pair in rows[:SHOWN]:
                click.echo(f"  {pair.score:.2f}  {pair.first.name} ~ {pair.second.name}")
            if len(rows) > SHOWN:
                click.echo(f"  … +{len(rows) - SHOWN}")
            click.echo(
                say(
                    "%(objects)s objects compared, %(pairs)s pairs to be settled, %(new)s of them new.",
                    objects=found.objects,
                    pairs=len(rows),
                    new=found.new,
                )
            )


@registry.command()
@click.argument("file", type=FILE)
@click.option("--class", "class_code", required=True, help="Class of the objects.")
@click.option("--district", "district_code", default="", help="Code of the district.")
@click.option("--user", "username", required=True, help="The account that exports; decides what is exported.")
@click.option("--unmask", "reason", default="", help="Reason for exporting personal data unmasked (logged).")
@click.option("--json", "as_json", is_flag=True, help="Print the number of rows as JSON.")
def export(
    file: Path, class_code: str, district_code: str, username: str, reason: str, as_json: bool
) -> None:
    """Write the objects of a class to an xlsx or csv file that can be imported again."""
    with _ready():
        from chengshu.registry import exporting

        district = _district(district_code)
        by = _user(username, district, "registry.export")
        if by is None:
            raise Problem("Say with --user who exports.")
        try:
            count = exporting.export_file(
                file,
                by=by,
                district=district,
                object_class=_object_class(district, class_code),
                reason=reason,
            )
        except exporting.ExportProblem as problem:
            raise Problem(str(problem)) from problem
        if as_json:
            _print_json({"file": str(file), "rows": count})
        else:
            click.echo(f"{file}: {count}")


# --- helpers --------------------------------------------------------------------------------------
@contextmanager
def _ready() -> Iterator[None]:
    """Models usable, sentences in the operator's language."""
    setup_django()
    from django.utils import translation

    language = os.environ.get("CHENGSHU_LANGUAGE", "zh-hans").lower().replace("_", "-")
    with translation.override("en" if language.startswith("en") else "zh-hans"):
        yield


def _district(code: str) -> District:
    from django.conf import settings

    from chengshu.bureau.models import District

    district = District.objects.filter(code=code or settings.DEFAULT_DISTRICT).first()
    if district is None:
        raise Problem("There is no district with the code %(code)s.", code=code or settings.DEFAULT_DISTRICT)
    return district


def _object_class(district: District, code: str) -> ObjectClass:
    from chengshu.registry.models import ObjectClass

    found = ObjectClass.objects.filter(district=district, code=code).first()
    if found is None:
        known = ", ".join(ObjectClass.objects.filter(district=district).values_list("code", flat=True))
        raise Problem("There is no class “%(code)s”; there are: %(known)s.", code=code, known=known)
    return found


def _user(username: str, district: District, permission: str = "registry.import") -> User | None:
    from chengshu.bureau.models import User

    if not username:
        return None
    user: User | None = User.objects.with_roles().filter(username=username.strip().lower()).first()
    if user is None:
        raise Problem("There is no account “%(name)s”.", name=username)
    scope = user.scope_for(permission)
    if district.pk not in scope.districts and not (permission == "registry.export" and scope):
        raise Problem("The account “%(name)s” may not do this in this district.", name=username)
    return user


def _upload(
    file: Path,
    district: District,
    object_class: ObjectClass,
    source_label: str,
    as_of: date,
    sheet: str,
    by: User | None,
) -> ImportBatch:
    from chengshu.registry.services import imports

    try:
        opened = file.open("rb")
    except OSError as error:
        raise Problem("The file “%(name)s” cannot be opened.", name=file.name) from error
    with opened:
        try:
            return imports.upload(
                district=district,
                object_class=object_class,
                file=opened,
                filename=file.name,
                source_label=source_label,
                observed_on=as_of,
                by=by,
                sheet=sheet,
            )
        except imports.ImportProblem as problem:
            raise Problem("%(problem)s", problem=problem) from problem


def _map(batch: ImportBatch, mapping_name: str, crs: str, lng: str, lat: str) -> None:
    """What the columns mean: a saved mapping if named, the options given, the likeliest otherwise."""
    from chengshu.registry.importing import columns
    from chengshu.registry.services import imports

    if mapping_name:
        saved = imports.saved_mappings(batch).filter(name=mapping_name).first()
        if saved is None:
            raise Problem("There is no saved mapping “%(name)s”.", name=mapping_name)
        imports.use_saved(batch, saved)
        mapping, chosen = dict(batch.mapping), crs or batch.crs
        if lng and lat:
            mapping |= {columns.LNG: lng, columns.LAT: lat}
    else:
        suggestion = imports.suggest(
            imports.preview(batch), batch.district, batch.object_class, crs=crs, lng=lng, lat=lat
        )
        mapping, chosen = suggestion.mapping, suggestion.crs
    try:
        batch.mapping, batch.crs = mapping, chosen
        imports.set_mapping(batch, mapping, chosen)
    except imports.ImportProblem as problem:
        raise Problem("%(problem)s", problem=problem) from problem


class _Bar:
    """A progress bar on the terminal that listens to an import."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def set(self, done: int | None = None, total: int | None = None, message: str | None = None) -> None:
        self._bar.update(self._task, completed=done, total=total)
        if message is not None:
            self._bar.update(self._task, description=message)


@contextmanager
def _bar(quiet: bool) -> Iterator[_Bar]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
        yield _Bar(bar)


def _report(batch: ImportBatch, as_json: bool, *, dry_run: bool) -> None:
    """What happened, or would: counts, and row by row."""
    from chengshu.registry.importing.reasons import describe, safe, show_value
    from chengshu.registry.services.values import definitions_of

    definitions = definitions_of(batch.object_class)
    rows = batch.rows.order_by("row")
    counts = {key: value for key, value in batch.counts.items() if key != "marker"}
    if as_json:
        _print_json(
            {
                "file": batch.filename,
                "class": batch.object_class.code,
                "district": batch.district.code,
                "crs": batch.crs,
                "mapping": batch.mapping,
                "source": batch.source_label,
                "as_of": batch.observed_on.isoformat(),
                "dry_run": dry_run,
                "import": None if dry_run else batch.pk,
                "counts": counts,
                "notes": batch.notes,
                "rows": [
                    {
                        "row": row.row,
                        "name": row.values.get("name", ""),
                        "outcome": row.outcome,
                        "object": row.object_id,
                        "reasons": [safe(reason, definitions) for reason in row.reasons],
                        "changes": {
                            name: [show_value(name, value, definitions) for value in change]
                            for name, change in row.changes.items()
                        },
                    }
                    for row in rows.iterator(chunk_size=2000)
                ],
            }
        )
        return
    from chengshu.registry.models import ImportRow

    labels = dict(ImportRow.Outcome.choices)
    line = "  ".join(f"{labels[outcome]} {counts[outcome]}" for outcome in labels)
    click.echo(f"{batch.filename}: {counts['rows']}  ({batch.crs})\n{line}")
    for note in batch.notes:
        click.echo(f"  {note}")
    for row in rows.filter(outcome__in=("conflict", "reject"))[:SHOWN]:
        sentences = " ".join(describe(reason, definitions) for reason in row.reasons)
        click.echo(f"  {row.row:>6}  {labels[row.outcome]}  {row.values.get('name', '')}  {sentences}")


def _print_json(value: Any) -> None:
    click.echo(orjson.dumps(value).decode())
