"""巡区、点位与频次要求: kept by whoever holds ``patrol.configure``; every change stands in the ledger."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import shapely
from django.db import transaction
from django.utils.translation import gettext as _
from shapely.errors import GEOSException
from shapely.geometry import mapping, shape

from chengshu.bureau.models import District, Unit, User
from chengshu.kernel import ledger
from chengshu.patrol.checkin_settings import shipped_requirements
from chengshu.patrol.models import Beat, BeatPoint, Requirement
from chengshu.patrol.refusing import PatrolProblem, require

PERMISSION = "patrol.configure"
SQUADS = (Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD)
PLACES = 7  # decimals of a degree: a centimetre


@transaction.atomic
def save_beat(
    district: District,
    *,
    by: User | None,
    code: str,
    name: str,
    squad: Unit,
    street_class: str,
    boundary: dict[str, Any] | None,
    active: bool = True,
    beat: Beat | None = None,
) -> Beat:
    """Add a beat or change one. ``boundary``: a GeoJSON (multi)polygon in degrees, or None."""
    require(by, PERMISSION, district_id=district.pk)
    if squad.district_id != district.pk or squad.kind not in SQUADS:
        raise PatrolProblem(_("A beat belongs to a squad of the district."), "squad")
    held = beat or Beat(district=district)
    held.code, held.name, held.squad = code.strip()[:20], name.strip()[:80], squad
    held.street_class, held.boundary, held.active = street_class, boundary, active
    if not held.code or not held.name:
        raise PatrolProblem(_("Give a code and a name."), "name")
    if street_class not in Beat.StreetClass.values:
        raise PatrolProblem(_("There is no such class of streets."), "street_class")
    if Beat.objects.filter(district=district, code=held.code).exclude(pk=held.pk).exists():
        raise PatrolProblem(_("Another beat has this code."), "code")
    held.save()
    _record(
        held, "beat", by, code=held.code, name=held.name, squad=squad.code,
        street_class=street_class, boundary=boundary is not None, active=active,
    )  # fmt: skip
    return held


@transaction.atomic
def save_point(
    beat: Beat,
    *,
    by: User | None,
    code: str,
    name: str,
    position: tuple[float, float],
    active: bool = True,
    point: BeatPoint | None = None,
) -> BeatPoint:
    """Add a point of a beat or change one; ``position`` in degrees, longitude first."""
    require(by, PERMISSION, district_id=beat.district_id)
    held = point or BeatPoint(beat=beat)
    held.code, held.name, held.position, held.active = code.strip()[:20], name.strip()[:80], position, active
    if not held.code or not held.name:
        raise PatrolProblem(_("Give a code and a name."), "name")
    if beat.points.filter(code=held.code).exclude(pk=held.pk).exists():
        raise PatrolProblem(_("Another point of the beat has this code."), "code")
    if beat.boundary and not shape(beat.boundary).buffer(1e-9).covers(shapely.Point(position)):
        raise PatrolProblem(_("The point lies outside its beat."), "lng")
    held.save()
    lng, lat = (round(value, PLACES) for value in position)
    _record(beat, "point", by, point=held.pk, code=held.code, name=held.name, lng=lng, lat=lat, active=active)
    return held


def read_boundary(text: str | bytes) -> dict[str, Any] | None:
    """A drawn or uploaded boundary as a GeoJSON geometry; None for an empty text.

    Taken are a polygon, a multipolygon, a feature or a collection of features with them (united). Raises
    `PatrolProblem` with a sentence.
    """
    if not text.strip():
        return None
    try:
        shapes = [shape(one) for one in _geometries(json.loads(text))]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, GEOSException) as error:
        raise PatrolProblem(_("The boundary is not GeoJSON."), "boundary") from error
    if not shapes or any(one.geom_type not in ("Polygon", "MultiPolygon") for one in shapes):
        raise PatrolProblem(_("The boundary must be made of polygons."), "boundary")
    if any(one.is_empty or not one.is_valid for one in shapes):
        raise PatrolProblem(_("The boundary crosses itself or is empty."), "boundary")
    whole = shapely.union_all(shapes)
    west, south, east, north = whole.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise PatrolProblem(_("Coordinates must be longitude and latitude in degrees."), "boundary")
    found: dict[str, Any] = json.loads(json.dumps(mapping(shapely.set_precision(whole, 10**-PLACES))))
    return found


def _geometries(data: Any) -> list[Any]:
    if data["type"] == "FeatureCollection":
        return [feature["geometry"] for feature in data["features"]]
    return [data["geometry"]] if data["type"] == "Feature" else [data]


# --- how often ------------------------------------------------------------------------------------------
def load_requirements(district: District) -> int:
    """The shipped frequencies for a district that has none; returns how many were added."""
    if Requirement.objects.filter(district=district).exists():
        return 0
    stated = shipped_requirements()
    shared = {name: stated[name] for name in ("valid_from", "source", "verified")}
    rows = [Requirement(district=district, **shared, **one) for one in stated["requirements"]]
    return len(Requirement.objects.bulk_create(rows))


@transaction.atomic
def save_requirement(
    district: District,
    *,
    by: User,
    street_class: str,
    first_hour: int,
    end_hour: int,
    visits: int,
    valid_from: date,
    valid_to: date | None = None,
    workdays_only: bool = False,
    source: str = "",
    verified: bool = False,
    requirement: Requirement | None = None,
) -> Requirement:
    """Add a required frequency or change one; windows of a class must not overlap on any day."""
    require(by, PERMISSION, district_id=district.pk)
    held = requirement or Requirement(district=district)
    held.street_class, held.first_hour, held.end_hour, held.visits = (
        street_class,
        first_hour,
        end_hour,
        visits,
    )
    held.valid_from, held.valid_to, held.workdays_only = valid_from, valid_to, workdays_only
    held.source, held.verified = source.strip()[:200], verified
    if not 0 <= first_hour < end_hour <= 24:
        raise PatrolProblem(_("The window ends before it begins."), "end_hour")
    if valid_to is not None and valid_to < valid_from:
        raise PatrolProblem(_("The last day lies before the first."), "valid_to")
    if verified and not held.source:
        raise PatrolProblem(_("Name the document that was compared."), "source")
    others = Requirement.objects.filter(
        district=district, street_class=street_class, first_hour__lt=end_hour, end_hour__gt=first_hour
    ).exclude(pk=held.pk)
    if any(_same_days(held, other) for other in others):
        raise PatrolProblem(_("Another window of this class overlaps on the same days."), "first_hour")
    held.save()
    payload = {
        "requirement": held.pk, "street_class": street_class, "hours": f"{first_hour}-{end_hour}",
        "visits": visits, "from": valid_from, "to": valid_to, "workdays_only": workdays_only,
        "source": held.source, "verified": verified,
    }  # fmt: skip
    ledger.append(f"patrol.requirements:{district.pk}", "requirement", payload, actor=by.username)
    return held


def _same_days(one: Requirement, other: Requirement) -> bool:
    ends = [row.valid_to or date.max for row in (one, other)]
    return one.valid_from <= ends[1] and other.valid_from <= ends[0]


def _record(beat: Beat, action: str, by: User | None, **payload: Any) -> None:
    ledger.append(f"patrol.beat:{beat.pk}", action, payload, actor=by.username if by else "system")
