"""``chengshu leads``: whether the statistics are what the history says."""

from __future__ import annotations

import sys
from datetime import date, datetime

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def leads() -> None:
    """Leads: the loop from found to closed."""


@leads.command()
@click.option("--from", "begin", type=DAY, help="First day of reporting; by default the first of all.")
@click.option("--to", "end", type=DAY, help="Last day of reporting; by default the last of all.")
@click.option("--district", "district_code", default="", help="Code of the district; by default every one.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def recount(begin: datetime | None, end: datetime | None, district_code: str, as_json: bool) -> None:
    """Compute the statistics once more from the history alone and list where they differ.

    Exit status 1 if anything differs. Both are read in one snapshot, so that it can run at any time.
    """
    setup_django()
    from django.db import connection, transaction
    from django.utils import timezone

    from chengshu.bureau.models import District
    from chengshu.leads.statistics.recount import differences

    found = District.objects.filter(code=district_code) if district_code else District.objects.all()
    districts = list(found.order_by("code"))
    if not districts:
        raise Problem("There is no district with the code %(code)s.", code=district_code)
    result: dict[str, list[str]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        now = timezone.now()
        for district in districts:
            result[district.code] = differences(district, _day(begin), _day(end), now)
    if as_json:
        click.echo(orjson.dumps({"at": now, "differences": result}).decode())
    else:
        for code, lines in result.items():
            for line in lines:
                click.echo(f"{code} {line}")
            if not lines:
                click.echo(
                    say("District %(code)s: the statistics equal the recount from the history.", code=code)
                )
    sys.exit(1 if any(result.values()) else 0)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
