"""``chengshu inspections``: the shipped items and checklists, checked and loaded."""

from __future__ import annotations

import sys

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say


@click.group()
def inspections() -> None:
    """Inspections: what may be inspected, and by which checklist."""


@inspections.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(as_json: bool) -> None:
    """Check the shipped items and checklists: every class, cause and provision they name must be there.

    Needs no database. Exit status 1 if anything is wrong.
    """
    setup_django(database=False)
    from chengshu.inspections.services.shipped import DATA, CatalogueProblem, check_catalogue, read

    counts = {"items": 0, "checklists": 0}
    try:
        found = read(DATA)
        problems = check_catalogue(found)
        counts = {"items": len(found.items), "checklists": len(found.checklists)}
    except CatalogueProblem as problem:
        problems = problem.problems
    if as_json:
        click.echo(orjson.dumps({**counts, "problems": problems}).decode())
    else:
        for line in problems:
            click.echo(line)
        if not problems:
            click.echo(
                say("%(items)d items and %(checklists)d checklists: every reference resolves.", **counts)
            )
    sys.exit(1 if problems else 0)


@inspections.command()
@click.option("--district", "district_code", default="", help="Code of the district; by default every one.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def load(district_code: str, as_json: bool) -> None:
    """Fill in shipped items and versions of checklists that a district lacks; its own changes stay."""
    setup_django()
    from chengshu.bureau.models import District
    from chengshu.inspections.services.catalogue import load_catalogue

    found = District.objects.filter(code=district_code) if district_code else District.objects.all()
    districts = list(found.order_by("code"))
    if not districts:
        raise Problem("There is no district with the code %(code)s.", code=district_code)
    added = {}
    for district in districts:
        items, checklists = load_catalogue(district)
        added[district.code] = {"items": items, "checklists": checklists}
        if not as_json:
            click.echo(
                say(
                    "%(name)s: %(items)d items and %(checklists)d versions of checklists added.",
                    name=district.name,
                    items=items,
                    checklists=checklists,
                )
            )
    if as_json:
        click.echo(orjson.dumps(added).decode())
