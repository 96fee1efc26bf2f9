"""From a position to town, grid and squad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.dispatch import Signal

from chengshu.bureau.models import District, Grid, Town, Unit
from chengshu.kernel.geometry import PolygonIndex

boundaries_changed = Signal()
"""Sent after a district's boundaries changed: ``sender=District, district=…``. Whoever keeps places re-places."""


@dataclass(frozen=True)
class Placement:
    """Where a position lies. All None: outside the district."""

    town: int | None = None
    grid: int | None = None
    squad: int | None = None


NOWHERE = Placement()


@dataclass(frozen=True)
class AreaIndex:
    """A district's polygons in memory, with the squads that answer for its towns."""

    towns: PolygonIndex
    grids: PolygonIndex | None
    squad_of_town: dict[int, int]

    def place(self, lng: float, lat: float) -> Placement:
        """Town, grid and squad of one position."""
        town = self.towns.locate(lng, lat)
        if town is None:
            return NOWHERE
        grid = self.grids.locate(lng, lat) if self.grids else None
        return Placement(
            int(town), int(grid) if grid is not None else None, self.squad_of_town.get(int(town))
        )

    def place_many(self, lngs: Sequence[float], lats: Sequence[float]) -> list[Placement]:
        """The same for many positions at once."""
        towns = self.towns.locate_many(lngs, lats)
        grids: Sequence[Any] = self.grids.locate_many(lngs, lats) if self.grids else [None] * len(towns)
        return [
            NOWHERE
            if town is None
            else Placement(
                int(town), int(grid) if grid is not None else None, self.squad_of_town.get(int(town))
            )
            for town, grid in zip(towns, grids, strict=True)
        ]


def area_index(district: District) -> AreaIndex:
    """The index of a district's boundaries as they stand in ``district.version``."""
    return _area_index(district.pk, district.version)


def place(district: District, lng: float, lat: float) -> Placement:
    """Town, grid and squad of a position in WGS 84 degrees."""
    return area_index(district).place(lng, lat)


@lru_cache(maxsize=32)
def _area_index(district_id: int, version: int) -> AreaIndex:
    towns = Town.objects.filter(district_id=district_id)
    grids = list(Grid.objects.filter(town__district_id=district_id))
    squads = Unit.objects.filter(
        district_id=district_id, kind=Unit.Kind.SQUAD, active=True, towns__isnull=False
    ).order_by("code")
    squad_of_town = dict(squads.values_list("towns__id", "id"))
    return AreaIndex(
        towns=PolygonIndex.from_geojson(_collection(towns), key="id"),
        grids=PolygonIndex.from_geojson(_collection(grids), key="id") if grids else None,
        squad_of_town=squad_of_town,
    )


def _collection(areas: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"id": area.pk}, "geometry": area.boundary} for area in areas
        ],
    }
