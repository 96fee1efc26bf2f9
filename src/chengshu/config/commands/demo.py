"""``chengshu demo``: a district to look at."""

from __future__ import annotations

import sys

import click
import orjson
from rich.progress import Progress

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem


@click.group()
def demo() -> None:
    """A district with invented objects, to try things on."""


@demo.command()
@click.option(
    "--objects", type=click.IntRange(min=0), help="How many objects in all; the classes keep their shares."
)
@click.option(
    "--seed", type=int, default=2020, show_default=True, help="The same seed gives the same objects."
)
@click.option(
    "--cases", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Share of the year's cases."
)
@click.option("--leads", type=click.IntRange(min=0), help="How many leads; otherwise some weeks of them.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def load(objects: int | None, seed: int, cases: float, leads: int | None, as_json: bool) -> None:
    """Load the shipped district: organisation, accounts for every role, invented objects, leads and cases.

    A second call adds only what is missing.
    """
    setup_django()
    from django.conf import settings
    from django.core.management import call_command

    from chengshu.bureau.models import District
    from chengshu.demo.cases import load_cases
    from chengshu.demo.load import accounts, first_start, is_shipped, load_objects
    from chengshu.demo.objects import recipe, scaled
    from chengshu.demo.playing import load_leads

    if not is_shipped():
        raise Problem("There is no demo of district %(code)s.", code=settings.DEFAULT_DISTRICT)
    call_command("migrate", verbosity=0)
    first_start()
    district = District.objects.filter(code=settings.DEFAULT_DISTRICT).first()
    if district is None:  # somebody has an account, in another district
        raise Problem("There is no district %(code)s.", code=settings.DEFAULT_DISTRICT)
    counts = recipe(district.code)["counts"]
    if objects is not None:
        counts = scaled(counts, objects)
    with Progress(disable=as_json or not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=sum(counts.values()))

        def report(done: int, total: int, label: str) -> None:
            bar.update(task, completed=done, total=total, description=label)

        added = load_objects(district, counts, seed=seed, report=report)
        found = 0 if leads == 0 else load_leads(district, count=leads, seed=seed, report=report)
        filed = load_cases(district, seed=seed, scale=cases, report=report) if cases else 0
    if as_json:
        click.echo(orjson.dumps({"added": added, "counts": counts, "leads": found, "cases": filed}).decode())
    else:
        click.echo(f"{district.name}: +{added}")
        for account in accounts():
            click.echo(f"  {account.username:<12} {account.password}  {account.name} {account.role}")
