"""The map's data: cells from afar, points from near, the same scope as everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import District, Unit
from chengshu.registry.queries import maps
from chengshu.registry.services import counts
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"
URL = "/api/v1/registry/map"
ALL = "121.3,31.2,121.5,31.32"


@pytest.fixture
def clerk(district: District, client: Client) -> Client:
    client.force_login(factories.make_user("registry_clerk"), BACKEND)
    lng, lat = factories.IN_CHANGSHOU
    for n in range(3):
        factories.make_object(district, name=f"店{n}", position=(lng + n / 10_000, lat))
    factories.make_object(district, "compound", position=factories.IN_TAOPU, credit="D")
    factories.make_object(district, name="无位置", position=None)
    return client


def data(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get(URL, {"bbox": ALL, "zoom": 12, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_points_column_by_column(clerk: Client) -> None:
    answer = data(clerk)
    assert (answer["kind"], answer["total"], answer["capped"]) == ("points", 4, False)
    points = answer["points"]
    assert (
        {len(points[name]) for name in ("id", "lng", "lat", "class", "status")}
        == {4}
        == {len(answer["names"])}
    )
    at = answer["names"].index("店1")
    assert (points["lng"][at], points["lat"][at], points["class"][at]) == (121.4331, 31.243, "shop")


def test_cells_from_afar(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "POINTS_WANTED", 2)
    for _compacted in range(2):
        answer = data(clerk)
        assert (answer["kind"], answer["total"]) == ("cells", 4)
        assert sorted(cell[2] for cell in answer["cells"]) == [1, 3]
        lng, lat, _n, cell = max(answer["cells"], key=lambda cell: cell[2])
        assert abs(lng - 121.433) < 0.01 and abs(lat - 31.243) < 0.01 and cell.startswith("88")
        counts.compact()
    assert {cell[3][:2] for cell in data(clerk, zoom=9)["cells"]} == {"87"}
    assert {cell[3][:2] for cell in data(clerk, zoom=15, bbox="121.42,31.23,121.45,31.26")["cells"]} == {"89"}


def test_from_near_always_points(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "POINTS_WANTED", 0)
    assert data(clerk, zoom=16)["kind"] == "points"
    monkeypatch.setattr(maps, "POINTS_MOST", 2)
    answer = data(clerk, zoom=16)
    assert (answer["total"], answer["capped"], len(answer["names"])) == (2, True, 2)


@pytest.mark.parametrize("read_most", [0, maps.READ_MOST])
def test_filters(clerk: Client, district: District, read_most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "READ_MOST", read_most)
    monkeypatch.setattr(maps, "POINTS_WANTED", 0 if read_most == 0 else 3000)
    assert data(clerk, **{"class": "compound"})["total"] == 1
    assert data(clerk, **{"class": factories.object_class(district, "shop").pk})["total"] == 3
    assert data(clerk, **{"class": "nonsense"})["total"] == 0
    assert data(clerk, credit="D")["total"] == 1
    assert data(clerk, status="closed")["total"] == 0
    assert data(clerk, squad=factories.unit(district, Unit.Kind.SQUAD, "桃浦镇").pk)["total"] == 1


def test_both_ways_to_the_points_agree(clerk: Client, district: District) -> None:
    user = factories.make_user("registry_clerk")
    wanted = maps.ObjectFilter(credit="D")
    box = (121.3, 31.2, 121.5, 31.32)
    assert maps.points_in(user, wanted, box, by_kind=True) == maps.points_in(user, wanted, box, by_kind=False)


def test_only_what_lies_in_the_box(clerk: Client) -> None:
    assert data(clerk, bbox="121.35,31.28,121.37,31.29")["total"] == 1
    assert data(clerk, bbox="10,10,11,11")["total"] == 0
    assert data(clerk, bbox="-180,-85,180,85", zoom=0)["total"] == 4


def test_scope(clerk: Client, district: District) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    clerk.force_login(factories.make_user("officer", squad), BACKEND)
    assert data(clerk)["total"] == 1
    other = factories.make_other_district()
    clerk.force_login(factories.make_user("registry_clerk", factories.unit(other)), BACKEND)
    assert data(clerk)["total"] == 0
    clerk.logout()
    assert clerk.get(URL, {"bbox": ALL, "zoom": 12}).status_code == 401
    clerk.force_login(factories.make_user("audit_admin"), BACKEND)
    assert clerk.get(URL, {"bbox": ALL, "zoom": 12}).status_code == 403


@pytest.mark.parametrize("bbox", ["", "1,2,3", "a,b,c,d", "5,5,4,4", "0,0,nan,1", "-999,0,1,1"])
def test_bad_box(clerk: Client, bbox: str) -> None:
    assert clerk.get(URL, {"bbox": bbox, "zoom": 3}).status_code in (400, 422)


def test_queries(clerk: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    data(clerk)
    with django_assert_num_queries(3):  # session with person, counts, points
        data(clerk)


def test_page_and_list(clerk: Client) -> None:
    html = clerk.get(reverse("registry:map"), {"class": ""}).content.decode()
    assert "map-config" in html and "店1" in html and "/api/v1/registry/map" in html
    listed = clerk.get(reverse("registry:map_list"), {"bbox": "121.35,31.28,121.37,31.29"}).context["listed"]
    assert len(listed) == 1
    assert clerk.get(reverse("registry:map_list"), {"bbox": "nonsense"}).status_code == 200


def test_ground(clerk: Client) -> None:
    towns = clerk.get(reverse("registry:ground", args=["310107", "towns"])).json()
    assert len(towns["features"]) == 10
    lines = clerk.get(reverse("registry:ground", args=["310107", "transport"]))
    assert b"FeatureCollection" in b"".join(lines.streaming_content)
    assert clerk.get("/registry/map/ground/999999/towns.geojson").status_code == 404
    assert clerk.get("/registry/map/ground/310107/secret.geojson").status_code == 404
