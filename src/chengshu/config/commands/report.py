"""``chengshu report``: the bureau's figures and documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

if TYPE_CHECKING:
    from chengshu.bureau.models import District, Unit
    from chengshu.kernel.indicators.asking import Figure
    from chengshu.kernel.indicators.periods import Period

FILE = click.Path(dir_okay=False, path_type=Path)
OPTIONS = (
    click.option("--year", type=click.IntRange(1949, 2999), required=True, help="The year reported on."),
    click.option("--out", type=FILE, help="Where the document goes: name.docx to be edited, or name.pdf."),
    click.option("--figures", "target", type=FILE, help="Where the figures go, as CSV: id,value,unit."),
    click.option(
        "--district", "code", default="", help="Code of the district; by default that of the settings."
    ),
    click.option("--number", default="", help="Number of the document, such as 普城管〔2021〕3号."),
    click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the document; today."),
    click.option("--red-head", is_flag=True, help="With the bureau's name in red and who printed it."),
    click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON."),
)


@click.group()
def report() -> None:
    """Figures and documents of a year, counted from the records."""


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every document has."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@report.command()
@_shared
def annual(**asked: Any) -> None:
    """The annual summary of a year, and its figures: every number counted from the records."""
    _report("annual", **asked)


@report.command()
@_shared
def plan(**asked: Any) -> None:
    """The skeleton of next year's plan: what was reached in a year beside the targets of the next."""
    _report("plan", **asked)


@report.command()
@click.option("--quarter", type=click.IntRange(1, 4), required=True, help="The quarter, 1 to 4.")
@_shared
def briefing(**asked: Any) -> None:
    """The briefing of a quarter, beside the same one of the year before and the one just before."""
    _report("briefing", **asked)


@report.command()
@click.option("--squad", required=True, help="Code of the squad.")
@click.option("--quarter", type=click.IntRange(1, 4), help="A quarter, 1 to 4; without, the year.")
@_shared
def squad(**asked: Any) -> None:
    """The figures of one squad beside those of the district."""
    _report("squad", **asked)


def _report(
    kind: str,
    *,
    year: int,
    out: Path | None,
    target: Path | None,
    code: str,
    number: str,
    on: datetime | None,
    red_head: bool,
    as_json: bool,
    quarter: int | None = None,
    squad: str = "",
) -> None:
    """Write the document and the figures that are asked for."""
    if out is None and target is None and not as_json:
        raise Problem("Say what to write: --out summary.docx or --figures figures.csv.")
    if out is not None and out.suffix.lower() not in (".docx", ".pdf"):
        raise Problem("%(file)s: a report is written as .docx or .pdf.", file=out)
    setup_django()
    from chengshu.kernel.indicators.periods import Period
    from chengshu.reports.figures_file import as_csv, figures_of
    from chengshu.reports.figures_file import number as number_of

    district = _district(code)
    unit = _squad(district, squad) if squad else None
    period = Period.quarter(year, quarter) if quarter else Period.year(year)
    if out is not None:
        _document(kind, district, period, unit, out, number, on.date() if on else None, red_head)
    found: list[Figure] = figures_of(district, period, squad=unit) if target is not None or as_json else []
    if target is not None:
        _write(target, as_csv(found).encode())
    if as_json:
        click.echo(orjson.dumps({one.indicator: number_of(one) for one in found}).decode())
    elif target is not None:
        click.echo(say("%(n)d figures of %(year)s in %(path)s", n=len(found), year=period.code, path=target))


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


def _district(code: str) -> District:
    from django.conf import settings

    from chengshu.bureau.models import District

    code = code or settings.DEFAULT_DISTRICT
    district = District.objects.filter(code=code).first()
    if district is None:
        raise Problem("There is no district with the code %(code)s.", code=code)
    return district


def _squad(district: District, code: str) -> Unit:
    from chengshu.reports.places import squads_of

    squads = squads_of(district.pk)
    found = squads.filter(code=code).first()
    if found is None:
        known = ", ".join(squads.values_list("code", flat=True))
        raise Problem("There is no squad %(code)s; there are %(known)s.", code=code, known=known)
    return found


def _document(
    kind: str,
    district: District,
    period: Period,
    unit: Unit | None,
    out: Path,
    number: str,
    on: date | None,
    red_head: bool,
) -> None:
    """Write the document and say what it left out and which of its checks fail."""
    from django.utils import timezone

    from chengshu.cases.documents.problems import DocumentProblem
    from chengshu.reports.composing import compose
    from chengshu.reports.docx import write_docx
    from chengshu.reports.issuer import imprint_of, issuer
    from chengshu.reports.pdf import write_pdf
    from chengshu.reports.template import template

    report = compose(template(kind), district, period, issuer(district), unit)
    imprint = imprint_of(district, number, on or timezone.localdate(), red_head=red_head)
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
