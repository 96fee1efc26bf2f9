"""Officers' verdicts as labelled places, for `chengshu.vision.raster.training.export_training`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyproj import Transformer
from rasterio.transform import Affine
from shapely.geometry import shape

from chengshu.bureau.models import District
from chengshu.sensing.lifecycle import REAL, ComparisonState, SecondState, SuspectState
from chengshu.sensing.models import Comparison, Suspect
from chengshu.sensing.raster import local_file, through
from chengshu.sensing.services.comparing import work_folder
from chengshu.vision.raster.types import Ring


@dataclass(frozen=True)
class Label:
    """One verdict: ``outline`` in pixels of the common grid; ``real`` whether a person saw a change there."""

    outline: Ring
    kind: str
    real: bool
    height_gain_m: float | None
    area_m2: float
    verdict: str
    result: str


@dataclass(frozen=True)
class Example:
    """One comparison with everything that people decided of it; files on this machine."""

    key: str
    before: Any
    after: Any
    before_dsm: Any
    after_dsm: Any
    grid: dict[str, Any]
    registration: dict[str, Any]
    labels: list[Label] = field(default_factory=list)


def examples(district: District) -> Iterator[Example]:
    """The comparisons of a district with verdicts, one after the other.

    As in recalibration only people's verdicts count, and none that two readers disagree on.
    """
    done = Comparison.objects.filter(district=district, state=ComparisonState.DONE)
    for comparison in done.select_related("before", "after").order_by("pk"):
        labels = [_label(comparison, one) for one in _verdicts(comparison)]
        if not labels:
            continue
        folder = work_folder(comparison.pk) / "files"
        before, after = comparison.before, comparison.after
        yield Example(
            f"{district.code}-{comparison.pk}",
            local_file(before.mosaic, folder), local_file(after.mosaic, folder),
            local_file(before.dsm, folder) if before.dsm else None,
            local_file(after.dsm, folder) if after.dsm else None,
            comparison.grid, comparison.registration, labels,
        )  # fmt: skip


def _verdicts(comparison: Comparison) -> Any:
    rows = Suspect.objects.filter(comparison=comparison, decided_by__isnull=False)
    undecided = (SuspectState.OPEN, SuspectState.UNCLEAR)
    return rows.exclude(state__in=undecided).exclude(second=SecondState.DISAGREED).order_by("number")


def _label(comparison: Comparison, one: Suspect) -> Label:
    ring = np.asarray(shape(one.outline).exterior.coords)
    crs = comparison.grid.get("crs") or comparison.after.crs
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(ring[:, 0], ring[:, 1])
    inverse = ~Affine(*comparison.grid["transform"][:6])
    columns, rows = through(inverse, np.asarray(x), np.asarray(y))
    outline = [(float(column), float(row)) for column, row in zip(columns, rows, strict=True)]
    return Label(outline, one.kind, one.state in REAL, one.height_gain_m, one.area_m2, one.state, one.result)
