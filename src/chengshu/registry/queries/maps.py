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
from chengshu.registry.queries.filters import ObjectFilter, group_counts, visible, where_of
from chengshu.registry.queries.reference import reference

POINTS_WANTED = 3_000
"""So many objects in the box are shown one by one."""
POINTS_MOST = 5_000
POINT_ZOOM = 16
"""From this zoom on single objects are shown wherever they fit into `POINTS_MOST`."""
READ_MOST = 25_000
"""Points are not looked for where finding them means reading more rows than this."""
READ_AT_ONCE = 6_000
"""Up to so many objects in the box are simply read."""
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
    """The answer of the map's data address: one to three queries."""
    level = level_for(zoom)
    cells = cells_over(box, level)
    while len(cells) > CELLS_MOST and level > CELL_LEVELS[0]:
        level -= 1
        cells = cells_over(box, level)
    try:
        counts, there = _counts(user, wanted, level, cells)
    except EmptyResultSet:
        counts, there = {}, 0
    inside = sum(counts.values())
    if inside <= 0:
        return {"kind": "points", "total": 0, "capped": False, "points": _columns(Points()), "names": []}
    if inside <= POINTS_WANTED or (zoom >= POINT_ZOOM and inside <= 2 * POINTS_MOST):
        # few match: found by place, or by facet where fewer match anywhere than anything stands here
        anywhere = _anywhere(user, wanted) if there > READ_AT_ONCE else there
        if min(there, anywhere) <= READ_MOST:
            return _as_points(points_in(user, wanted, box, by_kind=anywhere < there))
    placed = [(*cell_centre(cell), n, f"{cell:x}") for cell, n in counts.items() if n > 0]
    return {"kind": "cells", "total": inside, "capped": False, "cells": placed}


def _as_points(points: Points) -> dict[str, Any]:
    capped = len(points.id) > POINTS_MOST
    for column in vars(points).values():
        del column[POINTS_MOST:]
    shown = _columns(points)
    return {
        "kind": "points",
        "total": len(points.id),
        "capped": capped,
        "points": shown,
        "names": points.name,
    }


def _columns(points: Points) -> dict[str, list[Any]]:
    return {
        "id": points.id,
        "lng": points.lng,
        "lat": points.lat,
        "class": points.kind,
        "status": points.status,
    }


def _counts(user: User, wanted: ObjectFilter, level: int, cells: list[int]) -> tuple[dict[int, int], int]:
    """Matching objects by cell, and how many objects of any kind are there (what reading them costs)."""
    scope = user.scope_for("registry.view").q()
    matching, values = where_of(ObjectCount.objects.filter(scope, wanted.facets()))
    kinds = "cell, n, district_id, object_class_id, town_id, squad_id, status, credit, id"
    rows = " UNION ALL ".join(
        f"SELECT {kinds} FROM {model._meta.db_table} "
        "WHERE district_id = ANY(%s) AND level = %s AND cell = ANY(%s)"
        for model in (ObjectCount, ObjectCountChange)
    )
    sql = f"""SELECT cell, sum(n)::bigint, sum(n) FILTER (WHERE {matching})::bigint
        FROM ({rows}) AS "{ObjectCount._meta.db_table}" GROUP BY cell"""
    where: list[Any] = [list(reference().districts), level, cells]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *(where * 2)])
        found = cursor.fetchall()
    return {cell: n for cell, _every, n in found if n}, sum(every for _cell, every, _n in found)


def _anywhere(user: User, wanted: ObjectFilter) -> int:
    """How many objects match, wherever they are."""
    sql, params = group_counts(user.scope_for("registry.view").q(), wanted.facets(), WHOLE_DISTRICT)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(n), 0)::bigint FROM ({sql}) AS counted", params)
        number: int = cursor.fetchone()[0]
    return number


def points_in(
    user: User, wanted: ObjectFilter, box: Box, *, by_kind: bool, limit: int = POINTS_MOST + 1
) -> Points:
    """Objects in a box. ``by_kind``: few match anywhere, so they are found by facet instead of by place."""
    rows = visible(user).filter(wanted.facets())
    columns = "id, position[0], position[1], object_class_id, status, name"
    condition, params = where_of(rows)
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
        sql = (
            f"SELECT {columns} FROM {RegulatedObject._meta.db_table} WHERE {condition} AND {inside} LIMIT %s"
        )
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
