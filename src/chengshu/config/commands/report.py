"""``chengshu report``: the bureau's figures and documents."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say


@click.group()
def report() -> None:
    """Figures of a year, counted from the records."""


@report.command()
@click.option("--year", type=click.IntRange(1949, 2999), required=True, help="The year reported on.")
@click.option(
    "--figures",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where the figures go, as CSV: id,value,unit.",
)
@click.option("--district", "code", default="", help="Code of the district; by default that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def annual(year: int, target: Path, code: str, as_json: bool) -> None:
    """Every figure of a year's summary, in one snapshot of the records."""
    setup_django()
    from django.conf import settings

    from chengshu.bureau.models import District
    from chengshu.kernel.indicators.periods import Period
    from chengshu.reports.figures_file import as_csv, figures_of, plain

    code = code or settings.DEFAULT_DISTRICT
    district = District.objects.filter(code=code).first()
    if district is None:
        raise Problem("There is no district with the code %(code)s.", code=code)
    found = figures_of(district, Period.year(year))
    try:
        target.write_text(as_csv(found), encoding="utf-8")
    except OSError as error:
        raise Problem(
            "%(file)s cannot be written: %(reason)s", file=target, reason=error.strerror or error
        ) from error
    if as_json:
        click.echo(orjson.dumps({one.indicator: plain(one.rounded) for one in found}).decode())
    else:
        click.echo(say("%(n)d figures of %(year)d in %(path)s", n=len(found), year=year, path=str(target)))
