"""Officers' verdicts as labelled places, for `chengshu.vision.raster.training.export_training`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from pyproj import Transformer
from shapely.geometry import mapping, shape

from chengshu.bureau.models import District
from chengshu.sensing.clouds import heights_of
from chengshu.sensing.lifecycle import ComparisonState, SecondState, SuspectState
from chengshu.sensing.models import Comparison, Flight, Suspect
from chengshu.sensing.raster import local_file
from chengshu.sensing.services.comparing import work_folder


@dataclass(frozen=True)
class Example:
    """One place that a person looked at: the fields of the library's own ``training.Example``.

    ``geometry`` is a GeoJSON polygon in the coordinates of ``before``; ``verdict`` what was found on site,
    else what was decided at the screen.
    """

    identity: str
    before: Path
    after: Path
    geometry: dict[str, Any]
    verdict: str
    kind: str = ""
    before_dsm: Path | None = None
    after_dsm: Path | None = None


def examples(district: District) -> Iterator[Example]:
    """The verdicts of a district, one comparison after the other.

    As in recalibration only people's verdicts count, and none that two readers disagree on. Raises
    `SensingProblem` where a flight's file cannot be read any more.
    """
    done = Comparison.objects.filter(district=district, state=ComparisonState.DONE)
    for comparison in done.select_related("before", "after").order_by("pk"):
        rows = Suspect.objects.filter(comparison=comparison, decided_by__isnull=False)
        rows = rows.exclude(state=SuspectState.OPEN).exclude(second=SecondState.DISAGREED)
        decided = list(rows.order_by("number"))
        if decided:
            yield from _of(district, comparison, decided)


def _of(district: District, comparison: Comparison, decided: list[Suspect]) -> Iterator[Example]:
    before, after = comparison.before, comparison.after
    heights = bool(before.dsm and after.dsm)
    mosaics = [_file(comparison, flight, flight.mosaic) for flight in (before, after)]
    models = [
        _file(comparison, flight, heights_of(flight)) if heights else None for flight in (before, after)
    ]
    to_before = Transformer.from_crs("EPSG:4326", before.crs, always_xy=True)
    for one in decided:
        outline = shapely.transform(shape(one.outline), to_before.transform, interleaved=False)
        yield Example(
            f"{district.code}-{one}", mosaics[0], mosaics[1], mapping(outline), one.result or one.state,
            one.kind, models[0], models[1],
        )  # fmt: skip


def _file(comparison: Comparison, flight: Flight, source: str) -> Path:
    folder = work_folder(comparison.pk) / "files"
    return local_file(source, folder, crs=flight.crs if flight.crs_stated else "")
