"""The one door to `chengshu.vision.raster`: what sensing asks of it, in this domain's own terms.

The library is imported when it is needed: pages and lists never load it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

from chengshu.vision.raster.models import read_manifest
from chengshu.vision.raster.types import Candidate, RasterError

__all__ = ["Compared", "RasterError", "compare", "fit_scores", "judge", "read_manifest"]

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Compared:
    """What a comparison found, as plain values that a row can keep."""

    candidates: list[Candidate]
    has_heights: bool
    grid: dict[str, Any]
    registration: dict[str, Any]
    remarks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def compare(
    before: Path,
    after: Path,
    *,
    before_dsm: Path | None,
    after_dsm: Path | None,
    work: Path,
    options: Mapping[str, Any],
    report: Report,
) -> Compared:
    """Compare two mosaics. ``work`` keeps what is done, so that the same call goes on where it was stopped.

    ``report`` is called with (done, total) and may raise to stop. Raises `RasterError` for pictures that
    cannot be compared.
    """
    from chengshu.vision.raster.options import Options
    from chengshu.vision.raster.pipeline import compare as run

    work.mkdir(parents=True, exist_ok=True)
    result = run(
        before,
        after,
        before_dsm=before_dsm,
        after_dsm=after_dsm,
        work=work,
        options=Options(**options),
        progress=report,
    )
    return Compared(
        list(result.candidates),
        bool(result.has_heights),
        plain(result.grid),
        plain(result.registration),
        [_remark(one) for one in result.remarks],
    )


def fit_scores(
    measures: Sequence[dict[str, float]], real: Sequence[bool], *, has_heights: bool
) -> dict[str, Any] | None:
    """What verdicts teach about scores, as plain values; None where they teach nothing (too few, all alike).

    The shipped calibration is the prior: few verdicts correct it, many replace it.
    """
    from chengshu.vision.raster import calibration  # type: ignore[attr-defined, unused-ignore]

    prior = calibration.shipped("heights" if has_heights else "colour")
    try:
        made: dict[str, Any] = plain(calibration.fit(list(measures), list(real), prior))
    except RasterError:
        return None
    return made


def judge(model: dict[str, Any] | None, measures: dict[str, float], raw: float) -> float:
    """The score of one candidate by a model of `fit_scores`; without one the raw score stands."""
    if model is None:
        return raw
    from chengshu.vision.raster import calibration  # type: ignore[attr-defined, unused-ignore]

    return min(1.0, max(0.0, float(calibration.Calibration.of(model).score(measures))))


def plain(value: Any) -> Any:
    """A dataclass of the library as JSON can carry it."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, str | bytes) or value is None or isinstance(value, bool | int | float):
        return value
    if hasattr(value, "tolist"):  # numpy
        return value.tolist()
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


def _remark(one: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(one, str):
        return one, {}
    text, values = one
    return str(text), plain(values)
