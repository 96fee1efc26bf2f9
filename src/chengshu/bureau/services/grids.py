"""责任网格 by GeoJSON: the areas of duty inside the towns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from shapely.geometry import MultiPolygon, mapping, shape

from chengshu.bureau.models import District, Grid, Town
from chengshu.bureau.services.areas import boundaries_changed
from chengshu.bureau.services.districts import DistrictProblem, forget_index_on_failure, read_area

GRID_LIMIT = 5_000
INSIDE = 0.95  # share of a grid that must lie in its town: lines of two sources never match to the metre


@dataclass(frozen=True)
class GridDraft:
    """One grid as the file has it, with the town it belongs to."""

    town: Town
    code: str
    name: str
    area: MultiPolygon


def read_grids(district: District, collection: Mapping[str, Any]) -> list[GridDraft]:
    """Check a feature collection of grids; all problems are found at once (`DistrictProblem`).

    Properties of a feature: ``code`` (at most 20 characters, unique in the town), ``name``, optional ``town``
    (its 12-digit code; without it the town that holds most of the grid).
    """
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        raise DistrictProblem([_("The file contains no grid.")])
    if len(features) > GRID_LIMIT:
        raise DistrictProblem([_("The file has more than %(limit)s grids.") % {"limit": GRID_LIMIT}])
    towns = {town.code: (town, shape(town.boundary)) for town in district.towns.all()}
    drafts: list[GridDraft] = []
    problems: list[str] = []
    for number, feature in enumerate(features, start=1):
        try:
            drafts.append(_read_grid(number, feature, towns))
        except DistrictProblem as problem:
            problems += problem.problems
    seen: set[tuple[int, str]] = set()
    for draft in drafts:
        if (draft.town.pk, draft.code) in seen:
            problems.append(
                _("The grid code %(code)s stands twice in %(town)s.")
                % {"code": draft.code, "town": draft.town}
            )
        seen.add((draft.town.pk, draft.code))
    if problems:
        raise DistrictProblem(problems)
    return drafts


@transaction.atomic
def store_grids(district: District, drafts: list[GridDraft]) -> int:
    """Replace the grids of the towns that the file names, and place everything anew; how many there are now.

    Grids of other towns stay. Storing the same file again changes no placement.
    """
    district = District.objects.select_for_update().get(pk=district.pk)
    towns = {draft.town.pk for draft in drafts}
    kept = {(grid.town_id, grid.code): grid for grid in Grid.objects.filter(town__in=towns)}
    for draft in drafts:
        grid = kept.pop((draft.town.pk, draft.code), None) or Grid(town=draft.town, code=draft.code)
        grid.name, grid.boundary = draft.name, mapping(draft.area)
        grid.save()
    gone = [grid.pk for grid in kept.values()]
    Grid.objects.filter(pk__in=gone).update(boundary={"type": "MultiPolygon", "coordinates": []})
    district.version += 1
    district.save(update_fields=["version"])
    with forget_index_on_failure():
        boundaries_changed.send(sender=District, district=district)
        Grid.objects.filter(pk__in=gone).delete()
    return Grid.objects.filter(town__district=district).count()


def _read_grid(number: int, feature: Any, towns: dict[str, tuple[Town, Any]]) -> GridDraft:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping):
        raise DistrictProblem([_("Feature %(number)d is not a GeoJSON feature.") % {"number": number}])
    code, name = str(properties.get("code") or "").strip(), str(properties.get("name") or "").strip()
    label = code or _("feature %(number)d") % {"number": number}
    if not code or len(code) > 20 or len(name) > 60:
        raise DistrictProblem(
            [_("%(grid)s: a grid needs a code of at most 20 characters.") % {"grid": label}]
        )
    area = read_area(feature.get("geometry"), label)
    stated = str(properties.get("town") or "")
    if stated and stated not in towns:
        raise DistrictProblem(
            [_("%(grid)s: the district has no town %(town)s.") % {"grid": label, "town": stated}]
        )
    choices = [towns[stated]] if stated else list(towns.values())
    town, boundary = max(choices, key=lambda entry: float(entry[1].intersection(area).area))
    if boundary.intersection(area).area < INSIDE * area.area:
        raise DistrictProblem([_("%(grid)s does not lie inside one town.") % {"grid": label}])
    return GridDraft(town, code, name or code, area)
