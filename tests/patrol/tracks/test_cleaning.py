"""From trembling positions to a walk: jumps go, stops are found, a simple line stays close."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.kernel.geometry import haversine_m
from chengshu.patrol.tracking import cleaning
from chengshu.patrol.tracking.cleaning import Fixes, fixes
from chengshu.patrol.tracking.covering import Coverage, ground
from chengshu.patrol.tracking.encoding import decode, encode
from chengshu.patrol.tracking.rules import rules
from tests.patrol.tracks.conftest import AREA, SOUTH, WEST

RULES = rules()
METRE_EAST = 1 / (cleaning.METRES_PER_DEGREE * math.cos(math.radians(31.24)))


def walk(seconds: int = 600, speed: float = 1.2, start: float = 0.0, noise: float = 0.0) -> Fixes:
    """East along a street, a position every ten seconds."""
    t = np.arange(start, start + seconds, 10.0)
    chance = np.random.default_rng(1)
    lng = WEST + (t - start) * speed * METRE_EAST + chance.normal(0, noise, len(t)) * METRE_EAST
    return fixes(t, lng, np.full(len(t), SOUTH + 0.0015))


def test_a_jump_across_the_city_is_left_out() -> None:
    given_ = walk()
    lng = given_.lng.copy()
    lng[20:22] += 0.05
    cleaned = cleaning.clean(Fixes(given_.t, lng, given_.lat, given_.accuracy), RULES.clean)
    assert len(cleaned) == len(given_) - 2
    assert cleaning.distance_m(cleaned) == pytest.approx(cleaning.distance_m(given_), rel=1e-6)


def test_a_wrong_first_position_does_not_condemn_all_others() -> None:
    given_ = walk()
    lng = given_.lng.copy()
    lng[0] += 1.0
    assert (
        len(cleaning.clean(Fixes(given_.t, lng, given_.lat, given_.accuracy), RULES.clean)) == len(given_) - 1
    )


def test_vague_positions_and_doubles_are_left_out() -> None:
    given_ = walk(100)
    accuracy = given_.accuracy.copy()
    accuracy[3] = 900
    twice = cleaning.joined(
        [Fixes(given_.t, given_.lng, given_.lat, accuracy), given_.take(np.array([5, 6]))]
    )
    assert len(cleaning.clean(twice, RULES.clean)) == len(given_) - 1


coordinates = st.tuples(
    st.floats(0, 86_400), st.floats(121.0, 122.0), st.floats(31.0, 32.0), st.floats(0, 200)
)


@given(st.lists(coordinates, max_size=60))
@settings(deadline=None)
def test_after_cleaning_nobody_is_faster_than_the_limit(rows: list[tuple[float, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [[], [], [], []]
    cleaned = cleaning.clean(fixes(*columns), RULES.clean)
    limit = RULES.clean.speed_most_kmh["device"] / 3.6
    assert np.all(np.diff(cleaned.t) > 0)
    for i in range(1, len(cleaned)):
        metres = haversine_m(
            float(cleaned.lng[i - 1]), float(cleaned.lat[i - 1]), float(cleaned.lng[i]), float(cleaned.lat[i])
        )
        slack = float(max(cleaned.accuracy[i - 1 : i + 1]))
        assert metres - slack <= limit * (cleaned.t[i] - cleaned.t[i - 1]) + 1e-6


def test_a_pause_is_a_stop_and_a_walk_is_none() -> None:
    assert cleaning.stops(walk(), RULES.stops) == []
    still = walk(900, speed=0, start=600, noise=5)
    [stop] = cleaning.stops(cleaning.joined([walk(), still]), RULES.stops)
    assert stop.end == pytest.approx(1490) and stop.end - stop.begin >= 850
    assert haversine_m(stop.lng, stop.lat, WEST, SOUTH + 0.0015) < 10


def test_standing_still_with_a_trembling_receiver_is_hardly_any_way() -> None:
    still = walk(3600, speed=0, noise=3)
    raw = cleaning.distance_m(still)
    assert cleaning.distance_m(cleaning.corners(still, RULES.track.tolerance_m)) < raw / 20


@given(st.lists(coordinates, min_size=3, max_size=40), st.floats(1, 500))
@settings(deadline=None)
def test_no_position_lies_further_from_the_simple_line_than_the_tolerance(
    rows: list[tuple[float, ...]], tolerance: float
) -> None:
    t, lng, lat, _accuracy = zip(*rows, strict=True)
    track = fixes(sorted(t), lng, lat)
    simple = cleaning.corners(track, tolerance)
    assert (simple.lng[0], simple.lat[-1]) == (track.lng[0], track.lat[-1])
    stretch = math.cos(math.radians(float(np.mean(track.lat))))
    line = shapely.LineString(
        np.column_stack([simple.lng * stretch, simple.lat]) * cleaning.METRES_PER_DEGREE
    )
    points = shapely.points(np.column_stack([track.lng * stretch, track.lat]) * cleaning.METRES_PER_DEGREE)
    assert float(np.max(shapely.distance(points, line))) <= tolerance + 1e-3


places = st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=30)


@given(places)
def test_a_line_as_text_comes_back_to_a_metre(points: list[tuple[float, float]]) -> None:
    back = decode(encode(points))
    assert len(back) == len(points)
    for (x, y), (u, v) in zip(points, back, strict=True):
        assert abs(x - u) <= 5.1e-6 and abs(y - v) <= 5.1e-6


def test_the_line_s_text_is_the_one_that_others_read() -> None:
    points = [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]
    assert encode(points) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"  # the published example
    for bad in ("_p~iF~ps|", "_p~iF", "\x00"):
        with pytest.raises(ValueError):
            decode(bad)


def test_a_second_device_fills_in_only_where_the_first_is_silent() -> None:
    phone = cleaning.joined([walk(600), walk(600, start=3000)])
    camera = walk(3600)
    whole = cleaning.best_of({"device": phone, "body_camera": camera}, RULES.clean.fill_gap_s)
    assert len(whole) == len(camera)  # the fuller one leads
    short = camera.take(np.arange(100, 200))
    both = cleaning.best_of({"device": phone, "body_camera": short}, RULES.clean.fill_gap_s)
    assert len(both) == len(phone) + np.count_nonzero((short.t > 590) & (short.t < 3000))
    assert np.all(np.diff(both.t) > 0)


def cover_of(track: Fixes, boundary: object = AREA, points: object = ()) -> tuple[list[int], int, int]:
    one = ground(1, boundary, points, RULES.cover)  # type: ignore[arg-type]
    coverage = Coverage([one], RULES.track, RULES.cover)
    coverage.add(track)
    return (*coverage.of(1), one.size)


def test_a_walk_through_a_beat_covers_a_strip_of_it() -> None:
    hours, whole, size = cover_of(walk(300, start=9 * 3600))
    assert 0 < whole < size and hours[9] == whole and sum(hours) == whole


def test_walking_twice_covers_no_more_and_driving_through_covers_the_way_between() -> None:
    once = cover_of(walk(300))[1]
    again = cleaning.joined([walk(300), walk(300, start=7200)])
    hours, whole, _size = cover_of(again)
    assert (whole, hours[0], hours[2]) == (once, once, once)
    sparse = walk(300).take(np.array([0, 29]))
    assert cover_of(sparse)[1] >= once - 1


def test_what_lies_between_two_silences_is_not_covered() -> None:
    apart = fixes([0, 4000], [WEST + 0.0002, WEST + 0.0038], [SOUTH + 0.0015] * 2)
    assert cover_of(apart)[1] <= 2


def test_a_beat_without_a_boundary_is_covered_by_its_points() -> None:
    near, far = (WEST + 0.001, SOUTH + 0.0015), (WEST + 0.001, SOUTH + 0.01)
    hours, whole, size = cover_of(walk(300), None, [near, far])
    assert (whole, size, hours[0]) == (1, 2, 1)
    assert cover_of(walk(300), None, [])[1:] == (0, 0)
