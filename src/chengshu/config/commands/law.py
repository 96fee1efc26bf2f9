"""``chengshu law``: is the dated law sound, and what do the statutes say."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

FOLDER = click.Path(path_type=Path)


@click.group()
def law() -> None:
    """The law: instruments, causes of action, ranges, periods, statute texts."""


@law.command()
@click.option("--data", "folder", type=FOLDER, help="Check this folder instead of the law in use.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(folder: Path | None, as_json: bool) -> None:
    """Read all data of the law and say everything that is wrong with it. Exit status 1 if something is."""
    if folder is not None and not folder.is_dir():
        raise Problem("%(folder)s is not a folder.", folder=folder)
    with _ready(database=False):
        from chengshu.law.counting import PERIODS_FILE, CountingDataError, load_periods
        from chengshu.law.load import DATA, CatalogueProblem, load, remarks

        counting = (folder or DATA) / PERIODS_FILE.name
        try:
            if counting.exists():
                load_periods(counting)
            loaded = load(folder or DATA)
        except (CatalogueProblem, CountingDataError) as fault:
            problems = fault.problems if isinstance(fault, CatalogueProblem) else [str(fault)]
            _report({"ok": False, "problems": problems}, problems, as_json)
            if not as_json:
                click.echo(say("%(n)d findings.", n=len(problems)))
            sys.exit(1)
        found, unverified = remarks(loaded), list(loaded.unverified())
        counts = {
            "instruments": len(loaded.instruments),
            "causes": len(loaded.causes),
            "rules": sum(len(cause.rules) for cause in loaded.causes),
        }
        summary = {"ok": True, "problems": [], "remarks": found, **counts}
        summary["unverified"] = [{"kind": kind, "code": code} for kind, code in unverified]
        _report(summary, found, as_json)
        if not as_json:
            click.echo(
                say(
                    "%(instruments)d instruments, %(causes)d causes of action with %(rules)d rules: sound. "
                    "%(unverified)d entries are not verified.",
                    unverified=len(unverified),
                    **counts,
                )
            )


@law.command("import")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def import_(folder: Path, as_json: bool) -> None:
    """Import the statute texts (Markdown) below DIR; what is there already stays as it is."""
    if not folder.is_dir():
        raise Problem("%(folder)s is not a folder.", folder=folder)
    with _ready():
        from rich.console import Console
        from rich.progress import Progress

        from chengshu.law.statutes import StatuteProblem
        from chengshu.law.texts import import_texts

        quiet = as_json or not sys.stderr.isatty()
        with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
            task = bar.add_task("", total=None)
            try:
                done = import_texts(
                    folder,
                    lambda n, total, name: bar.update(task, completed=n, total=total, description=name),
                )
            except StatuteProblem as problem:
                raise Problem("%(problem)s", problem=problem) from problem
        if as_json:
            click.echo(orjson.dumps(vars(done)).decode())
        else:
            click.echo(
                say(
                    "%(added)d texts with %(articles)d articles imported, %(unchanged)d were there already.",
                    added=len(done.added),
                    articles=done.articles,
                    unchanged=len(done.unchanged),
                )
            )
            for title in done.unmatched:
                click.echo(say("No instrument of the catalogue is called 《%(title)s》.", title=title))
        if done.problems:
            raise Problem("%(problem)s", problem=" ".join(done.problems))


def _report(values: dict[str, Any], lines: list[str], as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(values).decode())
        return
    for line in lines:
        click.echo(line)


@contextmanager
def _ready(*, database: bool = True) -> Iterator[None]:
    """The law usable, sentences in the operator's language."""
    setup_django(database=database)
    from django.utils import translation

    language = os.environ.get("CHENGSHU_LANGUAGE", "zh-hans").lower().replace("_", "-")
    with translation.override("en" if language.startswith("en") else "zh-hans"):
        yield
