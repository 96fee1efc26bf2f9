"""Where officers are: only on duty, only the newest, told to the command centre."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.bureau.models import District, OfficerPosition, RosterEntry, Unit, User
from chengshu.bureau.services.base import Refused
from chengshu.bureau.services.positions import forget_off_duty, report_position
from chengshu.kernel.models import Event
from tests import factories

HERE, THERE = factories.IN_CHANGSHOU, factories.IN_TAOPU


@pytest.fixture
def officer(db: None) -> User:
    district: District = factories.make_district()
    return factories.make_user("officer", factories.unit(district, Unit.Kind.SQUAD, "长寿路街道"))


def on_duty(user: User) -> RosterEntry:
    now = timezone.now()
    return RosterEntry.objects.create(
        unit=user.unit, user=user, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1)
    )


def test_the_newest_position_wins_whatever_the_order_of_arrival(officer: User) -> None:
    on_duty(officer)
    now = timezone.now()
    assert report_position(officer, HERE, at=now - timedelta(minutes=5)) == "stored"
    assert report_position(officer, THERE, at=now) == "stored"
    assert report_position(officer, HERE, at=now - timedelta(minutes=2)) == "older"
    assert report_position(officer, HERE, at=now) == "older"
    assert OfficerPosition.objects.get().position == THERE


def test_every_new_position_is_told_once(officer: User) -> None:
    on_duty(officer)
    now = timezone.now()
    report_position(officer, HERE, at=now, accuracy_m=8)
    report_position(officer, HERE, at=now - timedelta(minutes=2))
    [event] = Event.objects.filter(topic="position")
    assert (event.squad_id, event.data["user"], event.data["lng"]) == (officer.unit_id, officer.pk, HERE[0])


def test_off_duty_nothing_is_stored(officer: User) -> None:
    assert report_position(officer, HERE, at=timezone.now()) == "off_duty"
    entry = on_duty(officer)
    assert report_position(officer, HERE, at=entry.starts_at - timedelta(minutes=1)) == "off_duty"
    late = entry.ends_at + timedelta(minutes=5)
    assert report_position(officer, HERE, at=entry.ends_at - timedelta(minutes=1), now=late) == "off_duty"
    assert not OfficerPosition.objects.exists()


def test_whoever_goes_off_duty_is_forgotten(officer: User) -> None:
    entry = on_duty(officer)
    report_position(officer, HERE, at=timezone.now())
    assert forget_off_duty() == 0
    assert forget_off_duty(entry.ends_at + timedelta(minutes=1)) == 1


@pytest.mark.parametrize(
    ("position", "ahead", "accuracy"),
    [
        ((181.0, 31.0), 0, None),
        ((121.0, -91.0), 0, None),
        (HERE, 3600, None),
        (HERE, 0, 1e6),
        (HERE, 0, -1.0),
    ],
)
def test_a_position_that_cannot_be_is_refused(
    officer: User, position: tuple[float, float], ahead: int, accuracy: float | None
) -> None:
    on_duty(officer)
    with pytest.raises(Refused):
        report_position(officer, position, at=timezone.now() + timedelta(seconds=ahead), accuracy_m=accuracy)


def post(user: User, **given: Any) -> Any:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    values = {"lng": HERE[0], "lat": HERE[1], "at": timezone.now().isoformat(), **given}
    return client.post("/api/v1/officers/position", values, content_type="application/json")


def test_the_api_takes_ones_own_position(officer: User) -> None:
    assert post(officer).json() == {"result": "off_duty"}
    on_duty(officer)
    assert post(officer, accuracy_m=10).json() == {"result": "stored"}
    assert OfficerPosition.objects.get().user == officer
    assert post(officer, at="2026-05-06T09:30:00").status_code == 422
    assert post(officer, lng=200).status_code == 422
    assert post(factories.make_user("analyst")).status_code == 403
