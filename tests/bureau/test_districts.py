"""Boundaries by GeoJSON: what is stored, what is refused, what the second time changes."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from chengshu.bureau.models import District, Town, Unit
from chengshu.bureau.services import areas, districts, reference
from chengshu.bureau.services.districts import DistrictProblem

pytestmark = pytest.mark.django_db


def square(west: float, south: float, size: float = 0.02) -> dict[str, Any]:
    """A square area in degrees."""
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def town(code: str, name: str, geometry: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One feature."""
    properties = {"code": code, "name": name, **more}
    return {"type": "Feature", "properties": properties, "geometry": geometry or square(121.4, 31.2)}


def collection(*features: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A file of district 310199."""
    return {
        "type": "FeatureCollection",
        "district": {"code": "310199", "name": "示例区", "name_en": "Sample"},
        "features": list(features),
        **more,
    }


def two() -> dict[str, Any]:
    """A street and a town side by side."""
    return collection(
        town("310199001000", "东街街道", square(121.40, 31.20)),
        town("310199100000", "西街镇", square(121.42, 31.20)),
    )


def test_the_shipped_district_loads_twice_without_change() -> None:
    district = reference.load_district("310107")
    assert district.towns.count() == 10
    squads = Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD)
    assert squads.count() == 10
    assert {town.name for squad in squads for town in squad.towns.all()} == {
        town.name for town in district.towns.all()
    }
    assert Unit.objects.filter(kind=Unit.Kind.MOBILE_SQUAD).get().covers_district
    Unit.objects.filter(code="PT-11").update(name="改名的中队")
    again = reference.load_district("310107")
    assert (again.pk, again.version) == (district.pk, district.version)
    assert Unit.objects.filter(name="改名的中队").exists()
    assert "310107" in reference.shipped_districts()
    with pytest.raises(reference.UnknownDistrict):
        reference.load_district("999999")


def test_a_position_is_placed_in_its_town_and_squad() -> None:
    district = reference.load_district("310107")
    found = areas.place(district, 121.4330, 31.2430)
    assert Town.objects.get(pk=found.town).name == "长寿路街道"
    assert Unit.objects.get(pk=found.squad).name == "长寿路街道中队"
    assert areas.place(district, 121.50, 31.23) == areas.NOWHERE


def test_storing_says_who_changed_and_raises_the_version_only_then() -> None:
    seen: list[District] = []

    def listen(district: District, **_: Any) -> None:
        seen.append(district)

    areas.boundaries_changed.connect(listen)
    try:
        district = districts.store_district(two())
        assert (district.version, len(seen)) == (1, 1)
        kinds = dict(district.towns.values_list("name", "kind"))
        assert kinds == {"东街街道": "street", "西街镇": "town"}
        districts.store_district(two())
        assert len(seen) == 1
        moved = two()
        moved["features"][0]["geometry"] = square(121.38, 31.20)
        change = districts.compare(districts.read_district(moved))
        assert (change.moved, change.unchanged) == (["东街街道"], ["西街镇"])
        assert districts.store_district(moved).version == 2
        assert len(seen) == 2
        fewer = two()
        fewer["features"] = fewer["features"][:1]
        assert districts.compare(districts.read_district(fewer)).removed == ["西街镇"]
        assert [town.name for town in districts.store_district(fewer).towns.all()] == ["东街街道"]
    finally:
        areas.boundaries_changed.disconnect(listen)


def test_names_may_be_exchanged() -> None:
    districts.store_district(two())
    swapped = two()
    first, second = (feature["properties"] for feature in swapped["features"])
    first["name"], second["name"] = second["name"], first["name"]
    districts.store_district(swapped)
    assert Town.objects.get(code="310199001000").name == "西街镇"


def test_the_same_file_for_two_districts_keeps_them_apart() -> None:
    districts.store_district(two())
    other = json.loads(json.dumps(two()).replace("310199", "310198").replace("示例区", "另一区"))
    districts.store_district(other)
    assert Town.objects.filter(name="东街街道").count() == 2


def wrong(change: Any) -> dict[str, Any]:
    data = copy.deepcopy(two())
    change(data)
    return data


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d.pop("district"), "区划代码应为六位数字。"),
        (lambda d: d.update(features=[]), "文件中没有街镇。"),
        (lambda d: d["features"][0].pop("properties"), "第 1 个要素没有属性。"),
        (lambda d: d["features"][0]["properties"].pop("name"), "第 1 个要素没有名称。"),
        (
            lambda d: d["features"][0]["properties"].update(code="3101990"),
            "东街街道：代码“3101990”不是十二位数字。",
        ),
        (
            lambda d: d["features"][0]["properties"].update(code="310107001000"),
            "东街街道：代码 310107001000 不属于 310199 区。",
        ),
        (
            lambda d: d["features"][0]["properties"].update(kind="village"),
            "东街街道：类别“village”不是街道或镇。",
        ),
        (
            lambda d: d["features"][0]["properties"].update(code="310199100000"),
            "代码 310199100000 在文件中重复。",
        ),
        (lambda d: d["features"][0]["properties"].update(name="西街镇"), "名称“西街镇”在文件中重复。"),
        (lambda d: d["features"][0].update(geometry=None), "东街街道：无法读取图形。"),
        (
            lambda d: d["features"][0].update(geometry={"type": "Point", "coordinates": [121.4, 31.2]}),
            "东街街道：图形不是面。",
        ),
        (
            lambda d: d["features"][0].update(geometry=square(-26463, -9090)),
            "东街街道：坐标不是以度为单位的经纬度。",
        ),
        (
            lambda d: d["features"][0].update(
                geometry={
                    "type": "Polygon",
                    "coordinates": [
                        [[121.4, 31.2], [121.42, 31.22], [121.42, 31.2], [121.4, 31.22], [121.4, 31.2]]
                    ],
                }
            ),
            "东街街道：边界无效",
        ),
        (
            lambda d: d["features"][1].update(geometry=square(121.41, 31.20)),
            "东街街道与西街镇重叠，占较小者的 50.0%。",
        ),
        (
            lambda d: d.update(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}),
            "坐标必须是经纬度（WGS 84 或 CGCS2000）。",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(change: Any, sentence: str) -> None:
    with pytest.raises(DistrictProblem) as caught:
        districts.store_district(wrong(change))
    assert any(problem.startswith(sentence) for problem in caught.value.problems), caught.value.problems
    assert not District.objects.filter(code="310199").exists()


def test_touching_boundaries_may_overlap_by_a_hair() -> None:
    data = two()
    data["features"][1]["geometry"] = square(121.4199, 31.20)
    assert districts.store_district(data).towns.count() == 2


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"type": "Feature"}', b"[" * 100_000])
def test_what_is_not_geojson_is_refused(content: bytes) -> None:
    with pytest.raises(DistrictProblem):
        districts.parse_geojson(content)
