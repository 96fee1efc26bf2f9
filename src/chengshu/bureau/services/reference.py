"""The district that comes with the package: boundaries and organisation, loaded as often as one likes."""

from __future__ import annotations

import json
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


@transaction.atomic
def load_district(code: str) -> District:
    """Have district, towns and units of the shipped data in the database; changes nothing the second time.

    Units that a bureau has renamed since keep their names. Raises `UnknownDistrict`.
    """
    folder = DATA / code
    if not (folder / "towns.geojson").exists():
        raise UnknownDistrict(code)
    district = District.objects.filter(code=code).first()
    if district is None or not district.towns.exists():
        collection = json.loads((folder / "towns.geojson").read_text(encoding="utf-8"))
        district = store_district(collection)
    organisation = folder / "organisation.yaml"
    if organisation.exists():
        _load_units(district, yaml.safe_load(organisation.read_text(encoding="utf-8")))
    return district


def _load_units(district: District, entries: list[dict[str, Any]]) -> None:
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
