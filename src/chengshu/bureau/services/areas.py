"""From a position to town, grid and squad."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db import connection
from django.dispatch import Signal

from chengshu.bureau.models import District, Grid, Town, Unit
from chengshu.kernel.geometry import PolygonIndex

boundaries_changed = Signal()
"""Sent after a district's boundaries changed: ``sender=District, district=…``. Who keeps places re-places."""


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

    towns: PolygonIndex | None
    grids: PolygonIndex | None
    town_ids: dict[str, int]
    grid_ids: dict[str, int]
    squad_of_town: dict[int, int]

    def place(self, lng: float, lat: float) -> Placement:
        """Town, grid and squad of one position."""
        town = self.towns.locate(lng, lat) if self.towns else None
        grid = self.grids.locate(lng, lat) if self.grids and town is not None else None
        return self._placement(town, grid)

    def place_many(self, lngs: Sequence[float], lats: Sequence[float]) -> list[Placement]:
        """The same for many positions at once."""
        nothing: list[str | None] = [None] * len(lngs)
        towns = self.towns.locate_many(lngs, lats) if self.towns else nothing
        grids = self.grids.locate_many(lngs, lats) if self.grids else nothing
        return [self._placement(town, grid) for town, grid in zip(towns, grids, strict=True)]

    def _placement(self, town: str | None, grid: str | None) -> Placement:
        if town is None:
            return NOWHERE
        town_id = self.town_ids[town]
        grid_id = self.grid_ids[grid] if grid is not None else None
        return Placement(town_id, grid_id, self.squad_of_town.get(town_id))


def area_index(district: District) -> AreaIndex:
    """The boundaries as they stand in ``district.version``, with the squads as they are now.

    Squads are asked for each time, one small query: a town may be given to another squad at any moment,
    by another process too, and an object with the wrong squad would be out of its officers' sight.
    """
    with connection.cursor() as cursor:
        cursor.execute(_squads_sql(), [district.pk, Unit.Kind.SQUAD])
        squads = dict(cursor.fetchall())
    return replace(_area_index(district.pk, district.version), squad_of_town=squads)


def place(district: District, lng: float, lat: float) -> Placement:
    """Town, grid and squad of a position in WGS 84 degrees."""
    return area_index(district).place(lng, lat)


@lru_cache(maxsize=1)
def _squads_sql() -> str:
    """Written out: making the statement anew for each place costs more than asking it."""
    towns = Unit.towns.through._meta.db_table  # the name comes from the model
    return (
        f"SELECT t.town_id, u.id FROM bureau_unit u JOIN {towns} t ON t.unit_id = u.id"  # noqa: S608
        " WHERE u.district_id = %s AND u.kind = %s AND u.active ORDER BY u.code"
    )


@lru_cache(maxsize=32)
def _area_index(district_id: int, version: int) -> AreaIndex:
    # a town or grid that is being removed has an empty boundary: nothing lies in it any more
    towns = list(Town.objects.filter(district_id=district_id).exclude(boundary__coordinates=[]))
    grids = list(Grid.objects.filter(town__district_id=district_id).exclude(boundary__coordinates=[]))
    return AreaIndex(
        towns=_polygons(_collection(towns)) if towns else None,
        grids=_polygons(_collection(grids)) if grids else None,
        town_ids={town.code: town.pk for town in towns},
        grid_ids={str(grid.pk): grid.pk for grid in grids},
        squad_of_town={},
    )


@lru_cache(maxsize=8)
def _polygons(collection: str) -> PolygonIndex:
    """Kept by content: the same boundaries loaded anew (another version, another test) cost nothing."""
    return PolygonIndex.from_geojson(json.loads(collection), key="code")


def _polygon_name(area: Town | Grid) -> str:
    """A town's code is its own in the district; a grid's only in its town."""
    return area.code if isinstance(area, Town) else str(area.pk)


def _collection(areas: Iterable[Town | Grid]) -> str:
    features = [
        {"type": "Feature", "properties": {"code": _polygon_name(area)}, "geometry": area.boundary}
        for area in areas
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})
