"""What is on record at a place is asked of every domain, and answered in the order of the places."""

from __future__ import annotations

from datetime import date

import pytest
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import District, User
from chengshu.registry import neighbourhood
from chengshu.registry.neighbourhood import Known, Observation


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """No domain's answers but those of the test."""
    monkeypatch.setattr(neighbourhood, "_knowers", {})
    monkeypatch.setattr(neighbourhood, "_kinds", {})
    monkeypatch.setattr(neighbourhood, "_seers", {})


def test_every_domain_is_asked_once_for_all_places_and_answers_in_their_order() -> None:
    asked: list[int] = []

    def ledger(_district: District, places: list[BaseGeometry], _viewer: User | None) -> list[list[Known]]:
        asked.append(len(places))
        return [[Known("ledger", f"{place.x:.0f}")] if place.x else [] for place in places]  # type: ignore[attr-defined]

    neighbourhood.register_known("ledger", ledger)
    neighbourhood.register_known(
        "permits", lambda _d, places, _v: [[Known("permit", "any")] for _p in places]
    )
    found = neighbourhood.known_at(District(), [Point(0, 0), Point(7, 0)])
    assert asked == [2]
    assert [[one.kind for one in here] for here in found] == [["permit"], ["ledger", "permit"]]


def test_whoever_tells_of_other_things_only_is_not_asked() -> None:
    neighbourhood.register_known("ledger", lambda _d, _p, _v: [[Known("entry", ""), Known("note", "")]])
    neighbourhood.register_known("permits", lambda _d, _p, _v: pytest.fail("asked"), ["permit"])
    neighbourhood.register_known("names", lambda _d, _p, _v: [[Known("name", "")]], ["name", "note"])
    (found,) = neighbourhood.known_at(District(), [Point(0, 0)], kinds=["note", "name"])
    assert [one.kind for one in found] == ["note", "name"]


def test_a_domain_that_answers_for_fewer_places_than_asked_is_an_error() -> None:
    neighbourhood.register_known("broken", lambda _d, _p, _v: [])
    with pytest.raises(ValueError):
        neighbourhood.known_at(District(), [Point(0, 0)])


def test_the_latest_look_from_above_comes_first() -> None:
    looks = [Observation(str(n), date(2020, 1, n), date(2020, 2, n), "") for n in (1, 3, 2)]
    neighbourhood.register_seen("flights", lambda _d, _p, _s: looks)
    assert [one.key for one in neighbourhood.seen_over(District(), Point(0, 0))] == ["3", "2", "1"]
