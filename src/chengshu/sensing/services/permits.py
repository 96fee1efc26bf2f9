"""已批建设与临时设施: a list is imported; each row is checked, and each refused one says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

import orjson
import shapely
from django.db import transaction
from django.utils.translation import gettext as _
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import District, User
from chengshu.bureau.services.areas import area_index
from chengshu.kernel import ledger
from chengshu.kernel.geometry import square_metres
from chengshu.kernel.tables import ROW, Limits, TableError, read_table
from chengshu.sensing.models import PermittedFootprint
from chengshu.sensing.refusing import MANAGE, SensingProblem, require
from chengshu.sensing.rules import rules
from chengshu.sensing.services.suspects import suppress_open

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Refused:
    """A row that was not taken, by its number in the file, and why."""

    row: int
    why: str


@dataclass
class Imported:
    """What came of a list. ``suppressed``: open suspects that it explains."""

    created: int = 0
    updated: int = 0
    refused: list[Refused] = field(default_factory=list)
    suppressed: int = 0


class RowProblem(Exception):
    """A row cannot be taken; one translated sentence."""


def import_list(
    district: District, *, by: User | None, content: BinaryIO, filename: str, replace: bool = False
) -> Imported:
    """Take a list of permits (xlsx, xls, csv with outlines as WKT; GeoJSON), all in WGS 84 degrees.

    The same kind and number again changes the footprint that is there. ``replace``: those of the district
    that the list lacks go out of use. Raises `SensingProblem` for a file that is no list, PermissionDenied.
    """
    require(by, MANAGE, district_id=district.pk)
    result, taken, seen = Imported(), [], set[tuple[str, str]]()
    towns = area_index(district).towns
    for number, raw in _rows(content, filename):
        try:
            values = _checked(raw, towns.bounds if towns else None)
            key = (values["kind"], values["number"])
            if key in seen:
                raise RowProblem(_("The number stands twice in the list."))
        except RowProblem as problem:
            result.refused.append(Refused(number, str(problem)))
            continue
        seen.add(key)
        taken.append(values)
    if not taken and not result.refused:
        raise SensingProblem(_("The list is empty."), "file")
    with transaction.atomic():
        _write(district, by, taken, filename, result)
        if replace and taken:
            _retire(district, seen)
        result.suppressed = suppress_open(district.pk)
        ledger.append(
            f"sensing.permits:{district.code}", "permits.imported",
            {"file": filename[:200], "created": result.created, "updated": result.updated,
             "refused": len(result.refused), "suppressed": result.suppressed},
            actor=by.username if by else "system",
        )  # fmt: skip
    return result


def switch(footprint: PermittedFootprint, *, by: User | None, active: bool) -> PermittedFootprint:
    """Put a footprint in or out of use; what it suppressed before stays decided. Raises PermissionDenied."""
    require(by, MANAGE, district_id=footprint.district_id)
    with transaction.atomic():
        held = PermittedFootprint.objects.select_for_update().select_related("district").get(pk=footprint.pk)
        if held.active != active:
            held.active = active
            held.save(update_fields=["active"])
            ledger.append(
                f"sensing.permits:{held.district.code}", "permit.switched",
                {"number": held.number, "kind": held.kind, "active": active},
                actor=by.username if by else "system",
            )  # fmt: skip
    return held


def _write(
    district: District, by: User | None, taken: list[dict[str, Any]], filename: str, result: Imported
) -> None:
    for values in taken:
        _row, created = PermittedFootprint.objects.update_or_create(
            district=district, kind=values["kind"], number=values["number"],
            defaults={
                **{name: values[name] for name in ("name", "outline", "position", "valid_from", "valid_to")},
                "source": filename[:200], "active": True, "imported_by": by,
            },
        )  # fmt: skip
        if created:
            result.created += 1
        else:
            result.updated += 1


def _retire(district: District, kept: set[tuple[str, str]]) -> None:
    rows = PermittedFootprint.objects.filter(district=district, active=True)
    gone = [pk for pk, kind, number in rows.values_list("pk", "kind", "number") if (kind, number) not in kept]
    PermittedFootprint.objects.filter(pk__in=gone).update(active=False)


# --- reading ----------------------------------------------------------------------------------------
def _rows(content: BinaryIO, filename: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows with their numbers in the file, under our names for the columns."""
    limits = rules().imports
    if filename.lower().endswith((".geojson", ".json")):
        yield from _features(content.read(limits.max_mb * 1024**2 + 1), limits.max_mb, limits.max_rows)
        return
    try:
        table = read_table(
            content,
            filename=filename,
            limits=Limits(max_bytes=limits.max_mb * 1024**2, max_rows=limits.max_rows),
        )
    except TableError as problem:
        raise SensingProblem(str(problem), "file") from None
    columns = {name: _column(table.columns, known) for name, known in rules().columns.items()}
    for name in ("number", "outline"):
        if columns[name] is None:
            raise SensingProblem(
                _("The list lacks the column “%(name)s”.") % {"name": rules().columns[name][0]}, "file"
            )
    for row in table.frame.iter_rows(named=True):
        yield row[ROW], {name: row[column] for name, column in columns.items() if column}


def _column(columns: list[str], known: list[str]) -> str | None:
    return next((column for column in columns if column.strip() in known), None)


def _features(data: bytes, max_mb: int, max_rows: int) -> Iterator[tuple[int, dict[str, Any]]]:
    if len(data) > max_mb * 1024**2:
        raise SensingProblem(_("The file is larger than %(limit)d MB.") % {"limit": max_mb}, "file")
    try:
        features = orjson.loads(data)["features"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        features = None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise SensingProblem(_("The file is not a GeoJSON FeatureCollection."), "file")
    if len(features) > max_rows:
        raise SensingProblem(_("The list has more than %(n)d rows.") % {"n": max_rows}, "file")
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") or {}
        row = {
            name: next((properties[word] for word in known if properties.get(word) not in (None, "")), None)
            for name, known in rules().columns.items()
        }
        yield number, {**row, "outline": feature.get("geometry")}


# --- checking ---------------------------------------------------------------------------------------
def _checked(raw: dict[str, Any], bounds: tuple[float, float, float, float] | None) -> dict[str, Any]:
    number = str(raw.get("number") or "").strip()
    if not number or len(number) > 80:
        raise RowProblem(_("The permit number is missing or longer than 80 characters."))
    first, last = _day(raw.get("valid_from")), _day(raw.get("valid_to"))
    if first and last and last < first:
        raise RowProblem(_("It ends before it begins."))
    outline = _outline(raw.get("outline"), bounds)
    spot = outline.representative_point()
    return {
        "number": number, "kind": _kind(raw.get("kind")), "name": str(raw.get("name") or "").strip()[:120],
        "valid_from": first, "valid_to": last, "outline": mapping(outline), "position": (spot.x, spot.y),
    }  # fmt: skip


def _kind(text: Any) -> str:
    word = str(text or "").strip()
    if not word:
        return str(PermittedFootprint.Kind.PERMIT)
    for kind, words in rules().kinds.items():
        if word in words:
            return kind
    raise RowProblem(_("“%(word)s” is not a known kind of permit.") % {"word": word[:40]})


def _day(text: Any) -> date | None:
    word = str(text or "").strip()
    if not word:
        return None
    for pattern in DAYS:
        try:
            return datetime.strptime(word, pattern).date()
        except ValueError:
            continue
    raise RowProblem(_("“%(word)s” is not a date.") % {"word": word[:40]})


def _outline(value: Any, bounds: tuple[float, float, float, float] | None) -> BaseGeometry:
    try:
        outline = shape(value) if isinstance(value, dict) else shapely.from_wkt(str(value or ""))
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        outline = None
    if outline is None or outline.is_empty or outline.geom_type not in ("Polygon", "MultiPolygon"):
        raise RowProblem(_("The outline is not a polygon."))
    outline = shapely.force_2d(outline)
    if not outline.is_valid:
        raise RowProblem(_("The outline crosses itself."))
    west, south, east, north = outline.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise RowProblem(_("The outline is not in degrees (WGS 84)."))
    if bounds and not outline.intersects(shapely.box(*bounds)):
        raise RowProblem(_("The outline lies outside the district."))
    if square_metres(outline) > rules().imports.max_area_m2:
        raise RowProblem(_("The outline is larger than %(n)d m².") % {"n": rules().imports.max_area_m2})
    return outline
