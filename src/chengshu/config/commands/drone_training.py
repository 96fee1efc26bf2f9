"""``chengshu drone export-training``: officers' verdicts as labelled tiles.

From a GeoJSON file without a database; from the platform's own verdicts with it.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click
import orjson

from chengshu.config.problems import Problem, say

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LARGEST = 1 << 30


@click.command("export-training")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--from-verdicts", is_flag=True, help="The verdicts given at the desk and on site.")
@click.option("--district", "district_code", default="", help="Code of the district; by default every one.")
@click.option("--from", "examples", type=FILE, help="GeoJSON: outlines with verdicts.")
@click.option("--before", type=FILE, help="The picture of the earlier flight.")
@click.option("--after", type=FILE, help="The picture of the later flight.")
@click.option("--before-dsm", type=FILE, help="Its surface model.")
@click.option("--after-dsm", type=FILE, help="Its surface model.")
@click.option("--tile", type=click.IntRange(32, 4096), default=256, show_default=True, help="Pixels.")
@click.option(
    "--validation", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Share of the ground."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def export_training(
    folder: Path,
    from_verdicts: bool,
    district_code: str,
    examples: Path | None,
    before: Path | None,
    after: Path | None,
    before_dsm: Path | None,
    after_dsm: Path | None,
    tile: int,
    validation: float,
    as_json: bool,
) -> None:
    """Write officers' verdicts as labelled tiles to FOLDER, to train a model elsewhere.

    Either those kept on this platform (--from-verdicts), or a GeoJSON file (--from, --before, --after).

    \b
    Every feature of the GeoJSON has "verdict" (lead, known_legal, illegal, legal, in_ledger: changed;
    no_change, not_found: not changed; unclear: left out) and may have "kind" and "id". Coordinates: of the
    file's "crs", else degrees, else (numbers beyond degrees, or a picture without coordinates) the picture's.
    """
    from chengshu.vision.raster.training import Example, export_training
    from chengshu.vision.raster.types import RasterError

    stated = (examples, before, after, before_dsm, after_dsm)
    try:
        if from_verdicts:
            if any(stated):
                raise Problem("With --from-verdicts the platform knows the flights; name no files.")
            given = _of_the_platform(district_code)
        elif examples and before and after:
            given = [
                Example(identity, before, after, geometry, verdict, kind, before_dsm, after_dsm)
                for identity, geometry, verdict, kind in _read(examples, before)
            ]
        else:
            raise Problem("Name --from, --before and --after, or take the platform's own: --from-verdicts.")
        done = export_training(folder, given, tile=tile, validation_share=validation)
    except RasterError as error:
        raise Problem(error.message, **error.values) from error
    except OSError as error:
        raise Problem("%(file)s cannot be written: %(reason)s", file=folder, reason=error) from error
    if as_json:
        click.echo(orjson.dumps(dataclasses.asdict(done)).decode())
        return
    click.echo(
        say(
            "%(tiles)d tiles from %(examples)d verdicts: %(train)d to train on, %(val)d to test on.",
            tiles=done.tiles,
            examples=done.examples,
            train=done.train,
            val=done.val,
        )
    )
    for reason, count in done.left_out.items():
        click.echo(say("Left out: %(n)d tiles (%(reason)s).", n=count, reason=say(reason)))


def _of_the_platform(code: str) -> list[Any]:
    """The verdicts of one district, or of all, as the library's examples."""
    from chengshu.config.cli import setup_django

    setup_django()
    from chengshu.bureau.models import District
    from chengshu.sensing.refusing import SensingProblem
    from chengshu.sensing.services.training import examples
    from chengshu.vision.raster.training import Example

    found = District.objects.filter(code=code) if code else District.objects.all()
    districts = list(found.defer("boundary").order_by("code"))
    if not districts:
        raise Problem("There is no district with the code %(code)s.", code=code)
    try:
        return [Example(**vars(one)) for district in districts for one in examples(district)]
    except SensingProblem as problem:
        raise Problem("%(reason)s", reason=problem) from problem


def _read(file: Path, before: Path) -> list[tuple[str, dict[str, Any], str, str]]:
    """Identity, geometry in the picture's coordinates, verdict and kind of every feature."""
    import rasterio

    try:
        if file.stat().st_size > LARGEST:
            raise Problem("%(file)s is too large.", file=file.name)
        content = json.loads(file.read_bytes())
        features = content["features"]
        found = []
        for number, one in enumerate(features, 1):
            values = one.get("properties") or {}
            identity = str(values.get("id") or one.get("id") or number)
            found.append((identity, one["geometry"], str(values["verdict"]), str(values.get("kind") or "")))
        with rasterio.open(before) as picture:
            target = picture.crs
        source = _crs_of(content, [geometry for _, geometry, _, _ in found]) if target else None
        if source and source != target:
            from rasterio.warp import transform_geom

            return [(i, transform_geom(source, target, geometry), v, k) for i, geometry, v, k in found]
    except KeyError as error:
        raise Problem("%(file)s: a feature lacks %(what)s.", file=file.name, what=error.args[0]) from error
    except rasterio.errors.RasterioError as error:
        raise Problem("%(where)s cannot be read: %(reason)s", where=before.name, reason=error) from error
    except (OSError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise Problem("%(file)s is not GeoJSON.", file=file.name) from error
    return found


def _crs_of(content: dict[str, Any], geometries: list[dict[str, Any]]) -> Any:
    """The CRS of a GeoJSON file; None for "the picture's own"."""
    from rasterio.crs import CRS

    declared = ((content.get("crs") or {}).get("properties") or {}).get("name")
    if declared:
        return CRS.from_user_input(declared)
    flat: list[float] = []

    def collect(part: Any) -> None:
        if part and isinstance(part[0], int | float):
            flat.extend(float(number) for number in part[:2])
        else:
            for inner in part:
                collect(inner)

    for geometry in geometries:
        collect(geometry["coordinates"])
    degrees = all(abs(number) <= 180 for number in flat)
    return CRS.from_epsg(4326) if degrees else None
