"""``chengshu patrol``: whether what is counted of patrols is what the check-ins say."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta

import click

from chengshu.config.cli import setup_django
from chengshu.config.problems import say

DAY = click.DateTime(["%Y-%m-%d"])
DAYS_BACK = 31


@click.group()
def patrol() -> None:
    """Patrols: check-ins, tracks, coverage."""


@patrol.command()
@click.option("--from", "begin", type=DAY, help="First day; by default 31 days ago.")
@click.option("--to", "end", type=DAY, help="Last day; by default yesterday.")
@click.option("--repair", is_flag=True, help="Count anew what differs.")
def recount(begin: datetime | None, end: datetime | None, repair: bool) -> None:
    """Count the check-ins once more, beat by beat and day by day, and list where the kept counts differ.

    Exit status 1 if anything differs (after a repair: differed). Required visits are judged by the points and
    requirements in use when a day was counted and are not compared.
    """
    setup_django()
    from django.utils import timezone

    from chengshu.patrol.services import counting

    last = end.date() if end else timezone.localdate() - timedelta(days=1)
    first = begin.date() if begin else last - timedelta(days=DAYS_BACK - 1)
    if first > last:
        click.echo(say("The first day lies after the last."), err=True)
        sys.exit(2)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    counting.refresh()
    found = list(counting.differences(days))
    for one in found:
        click.echo(str(one))
    if repair and found:
        counting.count((one.beat, one.day) for one in found)
    months: list[date] = sorted({day.replace(day=1) for day in days})
    of_months = list(counting.month_differences(months))
    for line in of_months:
        click.echo(line)
    if not found and not of_months:
        click.echo(say("%(n)s days: the counts equal the check-ins.", n=len(days)))
    sys.exit(1 if found or of_months else 0)
