"""What a map shows: cells with numbers from afar, single objects from near."""

# ruff: noqa: S608  names and orders come from this code, values are parameters
from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from h3 import LatLngPoly
from h3.api import basic_int as h3

from chengshu.bureau.models import District, User
from chengshu.bureau.services.areas import area_index
from chengshu.registry.models import ObjectCount, ObjectCountChange, RegulatedObject
from chengshu.registry.models.counts import CELL_LEVELS, WHOLE_DISTRICT
from chengshu.registry.queries.filters import ObjectFilter, compiled, group_counts, visible
from chengshu.registry.queries.reference import reference

POINTS_WANTED = 3_000
"""So many objects in the box are shown one by one."""
POINTS_MOST = 5_000
POINT_ZOOM = 16
"""From this zoom on single objects are shown wherever they fit into `POINTS_MOST`."""
READ_MOST = 25_000
"""Points are not looked for where finding them means reading more rows than this."""
CELLS_MOST = 1_200
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass
class Points:
    """Objects one by one, column by column."""

    id: list[int] = field(default_factory=list)
    lng: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)


def level_for(zoom: float) -> int:
    """The level of cells that suits a zoom."""
    return CELL_LEVELS[0] if zoom < 12 else CELL_LEVELS[1] if zoom < 13.5 else CELL_LEVELS[2]


def map_data(user: User, wanted: ObjectFilter, box: Box, zoom: float) -> dict[str, Any]:
    """The answer of the map's data address: one or two queries."""
    level = level_for(zoom)
    cells = cells_over(box, level)
    while len(cells) > CELLS_MOST and level > CELL_LEVELS[0]:
        level -= 1
        cells = cells_over(box, level)
    try:
        counts, there, matching = _counts(user, wanted, level, cells)
    except EmptyResultSet:
        counts, there, matching = {}, 0, 0
    inside = sum(counts.values())
    if inside <= 0:
        return {"kind": "points", "total": 0, "capped": False, "points": _columns(Points()), "names": []}
    few = inside <= POINTS_WANTED or (zoom >= POINT_ZOOM and inside <= 2 * POINTS_MOST)
    if few and min(there, matching) <= READ_MOST:
        points = points_in(user, wanted, box, by_kind=matching < there)
        capped = len(points.id) > POINTS_MOST
        for column in vars(points).values():
            del column[POINTS_MOST:]
        return {
            "kind": "points",
            "total": len(points.id),
            "capped": capped,
            "points": _columns(points),
            "names": points.name,
        }
    placed = [(*cell_centre(cell), n, f"{cell:x}") for cell, n in counts.items() if n > 0]
    return {"kind": "cells", "total": inside, "capped": False, "cells": placed}


def _columns(points: Points) -> dict[str, list[Any]]:
    return {
        "id": points.id,
        "lng": points.lng,
        "lat": points.lat,
        "class": points.kind,
        "status": points.status,
    }


def _counts(
    user: User, wanted: ObjectFilter, level: int, cells: list[int]
) -> tuple[dict[int, int], int, int]:
    """Matching objects by cell; all objects in these cells (what reading them costs); matching anywhere."""
    scope = user.scope_for("registry.view").q()
    parts, params = [], []
    for model in (ObjectCount, ObjectCountChange):
        rows = model.objects.filter(level=level, cell__in=cells).order_by().values("cell", "n")
        every, matching = compiled(rows), compiled(rows.filter(scope, wanted.facets()))
        parts += [f"SELECT 0, cell, n FROM ({every[0]}) AS e", f"SELECT 1, cell, n FROM ({matching[0]}) AS m"]
        params += [*every[1], *matching[1]]
    whole = group_counts(scope, wanted.facets(), WHOLE_DISTRICT)
    parts.append(f"SELECT 2, 0, n FROM ({whole[0]}) AS w")
    # every part is grouped by itself: the number of cells is small, that of kinds in them is not
    sql = f"""SELECT part, CASE WHEN part = 1 THEN cell ELSE 0 END AS at, sum(n)::bigint
        FROM ({" UNION ALL ".join(parts)}) AS counted (part, cell, n) GROUP BY 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *whole[1]])
        rows = cursor.fetchall()
    by_cell = {cell: n for part, cell, n in rows if part == 1}
    totals = {part: n for part, _cell, n in rows if part != 1}
    return by_cell, totals.get(0, 0), totals.get(2, 0)


def points_in(
    user: User, wanted: ObjectFilter, box: Box, *, by_kind: bool, limit: int = POINTS_MOST + 1
) -> Points:
    """Objects in a box. ``by_kind``: few match anywhere, so they are found by facet instead of by place."""
    rows = visible(user).filter(wanted.facets())
    columns = "id, position[0], position[1], object_class_id, status, name"
    where, params = compiled(rows.values("id"))
    condition = where[where.index(" WHERE ") :]
    west, south, east, north = box
    inside = "position <@ box(point(%s, %s), point(%s, %s))"
    if by_kind:
        groups = group_counts(user.scope_for("registry.view").q(), wanted.facets())
        sql = (
            f"SELECT {columns} FROM {RegulatedObject._meta.db_table} WHERE merged_into_id IS NULL"
            f" AND facet = ANY(ARRAY(SELECT facet FROM ({groups[0]}) AS g)) AND ({inside}) IS TRUE LIMIT %s"
        )
        values = [*groups[1], west, south, east, north, limit]
    else:
        sql = f"SELECT {columns} FROM {RegulatedObject._meta.db_table}{condition} AND {inside} LIMIT %s"
        values = [*params, west, south, east, north, limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    points = Points()
    if found:
        ids, lngs, lats, kinds, statuses, names = zip(*found, strict=True)
        codes = {pk: known.code for pk, known in reference().classes.items()}
        points = Points(
            list(ids), [round(x, 6) for x in lngs], [round(y, 6) for y in lats],
            [codes.get(kind, "") for kind in kinds], list(statuses), list(names),
        )  # fmt: skip
    return points


def cells_over(box: Box, level: int) -> list[int]:
    """Cells of a level that touch the box, inside the districts the platform knows; sorted."""
    clipped = _clip(box)
    if clipped is None:
        return []
    west, south, east, north = clipped
    shape = LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    found = h3.h3shape_to_cells_experimental(shape, level, contain="overlap")
    return sorted(found)


def _clip(box: Box) -> Box | None:
    """The part of a box where objects can be, so that a view of the world asks for a handful of cells."""
    west, south, east, north = _extent()
    clipped = (max(box[0], west), max(box[1], south), min(box[2], east), min(box[3], north))
    return clipped if clipped[0] < clipped[2] and clipped[1] < clipped[3] else None


def _extent() -> Box:
    return _extent_of(tuple(sorted((d.pk, d.version) for d in reference().districts.values())))


@lru_cache(maxsize=8)
def _extent_of(districts: tuple[tuple[int, int], ...]) -> Box:
    """The box around all districts with a margin: objects outside their district's border are kept too."""
    found = [towns_extent(pk) for pk, _version in districts]
    boxes = [box for box in found if box is not None]
    if not boxes:
        return -180.0, -85.0, 180.0, 85.0
    margin = 0.2
    return (
        min(b[0] for b in boxes) - margin, min(b[1] for b in boxes) - margin,
        max(b[2] for b in boxes) + margin, max(b[3] for b in boxes) + margin,
    )  # fmt: skip


def towns_extent(district_id: int) -> Box | None:
    """The box around a district's towns; None for one without."""
    towns = area_index(District.objects.get(pk=district_id)).towns
    return towns.bounds if towns else None


@lru_cache(maxsize=50_000)
def cell_centre(cell: int) -> tuple[float, float]:
    """Longitude and latitude of a cell's middle, to the metre."""
    lat, lng = h3.cell_to_latlng(cell)
    return round(lng, 5), round(lat, 5)
