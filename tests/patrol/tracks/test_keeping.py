"""Positions become tracks and cover; after some days only the simplified track is left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.patrol.models import BeatDay, BeatMonth, Position, Track
from chengshu.patrol.services import counting, keeping
from chengshu.patrol.tracking import partitions
from chengshu.patrol.tracking.rules import rules
from tests import factories
from tests.patrol.tracks.conftest import SOUTH, WEST, Patrol


def test_a_day_s_positions_become_a_track_with_way_and_stops(patrol: Patrol) -> None:
    patrol.duty()
    patrol.walk(9, minutes=5)
    patrol.walk(9.25, minutes=10, east_m=0)
    assert keeping.build_day(patrol.day) == 1
    track = Track.objects.get()
    assert (track.user_id, track.squad_id, track.positions) == (patrol.officer.pk, patrol.squad.pk, 90)
    assert track.distance_m == pytest.approx(290, abs=15)
    [stop] = track.stops
    assert stop[1] - stop[0] >= 500
    line = keeping.line_of(track)
    assert line.t[0] == 9 * 3600 and abs(line.lng[0] - WEST - 0.0002) < 1e-5 and len(line) < 10


def test_built_again_it_is_the_same_track_and_late_positions_are_added(patrol: Patrol) -> None:
    patrol.duty()
    patrol.walk(9, minutes=5)
    keeping.build_day(patrol.day)
    before = Track.objects.values("line", "distance_m").get()
    keeping.build_day(patrol.day)
    assert Track.objects.values("line", "distance_m").get() == before
    patrol.walk(10, minutes=5)
    keeping.build_day(patrol.day)
    assert Track.objects.get().positions == 60


def test_cover_is_kept_with_the_day_and_left_alone_by_the_counting(patrol: Patrol) -> None:
    patrol.duty()
    patrol.walk(9, minutes=5)
    patrol.check_in(9)
    keeping.build_day(patrol.day)
    counting.refresh()
    day = BeatDay.objects.get()
    assert day.visits == 1 and day.cells and day.covered
    assert 0 < day.covered[9] == day.covered_day < day.cells
    keeping.build_day(patrol.day)
    month = BeatMonth.objects.get()
    assert (month.visits, month.cells, month.covered_day) == (1, day.cells, day.covered_day)


def test_two_officers_cover_together_what_they_cover(patrol: Patrol) -> None:
    patrol.duty()
    patrol.duty(patrol.leader)
    patrol.walk(9, minutes=5)
    patrol.walk(9, minutes=5, user=patrol.leader)
    assert keeping.build_day(patrol.day) == 2
    both = BeatDay.objects.get().covered_day
    Position.objects.filter(user=patrol.leader).delete()
    keeping.build_day(patrol.day)
    assert BeatDay.objects.get().covered_day == both


def test_positions_go_after_their_days_and_the_track_stays(patrol: Patrol) -> None:
    patrol.duty()
    patrol.walk(9, minutes=5)
    last_day = patrol.day + timedelta(days=rules().keep.raw_days)
    assert keeping.let_go(last_day - timedelta(days=1)) == (0, 0)
    assert keeping.let_go(last_day)[0] >= 1
    assert not Position.objects.exists() and patrol.day not in partitions.days()
    assert Track.objects.get().positions == 30
    assert keeping.let_go(patrol.day + timedelta(days=rules().keep.track_days + 1))[1] == 1
    assert not Track.objects.exists()


def test_partitions_are_made_ahead_and_once(db: None) -> None:
    today = timezone.localdate()
    keeping.ahead(today)
    there = partitions.days()
    assert {today + timedelta(days=n) for n in range(rules().keep.ahead_days + 1)} <= set(there)
    assert keeping.ahead(today) == 0 and partitions.days() == there


def test_others_tracks_are_seen_with_their_own_permission_only(patrol: Patrol) -> None:
    patrol.duty()
    patrol.walk(9, minutes=5)
    keeping.build_day(patrol.day)
    colleague = factories.make_user("officer", patrol.squad)
    assert not Track.objects.visible_to(colleague).exists()
    assert Track.objects.visible_to(patrol.officer).count() == 1
    assert Track.objects.visible_to(patrol.leader).count() == 1
    assert Position.objects.visible_to(patrol.leader).count() == 30
    assert Position.objects.visible_to(patrol.officer)[0].lat > SOUTH
