"""A beat with two points, officers on duty, check-ins and walks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from chengshu.bureau.models import District, RosterEntry, Unit, User
from chengshu.patrol.models import Beat, BeatPoint, CheckIn, Requirement
from chengshu.patrol.services.tracks import PersonAt, Taken, ingest
from tests import factories

WEST, SOUTH = 121.4300, 31.2400
AREA = {
    "type": "Polygon",
    "coordinates": [
        [
            [WEST, SOUTH],
            [WEST + 0.004, SOUTH],
            [WEST + 0.004, SOUTH + 0.003],
            [WEST, SOUTH + 0.003],
            [WEST, SOUTH],
        ]
    ],
}


@dataclass
class Patrol:
    """What a test of patrols works with; yesterday is a day that is over."""

    district: District
    squad: Unit
    officer: User
    leader: User
    beat: Beat
    points: list[BeatPoint]
    day: date

    def at(self, hour: float, day: date | None = None) -> datetime:
        """A moment of the day."""
        midnight = datetime.combine(day or self.day, datetime.min.time(), timezone.get_current_timezone())
        return midnight + timedelta(hours=hour)

    def check_in(self, hour: float, place: int = 0, **values: object) -> CheckIn:
        """A check-in at one of the points."""
        fields = {
            "id": uuid.uuid4(), "district": self.district, "squad": self.squad, "user": self.officer,
            "beat": self.points[place].beat, "point": self.points[place], "way": "nfc_dynamic", "weight": 100,
            "at": self.at(hour), "received_at": timezone.now(),
        }  # fmt: skip
        return CheckIn.objects.create(**{**fields, **values})

    def require(self, visits: int, first: int = 8, end: int = 12, **values: object) -> Requirement:
        """So many visits to each point in the window."""
        return Requirement.objects.create(
            district=self.district, street_class=self.beat.street_class, first_hour=first, end_hour=end,
            visits=visits, valid_from=date(2020, 1, 1), **values,
        )  # fmt: skip

    def duty(self, user: User | None = None, begin: float = 0, end: float = 24) -> RosterEntry:
        """A duty on the day."""
        user = user or self.officer
        return RosterEntry.objects.create(
            unit=user.unit, user=user, starts_at=self.at(begin), ends_at=self.at(end)
        )

    def walk(
        self, hour: float, minutes: int = 30, user: User | None = None, east_m: float = 1.0, **more: object
    ) -> Taken:
        """Positions every ten seconds, ``east_m`` metres a second through the middle of the beat."""
        user = user or self.officer
        points = []
        for n in range(minutes * 6):
            lng = WEST + 0.0002 + n * 10 * east_m / 95_200
            moment = self.at(hour) + timedelta(seconds=10 * n)
            points.append(PersonAt(moment, lng, SOUTH + 0.0015, 8.0, user.pk, **more))  # type: ignore[arg-type]
        return ingest(points)


@pytest.fixture
def patrol(db: None) -> Patrol:
    """The squad of 长寿路街道 with one beat."""
    district = District.objects.get(code="310107")
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    beat = Beat.objects.create(
        district=district, squad=squad, code="B1", name="长寿路段", street_class="strict", boundary=AREA
    )
    points = [
        BeatPoint.objects.create(
            beat=beat, code=f"P{n}", name=f"点位{n}", position=(WEST + 0.001 * (n + 1), SOUTH + 0.0015)
        )
        for n in range(2)
    ]
    return Patrol(
        district, squad, factories.make_user("officer", squad, full_name="王小明"),
        factories.make_user("squad_leader", squad), beat, points, timezone.localdate() - timedelta(days=1),
    )  # fmt: skip
