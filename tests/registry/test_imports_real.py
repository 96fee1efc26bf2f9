"""The real list of residential compounds, read from beside the checkout; skipped where it is absent."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from chengshu.bureau.models import District
from chengshu.registry.importing import tasks
from chengshu.registry.models import Conflict, ImportBatch, ImportRow, RegulatedObject
from chengshu.registry.services import imports
from tests import factories

LIST = Path(__file__).resolve().parents[3] / "shared/data/putuo/residential-compounds.csv"
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not LIST.exists(), reason="the list is not here")]
TOWN_COLUMN = "街道_按OSM面判定"
BD09 = {"lng": "经度", "lat": "纬度", "crs": "bd09"}
WGS84 = {"lng": "经度_wgs84", "lat": "纬度_wgs84", "crs": "wgs84"}


@pytest.fixture
def district() -> District:
    return factories.make_district()


def checked(district: District, pair: dict[str, str], observed_on: date = date(2019, 12, 31)) -> ImportBatch:
    """A batch of the real list after its dry run, read by one of its pairs of coordinates."""
    clerk = factories.make_user("registry_clerk")
    with LIST.open("rb") as file:
        batch = imports.upload(
            district=district,
            object_class=factories.object_class(district, "compound"),
            file=file,
            filename=LIST.name,
            observed_on=observed_on,
            by=clerk,
        )
    mapping = {**batch.mapping, "lng": pair["lng"], "lat": pair["lat"]}
    batch = imports.set_mapping(batch, mapping, pair["crs"])
    tasks.run_check(batch)
    return batch


def outcome_counts(batch: ImportBatch) -> dict[str, int]:
    return {name: batch.counts[name] for name in ("rows", *ImportRow.Outcome.values)}


def truth() -> dict[str, str]:
    """Name → town, from the list's own column of towns by position."""
    with LIST.open(encoding="utf-8-sig") as file:
        return {row["小区名称"]: row[TOWN_COLUMN] for row in csv.DictReader(file)}


@pytest.mark.parametrize("pair", [BD09, WGS84], ids=["bd09", "wgs84"])
def test_dry_run_says_what_would_happen_and_does_nothing(district: District, pair: dict[str, str]) -> None:
    batch = checked(district, pair)
    assert outcome_counts(batch) == {
        "rows": 288, "create": 280, "update": 0, "unchanged": 0, "conflict": 8, "reject": 0,
    }  # fmt: skip
    codes = [reason["code"] for row in batch.rows.filter(outcome="conflict") for reason in row.reasons]
    assert codes.count("outside_district") == 4
    assert codes.count("stated_district_differs") == 4
    assert not RegulatedObject.objects.exists()
    assert not Conflict.objects.exists()


def test_import_puts_every_compound_in_its_town_and_keeps_the_doubtful_ones(district: District) -> None:
    batch = checked(district, BD09)
    tasks.run_apply(batch, batch.created_by)
    towns = dict(RegulatedObject.objects.values_list("name", "town__name"))
    expected = truth()
    assert len(towns) == 280
    assert {name: town for name, town in towns.items() if town != expected[name]} == {}
    assert RegulatedObject.objects.filter(squad=None).count() == 0
    assert Conflict.objects.filter(state="open").count() == 8
    assert {conflict.values["name"] for conflict in Conflict.objects.all()} == set(expected) - set(towns)


@pytest.mark.parametrize("second", [BD09, WGS84], ids=["same pair", "other pair"])
def test_a_second_import_changes_nothing(district: District, second: dict[str, str]) -> None:
    first = checked(district, BD09)
    tasks.run_apply(first, first.created_by)
    before = list(RegulatedObject.objects.order_by("id").values("id", "version", "position", "attributes"))
    again = checked(district, second, observed_on=date(2020, 11, 1))
    tasks.run_apply(again, again.created_by)
    assert outcome_counts(again) == {
        "rows": 288, "create": 0, "update": 0, "unchanged": 280, "conflict": 8, "reject": 0,
    }  # fmt: skip
    known = [
        row for row in again.rows.filter(outcome="conflict") if row.reasons[-1]["code"] == "known_conflict"
    ]
    assert len(known) == 8
    assert Conflict.objects.count() == 8
    after = list(RegulatedObject.objects.order_by("id").values("id", "version", "position", "attributes"))
    assert after == before


def test_words_around_numbers_are_understood_and_doubtful_ones_are_listed(district: District) -> None:
    batch = checked(district, WGS84)
    first, garden, third = [row.values for row in batch.rows.order_by("row")[:3]]
    assert garden["attributes.households"] == 416
    assert garden["attributes.parking"] == 280
    assert garden["attributes.management_fee"] == 2.0
    assert first["attributes.built_year"] == 1986
    assert "attributes.households" not in first
    assert third["attributes.building_type"] == ["小高层", "高层"]
    ratio = [r for row in batch.rows.all() for r in row.reasons if "比例是1:0.8" in str(r.get("value"))]
    assert {reason["code"] for reason in ratio} == {"unreadable_value"}


def test_the_likely_coordinates_are_proposed_with_numbers(district: District) -> None:
    clerk = factories.make_user("registry_clerk")
    with LIST.open("rb") as file:
        batch = imports.upload(
            district=district,
            object_class=factories.object_class(district, "compound"),
            file=file,
            filename=LIST.name,
            observed_on=date(2019, 12, 31),
            by=clerk,
        )
    suggestion = imports.suggest(imports.preview(batch), district, batch.object_class)
    first, second = suggestion.options[:2]
    assert (first.lng, first.crs, first.inside, first.rows) == ("经度_wgs84", "wgs84", 284, 288)
    assert (second.lng, second.crs, second.inside) == ("经度", "bd09", 284)
    assert second.apart_m is not None and second.apart_m < 2
    assert batch.mapping["stated_town"] == TOWN_COLUMN
    assert batch.mapping["stated_district"] == "区域商圈："
