"""疑似点: what the library found becomes rows: placed, with what is known there, permits taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from pyproj import Transformer
from shapely.geometry import Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.services.areas import NOWHERE, area_index
from chengshu.registry import neighbourhood
from chengshu.sensing import library
from chengshu.sensing.lifecycle import Kind, Role, SuspectState
from chengshu.sensing.models import Comparison, Decision, Flight, Suspect
from chengshu.sensing.queries.places import footprints_near
from chengshu.sensing.queries.score_models import models_of
from chengshu.sensing.raster import through
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.rules import rules
from chengshu.vision.raster.types import Candidate

BATCH = 500


@dataclass(frozen=True)
class Made:
    """How many suspects there are, and how many of them a permit explains."""

    suspects: int
    suppressed: int


def make_suspects(comparison: Comparison, candidates: Sequence[Candidate]) -> Made:
    """Turn candidates into suspects, in the caller's transaction; undecided ones of before are replaced.

    Raises `SensingProblem` if somebody has decided on suspects of this comparison already.
    """
    before = Suspect.objects.filter(comparison=comparison)
    if before.exclude(decided_at=None).exists():
        raise SensingProblem(_("Suspects of this comparison were decided on already."))
    before.delete()
    shapes = outlines(comparison.grid, comparison.after, candidates)
    there = [(c, s) for c, s in zip(candidates, shapes, strict=True) if s is not None]
    rows = _rows(comparison, there)
    places = [place for _candidate, place in there]
    suppressed = _suppress(rows, places, comparison)
    Suspect.objects.bulk_create(rows, batch_size=BATCH)
    now = timezone.now()
    Decision.objects.bulk_create(
        [
            Decision(suspect=row, role=Role.PERMIT, verdict=row.state, at=now, score=row.score)
            for row in rows
            if row.footprint_id is not None
        ],
        batch_size=BATCH,
    )
    return Made(len(rows), suppressed)


def outlines(
    grid: dict[str, Any], flight: Flight, candidates: Sequence[Candidate]
) -> list[BaseGeometry | None]:
    """The outlines in WGS 84; None for one that is no polygon. The grid's CRS, else the flight's."""
    to_degrees = Transformer.from_crs(grid.get("crs") or flight.crs, "EPSG:4326", always_xy=True)
    found: list[BaseGeometry | None] = []
    for candidate in candidates:
        ring = np.asarray(candidate.outline, dtype=float)
        if ring.ndim != 2 or len(ring) < 3:
            found.append(None)
            continue
        lng, lat = to_degrees.transform(*through(grid["transform"], ring[:, 0], ring[:, 1]))
        area = shapely.make_valid(Polygon(np.column_stack([lng, lat])))
        polygons = [
            one for one in getattr(area, "geoms", [area]) if one.geom_type == "Polygon" and one.area > 0
        ]
        found.append(max(polygons, key=lambda one: one.area) if polygons else None)
    return found


def _rows(comparison: Comparison, there: Sequence[tuple[Candidate, BaseGeometry]]) -> list[Suspect]:
    spots = [place.representative_point() for _candidate, place in there]
    index = area_index(comparison.district)
    placed = index.place_many([p.x for p in spots], [p.y for p in spots]) if spots else []
    known = neighbourhood.known_at(comparison.district, [place for _candidate, place in there])
    learnt = models_of(comparison.district_id, has_heights=bool(comparison.has_heights))
    rows = []
    for number, (candidate, place) in enumerate(there, start=1):
        where = placed[number - 1] if placed else NOWHERE
        kind = Kind(candidate.kind) if candidate.kind in Kind.values else Kind.UNCLEAR
        raw = min(1.0, max(0.0, float(candidate.score)))
        gain, measures = candidate.height_gain_m, library.plain(candidate.measures)
        rows.append(
            Suspect(
                district_id=comparison.district_id,
                comparison=comparison,
                number=number,
                outline=mapping(place),
                position=(spots[number - 1].x, spots[number - 1].y),
                area_m2=float(candidate.area_m2),
                height_gain_m=None if gain is None else float(gain),
                kind=kind,
                score_raw=raw,
                score=library.judge(learnt.get(kind), measures, raw),
                reasons=[[text, library.plain(values)] for text, values in candidate.reasons],
                measures=measures,
                town_id=where.town,
                squad_id=where.squad,
                known=[_note(one) for one in known[number - 1]],
            )
        )
    return rows


def _note(one: neighbourhood.Known) -> dict[str, Any]:
    """What was known at the time, small enough to keep with the suspect."""

    def day(value: date | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "kind": one.kind, "title": str(one.title)[:200], "url": one.url,
        "since": day(one.since), "until": day(one.until),
    }  # fmt: skip


def _suppress(rows: list[Suspect], places: Sequence[BaseGeometry], comparison: Comparison) -> int:
    """已批建设 takes suspects off the queue where enough of them lies in a footprint valid that day."""
    near = footprints_near(comparison.district_id, places, on=comparison.after.flown_on)
    if not near:
        return 0
    shapes = [shape(one.outline) for one in near]
    tree, suppressed = shapely.STRtree(shapes), 0
    for row, place in zip(rows, places, strict=True):
        best, share = None, 0.0
        for which in tree.query(place, predicate="intersects"):
            common = float(place.intersection(shapes[int(which)]).area / place.area)
            if common > share:
                best, share = near[int(which)], common
        if best is None:
            continue
        row.footprint_share = min(1.0, share)
        if share >= rules().permit_share:
            row.footprint, row.state = best, SuspectState.KNOWN_LEGAL
            row.decided_at = timezone.now()
            suppressed += 1
    return suppressed


def suppress_open(district_id: int) -> int:
    """Take open suspects off the queue that footprints imported later explain; how many."""
    rows = Suspect.objects.filter(district_id=district_id, state=SuspectState.OPEN)
    ids = rows.order_by("comparison_id").values_list("comparison_id", flat=True).distinct()
    taken = 0
    for comparison in Comparison.objects.select_related("after").filter(pk__in=list(ids)):
        held = list(rows.select_for_update(of=("self",)).filter(comparison=comparison).order_by("pk"))
        _suppress(held, [shape(row.outline) for row in held], comparison)
        now = timezone.now()
        for row in held:
            if row.state == SuspectState.OPEN:
                continue
            row.save(update_fields=["state", "footprint", "footprint_share", "decided_at"])
            Decision.objects.create(suspect=row, role=Role.PERMIT, verdict=row.state, at=now, score=row.score)
            taken += 1
    return taken
