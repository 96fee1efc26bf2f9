"""``chengshu demo``: a district to look at."""

from __future__ import annotations

import math
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.progress import Progress

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem

if TYPE_CHECKING:
    from chengshu.demo.replaying import State


@click.group()
def demo() -> None:
    """A district with invented objects, to try things on."""


@demo.command()
@click.option("--year", type=int, default=2020, show_default=True, help="The reference year to be planned.")
@click.option(
    "--scale",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="A part of the year's records; or a city of so many districts, each with a year of its own.",
)
@click.option(
    "--objects",
    type=click.IntRange(min=0),
    help="How many objects in a district; the classes keep their shares.",
)
@click.option(
    "--seed", type=int, default=2020, show_default=True, help="The same seed gives the same objects."
)
@click.option(
    "--cases", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Share of the year's cases."
)
@click.option(
    "--leads", type=click.IntRange(min=0), help="So many leads of the last weeks, and none of the year."
)
@click.option(
    "--inspections",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Share of the year's inspections.",
)
@click.option(
    "--structures",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Share of the year's illegal structures and suspects.",
)
@click.option("--patrols/--no-patrols", default=True, help="Patrols of the last weeks and of the year.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def load(year: int, as_json: bool, **amounts: Any) -> None:
    """Load the shipped district: organisation, accounts, objects, leads, patrols, cases, inspections,
    illegal structures.

    A second call adds only what is missing.
    """
    setup_django()
    from django.conf import settings
    from django.core.management import call_command

    from chengshu.bureau.models import District
    from chengshu.demo.cases import plan_of
    from chengshu.demo.load import accounts, first_start
    from chengshu.demo.parts import OtherProcessFailed, Wanted, load_city
    from chengshu.demo.plans import is_shipped, read

    if not is_shipped():
        raise Problem("There is no demo of district %(code)s.", code=settings.DEFAULT_DISTRICT)
    if year != (planned := plan_of(settings.DEFAULT_DISTRICT)["year"]):
        raise Problem("The demo has a plan of %(planned)s, none of %(year)s.", planned=planned, year=year)
    scale, most = amounts["scale"], read(settings.DEFAULT_DISTRICT, "city")["most"]
    count = max(1, int(scale)) if math.isfinite(scale) else 0
    if not (0 < scale <= 1 or scale == count <= most):
        raise Problem("Above 1 the scale is a whole number of districts, %(most)s at most.", most=most)
    call_command("migrate", verbosity=0)
    first_start()
    district = District.objects.filter(code=settings.DEFAULT_DISTRICT).first()
    if district is None:  # somebody has an account, in another district
        raise Problem("There is no district %(code)s.", code=settings.DEFAULT_DISTRICT)
    wanted = Wanted(**{**amounts, "scale": min(1.0, scale)})
    with Progress(disable=as_json or not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, label: str) -> None:
            bar.update(task, completed=done, total=total, description=label)

        try:
            made = load_city(district, wanted, count, report)
        except OtherProcessFailed as error:
            raise Problem("The other half of the load failed: %(reason)s", reason=str(error)) from None
    if as_json:
        counts = {code: n * count for code, n in wanted.counts(district).items()}
        click.echo(orjson.dumps({**made, "counts": counts}).decode())
    else:
        click.echo(f"{district.name}{'' if count == 1 else f' × {count}'}: +{made['added']}")
        for account in accounts():
            click.echo(f"  {account.username:<12} {account.password}  {account.name} {account.role}")


@demo.command()
@click.option("--week", default="", help="ISO week like 2020-W45; without it the last whole week.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Seconds of the week in one second; 0: as fast as possible.",
)
@click.option("--leads", type=click.IntRange(min=1), help="How many leads; without it a usual week's number.")
@click.option(
    "--dispatchers",
    type=click.IntRange(0, 20),
    default=0,
    show_default=True,
    help="Simulated dispatchers; with none, what needs a person waits for people at the screen.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    help="Seconds to wait for people at the end; otherwise until Ctrl-C.",
)
@click.option("--seed", type=int, default=2020, show_default=True, help="The same seed gives the same week.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def replay(
    week: str,
    speed: float,
    leads: int | None,
    dispatchers: int,
    patience: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Play a week of leads through the loop: squads are simulated, people may dispatch and verify.

    Broken off, the same call goes on where it stopped.
    """
    setup_django()
    from django.conf import settings
    from django.utils import timezone

    from chengshu.bureau.models import District
    from chengshu.demo.cast import Cast
    from chengshu.demo.duties import plan_duties
    from chengshu.demo.leads import WEEK, plan, usual_count
    from chengshu.demo.plans import is_shipped
    from chengshu.demo.playing import PREFIX
    from chengshu.demo.replaying import Replay
    from chengshu.leads.services.classes import load_classes

    district = District.objects.filter(code=settings.DEFAULT_DISTRICT).first()
    if district is None or not is_shipped():
        raise Problem("There is no demo of district %(code)s.", code=settings.DEFAULT_DISTRICT)
    monday = _monday(week, timezone.localdate())
    begin = timezone.make_aware(datetime.combine(monday, datetime.min.time()))
    load_classes(district)
    count = usual_count(district.code, WEEK) if leads is None else leads
    name = f"{PREFIX}{monday:%GW%V}.{count}.{seed}"
    planned = plan(district, begin, begin + WEEK, name=name, count=count, seed=seed)
    with Progress(disable=as_json or not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=len(planned))

        def report(state: State) -> None:
            text = f"{timezone.localtime(state.clock):%m-%d %H:%M} +{state.reported} ?{state.waiting}"
            bar.update(task, completed=state.closed, description=text)

        cast = Cast(district, dispatchers=dispatchers)
        plan_duties(cast, timezone.now())
        player = Replay(
            district, planned, cast, end=begin + WEEK, speed=speed, with_desk=dispatchers > 0, report=report
        )
        try:
            state = player.run(patience=patience)
        except KeyboardInterrupt:
            state = player.state()
    if as_json:
        found = {"planned": state.planned, "reported": state.reported, "closed": state.closed}
        click.echo(orjson.dumps(found | {"waiting": state.waiting}).decode())
    else:
        click.echo(f"{district.name} {monday:%G-W%V}: {state.closed}/{state.planned}, ?{state.waiting}")


def _monday(week: str, today: date) -> date:
    """The first day of an ISO week, of the last whole one where none is named. Raises `Problem`."""
    if not week:
        return today - timedelta(days=today.weekday() + 7)
    try:
        monday = date.fromisoformat(f"{week}-1")
    except ValueError:
        raise Problem("“%(week)s” is not a week like 2020-W45.", week=week) from None
    if monday + timedelta(days=7) > today:
        raise Problem("The week %(week)s is not over yet.", week=week)
    return monday
