"""Which coordinate system a list seems to use: measured, shown to the clerk, never decided in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from chengshu.bureau.models import District
from chengshu.bureau.services.areas import area_index
from chengshu.kernel.coordinates import in_range, to_wgs84
from chengshu.kernel.geometry import haversine_m

from .columns import Pair

Floats = npt.NDArray[np.float64]
_CANDIDATES = ("wgs84", "gcj02", "bd09")
_SAMPLE = 5_000


@dataclass(frozen=True)
class Option:
    """A pair of columns read in one system: how many positions lie inside the district."""

    lng: str
    lat: str
    crs: str
    named: bool
    rows: int
    inside: int
    apart_m: float | None = None
    """Median distance to the positions of a pair whose name states its system."""

    @property
    def key(self) -> str:
        """For forms."""
        return f"{self.lng}|{self.lat}|{self.crs}"


def numbers(frame: pl.DataFrame, column: str) -> Floats:
    """A text column as numbers; what is none becomes NaN."""
    values = frame.get_column(column).cast(pl.Float64, strict=False)
    return values.fill_null(float("nan")).to_numpy().astype(np.float64)


def positions(lng: Floats, lat: Floats, crs: str) -> tuple[Floats, Floats]:
    """WGS 84 of the values that can be positions in the system; NaN for the others."""
    usable = in_range(lng, lat, crs) & np.isfinite(lng) & np.isfinite(lat)
    east, north = np.full(lng.shape, np.nan), np.full(lng.shape, np.nan)
    if usable.any():
        east[usable], north[usable] = to_wgs84(lng[usable], lat[usable], crs)
    return east, north


def options(frame: pl.DataFrame, pairs: Sequence[Pair], district: District) -> list[Option]:
    """Every reading of every pair, the most likely first."""
    if not pairs:
        return []
    sample = frame.head(_SAMPLE)
    index = area_index(district)
    reference: tuple[Floats, Floats] | None = None
    found: list[Option] = []
    for pair in sorted(pairs, key=lambda pair: not pair.crs):
        lng, lat = numbers(sample, pair.lng), numbers(sample, pair.lat)
        rows = int(np.isfinite(lng + lat).sum())
        for crs in [pair.crs] if pair.crs else _plausible(lng):
            east, north = positions(lng, lat, crs)
            inside = sum(place.town is not None for place in index.place_many(east, north))  # type: ignore[arg-type]
            apart = None
            if reference is None and pair.crs:
                reference = (east, north)
            elif reference is not None:
                distances = np.asarray(haversine_m(east, north, *reference))
                distances = distances[np.isfinite(distances)]
                apart = float(np.median(distances)) if distances.size else None
            found.append(Option(pair.lng, pair.lat, crs, bool(pair.crs), rows, inside, apart))
    return sorted(found, key=_rank)


def best(choices: Sequence[Option], crs: str = "", lng: str = "", lat: str = "") -> Option | None:
    """The most likely reading among those in a given system or of given columns."""
    fitting = [
        choice
        for choice in choices
        if (not crs or choice.crs == crs)
        and (not lng or choice.lng == lng)
        and (not lat or choice.lat == lat)
    ]
    return fitting[0] if fitting else None


def _plausible(lng: Floats) -> tuple[str, ...]:
    known = lng[np.isfinite(lng)]
    return ("local",) if known.size and float(np.median(np.abs(known))) > 180 else _CANDIDATES


def _rank(option: Option) -> tuple[bool, float, int, int]:
    return (
        not option.named,
        round(option.apart_m or 0.0),
        -option.inside,
        _CANDIDATES.index(option.crs) if option.crs in _CANDIDATES else 9,
    )
