"""``chengshu drone score`` and ``chengshu drone scene``: a result against the truth, places with known truth.

Both need neither Django nor a database.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chengshu.config.problems import Problem, say

if TYPE_CHECKING:
    from chengshu.vision.raster.truth_files import FileScore

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("result", type=FILE)
@click.argument("truth", type=FILE)
@click.option(
    "--min-iou",
    type=click.FloatRange(0.05, 0.95),
    default=0.3,
    show_default=True,
    help="Overlap (intersection over union) from which two outlines are the same thing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the score as JSON.")
def score(result: Path, truth: Path, min_iou: float, as_json: bool) -> None:
    """Score RESULT (GeoJSON) against TRUTH (GeoJSON, or a label mask as PNG or TIFF).

    Pixels: precision, recall, F1, intersection over union. Objects: recall and precision by size, errors of
    area and height.
    """  # fmt: skip
    from chengshu.vision.raster.truth_files import score_files
    from chengshu.vision.raster.types import RasterError

    try:
        measured = score_files(result, truth, min_iou=min_iou)
    except RasterError as error:
        raise Problem(error.message, **error.values) from error
    if as_json:
        pixels = {name: round(value, 4) for name, value in vars(measured.pixels).items()}
        unit = "m2" if measured.metric else "px"
        click.echo(json.dumps({"pixels": pixels, "objects": measured.objects.as_dict(), "area_unit": unit}))
        return
    for line in _lines(measured):
        click.echo(line)


def _lines(measured: FileScore) -> list[str]:
    """The score in words."""
    pixels, objects = measured.pixels, measured.objects
    lines = [
        say(
            "Pixels: precision %(precision)s, recall %(recall)s, F1 %(f1)s, overlap %(iou)s.",
            precision=_share(pixels.precision), recall=_share(pixels.recall), f1=_share(pixels.f1),
            iou=_share(pixels.iou),
        ),
        say(
            "Objects: %(hit)d of %(objects)d found (recall %(recall)s); %(found)d reported, precision "
            "%(precision)s.",
            hit=objects.matched, objects=objects.objects, recall=_share(objects.recall), found=objects.found,
            precision=_share(objects.precision),
        ),
    ]  # fmt: skip
    unit = say("m²") if measured.metric else say("square pixels")
    for label, one in objects.by_size.items():
        if one.objects or one.found:
            lines.append(
                say(
                    "  %(size)s %(unit)s: recall %(recall)s of %(objects)d, precision %(precision)s of "
                    "%(found)d",
                    size=label, unit=unit, recall=_share(one.recall), objects=one.objects,
                    precision=_share(one.precision), found=one.found,
                )
            )  # fmt: skip
    lines.append(say("Error of area %(area)s.", area=_share(objects.area_error)))
    if not math.isnan(objects.height_rmse):
        lines.append(say("Error of height %(height)s m (RMSE).", height=f"{objects.height_rmse:.2f}"))
    return lines


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="Which place.")
@click.option(
    "--size", type=click.IntRange(64, 100_000), default=1024, show_default=True, help="Pixels a side."
)
@click.option(
    "--gsd", type=click.FloatRange(0.01, 2.0), default=0.1, show_default=True, help="Metres a pixel."
)
@click.option(
    "--shift",
    nargs=2,
    type=click.FloatRange(-64.0, 64.0),
    default=(2.6, -1.7),
    show_default=True,
    help="Pixels that the flight after is off by, to the right and down.",
)
@click.option("--crs", default="EPSG:4549", show_default=True, help="A reference system in metres.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def scene(
    folder: Path, seed: int, size: int, gsd: float, shift: tuple[float, float], crs: str, as_json: bool
) -> None:
    """Write two flights over a made-up place into FOLDER, with what really changed.

    before.tif, after.tif, before_dsm.tif, after_dsm.tif, truth.geojson. The same seed gives the same place.
    """  # fmt: skip
    from chengshu.vision.raster.flights import write_pair
    from chengshu.vision.raster.types import RasterError

    if folder.exists() and any(folder.iterdir()):
        raise Problem("%(path)s is not empty; choose another folder.", path=folder)
    try:
        with click.progressbar(
            length=100, label=say("Writing the flights"), file=sys.stderr, hidden=as_json
        ) as bar:

            def tell(done: int, total: int) -> None:
                bar.update(done * 100 // total - bar.pos)

            pair = write_pair(folder, seed, size, size, gsd, crs, shift=shift, progress=tell)
    except RasterError as error:
        raise Problem(error.message, **error.values) from error
    counts = sum(item.counts for item in pair.objects)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "objects": len(pair.objects), "counting": counts}))
    else:
        click.echo(
            say(
                "%(objects)d changes, %(counts)d of them large enough to count, in %(path)s.",
                objects=len(pair.objects), counts=counts, path=folder,
            )
        )  # fmt: skip
