"""What is counted of check-ins is what the check-ins say, whatever happened in between."""

from __future__ import annotations

import itertools
import random
from datetime import date, datetime, timedelta

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import Unit
from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.frequency import judge, visits_of
from chengshu.patrol.models import Beat, BeatDay, BeatMonth, BeatPoint, Requirement, StaleBeat
from chengshu.patrol.queries import coverage
from chengshu.patrol.queries.coverage import Span
from chengshu.patrol.queries.frequency import visits_on
from chengshu.patrol.services import counting
from tests import factories
from tests.patrol.tracks.conftest import Patrol


def test_a_check_in_is_counted_by_hour_and_way(patrol: Patrol) -> None:
    patrol.check_in(9.5)
    patrol.check_in(9.9, place=1, way="qr")
    patrol.check_in(20, user=patrol.leader, way="position")
    assert counting.refresh() == 1
    day = BeatDay.objects.get()
    assert (day.visits, day.nfc_dynamic, day.qr, day.by_position) == (3, 1, 1, 1)
    assert (day.hours[9], day.hours[20], day.officers, day.points_seen) == (2, 1, 2, 2)
    month = BeatMonth.objects.get()
    assert (month.month, month.visits, month.days) == (patrol.day.replace(day=1), 3, 1)
    assert StaleBeat.objects.count() == 0 and counting.refresh() == 0


def test_required_visits_are_judged_for_each_point_and_window(patrol: Patrol) -> None:
    morning = patrol.require(2, 8, 12)
    patrol.require(1, 18, 22)
    for hour in (8, 9, 11):
        patrol.check_in(hour)
    patrol.check_in(12, place=1)
    counting.refresh()
    day = BeatDay.objects.get()
    assert (day.due, day.met) == (6, 2), "a third visit makes up for nothing, one at twelve is too late"
    first, second = (point.pk for point in patrol.points)
    assert [second, morning.pk, 2, 0] in day.gaps and len(day.gaps) == 3 and first in {g[0] for g in day.gaps}


def test_two_partners_at_one_tag_or_one_officer_twice_visit_it_once(patrol: Patrol) -> None:
    patrol.require(2, 8, 12)
    patrol.check_in(9)
    patrol.check_in(9.001, user=patrol.leader, way="qr", weight=40)
    patrol.check_in(9.4)
    patrol.check_in(9, place=1)
    counting.refresh()
    day = BeatDay.objects.get()
    assert (day.visits, day.hours[9], day.officers, day.nfc_dynamic, day.qr) == (2, 2, 2, 2, 0)
    assert (day.due, day.met) == (4, 2)
    assert visits_on([point.pk for point in patrol.points], patrol.day) == {
        point.pk: 1 for point in patrol.points
    }
    patrol.check_in(9.5)
    counting.refresh()
    assert BeatDay.objects.get().met == 3, "half an hour after the last visit is another one"


def test_a_code_typed_at_a_desk_is_no_visit(patrol: Patrol) -> None:
    patrol.require(1, 8, 12)
    patrol.check_in(9, way="typed", weight=rules().weights["typed"])
    counting.refresh()
    day = BeatDay.objects.get()
    assert (day.visits, day.met, day.officers) == (0, 0, 0)
    assert visits_on([patrol.points[0].pk], patrol.day) == {}


def test_counts_of_before_are_brought_in_line(patrol: Patrol) -> None:
    for minutes in range(5):
        patrol.check_in(9 + minutes / 60)
    counting.refresh()
    BeatDay.objects.update(visits=5)
    assert [one.kept["visits"] for one in counting.differences([patrol.day])] == [5]
    counting.count([(patrol.beat.pk, patrol.day)])
    assert BeatDay.objects.get().visits == 1


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 300)), max_size=40), st.integers(0, 60))
def test_no_two_visits_to_a_point_are_closer_than_the_rule_and_every_point_seen_has_one(
    seen: list[tuple[int, int]], apart: int
) -> None:
    noon = datetime(2026, 3, 2, 12)
    rows = sorted((noon + timedelta(minutes=minute), point) for point, minute in seen)
    found = visits_of(((point, at, at) for at, point in rows), timedelta(minutes=apart))
    for point in {point for point, _minute in seen}:
        moments = [at for place, at in found if place == point]
        assert moments and moments[0] == min(at for at, place in rows if place == point)
        assert all(b - a >= timedelta(minutes=apart) for a, b in itertools.pairwise(moments))


def test_where_nobody_came_everything_is_missing(patrol: Patrol) -> None:
    patrol.require(1)
    counting.mark_all(patrol.day)
    counting.refresh()
    day = BeatDay.objects.get()
    assert (day.visits, day.due, day.met) == (0, 2, 0)


def test_of_today_only_windows_that_are_over_count(patrol: Patrol) -> None:
    patrol.require(1, 8, 10)
    patrol.require(1, 10, 20)
    day = timezone.localdate()
    counting.count([(patrol.beat.pk, day)], now=patrol.at(10.1, day))
    assert BeatDay.objects.get().due == 2


def test_requirements_hold_from_to_and_on_workdays_as_they_say(patrol: Patrol) -> None:
    patrol.require(1, valid_to=patrol.day - timedelta(days=1))
    patrol.require(1, 13, 14, workdays_only=True)
    sunday, friday = date(2026, 5, 17), date(2026, 5, 15)
    for day in (sunday, friday):
        counting.count([(patrol.beat.pk, day)])
    due = dict(BeatDay.objects.values_list("day", "due"))
    assert due == {sunday: 2, friday: 4}


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 23)), max_size=60),
    st.lists(st.tuples(st.integers(0, 22), st.integers(1, 12), st.integers(0, 4)), max_size=4),
    st.integers(0, 24),
)
def test_met_never_exceeds_due_and_the_gaps_are_the_difference(
    visits: list[tuple[int, int]], windows: list[tuple[int, int, int]], ended: int
) -> None:
    counts = {pair: visits.count(pair) for pair in visits}
    requirements = [
        Requirement(pk=n, first_hour=first, end_hour=min(24, first + length), visits=wanted)
        for n, (first, length, wanted) in enumerate(windows)
    ]
    judged = judge(requirements, [0, 1, 2], counts, ended)
    assert 0 <= judged.met <= judged.due
    assert judged.due - judged.met == sum(wanted - made for _p, _r, wanted, made in judged.gaps)


def test_the_recount_finds_and_repairs_what_was_changed(patrol: Patrol) -> None:
    chance = random.Random(4)
    days = [patrol.day - timedelta(days=n) for n in range(5)]
    for _ in range(60):
        patrol.check_in(
            0, chance.randrange(2), at=patrol.at(chance.uniform(0, 24), chance.choice(days)),
            way=chance.choice(["nfc_dynamic", "nfc_plain", "qr", "position"]),
        )  # fmt: skip
    counting.refresh()
    months = {day.replace(day=1) for day in days}
    assert list(counting.differences(days)) == [] == list(counting.month_differences(months))
    BeatDay.objects.filter(day=days[2]).update(visits=999)
    [found] = counting.differences(days)
    assert (found.day, found.kept["visits"]) == (days[2], 999) and "999" in str(found)
    assert list(counting.month_differences(months))
    counting.count([(found.beat, found.day)])
    assert list(counting.differences(days)) == [] == list(counting.month_differences(months))


def test_a_span_is_whole_months_and_the_days_around_them(patrol: Patrol) -> None:
    span = Span(date(2026, 1, 15), date(2026, 4, 3))
    assert span.months == [date(2026, 2, 1), date(2026, 3, 1)]
    assert Span(date(2026, 2, 1), date(2026, 2, 28)).months == [date(2026, 2, 1)]
    assert Span(date(2026, 2, 2), date(2026, 2, 28)).months == []
    for n in range(90):
        patrol.check_in(9, at=patrol.at(9, date(2026, 1, 5) + timedelta(days=n)))
    while counting.refresh():
        pass
    for first, last in (
        (span.first, span.last),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (span.first, span.first),
    ):
        figures = coverage.by_beat(patrol.leader, Span(first, last))[patrol.beat.pk]
        expected = sum(first <= date(2026, 1, 5) + timedelta(days=n) <= last for n in range(90))
        assert (figures.visits, figures.hours[9], figures.hours[10]) == (expected, expected, 0)
        months = coverage.by_month(patrol.leader, Span(first, last))
        assert sum(one.visits for one in months.values()) == expected


def test_nobody_sees_the_beats_of_another_squad(patrol: Patrol) -> None:
    other = factories.unit(patrol.district, Unit.Kind.SQUAD, "桃浦镇")
    theirs = Beat.objects.create(
        district=patrol.district, squad=other, code="B2", name="桃浦", street_class="strict"
    )
    point = BeatPoint.objects.create(beat=theirs, code="P", name="P", position=factories.IN_TAOPU)
    patrol.require(1)
    patrol.check_in(9)
    patrol.check_in(9, beat=theirs, point=point)
    counting.refresh()
    span = Span(patrol.day, patrol.day)
    assert set(coverage.by_beat(patrol.leader, span)) == {patrol.beat.pk}
    chief = factories.make_user("bureau_leader")
    assert set(coverage.by_beat(chief, span)) == {patrol.beat.pk, theirs.pk}
    assert {row.beat_id for row in coverage.short_days(patrol.leader, span)} == {patrol.beat.pk}


def test_gaps_are_named(patrol: Patrol) -> None:
    patrol.require(2, 8, 12)
    patrol.check_in(9)
    counting.refresh()
    days = coverage.short_days(patrol.leader, Span(patrol.day, patrol.day))
    assert [(gap.point, gap.hours, gap.wanted, gap.made) for gap in coverage.gaps_of(days)] == [
        ("点位0", "08:00–12:00", 2, 1),
        ("点位1", "08:00–12:00", 2, 0),
    ]
