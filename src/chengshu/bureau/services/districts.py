"""Boundaries of a district (区) and its towns (街镇): reading a GeoJSON file, checking it, storing it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import shapely
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _
from shapely.geometry import MultiPolygon, Polygon, mapping, shape

from chengshu.bureau.models import District, Town

OVERLAP_LIMIT = 0.01  # of the smaller of two towns; drawn boundaries never meet exactly
TOWN_LIMIT = 500
DEGREE_CRS = ("CRS84", "4326", "4490")
EMPTY = {"type": "MultiPolygon", "coordinates": []}
TOWN_CODE = re.compile(r"\d{12}")
DISTRICT_CODE = re.compile(r"\d{6}")


class DistrictProblem(ValueError):
    """The file cannot be used; `problems` holds one translated sentence each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class TownDraft:
    """One town as the file describes it."""

    code: str
    name: str
    name_en: str
    kind: str
    source: str
    geometry: MultiPolygon


@dataclass(frozen=True)
class DistrictDraft:
    """A checked file: everything in it may be stored."""

    code: str
    name: str
    name_en: str
    source: str
    towns: list[TownDraft]


@dataclass(frozen=True)
class DistrictChange:
    """What storing a file would do, by names of towns."""

    is_new: bool
    created: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    @property
    def boundaries(self) -> bool:
        """Whether any line on the map changes."""
        return self.is_new or bool(self.created or self.moved or self.removed)


def parse_geojson(content: bytes) -> dict[str, Any]:
    """The JSON object in an uploaded file; raises `DistrictProblem` with one sentence."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise DistrictProblem([_("The file is not GeoJSON.")]) from error
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        raise DistrictProblem([_("The file is not a GeoJSON FeatureCollection.")])
    return data


def read_district(
    collection: Mapping[str, Any], *, code: str = "", name: str = "", name_en: str = ""
) -> DistrictDraft:
    """Check a feature collection of towns; all problems are found at once (`DistrictProblem`).

    The district is named by the member ``district`` of the file, or by the arguments where the file has none.
    Properties of a feature: ``code`` (12 digits), ``name``, optional ``name_en``, ``kind`` (street, town),
    ``source``. Without ``kind`` digit 7 of the code decides: 0 a street, otherwise a town.
    """
    district = collection.get("district")
    district = district if isinstance(district, Mapping) else {}
    code = str(district.get("code") or code)
    name = str(district.get("name") or name).strip()
    problems = []
    if not DISTRICT_CODE.fullmatch(code):
        problems.append(_("The district needs a code of six digits."))
    if not name or len(name) > 60:
        problems.append(_("The district needs a name of at most 60 characters."))
    if not _in_degrees(collection.get("crs")):
        problems.append(_("Coordinates must be longitude and latitude (WGS 84 or CGCS2000)."))
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        problems.append(_("The file contains no town."))
        features = []
    if len(features) > TOWN_LIMIT:
        raise DistrictProblem([_("The file has more than %(limit)s towns.") % {"limit": TOWN_LIMIT}])
    towns = []
    attribution = str(collection.get("attribution") or "")
    for number, feature in enumerate(features, start=1):
        try:
            towns.append(_read_town(number, feature, code, attribution))
        except DistrictProblem as problem:
            problems += problem.problems
    problems += _clashes(towns)
    if problems:
        raise DistrictProblem(problems)
    return DistrictDraft(
        code, name, str(district.get("name_en") or name_en).strip()[:60], attribution[:200], towns
    )


def _in_degrees(crs: Any) -> bool:
    """The old ``crs`` member, where a file still has one, must not say metres."""
    if crs is None:
        return True
    named = json.dumps(crs)
    return any(known in named for known in DEGREE_CRS)


def _read_town(number: int, feature: Any, district_code: str, attribution: str) -> TownDraft:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping):
        raise DistrictProblem([_("Feature %(number)s has no properties.") % {"number": number}])
    code = str(properties.get("code") or "")
    name = str(properties.get("name") or "").strip()
    label = name or code or str(number)
    if not name or len(name) > 60:
        raise DistrictProblem([_("Feature %(number)s has no name.") % {"number": number}])
    if not TOWN_CODE.fullmatch(code):
        raise DistrictProblem(
            [_("%(town)s: the code “%(code)s” has not twelve digits.") % {"town": label, "code": code}]
        )
    if not code.startswith(district_code):
        raise DistrictProblem(
            [
                _("%(town)s: the code %(code)s does not belong to district %(district)s.")
                % {"town": label, "code": code, "district": district_code}
            ]
        )
    kind = str(properties.get("kind") or (Town.Kind.STREET if code[6] == "0" else Town.Kind.TOWN))
    if kind not in Town.Kind.values:
        raise DistrictProblem(
            [_("%(town)s: the kind “%(kind)s” is neither street nor town.") % {"town": label, "kind": kind}]
        )
    return TownDraft(
        code=code,
        name=name,
        name_en=str(properties.get("name_en") or "").strip()[:60],
        kind=kind,
        source=str(properties.get("source") or attribution)[:200],
        geometry=read_area(feature.get("geometry"), label),
    )


def read_area(geometry: Any, label: str) -> MultiPolygon:
    """A valid area in degrees, of one or several parts; raises `DistrictProblem` naming ``label``."""
    try:
        area = shapely.force_2d(shape(geometry))
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise DistrictProblem([_("%(town)s: the geometry cannot be read.") % {"town": label}]) from error
    if not isinstance(area, Polygon | MultiPolygon) or area.is_empty:
        raise DistrictProblem([_("%(town)s: the geometry is not an area.") % {"town": label}])
    west, south, east, north = area.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise DistrictProblem(
            [_("%(town)s: coordinates are not longitude and latitude in degrees.") % {"town": label}]
        )
    if not area.is_valid:
        reason = shapely.is_valid_reason(area)
        raise DistrictProblem(
            [_("%(town)s: the boundary is not valid (%(reason)s).") % {"town": label, "reason": reason}]
        )
    return area if isinstance(area, MultiPolygon) else MultiPolygon([area])


def _clashes(towns: list[TownDraft]) -> list[str]:
    problems = []
    for value, count in Counter(town.code for town in towns).items():
        if count > 1:
            problems.append(_("The code %(code)s stands in the file twice.") % {"code": value})
    for value, count in Counter(town.name for town in towns).items():
        if count > 1:
            problems.append(_("The name %(name)s stands in the file twice.") % {"name": value})
    for first, second in combinations(towns, 2):
        if not first.geometry.intersects(second.geometry):
            continue
        shared = first.geometry.intersection(second.geometry).area
        share = shared / min(first.geometry.area, second.geometry.area)
        if share > OVERLAP_LIMIT:
            problems.append(
                _("%(first)s and %(second)s overlap by %(percent)s %% of the smaller one.")
                % {"first": first.name, "second": second.name, "percent": f"{share * 100:.1f}"}
            )
    return problems


def compare(draft: DistrictDraft) -> DistrictChange:
    """What storing the draft would change."""
    towns = {town.code: town for town in Town.objects.filter(district__code=draft.code)}
    change = DistrictChange(is_new=not District.objects.filter(code=draft.code).exists())
    for town in draft.towns:
        known = towns.pop(town.code, None)
        if known is None:
            change.created.append(town.name)
            continue
        moved = not _same_area(known.boundary, town.geometry)
        renamed = (known.name, known.kind) != (town.name, town.kind)
        if moved:
            change.moved.append(town.name)
        if renamed:
            change.renamed.append(f"{known.name} → {town.name}")
        if not moved and not renamed:
            change.unchanged.append(town.name)
    change.removed.extend(town.name for town in towns.values())
    return change


def _same_area(stored: Any, area: MultiPolygon) -> bool:
    return bool(shape(stored).normalize() == area.normalize())


def store_district(collection: Mapping[str, Any], **named: str) -> District:
    """Check and store a feature collection; see `read_district` and `store`."""
    return store(read_district(collection, **named))


@transaction.atomic
def store(draft: DistrictDraft) -> District:
    """Store a checked district. Where a boundary changed, its version rises and everything is placed anew.

    A town that the file no longer has is removed unless something still belongs to it (`DistrictProblem`).
    Storing the same file again changes nothing.
    """
    from chengshu.bureau.services.areas import boundaries_changed

    change = compare(draft)
    District.objects.get_or_create(code=draft.code, defaults={"name": draft.name})
    district = District.objects.select_for_update().get(code=draft.code)
    wanted: dict[str, Any] = {"name": draft.name, "name_en": draft.name_en, "boundary_source": draft.source}
    if change.boundaries:
        whole = shapely.union_all([town.geometry for town in draft.towns])
        wanted |= {"boundary": mapping(whole)}
        if not change.is_new:
            wanted |= {"version": district.version + 1}
    for name, value in wanted.items():
        setattr(district, name, value)
    district.save(update_fields=list(wanted))
    leftovers = _store_towns(district, draft)
    with forget_index_on_failure():
        if change.boundaries:
            boundaries_changed.send(sender=District, district=district)
        _remove(leftovers)
    return district


@contextmanager
def forget_index_on_failure() -> Iterator[None]:
    """The index of polygons in memory is kept by version; a version that is rolled back is used again."""
    from chengshu.bureau.services import areas

    try:
        yield
    except BaseException:
        areas._area_index.cache_clear()
        raise


def _store_towns(district: District, draft: DistrictDraft) -> list[Town]:
    """Write the towns of the draft; those it lacks are emptied first, so that nothing is placed in them."""
    known = {town.code: town for town in district.towns.all()}
    names = {town.name: town for town in draft.towns}
    for town in known.values():  # two towns may exchange their names
        if town.name in names and names[town.name].code != town.code:
            Town.objects.filter(pk=town.pk).update(name=f"{town.name[:40]} {town.code}")
    for entry in draft.towns:
        stored = known.pop(entry.code, None)
        boundary = (
            stored.boundary
            if stored is not None and _same_area(stored.boundary, entry.geometry)
            else mapping(entry.geometry)
        )
        Town.objects.update_or_create(
            district=district,
            code=entry.code,
            defaults={
                "name": entry.name,
                "name_en": entry.name_en,
                "kind": entry.kind,
                "boundary": boundary,
                "boundary_source": entry.source,
            },
        )
    for town in known.values():
        Town.objects.filter(pk=town.pk).update(boundary=EMPTY)
    return list(known.values())


def _remove(towns: list[Town]) -> None:
    for town in towns:
        try:
            town.grids.all().delete()
            town.delete()
        except (ProtectedError, RestrictedError) as error:
            raise DistrictProblem(
                [_("%(town)s is missing in the file, but records still belong to it.") % {"town": town.name}]
            ) from error
