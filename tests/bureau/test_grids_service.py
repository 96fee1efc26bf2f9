"""Grids by GeoJSON: checked against the towns, stored as a whole, objects placed in them."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import mapping, shape

from chengshu.bureau.models import District, Grid, Town
from chengshu.bureau.services.districts import DistrictProblem
from chengshu.bureau.services.grids import read_grids, store_grids
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def putuo() -> District:
    return factories.make_district()


def halves(name: str, **properties: str) -> list[dict[str, Any]]:
    """A town cut in two along its middle, as grids 01 and 02."""
    boundary = shape(Town.objects.get(name=name).boundary)
    west, south, east, north = boundary.bounds
    middle = (west + east) / 2
    boxes = [(west, middle), (middle, east)]
    return [
        {
            "type": "Feature",
            "properties": {"code": f"0{number}", "name": f"{name}第{number}网格", **properties},
            "geometry": mapping(boundary.intersection(_box(left, south, right, north))),
        }
        for number, (left, right) in enumerate(boxes, start=1)
    ]


def _box(west: float, south: float, east: float, north: float) -> Any:
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return shape({"type": "Polygon", "coordinates": [ring]})


def store(district: District, features: list[dict[str, Any]]) -> int:
    return store_grids(district, read_grids(district, {"features": features}))


def test_objects_are_placed_in_the_grids_of_their_town(putuo: District) -> None:
    shop = factories.make_object(putuo, position=factories.IN_CHANGSHOU)
    assert store(putuo, halves("长寿路街道")) == 2
    shop.refresh_from_db()
    assert shop.grid is not None and shop.grid.town.name == "长寿路街道"


def test_two_towns_may_use_the_same_codes(putuo: District) -> None:
    assert store(putuo, halves("长寿路街道") + halves("桃浦镇")) == 4


def test_a_grid_that_the_file_no_longer_has_is_gone_and_its_objects_lie_in_another(putuo: District) -> None:
    shop = factories.make_object(putuo, position=factories.IN_CHANGSHOU)
    features = halves("长寿路街道")
    store(putuo, features)
    shop.refresh_from_db()
    remaining = [f for f in features if f["properties"]["code"] != shop.grid.code]
    store(District.objects.get(pk=putuo.pk), remaining)
    shop.refresh_from_db()
    assert shop.grid is None
    assert Grid.objects.count() == 1


def test_the_same_file_again_moves_nothing(putuo: District) -> None:
    shop = factories.make_object(putuo, position=factories.IN_CHANGSHOU)
    store(putuo, halves("长寿路街道"))
    shop.refresh_from_db()
    before = shop.version
    store(District.objects.get(pk=putuo.pk), halves("长寿路街道"))
    shop.refresh_from_db()
    assert shop.version == before


@pytest.mark.parametrize("features", [[], None, [{"type": "Feature"}], ["x"]])
def test_a_file_without_grids_is_refused(putuo: District, features: Any) -> None:
    with pytest.raises(DistrictProblem):
        read_grids(putuo, {"features": features})


@pytest.mark.parametrize(
    "properties", [{"code": ""}, {"code": "9" * 21}, {"town": "310107999000"}, {"town": "310107103000"}]
)
def test_a_grid_without_code_or_outside_its_town_is_refused_and_nothing_stored(
    putuo: District, properties: dict[str, str]
) -> None:
    with pytest.raises(DistrictProblem):
        store(putuo, halves("长寿路街道", **properties))
    assert not Grid.objects.exists()


def test_a_code_that_stands_twice_in_a_town_is_refused(putuo: District) -> None:
    with pytest.raises(DistrictProblem):
        store(putuo, halves("长寿路街道", code="01"))
