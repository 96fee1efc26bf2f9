"""The district that comes with the package: boundaries and organisation, loaded as often as one likes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from chengshu.bureau.models import District, Town, Unit
from chengshu.bureau.services.districts import store_district

DATA = Path(__file__).resolve().parent.parent / "data"


class UnknownDistrict(LookupError):
    """No reference data of this district come with the package."""


def shipped_districts() -> list[str]:
    """Codes of the districts whose boundaries come with the package."""
    return sorted(path.parent.name for path in DATA.glob("*/towns.geojson"))


def boundaries(code: str) -> dict[str, Any]:
    """The towns of a shipped district as a GeoJSON collection. Raises `UnknownDistrict`."""
    path = DATA / code / "towns.geojson"
    if not path.exists():
        raise UnknownDistrict(code)
    collection: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return collection


def organisation(code: str) -> list[dict[str, Any]]:
    """The units of a shipped district's bureau, each after the one above it; none where none come with it."""
    path = DATA / code / "organisation.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []


@transaction.atomic
def load_district(code: str) -> District:
    """Have district, towns and units of the shipped data in the database; changes nothing the second time.

    Units that a bureau has renamed since keep their names. Raises `UnknownDistrict`.
    """
    collection = boundaries(code)
    district = District.objects.filter(code=code).first()
    if district is None or not district.towns.exists():
        district = store_district(collection)
    load_units(district, organisation(code))
    return district


def load_units(district: District, entries: Iterable[dict[str, Any]]) -> None:
    """Have these units in the district's bureau; those that are there stay as they are."""
    towns = {town.code: town for town in Town.objects.filter(district=district)}
    units = {unit.code: unit for unit in Unit.objects.filter(district=district)}
    for entry in entries:
        if entry["code"] in units:
            continue
        unit = Unit.objects.create(
            district=district,
            parent=units.get(entry.get("parent", "")),
            kind=entry["kind"],
            code=entry["code"],
            name=entry["name"],
            name_en=entry.get("name_en", ""),
        )
        unit.towns.set([towns[code] for code in entry.get("towns", [])])
        units[unit.code] = unit
