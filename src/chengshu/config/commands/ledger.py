"""``chengshu ledger``: check, seal and prove what the ledger holds."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

DAY = click.DateTime(["%Y-%m-%d"])
LARGEST_LIST = 64 << 20


@click.group()
def ledger() -> None:
    """The append-only ledger: chains of entries and the daily seals over them."""


@ledger.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--published",
    metavar="FILE|URL",
    help="Compare with seals kept elsewhere: a saved copy or the address of /public/ledger/roots.json.",
)
@click.option("--seal", metavar="HEX", help="With FILE: the seal of the file's day as published.")
def verify(file: Path | None, as_json: bool, published: str | None, seal: str | None) -> None:
    """Recompute every chain, every daily root and every seal; with FILE (zip) that exported case alone.

    The check of a FILE needs no database. Exit status 1 if anything is not as written, 2 if it is no
    such file.
    """
    seals = _published(published) if published else None
    if file is not None:
        sys.exit(_verify_file(file, as_json, seals, seal))
    if seal:
        raise Problem("--seal needs the file of a case.")
    seals = seals or {}
    _ready()
    from rich.progress import Progress

    from chengshu.kernel.ledger import verify_all

    with Progress(disable=as_json or not sys.stderr.isatty()) as bar:
        task = bar.add_task("")
        report = verify_all(lambda done, total: bar.update(task, completed=done, total=total), seals)
    if as_json:
        shown = {**vars(report), "ok": report.ok, "findings": [vars(f) for f in report.findings]}
        click.echo(orjson.dumps(shown).decode())
    else:
        for finding in report.findings:
            click.echo(f"{finding.where}: {finding.kind}: {finding.detail}")
        if report.found > len(report.findings):
            click.echo(say("… and %(n)d more", n=report.found - len(report.findings)))
        values = {"chains": report.chains, "entries": report.entries, "roots": report.roots}
        click.echo(
            say("%(chains)d records, %(entries)d entries and %(roots)d daily roots checked.", **values)
        )
        click.echo(
            say("Everything is as it was written.") if report.ok else say("%(n)d findings.", n=report.found)
        )
    sys.exit(0 if report.ok else 1)


def _verify_file(file: Path, as_json: bool, seals: dict[str, str] | None, seal: str | None) -> int:
    """Check an exported case and print what was found; the exit status."""
    _ready(database=False)
    from chengshu.cases.exporting.archive import NotACaseFile
    from chengshu.cases.exporting.verify import verify_file

    try:
        report = verify_file(file, seal=seal, published=seals)
    except NotACaseFile as error:
        raise Problem("%(file)s: %(reason)s", file=file.name, reason=error) from error
    if as_json:
        click.echo(orjson.dumps(report.as_dict()).decode())
        return 0 if report.ok else 1
    for problem in report.problems:
        click.echo(f"{problem.where}: {problem.kind}: {problem.text}")
    for note in report.notes:
        click.echo(note)
    values = {"steps": report.steps, "entries": report.entries, "files": report.files}
    click.echo(say("%(steps)d steps, %(entries)d ledger entries and %(files)d files checked.", **values))
    found = len(report.problems)
    click.echo(say("Everything is as it was written.") if report.ok else say("%(n)d findings.", n=found))
    return 0 if report.ok else 1


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Print the sealed days as JSON.")
def seal(as_json: bool) -> None:
    """Seal every ended day that is not sealed yet (the job worker does this by itself)."""
    _ready()
    from chengshu.kernel.ledger import LedgerBusy, seal_missed
    from chengshu.kernel.ledger.timestamps import stamp_missing

    try:
        roots = seal_missed()
    except LedgerBusy as error:
        raise Problem("Entries are still being written; try again in some minutes.") from error
    stamped = stamp_missing()
    if as_json:
        days = [{"day": f"{root.day}", "seal": root.seal, "chains": root.chains} for root in roots]
        click.echo(orjson.dumps({"sealed": days, "time_stamps": stamped}).decode())
        return
    for root in roots:
        click.echo(f"{root.day} {root.seal}")
    click.echo(say("%(days)d days sealed, %(stamps)d time stamps.", days=len(roots), stamps=stamped))


@ledger.command()
@click.argument("chain")
@click.argument("day", type=DAY)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
def proof(chain: str, day: datetime, out: Path | None) -> None:
    """Print the proof (JSON) that a record stood so at the end of DAY, e.g. registry.round:12 2021-01-04."""
    _ready()
    from chengshu.kernel.ledger import LedgerProblem
    from chengshu.kernel.ledger import proof as make_proof

    try:
        made = make_proof(chain, day.date())
    except LedgerProblem as error:
        raise Problem("%(reason)s", reason=error) from error
    text = json.dumps(made, ensure_ascii=False, indent=2)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


@ledger.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seal", "published_seal", help="The seal of the day as published.")
def check(file: Path, published_seal: str | None) -> None:
    """Check a proof by itself, without a database. Prints the seal it leads to; exit status 1 if wrong."""
    _ready(database=False)
    from chengshu.kernel.ledger import LedgerProblem, verify_proof

    given = _json(file.read_bytes(), str(file))
    try:
        reached = verify_proof(given, published_seal)
    except LedgerProblem as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"{given['day']['day']} {reached}")


def _ready(*, database: bool = True) -> None:
    """Models usable, sentences in the operator's language."""
    setup_django(database=database)
    from django.utils import translation

    english = os.environ.get("CHENGSHU_LANGUAGE", "").lower().startswith("en")
    translation.activate("en" if english else "zh-hans")


def _published(where: str) -> dict[str, str]:
    """Days and seals of a list like ``/public/ledger/roots.json``."""
    try:
        if where.startswith(("http://", "https://")):
            with urllib.request.urlopen(where, timeout=30) as answer:  # noqa: S310 - the scheme was checked
                content = answer.read(LARGEST_LIST)
        else:
            content = Path(where).read_bytes()
    except (OSError, ValueError) as error:
        raise Problem("%(where)s cannot be read: %(reason)s", where=where, reason=error) from error
    listed = _json(content, where)
    try:
        return {entry["day"]: entry["seal"] for entry in listed["roots"]}
    except (KeyError, TypeError) as error:
        raise Problem("%(where)s is not a list of daily roots.", where=where) from error


def _json(content: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise Problem("%(where)s is not JSON.", where=where) from error
    if not isinstance(value, dict):
        raise Problem("%(where)s is not JSON.", where=where)
    return value
