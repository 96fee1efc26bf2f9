"""Polygon look-up against shapely's own answer, distances, boxes and cells."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.geometry import (
    GeometryError,
    PolygonIndex,
    bbox_around,
    cell_centre,
    cell_of,
    cell_parent,
    cells_of,
    haversine_m,
    resolution_for_zoom,
)

TOWNS = Path(__file__).resolve().parents[2].parent / "shared/data/putuo/towns.geojson"


def collection(*shapes: tuple[str, Any]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "name": f"town {code}"},
                "geometry": shapely.geometry.mapping(shape),
            }
            for code, shape in shapes
        ],
    }


def wavy(west: float, east: float) -> shapely.Polygon:
    """A strip whose left and right borders are sine waves shared with its neighbours."""
    ys = np.linspace(31.0, 31.1, 80)
    left = [(west + 0.004 * math.sin(90 * y), y) for y in ys]
    right = [(east + 0.004 * math.sin(90 * y), y) for y in ys]
    return shapely.Polygon([*left, *reversed(right)])


STRIPS = {"b": wavy(121.02, 121.05), "a": wavy(121.05, 121.08), "c": wavy(121.08, 121.10)}
HOLED = wavy(121.12, 121.16).difference(shapely.Point(121.14, 31.05).buffer(0.008))
INDEX = PolygonIndex.from_geojson(collection(*STRIPS.items(), ("d", HOLED)))


def expected(lng: float, lat: float) -> str | None:
    point = shapely.Point(lng, lat)
    return next((key for key in sorted(INDEX.keys) if INDEX.shape(key).intersects(point)), None)


@given(st.floats(121.0, 121.18), st.floats(30.99, 31.11))
def test_locate_is_what_an_exact_test_says(lng: float, lat: float) -> None:
    assert INDEX.locate(lng, lat) == expected(lng, lat)


def test_points_on_corners_and_borders_go_to_the_first_key() -> None:
    for key in ("a", "b"):
        for lng, lat in shapely.get_coordinates(INDEX.shape(key)):
            assert INDEX.locate(lng, lat) == expected(lng, lat)
            assert INDEX.locate_many([lng], [lat]) == [expected(lng, lat)]
    assert INDEX.locate(121.05 + 0.004 * math.sin(90 * 31.0), 31.0) == "a"  # shared by a and b


def test_many_at_once_agree_with_one_at_a_time() -> None:
    rng = np.random.default_rng(3)
    lngs, lats = rng.uniform(121.0, 121.18, 5000), rng.uniform(30.99, 31.11, 5000)
    assert INDEX.locate_many(lngs, lats) == [INDEX.locate(*pair) for pair in zip(lngs, lats, strict=True)]
    assert INDEX.locate_many([math.nan, 121.03], [31.05, math.nan]) == [None, None]
    assert INDEX.locate_many([], []) == []
    assert INDEX.locate(math.nan, 31.05) is None


def test_the_real_towns() -> None:
    if not TOWNS.exists():
        pytest.skip("towns.geojson is not beside the project")
    data = json.loads(TOWNS.read_text(encoding="utf-8"))
    towns = PolygonIndex.from_geojson(data)
    assert len(towns) == 10
    assert towns.names["310107021000"] == "万里街道"
    shapes = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in data["features"]}
    rng = np.random.default_rng(5)
    west, south, east, north = towns.bounds
    lngs, lats = rng.uniform(west, east, 3000), rng.uniform(south, north, 3000)
    exact = [
        next((code for code in sorted(shapes) if shapely.intersects_xy(shapes[code], x, y)), None)
        for x, y in zip(lngs, lats, strict=True)
    ]
    assert [towns.locate(x, y) for x, y in zip(lngs, lats, strict=True)] == exact
    assert towns.locate_many(lngs, lats) == exact
    for code, shape in shapes.items():
        inside = shape.representative_point()
        assert towns.locate(inside.x, inside.y) == code


def test_distance_to_the_border() -> None:
    square = PolygonIndex.from_geojson(collection(("s", shapely.box(121.4, 31.2, 121.5, 31.3))))
    assert square.boundary_distance_m(121.39, 31.25) == pytest.approx(
        haversine_m(121.39, 31.25, 121.4, 31.25), rel=1e-3
    )
    assert square.boundary_distance_m(121.45, 31.21) == pytest.approx(
        haversine_m(121.45, 31.21, 121.45, 31.2), rel=1e-3
    )
    assert square.boundary_distance_m(121.4, 31.25) == pytest.approx(0, abs=1e-3)
    assert INDEX.boundary_distance_m(121.09, 31.05, key="d") > INDEX.boundary_distance_m(121.09, 31.05)
    with pytest.raises(KeyError):
        INDEX.boundary_distance_m(121.09, 31.05, key="z")


def test_parts_of_one_key_are_united_and_height_is_dropped() -> None:
    high = shapely.Polygon([(121.4, 31.2, 5), (121.5, 31.2, 5), (121.5, 31.3, 5)])
    index = PolygonIndex.from_geojson(collection(("s", high), ("s", shapely.box(121.6, 31.2, 121.7, 31.3))))
    assert index.keys == ["s"]
    assert index.locate(121.49, 31.21) == index.locate(121.65, 31.25) == "s"
    assert index.locate(121.55, 31.25) is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"type": "FeatureCollection", "features": []},
        collection(("x", shapely.Point(121, 31))),
        collection(("", shapely.box(121, 31, 122, 32))),
        collection(("x", shapely.box(3000, 4000, 3100, 4100))),
        collection(("x", shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))),
        {"features": ["nothing"]},
        {"features": [{"properties": {"code": "x"}, "geometry": None}]},
        {
            "features": [
                {"properties": {"code": "x"}, "geometry": {"type": "Polygon", "coordinates": [["a"]]}}
            ]
        },
        {
            "features": [
                {"properties": {"code": "x"}, "geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}}
            ]
        },
    ],
)
def test_a_map_file_that_cannot_be_used_is_refused(data: Any) -> None:
    with pytest.raises(GeometryError) as caught:
        PolygonIndex.from_geojson(data)
    assert str(caught.value)


def test_haversine() -> None:
    assert haversine_m(121.4, 31.2, 121.4, 31.2) == 0
    assert haversine_m(0, 0, 180, 0) == pytest.approx(math.pi * 6_371_008.8)
    assert haversine_m(121.4737, 31.2304, 116.4074, 39.9042) == pytest.approx(1_067_000, rel=0.005)
    many = haversine_m(121.4, 31.2, [121.4, 121.5], [31.2, 31.2])
    assert many.tolist() == pytest.approx([0, haversine_m(121.4, 31.2, 121.5, 31.2)])


@given(st.floats(-170, 170), st.floats(-80, 80), st.floats(1, 50_000), st.floats(0, 360))
def test_a_box_around_contains_its_circle(lng: float, lat: float, metres: float, bearing: float) -> None:
    west, south, east, north = bbox_around(lng, lat, metres)
    angle, reach = math.radians(bearing), 0.999 * metres / 6_371_008.8
    lat2 = math.asin(
        math.sin(math.radians(lat)) * math.cos(reach)
        + math.cos(math.radians(lat)) * math.sin(reach) * math.cos(angle)
    )
    dx = math.atan2(
        math.sin(angle) * math.sin(reach) * math.cos(math.radians(lat)),
        math.cos(reach) - math.sin(math.radians(lat)) * math.sin(lat2),
    )
    assert west <= lng + math.degrees(dx) <= east or east == 180 or west == -180
    assert south <= math.degrees(lat2) <= north


def test_a_box_at_the_pole_goes_all_round() -> None:
    assert bbox_around(10, 89.9999, 1000) == pytest.approx((-180, 89.991, 180, 90), abs=1e-3)


def test_cells() -> None:
    cell = cell_of(121.4, 31.25, 9)
    assert h3.get_resolution(cell) == 9
    assert cells_of([121.4, 121.41], [31.25, 31.26], 9) == [cell, cell_of(121.41, 31.26, 9)]
    lng, lat = cell_centre(cell)
    assert haversine_m(lng, lat, 121.4, 31.25) < 250
    assert cell_parent(cell, 7) == cell_of(*cell_centre(cell_parent(cell, 7)), 7)


def test_resolution_grows_with_zoom_and_cells_stay_readable() -> None:
    resolutions = [resolution_for_zoom(zoom / 2) for zoom in range(45)]
    assert resolutions == sorted(resolutions)
    assert resolutions[0] == 0
    assert resolutions[-1] <= 15
    for zoom in range(8, 17):
        metres_per_pixel = 40_075_017 * math.cos(math.radians(31.2)) / 512 / 2**zoom
        width = 2 * h3.average_hexagon_edge_length(resolution_for_zoom(zoom), unit="m") / metres_per_pixel
        assert 30 < width < 92, (zoom, width)
