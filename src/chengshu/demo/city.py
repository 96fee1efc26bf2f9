"""A city for load work: the shipped district and invented ones beside it, each with a year of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from shapely.affinity import translate
from shapely.geometry import mapping, shape

from chengshu.bureau.models import District, User
from chengshu.bureau.services.districts import store_district
from chengshu.bureau.services.reference import boundaries, load_units, organisation
from chengshu.demo import plans
from chengshu.demo.load import load_people
from chengshu.registry.services.classes import load_classes
from chengshu.reports.wording import in_chinese

PLACES = 7  # of a degree's decimals


def districts(shipped: District, count: int) -> Iterator[District]:
    """The shipped district and as many beside it as make ``count``, made where they are missing."""
    yield shipped
    for number in range(2, count + 1):
        yield _district(number)


@transaction.atomic
def _district(number: int) -> District:
    """An invented district with its towns, bureau, accounts and classes of objects."""
    said = plans.read(settings.DEFAULT_DISTRICT, "city")
    code = said["code"].format(number=number)
    known = District.objects.filter(code=code).first()
    if known is not None and User.objects.filter(unit__district=known).exists():
        return known
    names = {"number": number, "chinese": in_chinese(number)}
    shipped = boundaries(settings.DEFAULT_DISTRICT)
    whole = {"code": code, "name": said["name"].format(**names), "name_en": said["name_en"].format(**names)}
    east, north = _moved(shipped, number, said)
    features = [_town(one, code, east, north) for one in shipped["features"]]
    district = store_district({**shipped, "district": whole, "features": features})
    old = shipped["district"]
    load_units(district, (_unit(one, code, old, whole) for one in organisation(settings.DEFAULT_DISTRICT)))
    load_people(district)
    load_classes(district)
    return district


def _moved(collection: dict[str, Any], number: int, said: dict[str, Any]) -> tuple[float, float]:
    """How far east and north the district lies of the shipped one, in degrees: row by row."""
    boxes = [shape(one["geometry"]).bounds for one in collection["features"]]
    width = max(box[2] for box in boxes) - min(box[0] for box in boxes) + said["gap_degrees"]
    height = max(box[3] for box in boxes) - min(box[1] for box in boxes) + said["gap_degrees"]
    row, column = divmod(number - 1, said["columns"])
    return round(column * width, PLACES), round(row * height, PLACES)


def _town(feature: dict[str, Any], code: str, east: float, north: float) -> dict[str, Any]:
    told = feature["properties"]
    geometry = mapping(translate(shape(feature["geometry"]), east, north))
    return {**feature, "properties": {**told, "code": code + told["code"][6:]}, "geometry": geometry}


def _unit(entry: dict[str, Any], code: str, old: dict[str, str], new: dict[str, str]) -> dict[str, Any]:
    """A unit of the shipped bureau as it is called here."""
    made = {
        **entry,
        "code": plans.unit_code(code, entry["code"]),
        "name": entry["name"].replace(old["name"], new["name"]),
        "name_en": entry.get("name_en", "").replace(old["name_en"], new["name_en"]),
        "towns": [code + town[6:] for town in entry.get("towns", [])],
    }
    return made | ({"parent": plans.unit_code(code, entry["parent"])} if "parent" in entry else {})
