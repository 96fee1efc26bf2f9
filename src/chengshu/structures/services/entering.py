"""Into the ledger: by hand, from a lead, from a list; and the facts that may be put right."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.kernel.numbers import document_number
from chengshu.leads.models import Lead
from chengshu.structures import settings
from chengshu.structures.lifecycle import Action, Built, Method, Moment, Source
from chengshu.structures.models import Structure, StructurePhoto
from chengshu.structures.queries import records

from . import bulk
from .base import (
    APPROVE,
    MANAGE,
    WORK,
    StructureProblem,
    areas_of,
    keep_photo,
    locked,
    moment,
    require,
    require_action,
    save,
    step,
    text,
)

Position = tuple[float, float]
EARLIEST_YEAR = 1900
TEXTS = ("material", "use", "owner_name", "owner_phone", "occupant_name", "occupant_phone", "description")
FACTS = ("address", "types", "built", "built_year", *TEXTS)


@dataclass(frozen=True)
class NewEntry:
    """What is stated of a structure. Degrees are WGS 84; ``area_m2`` becomes the first survey."""

    address: str
    types: list[str]
    built: str
    position: Position | None = None
    polygon: dict[str, Any] | None = None
    town_id: int | None = None
    built_year: int | None = None
    storeys: int | None = None
    height_m: Decimal | None = None
    area_m2: Decimal | None = None
    method: str = Method.STATED
    material: str = ""
    use: str = ""
    owner_name: str = ""
    owner_phone: str = ""
    occupant_name: str = ""
    occupant_phone: str = ""
    description: str = ""
    found_at: datetime | None = None
    entered_on: date | None = None
    key_task: bool = False
    source_ref: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def enter(
    new: NewEntry, *, district: District, by: User | None, source: str = Source.HAND, lead: Lead | None = None
) -> Structure:
    """Write a structure into the ledger. Raises `StructureProblem`, PermissionDenied outside the area."""
    polygon = read_polygon(new.polygon)
    position = _position(new.position, polygon)
    index = areas_of(district) if position else None
    place = index.place(*position) if index and position else None
    if index and place and place.town is None and index.towns is not None:
        raise StructureProblem(_("The position lies outside the district."), "position")
    town_id = (place.town if place else None) or new.town_id
    if town_id is None:
        raise StructureProblem(_("Set the position, or at least the street or town."), "position")
    squad_id = place.squad if place else _squad_of(district, town_id)
    require(by, WORK, district_id=district.pk, squad_id=squad_id)
    found_at = moment(new.found_at)
    by_hand = by is not None and source != Source.IMPORT  # then the day of the entry is the day of the entry
    entered_on = timezone.localdate() if by_hand else new.entered_on or timezone.localdate(found_at)
    values = checked({name: getattr(new, name) for name in FACTS}, found_at.year)
    made = Structure(
        district=district, squad_id=squad_id, town_id=town_id, position=position, lead=lead, source=source,
        polygon=mapping(polygon) if polygon is not None else None, number=_number(district, found_at),
        storeys=new.storeys, height_m=new.height_m, found_at=found_at, created_by=by,
        entered_on=entered_on, key_task=new.key_task, source_ref=new.source_ref, **values,
    )  # fmt: skip
    bulk.insert(made)
    step(made, Action.ENTER, by=by, at=found_at, source=source, lead=lead.number if lead else "", **new.extra)
    save(made)
    if new.area_m2 is not None:
        from .recording import survey

        survey(made, new.area_m2, new.method, by=by, at=found_at)
    return made


@transaction.atomic
def enter_from_lead(lead: Lead, new: NewEntry, *, by: User | None) -> Structure:
    """The lead's outcome: it stands in the ledger from now on. Twice the same lead: the entry there is.

    Place and photos that the lead has are taken over where ``new`` says nothing else. The clocks run from the
    report at the latest (rules art. 7). What was seen from the air is a clue: its pictures are no evidence.
    """
    held = Lead.objects.select_for_update().get(pk=lead.pk)
    if known := bulk.held_of_lead(held.pk) or Structure.objects.filter(lead=held).first():
        require(by, WORK, district_id=known.district_id, squad_id=known.squad_id)
        return known
    stated = {
        "position": new.position or (held.position if new.polygon is None else None),
        "town_id": new.town_id or held.town_id,
        "found_at": min(new.found_at or held.reported_at, held.reported_at),
    }
    made = enter(
        NewEntry(**{**new.__dict__, **stated}), district=held.district, by=by, source=Source.LEAD, lead=held
    )
    photos: list[StructurePhoto] = []
    for one in held.attachments.select_related("file"):
        clue = one.moment == one.Moment.FILING and held.data.get("evidence") is False
        keep_photo(
            made, photos, Moment.OTHER if clue else Moment.BEFORE, one.file,
            name=one.name, taken_at=one.taken_at, position=one.position, by=by,
        )  # fmt: skip
    return made


@transaction.atomic
def change(structure: Structure, values: dict[str, Any], *, by: User, note: str = "") -> Structure:
    """Put facts right that are no evidence: address, types, people, material, use. The reason is kept.

    Whether it is stock, new or being built decides on its procedure and its town's light: that changes by
    whoever approves and did not enter it.
    """
    held = locked(structure.pk, by)
    require_action(held, Action.CHANGE)
    if unknown := values.keys() - set(FACTS):
        raise StructureProblem(_("“%(field)s” changes by its own step only.") % {"field": sorted(unknown)[0]})
    note = text(note, _("Say why it is changed."), "note")
    current = {name: getattr(held, name) for name in FACTS}
    clean = checked({**current, **values}, timezone.localdate().year)
    changed = [name for name in FACTS if clean[name] != current[name]]
    if not changed:
        return held
    if "built" in changed:
        _require_built(held, clean["built"], by)
    for name in changed:
        setattr(held, name, clean[name])
    step(held, Action.CHANGE, by=by, at=timezone.now(), note=note, fields=changed)
    save(held, *changed)
    return held


def _require_built(held: Structure, built: str, by: User) -> None:
    require(by, APPROVE, district_id=held.district_id, squad_id=held.squad_id)
    if held.created_by_id == by.pk:
        raise StructureProblem(_("Whoever entered it does not change whether it is stock or new."), "built")
    begun = bool(records.findings(held)) or any(one.procedure for one in records.steps(held))
    if built == Built.BUILDING and begun:
        raise StructureProblem(
            _("Its procedure has begun: it cannot turn into one being built any more."), "built"
        )


@transaction.atomic
def set_key_task(structure: Structure, on: bool, *, by: User) -> Structure:
    """Put an entry on the year's list of key types, or take it off."""
    held = locked(structure.pk, by, MANAGE)
    require_action(held, Action.KEY)
    if held.key_task != on:
        held.key_task = on
        step(held, Action.KEY, by=by, at=timezone.now(), on=on)
        save(held, "key_task")
    return held


# --- reading ----------------------------------------------------------------------------------------
def checked(values: dict[str, Any], latest_year: int) -> dict[str, Any]:
    """The facts, trimmed. Raises `StructureProblem` for a type, state or year that cannot be."""
    values = dict(values)
    values["address"] = text(values["address"], _("Give the address."), "address", 300)
    known = settings.types()
    values["types"] = list(dict.fromkeys(values["types"]))
    if not values["types"] or set(values["types"]) - known.keys():
        raise StructureProblem(_("Choose at least one type from the list."), "types")
    if values["built"] not in Built.values:
        raise StructureProblem(_("Say whether it is stock, new or being built."), "built")
    year = values["built_year"]
    if year is not None and not EARLIEST_YEAR <= year <= latest_year:
        raise StructureProblem(_("The year of building cannot be right."), "built_year")
    for name in TEXTS:
        most: int = Structure._meta.get_field(name).max_length  # type: ignore[union-attr, assignment]
        values[name] = " ".join(str(values[name]).replace("\0", " ").split())[:most]
    return values


def read_polygon(value: dict[str, Any] | None) -> BaseGeometry | None:
    """A GeoJSON polygon as a geometry. Raises `StructureProblem` for anything that is none."""
    if not value:
        return None
    try:
        found = shape(value)
        fine = found.geom_type == "Polygon" and found.is_valid and not found.is_empty
        west, south, east, north = found.bounds
        fine = fine and -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        fine = False
    if not fine:
        raise StructureProblem(_("The outline is no simple polygon in degrees."), "polygon")
    return found


def _position(position: Position | None, polygon: BaseGeometry | None) -> Position | None:
    if polygon is not None:
        inside = polygon.representative_point()
        return round(inside.x, 7), round(inside.y, 7)
    if position is None:
        return None
    lng, lat = float(position[0]), float(position[1])
    if not (math.isfinite(lng) and math.isfinite(lat) and -180 <= lng <= 180 and -90 <= lat <= 90):
        raise StructureProblem(_("The position cannot be right."), "position")
    return lng, lat


def _squad_of(district: District, town_id: int) -> int | None:
    if not Town.objects.filter(district=district, pk=town_id).exists():
        raise StructureProblem(_("The street or town does not belong to the district."), "town")
    squads = Unit.objects.filter(towns=town_id, kind=Unit.Kind.SQUAD, active=True).order_by("code")
    return squads.values_list("pk", flat=True).first()


def _number(district: District, at: datetime) -> str:
    year = timezone.localdate(at).year
    return document_number(settings.rules().number, district_id=district.pk, year=year)
