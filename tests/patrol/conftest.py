"""A beat with points and tags of every kind, and an officer on duty."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from chengshu.bureau.models import District, RosterEntry, Unit, User
from chengshu.patrol.models import Beat, BeatPoint, CheckIn, Tag, TagAttempt, TagKeySet
from chengshu.patrol.services import beats, tags
from chengshu.patrol.services.checking_in import Sighting, check_in
from chengshu.patrol.tags.reads import presented
from tests import factories
from tests.patrol.tag import FakeTag

META, FILE = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "11223344556677889900aabbccddeeff"
UID = "04A1B2C3D4E5F6"
AT = factories.IN_CHANGSHOU


@dataclass
class Patrol:
    """The world of a test: who patrols where, and the chip that hangs at the point."""

    district: District
    squad: Unit
    officer: User
    clerk: User
    beat: Beat
    point: BeatPoint
    keys: TagKeySet
    tag: Tag
    chip: FakeTag
    now: datetime
    made: list[Any] = field(default_factory=list)

    def sight(self, said: dict[str, str] | None = None, **fields: Any) -> CheckIn | TagAttempt:
        """Check in as the app would; ``minutes`` ago, arriving now unless said."""
        by = fields.pop("by", self.officer)
        at = self.now - timedelta(minutes=fields.pop("minutes", 0))
        stated: dict[str, Any] = {
            "id": uuid.uuid4(), "way": "nfc_dynamic", "code": self.tag.code, "at": at,
            "received_at": self.now, "clock_offset_s": 0.4,
            "proof": presented(said) if said is not None else None,
        }  # fmt: skip
        return check_in(by, Sighting(**{**stated, **fields}))


@pytest.fixture
def patrol(db: None) -> Patrol:
    """A strict street of the squad of 长寿路街道."""
    district = District.objects.get(code="310107")
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    clerk, officer = factories.make_user("registry_clerk"), factories.make_user("officer", squad)
    now = timezone.now()
    RosterEntry.objects.create(
        unit=squad, user=officer, starts_at=now - timedelta(hours=5), ends_at=now + timedelta(hours=3)
    )
    beat = beats.save_beat(
        district,
        by=clerk,
        code="CS-1",
        name="长寿路",
        squad=squad,
        street_class="strict",
        boundary=square(AT),
    )
    point = beats.save_point(beat, by=clerk, code="1", name="长寿路江宁路口", position=AT)
    keys = tags.enter_keys(district, by=clerk, name="一号密钥", meta_key=META, file_key=FILE)
    tag = tags.mount(point, by=clerk, kind="dynamic", uid=UID, keys=keys)
    writing = tags.writing_of(tag, by=clerk, reason="写入标签", site="https://chengshu.example")
    chip = FakeTag(bytes.fromhex(UID), bytes.fromhex(writing.meta_key), bytes.fromhex(writing.file_key))
    return Patrol(district, squad, officer, clerk, beat, point, keys, tag, chip, now)


def square(middle: tuple[float, float], half: float = 0.004) -> dict[str, Any]:
    """A square around a position, in degrees."""
    lng, lat = middle
    ring = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return {"type": "Polygon", "coordinates": [[[lng + x * half, lat + y * half] for x, y in ring]]}
