"""Positions are taken in once, on duty only, and shown to the command centre."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.bureau.models import District, OfficerPosition, RosterEntry, Unit, User
from chengshu.kernel.models import Event
from chengshu.patrol.models import Equipment, EquipmentUse, Position
from chengshu.patrol.services.tracks import PersonAt, TerminalAt, from_device, ingest, ingest_terminals
from chengshu.patrol.tracking import partitions
from tests import factories

HERE, THERE = factories.IN_CHANGSHOU, factories.IN_TAOPU
pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    district = District.objects.get(code="310107")
    return factories.make_user("officer", factories.unit(district, Unit.Kind.SQUAD, "长寿路街道"))


def on_duty(user: User, hours: float = 8) -> RosterEntry:
    now = timezone.now()
    return RosterEntry.objects.create(
        unit=user.unit, user=user, starts_at=now - timedelta(hours=hours), ends_at=now + timedelta(hours=1)
    )


def at(user: User, moment: datetime, place: tuple[float, float] = HERE, **more: object) -> PersonAt:
    return PersonAt(moment, *place, 8.0, user.pk, **more)  # type: ignore[arg-type]


def test_a_position_on_duty_is_kept_with_squad_and_district(officer: User) -> None:
    on_duty(officer)
    taken = ingest([at(officer, timezone.now())])
    [kept] = Position.objects.all()
    assert (taken.stored, kept.squad_id, kept.district_id) == (1, officer.unit_id, officer.unit.district_id)


def test_sent_again_nothing_changes(officer: User) -> None:
    on_duty(officer)
    now = timezone.now()
    points = [at(officer, now - timedelta(seconds=10 * n)) for n in range(6)]
    assert ingest(points).stored == 6
    again = ingest([*points, points[0]])
    assert (again.stored, again.known, Position.objects.count()) == (0, 7, 6)


def test_off_duty_nothing_is_stored_whenever_it_arrives(officer: User) -> None:
    entry = on_duty(officer)
    before, after = entry.starts_at - timedelta(minutes=1), entry.ends_at
    late = after + timedelta(hours=2)
    taken = ingest(
        [at(officer, before), at(officer, after), at(officer, after - timedelta(minutes=1))], now=late
    )
    assert (taken.off_duty, taken.stored) == (2, 1)
    assert not OfficerPosition.objects.exists(), "whoever is off duty now is not shown"


def test_what_cannot_be_is_named_and_the_rest_kept(officer: User) -> None:
    on_duty(officer)
    now = timezone.now()
    points = [
        at(officer, now, (181.0, 31.0)),
        at(officer, now + timedelta(hours=1)),
        PersonAt(now, *HERE, 1e6, officer.pk),
        at(officer, now - timedelta(days=400)),
        at(officer, now, (float("nan"), 31.0)),
        at(officer, now),
    ]
    taken = ingest(points)
    assert [place for place, _problem in taken.refused] == [0, 1, 2, 3, 4]
    assert taken.stored == 1


def test_the_newest_position_is_shown_and_told_once_in_some_seconds(officer: User) -> None:
    on_duty(officer)
    base = timezone.now().replace(microsecond=0) - timedelta(minutes=1)
    base -= timedelta(seconds=base.timestamp() % 5)
    ingest([at(officer, base, THERE), at(officer, base - timedelta(seconds=20))])
    assert OfficerPosition.objects.get().position == THERE
    for second in range(1, 5):
        ingest([at(officer, base + timedelta(seconds=second))])
    assert Event.objects.filter(topic="position").count() == 1
    ingest([at(officer, base + timedelta(seconds=6))])
    told = Event.objects.filter(topic="position").order_by("id")
    assert [event.data["user"] for event in told] == [officer.pk] * 2
    assert OfficerPosition.objects.get().position == HERE


def test_a_day_is_made_when_its_first_position_comes(officer: User) -> None:
    now = timezone.now()
    RosterEntry.objects.create(
        unit=officer.unit, user=officer, starts_at=now - timedelta(days=9), ends_at=now
    )
    moments = [now - timedelta(days=n, minutes=1) for n in range(9)]
    ingest([at(officer, moment) for moment in moments])
    assert {timezone.localdate(moment) for moment in moments} <= set(partitions.days())
    partitions.drop(timezone.localdate(moments[-1]))
    assert Position.objects.count() == 8


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=30), st.randoms())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_the_order_and_the_batches_each_is_kept_once(
    officer: User, seconds: list[int], random: object
) -> None:
    RosterEntry.objects.filter(user=officer).delete()
    Position.objects.filter(user=officer).delete()
    on_duty(officer)
    now = timezone.now()
    points = [at(officer, now - timedelta(seconds=s)) for s in seconds]
    random.shuffle(points)  # type: ignore[attr-defined]
    half = len(points) // 2
    for part in (points[:half], points[half:], points):
        ingest(part, now=now)
    assert Position.objects.filter(user=officer).count() == len(set(seconds))


def test_a_terminal_s_track_is_that_of_whoever_had_it(officer: User) -> None:
    on_duty(officer)
    other = factories.make_user("officer", officer.unit)
    on_duty(other)
    now = timezone.now()
    camera = Equipment.objects.create(
        squad=officer.unit, code="JLY-1", kind="body_camera", name="记录仪", terminal="013912345678"
    )
    EquipmentUse.objects.create(
        equipment=camera, user=other, taken_at=now - timedelta(hours=4), returned_at=now - timedelta(hours=2)
    )
    EquipmentUse.objects.create(equipment=camera, user=officer, taken_at=now - timedelta(hours=1))
    taken = ingest_terminals(
        [
            TerminalAt(now - timedelta(hours=3), *HERE, terminal="13912345678"),
            TerminalAt(now - timedelta(hours=1, minutes=30), *HERE, terminal="013912345678"),
            TerminalAt(now, *HERE, terminal="00000000013912345678"),
            TerminalAt(now, *HERE, terminal="999"),
        ]
    )
    assert (taken.stored, taken.unassigned, taken.unknown) == (2, 1, {"999"})
    whose = dict(Position.objects.values_list("user_id", "source"))
    assert whose == {other.pk: "body_camera", officer.pk: "body_camera"}


def test_a_sender_reports_for_things_of_its_area_only(officer: User) -> None:
    Equipment.objects.create(squad=officer.unit, code="A", kind="vehicle", name="车", terminal="77")
    point = TerminalAt(timezone.now(), *HERE, terminal="77")
    elsewhere = (frozenset[int](), frozenset([officer.unit_id + 100_000]))
    assert ingest_terminals([point], within=elsewhere).unknown == {"77"}
    assert ingest_terminals([point], within=(frozenset(), frozenset([officer.unit_id]))).unassigned == 1


def test_the_app_s_positions_are_set_right_by_its_clock(officer: User) -> None:
    points, problem = from_device(officer.pk, [[1_700_000_060_000, *HERE, None]], 60.0)
    assert (problem, points[0].at.timestamp()) == ("", 1_700_000_000)
    for bad in (None, [[1, 2]], [["x", 1, 2, 3]], [[1e300, 1, 2, 3]], "points"):
        assert from_device(officer.pk, bad, None)[1]
