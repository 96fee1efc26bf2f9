"""The app's record of positions: kept on duty, counted off duty, refused when it is none."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

from chengshu.field import kinds
from chengshu.field.handlers import patrol_positions  # noqa: F401  registers the kind
from chengshu.patrol.models import Position
from chengshu.patrol.services.logs import draft_of
from chengshu.patrol.services.tracks import PersonAt, ingest
from tests.patrol.tracks.conftest import Patrol


def carry_out(patrol: Patrol, points: Any, offset: float | None = None) -> kinds.Done:
    """The record as `field` hands it over; the device plays no part."""
    sent: Any = SimpleNamespace(
        id=uuid.uuid4(), user=patrol.officer, at=patrol.at(12), received_at=patrol.at(23),
        clock_offset_s=offset, data={"points": points},
    )  # fmt: skip
    kind = kinds.kind("positions")
    assert kind and kind.permission == "patrol.work"
    return kind.carry_out(sent)


def ms(patrol: Patrol, hour: float) -> int:
    return int(patrol.at(hour).timestamp() * 1000)


def test_positions_on_duty_are_kept_and_the_others_told(patrol: Patrol) -> None:
    patrol.duty(begin=8, end=16)
    done = carry_out(patrol, [[ms(patrol, 9), 121.43, 31.24, 8], [ms(patrol, 17), 121.43, 31.24, None]])
    assert done.result == {"stored": 1, "off_duty": 1} and len(done.messages) == 1
    assert Position.objects.get().source == "device"


def test_a_clock_that_runs_ahead_is_set_right(patrol: Patrol) -> None:
    patrol.duty(begin=8, end=16)
    carry_out(patrol, [[ms(patrol, 10), 121.43, 31.24, 8]], 3600.0)
    assert Position.objects.get().at == patrol.at(9)


def test_what_is_no_list_of_positions_is_refused(patrol: Patrol) -> None:
    for points in (None, "x", [[1]], [{"lng": 1}], [[ms(patrol, 9), "east", 31, 1]]):
        done = carry_out(patrol, points)
        assert done.outcome == "refused" and done.messages
    assert carry_out(patrol, []).result == {"stored": 0, "off_duty": 0}


def test_whoever_ended_the_duty_is_not_followed_to_its_rostered_end(patrol: Patrol) -> None:
    duty = patrol.duty(begin=8, end=16)
    log = draft_of(duty)
    log.ended_at = patrol.at(12)
    log.save()
    places = [PersonAt(patrol.at(hour), 121.43, 31.24, 8, patrol.officer.pk, source) for hour, source in (
        (11, "device"), (13, "device"), (13, "vehicle"), (14, "body_camera"))]  # fmt: skip
    taken = ingest(places, now=patrol.at(23))
    assert (taken.stored, taken.off_duty) == (1, 3)
    log.ended_at = None  # the duty goes on
    log.save()
    assert ingest(places, now=patrol.at(23)).stored == 3
