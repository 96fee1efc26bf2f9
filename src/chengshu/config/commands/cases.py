"""``chengshu cases``: review files, import old cases, export one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

if TYPE_CHECKING:
    from chengshu.bureau.models import District, User

SHOWN = 40
DISTRICT = click.option("--district", "district_code", default="", help="Code of the district.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def cases() -> None:
    """Penalty cases: file review, import of old cases, export of whole files."""


@cases.command()
@click.option("--year", type=click.IntRange(1990, 2100), help="Only cases decided in that year.")
@click.option("--squad", default="", help="Only cases of the squad with this code.")
@click.option("--sample", type=click.IntRange(min=1), help="Draw that many files.")
@click.option("--seed", default="", help="Word that makes the draw reproducible (needed with --sample).")
@DISTRICT
@JSON
def review(
    year: int | None, squad: str, sample: int | None, seed: str, district_code: str, as_json: bool
) -> None:
    """Run every rule over whole files and list what is wrong, by provision and weight (案卷评查)."""
    if sample and not seed:
        raise Problem("A sample needs a seed, so that it can be drawn again.")
    with _ready():
        from chengshu.bureau.models import Unit
        from chengshu.cases import reviewing

        district = _district(district_code)
        if squad and not Unit.objects.filter(district=district, code=squad).exists():
            raise Problem("There is no squad with the code %(code)s.", code=squad)
        chosen = reviewing.Chosen(year, squad, sample, seed)
        ids = reviewing.choose(reviewing.of_district(district), chosen)
        with _bar(as_json) as step:
            report = reviewing.review_cases(ids, listener=step)
        shown = report.as_dict()
        if as_json:
            click.echo(orjson.dumps({**shown, "seed": seed, "cases": ids if sample else None}).decode())
            return
        for rule in shown["rules"]:
            cited = "；".join(rule["provisions"])
            click.echo(f"{rule['weight_name']}  {rule['findings']:>6}  {rule['name']}  {cited}")
        for one in shown["findings"][:SHOWN]:
            click.echo(f"  {one['number'] or one['case']} #{one['step']} {one['step_name']}: {one['text']}")
        if report.found > SHOWN:
            click.echo(say("… and %(n)d more", n=report.found - SHOWN))
        values = {"files": report.files, "bad": report.with_findings, "found": report.found}
        click.echo(say("%(files)d files reviewed, %(bad)d with findings, %(found)d findings.", **values))


@cases.command()
@click.argument("number")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The zip to write."
)
@click.option("--user", "username", required=True, help="The account that exports; it is recorded.")
@click.option("--reason", default="", help="Why the file is taken out (recorded).")
@DISTRICT
def export(number: str, out: Path, username: str, reason: str, district_code: str) -> None:
    """Write the file of the case with this NUMBER (or #id) to a zip that proves by itself what it holds."""
    with _ready():
        from chengshu.cases.exporting.build import ExportProblem, export_case

        district = _district(district_code)
        by = _user(username)
        found = _case(district, number, by)
        try:
            with export_case(found, by=by, reason=reason) as made:
                out.write_bytes(made.read())
        except ExportProblem as problem:
            raise Problem("%(reason)s", reason=problem) from problem
        except OSError as error:
            raise Problem("%(file)s cannot be written: %(reason)s", file=out.name, reason=error) from error
        click.echo(str(out))


@cases.command("import-template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def import_template(file: Path) -> None:
    """Write the template of the table of old cases (cases-import.xlsx) to FILE."""
    with _ready():
        from chengshu.cases.importing import write_template

        try:
            write_template(file)
        except OSError as error:
            raise Problem("%(file)s cannot be written: %(reason)s", file=file.name, reason=error) from error
        click.echo(str(file))


@cases.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check only; write nothing.")
@click.option("--user", "username", default="", help="The account that imports; it is recorded.")
@DISTRICT
@JSON
def import_cases(file: Path, dry_run: bool, username: str, district_code: str, as_json: bool) -> None:
    """Import old cases from a table (xlsx, xls, csv), one row a case. Exit status 1 if rows were rejected."""
    with _ready():
        from chengshu.cases.importing import ImportProblem, Outcome, check_table, import_table

        district = _district(district_code)
        by = _user(username) if username else None
        if by is not None and district.pk not in by.scope_for("cases.import").districts:
            raise Problem("The account “%(name)s” may not do this in this district.", name=username)
        try:
            with _bar(as_json) as step:
                if dry_run:
                    checked = check_table(file, district, listener=step)
                else:
                    checked = import_table(file, district, by=by, listener=step)
        except ImportProblem as problem:
            raise Problem("%(reason)s", reason=problem) from problem
        if as_json:
            shown = checked.as_dict(most=len(checked.rows))
            click.echo(orjson.dumps({**shown, "dry_run": dry_run, "cases": checked.ids}).decode())
        else:
            for row in [row for row in checked.rows if row.outcome is Outcome.REJECTED][:SHOWN]:
                click.echo(say("Row %(row)d (%(number)s): %(reason)s.", **_values(row)))
            click.echo(say("%(new)d new, %(same)d known already, %(rejected)d rejected.", **checked.counts))
            click.echo(say("%(bad)d of the new cases have findings, %(found)d in all.", **_found(checked)))
            if dry_run:
                click.echo(say("Nothing was written."))
    if checked.counts["rejected"]:
        sys.exit(1)


def _values(row: Any) -> dict[str, Any]:
    return {"row": row.row, "number": row.number or "—", "reason": row.reason}


def _found(checked: Any) -> dict[str, int]:
    return {"bad": checked.review.with_findings, "found": checked.review.found}


# --- helpers ------------------------------------------------------------------------------------------
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

    found = District.objects.filter(code=code or settings.DEFAULT_DISTRICT).first()
    if found is None:
        raise Problem("There is no district with the code %(code)s.", code=code or settings.DEFAULT_DISTRICT)
    return found


def _user(username: str) -> User:
    from chengshu.bureau.models import User

    found: User | None = User.objects.with_roles().filter(username=username.strip().lower()).first()
    if found is None:
        raise Problem("There is no account “%(name)s”.", name=username)
    return found


def _case(district: District, number: str, by: User) -> Any:
    from chengshu.cases.models import Case

    if not by.may("cases.export"):
        raise Problem("The account “%(name)s” may not do this in this district.", name=by.username)
    rows = Case.objects.visible_to(by, "cases.export").filter(district=district)
    wanted = number.removeprefix("#")
    found = rows.filter(number=number).first()
    if found is None and wanted.isdecimal() and len(wanted) < 18:
        found = rows.filter(pk=int(wanted)).first()
    if found is None:
        raise Problem("There is no case “%(number)s” that this account may export.", number=number)
    return found


@contextmanager
def _bar(quiet: bool) -> Iterator[Any]:
    """A progress bar on the terminal: a function of (done, total)."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
