"""What the map of leads shows: cells with numbers from afar, single leads from near.

Every filter is applied to the packed days (`chengshu.leads.statistics`), so that a million leads are counted
without reading them; only the leads shown one by one are read themselves.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from h3.api import basic_int as h3

from chengshu.bureau.models import User
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads.models import Lead
from chengshu.leads.statistics import days
from chengshu.leads.statistics.asked import Choice, mask_of
from chengshu.leads.statistics.records import BITS, Array, cells, joined
from chengshu.registry.queries.maps import (
    CELLS_MOST,
    POINT_ZOOM,
    POINTS_MOST,
    POINTS_WANTED,
    Box,
    cell_centre,
    cells_over,
    level_for,
)
from chengshu.registry.queries.reference import districts_of

FINEST = 9
"""The level of cells that leads keep."""
COARSEST = 7
COLUMNS = ("id", "place", "flags", "district", "squad", "kind", "town", "source")
TITLE_LENGTH = 40


@dataclass(frozen=True)
class MapChoice:
    """What the map shows; ``counted`` are codes of numbers that depend on the lead alone."""

    choice: Choice = field(default_factory=Choice)
    begin: date | None = None
    end: date | None = None
    counted: tuple[str, ...] = ()


def map_data(user: User, wanted: MapChoice, box: Box, zoom: float) -> dict[str, Any]:
    """The answer of the map's data address: one query, two where leads are shown one by one."""
    scope = user.scope_for("leads.view")
    found = days.read(districts_of(scope), wanted.begin, wanted.end)
    block = joined((one for _day, one in found), COLUMNS)
    masks = [mask_of(block, scope, wanted.choice)]
    bits = sum(BITS.get(code, 0) for code in set(wanted.counted))
    if bits:
        masks.append((block["flags"] & bits) == bits)
    applied = [mask for mask in masks if mask is not None]
    mask = np.logical_and.reduce(applied) if applied else np.ones(block.n, bool)

    known = cells()
    counts = np.bincount(block["place"][mask], minlength=len(known))
    level, here = _cells_in(tuple(known), box, level_for(zoom))
    inside = int(sum(counts[number] for numbers in here.values() for number in numbers))
    if not inside:
        return {"kind": "points", "total": 0, "capped": False, "points": _columns([]), "names": []}
    if inside <= POINTS_WANTED or (zoom >= POINT_ZOOM and inside <= 2 * POINTS_MOST):
        there = np.zeros(len(known), bool)
        there[[number for numbers in here.values() for number in numbers]] = True
        return _points(block["id"][mask & there[block["place"]]], box)
    placed = [
        (*cell_centre(cell), n, f"{cell:x}")
        for cell, numbers in here.items()
        if (n := int(counts[numbers].sum()))
    ]
    return {"kind": "cells", "total": inside, "capped": False, "level": level, "cells": placed}


@lru_cache(maxsize=64)
def _cells_in(known: tuple[int, ...], box: Box, level: int) -> tuple[int, dict[int, list[int]]]:
    """The known cells of a box by their parent at the level, or at a coarser one where there are too many."""
    over = cells_over(box, level)
    while len(over) > CELLS_MOST and level > COARSEST:
        level -= 1
        over = cells_over(box, level)
    wanted = set(over)
    by_parent: dict[int, list[int]] = defaultdict(list)
    for number, cell in enumerate(known):
        if cell and (parent := _parent(cell, level)) in wanted:
            by_parent[parent].append(number)
    return level, dict(by_parent)


@lru_cache(maxsize=100_000)
def _parent(cell: int, level: int) -> int:
    return cell if level == FINEST else int(h3.cell_to_parent(cell, level))


def _points(ids: Array, box: Box) -> dict[str, Any]:
    """Leads one by one; those that lie in the cells but outside the box are left out."""
    west, south, east, north = box
    rows = (
        Lead.objects.filter(
            pk__in=ids[-2 * POINTS_MOST :].tolist(), position__in_box=(west, south, east, north)
        )
        .order_by("-pk")
        .values_list("pk", "position", "lead_class__major_zh", "stage", "number", "description")
    )
    found = list(rows[: POINTS_MOST + 1])
    capped = len(found) > POINTS_MOST
    shown = found[:POINTS_MOST]
    names = [f"{number} {mask_text(text)[:TITLE_LENGTH]}" for *_rest, number, text in shown]
    return {
        "kind": "points", "total": len(shown), "capped": capped, "points": _columns(shown), "names": names,
    }  # fmt: skip


def _columns(rows: list[Any]) -> dict[str, list[Any]]:
    return {
        "id": [row[0] for row in rows],
        "lng": [round(row[1][0], 6) for row in rows],
        "lat": [round(row[1][1], 6) for row in rows],
        "class": [row[2] for row in rows],
        "status": [row[3] for row in rows],
    }
