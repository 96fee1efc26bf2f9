"""What the ledger tells others who look at a place."""

from __future__ import annotations

from pytest_django import DjangoAssertNumQueries
from shapely.geometry import Point, shape

from chengshu.registry import neighbourhood
from chengshu.structures.known import entries_at
from tests import factories

from .conftest import LAT, LNG, Ledger, square


def test_entries_near_each_place_by_one_query(
    ledger: Ledger, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    outlined = ledger.entry(polygon=square(), position=None)
    pin = ledger.entry(position=(LNG + 0.005, LAT))
    places = [shape(square()), Point(LNG + 0.005, LAT), Point(LNG + 0.0052, LAT), Point(*factories.IN_TAOPU)]
    with django_assert_num_queries(1):
        found = entries_at(ledger.district, places)
    assert [[one.data["id"] for one in here] for here in found] == [[outlined.pk], [pin.pk], [], []]
    assert outlined.number in found[0][0].title and found[0][0].url
    assert entries_at(ledger.district, []) == []


def test_others_see_only_what_they_may(ledger: Ledger) -> None:
    structure = ledger.entry()
    other = factories.make_user("officer", factories.unit(ledger.district, "squad", "桃浦镇"))
    place = [Point(LNG, LAT)]
    mine = neighbourhood.known_at(ledger.district, place, ledger.officer)[0]
    assert [one.data["id"] for one in mine if one.kind == "structure"] == [structure.pk]
    theirs = neighbourhood.known_at(ledger.district, place, other)[0]
    assert [one for one in theirs if one.kind == "structure"] == []
