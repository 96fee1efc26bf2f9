"""``chengshu report``: the bureau's figures and documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

if TYPE_CHECKING:
    from chengshu.bureau.models import District
    from chengshu.kernel.indicators.periods import Period


@click.group()
def report() -> None:
    """Figures and documents of a year, counted from the records."""


@report.command()
@click.option("--year", type=click.IntRange(1949, 2999), required=True, help="The year reported on.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the document goes: summary.docx to be edited further, or summary.pdf.",
)
@click.option(
    "--figures",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the figures go, as CSV: id,value,unit.",
)
@click.option("--district", "code", default="", help="Code of the district; by default that of the settings.")
@click.option("--number", default="", help="Number of the document, such as 普城管〔2021〕3号.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def annual(year: int, out: Path | None, target: Path | None, code: str, number: str, as_json: bool) -> None:
    """The annual summary of a year, and its figures: every number counted from the records."""
    if out is None and target is None:
        raise Problem("Say what to write: --out summary.docx or --figures figures.csv.")
    if out is not None and out.suffix.lower() not in (".docx", ".pdf"):
        raise Problem("%(file)s: a report is written as .docx or .pdf.", file=out)
    setup_django()
    from django.conf import settings

    from chengshu.bureau.models import District
    from chengshu.kernel.indicators.periods import Period
    from chengshu.reports.figures_file import as_csv, figures_of
    from chengshu.reports.figures_file import number as number_of

    code = code or settings.DEFAULT_DISTRICT
    district = District.objects.filter(code=code).first()
    if district is None:
        raise Problem("There is no district with the code %(code)s.", code=code)
    period = Period.year(year)
    if out is not None:
        _document(district, period, out, number)
    found = figures_of(district, period)
    if target is not None:
        _write(target, as_csv(found).encode())
    if as_json:
        click.echo(orjson.dumps({one.indicator: number_of(one) for one in found}).decode())
    elif target is not None:
        click.echo(say("%(n)d figures of %(year)d in %(path)s", n=len(found), year=year, path=str(target)))


@report.command()
def definitions() -> None:
    """Write down version and fingerprint of every definition; for whoever changes one in the code."""
    setup_django()
    from chengshu.reports.definitions import FILE, SilentChange, release

    try:
        count = release()
    except SilentChange as error:
        raise Problem("Raise the version of: %(ids)s", ids=str(error)) from error
    click.echo(say("%(n)d definitions in %(path)s", n=count, path=str(FILE)))


def _document(district: District, period: Period, out: Path, number: str) -> None:
    """Write the document and say what it left out and which of its checks fail."""
    from django.utils import timezone

    from chengshu.cases.documents.problems import DocumentProblem
    from chengshu.reports.composing import compose
    from chengshu.reports.docx import Imprint, write_docx
    from chengshu.reports.issuer import issuer
    from chengshu.reports.pdf import write_pdf
    from chengshu.reports.template import template

    authority = issuer(district)
    report = compose(template("annual"), district, period, authority)
    imprint = Imprint(authority, number, timezone.localdate())
    try:
        content = (write_docx if out.suffix.lower() == ".docx" else write_pdf)(report, imprint)
    except DocumentProblem as problem:
        raise Problem("The report cannot be written: %(why)s", why=str(problem)) from problem
    _write(out, content)
    for text, lacking in report.left_out:
        click.echo(
            say("Left out, not counted yet (%(ids)s): %(words)s", ids=", ".join(lacking), words=text),
            err=True,
        )
    for fault in report.faults:
        click.echo(say("The figures do not agree: %(rule)s", rule=fault), err=True)
    click.echo(say("%(title)s in %(path)s", title=report.title, path=str(out)), err=True)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Problem(
            "%(file)s cannot be written: %(reason)s", file=path, reason=error.strerror or error
        ) from error
