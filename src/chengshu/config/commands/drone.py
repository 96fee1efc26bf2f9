"""``chengshu drone``: what changed between two flights, without a database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from chengshu.config.commands.drone_score import scene, score
from chengshu.config.commands.drone_training import export_training
from chengshu.config.problems import Problem, say

if TYPE_CHECKING:
    from chengshu.vision.raster.pipeline import Executor, Progress, Result

FILE = click.Path(path_type=Path)
SHOWN = 15  # candidates a person sees on the terminal; the file has them all


@click.group()
def drone() -> None:
    """Flights: compare two, score a result, export tiles for training."""


@drone.command()
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--dsm-before", type=FILE, help="Surface model of the flight before.")
@click.option("--dsm-after", type=FILE, help="Surface model of the flight after.")
@click.option("--out", type=FILE, help="GeoJSON file for the candidates.")
@click.option("--work", type=FILE, help="Folder of finished tiles; the same call goes on where it stopped.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, help="Processes on this machine.")
@click.option("--ray", "ray_address", help="Run on Ray: an address such as ray://host:10001, or “local”.")
@click.option("--approved", type=FILE, help="GeoJSON of permitted footprints; what they hold is left out.")
@click.option("--model", type=FILE, help="Manifest of an ONNX model: evidence beside heights.")
@click.option(
    "--pixel-size", type=click.FloatRange(0.005, 10), help="Metres a pixel, for images without coordinates."
)
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.15, help="What scores less is left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def compare(
    before: Path,
    after: Path,
    dsm_before: Path | None,
    dsm_after: Path | None,
    out: Path | None,
    work: Path | None,
    workers: int,
    ray_address: str | None,
    approved: Path | None,
    model: Path | None,
    pixel_size: float | None,
    min_score: float,
    as_json: bool,
) -> None:
    """List what changed from BEFORE to AFTER (GeoTIFF, or PNG/JPEG of equal size).

    With both surface models the heights decide. Without them the list is one of low-confidence candidates.
    Exit status 2 with one line when the two cannot be compared.
    """
    from chengshu.vision.raster import output, pipeline
    from chengshu.vision.raster.options import Options
    from chengshu.vision.raster.types import RasterError

    options = Options(pixel_m=pixel_size, min_score=min_score, model=str(model) if model else "")
    try:
        with _bar(as_json) as progress:
            result = pipeline.compare(
                before, after, before_dsm=dsm_before, after_dsm=dsm_after, out=out, work=work,
                options=options, progress=progress, executor=_executor(workers, ray_address),
                approved_file=approved,
            )  # fmt: skip
    except RasterError as error:
        raise Problem(error.message, **error.values) from error
    if as_json:
        click.echo(orjson.dumps(output.summary(result)).decode())
        return
    _tell(result, out)


def _executor(workers: int, ray_address: str | None) -> Executor | None:
    """Where the tiles are worked: here one by one (``None``), in processes, or on Ray."""
    from chengshu.vision.raster import cluster, pipeline

    if ray_address:
        address = None if ray_address == "local" else ray_address
        run: Callable[..., list[Any]] = partial(
            cluster.run_on_ray, address=address, workers=workers if workers > 1 else None
        )
        return lambda tasks, function, progress: run(tasks, function, progress=progress)
    return pipeline.in_processes(workers) if workers > 1 else None


def _tell(result: Result, out: Path | None) -> None:
    """The summary for a person: what was found, how sure it is, and what could not be seen."""
    from chengshu.vision.raster.kinds import KIND_WORDS

    found = result.candidates
    likely = sum(one.score for one in found)
    click.echo(
        say("%(count)d candidates, about %(true)d of them likely true.", count=len(found), true=round(likely))
    )
    for number, one in enumerate(found[:SHOWN], 1):
        size = (
            say("%(area).1f m²", area=one.area_m2)
            if "area" in one.measures
            else say("%(count)d pixels", count=one.pixels)
        )
        why = say("; ").join(say(text, **values) for text, values in one.reasons)
        click.echo(f"{number:>3}. {one.score:.2f} {say(KIND_WORDS[one.kind])} {size} {why}")
    if len(found) > SHOWN:
        click.echo(say("… and %(count)d more.", count=len(found) - SHOWN))
    registration = result.registration
    if registration.accepted:
        click.echo(
            say(
                "The flights were moved onto each other by %(dx).1f and %(dy).1f pixels; "
                "%(left).1f pixels remain.",
                dx=registration.dx, dy=registration.dy, left=registration.residual_px,
            )
        )  # fmt: skip
    for text, values in result.remarks:
        shown = {
            name: say(value) if isinstance(value, str) and value else value for name, value in values.items()
        }
        click.echo(say("Note: %(remark)s", remark=say(text, **shown)))
    if out is not None:
        click.echo(say("Written to %(file)s.", file=str(out)))


@contextmanager
def _bar(quiet: bool) -> Iterator[Progress]:
    """A progress bar on the terminal: a function of (done, total)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    off = quiet or not sys.stderr.isatty()
    with Progress(*columns, console=console, disable=off, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


drone.add_command(score)
drone.add_command(scene)
drone.add_command(export_training)
