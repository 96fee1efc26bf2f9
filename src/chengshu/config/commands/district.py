"""``chengshu district``: boundaries of a district and its first administrators."""

from __future__ import annotations

import os
from pathlib import Path

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say


@click.group()
def district() -> None:
    """Districts: their boundaries and first administrators."""


@district.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--code", default="", help="Six-digit code, where the file does not name the district.")
@click.option("--name", default="", help="Name, where the file does not name the district.")
@click.option("--name-en", default="", help="English name.")
@click.option("--dry-run", is_flag=True, help="Say what would change and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def import_(file: Path, code: str, name: str, name_en: str, dry_run: bool, as_json: bool) -> None:
    """Store the streets and towns of a GeoJSON FILE; everything placed in them is placed anew.

    A district that has no units yet gets a bureau, a squad for every town and a mobile squad;
    one that has no classes yet gets the seven default ones, with items and checklists of inspections.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Problem("%(path)s cannot be read: %(reason)s", path=file, reason=error.strerror) from error
    _ready()
    from chengshu.bureau.services import bootstrap, districts
    from chengshu.inspections.services.catalogue import load_catalogue
    from chengshu.patrol.services.beats import load_requirements
    from chengshu.registry.services.classes import load_classes

    try:
        draft = districts.read_district(
            districts.parse_geojson(content), code=code, name=name, name_en=name_en
        )
        change = districts.compare(draft)
        if not dry_run:
            stored = districts.store(draft)
            bootstrap.make_organisation(stored)
            if not stored.object_classes.exists():
                load_classes(stored)
            if not stored.inspection_items.exists():
                load_catalogue(stored)
            load_requirements(stored)
    except districts.DistrictProblem as problem:
        raise Problem("%(path)s: %(problems)s", path=file, problems=" ".join(problem.problems)) from problem
    if as_json:
        shown = {**vars(change), "code": draft.code, "name": draft.name, "stored": not dry_run}
        click.echo(orjson.dumps(shown).decode())
        return
    click.echo(
        say(
            "%(name)s: %(created)d new, %(moved)d moved, %(renamed)d renamed, %(removed)d removed, "
            "%(unchanged)d unchanged.",
            name=draft.name,
            created=len(change.created),
            moved=len(change.moved),
            renamed=len(change.renamed),
            removed=len(change.removed),
            unchanged=len(change.unchanged),
        )
    )
    if dry_run:
        click.echo(say("Nothing was stored."))


@district.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--code", default="", help="Six-digit code of the district; by default the district of the settings."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def grids(file: Path, code: str, as_json: bool) -> None:
    """Store the grids of a GeoJSON FILE (properties code, name, optional town) and place objects in them."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Problem("%(path)s cannot be read: %(reason)s", path=file, reason=error.strerror) from error
    _ready()
    from django.conf import settings

    from chengshu.bureau.models import District
    from chengshu.bureau.services import districts
    from chengshu.bureau.services.grids import read_grids, store_grids

    found = District.objects.filter(code=code or settings.DEFAULT_DISTRICT).first()
    if found is None:
        raise Problem("There is no district %(code)s.", code=code or settings.DEFAULT_DISTRICT)
    try:
        count = store_grids(found, read_grids(found, districts.parse_geojson(content)))
    except districts.DistrictProblem as problem:
        raise Problem("%(path)s: %(problems)s", path=file, problems=" ".join(problem.problems)) from problem
    click.echo(orjson.dumps({"grids": count}).decode() if as_json else f"{found.name}: {count}")


@district.command()
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="Print the accounts as JSON.")
def administrators(code: str, as_json: bool) -> None:
    """Make the three administrators of the district CODE that has none; prints their one-time passwords."""
    _ready()
    from chengshu.bureau.models import District
    from chengshu.bureau.services import bootstrap
    from chengshu.bureau.services.base import Refused

    found = District.objects.filter(code=code).first()
    if found is None:
        raise Problem("There is no district %(code)s.", code=code)
    try:
        accounts = bootstrap.first_administrators(found)
    except Refused as refusal:
        raise Problem("%(reason)s", reason=refusal) from refusal
    if as_json:
        rows = [
            {"username": entry.person.username, "password": entry.password, "name": entry.person.full_name}
            for entry in accounts
        ]
        click.echo(orjson.dumps(rows).decode())
        return
    for entry in accounts:
        click.echo(f"{entry.person.username}\t{entry.password}\t{entry.person.full_name}")


def _ready() -> None:
    """Django with its database, in the operator's language."""
    setup_django()
    from django.utils import translation

    language = os.environ.get("CHENGSHU_LANGUAGE", "zh-hans").lower().replace("_", "-")
    translation.activate("en" if language.startswith("en") else "zh-hans")
