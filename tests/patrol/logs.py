"""What tests of duty logs share: duties that are over, things done on them, a leader and a colleague."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from chengshu.bureau.models import RosterEntry, User
from chengshu.patrol.log.composing import digest_of
from chengshu.patrol.models import CheckIn, DutyLog
from chengshu.patrol.services import logs
from chengshu.patrol.services.log_contents import gather
from tests.patrol.conftest import Patrol

HOUR = timedelta(hours=1)
LINE = "巡查长寿路，劝阻两处跨门营业。"


def duty(
    patrol: Patrol, ended_ago: timedelta = HOUR, by: User | None = None, kind: str = "patrol"
) -> RosterEntry:
    """A duty of eight hours that ended so long ago; other duties of the fixture are left alone."""
    end = patrol.now - ended_ago
    made: RosterEntry = RosterEntry.objects.create(
        unit=patrol.squad, user=by or patrol.officer, duty=kind, starts_at=end - 8 * HOUR, ends_at=end
    )
    return made


def seen(patrol: Patrol, on: RosterEntry, n: int = 3, **fields: Any) -> list[CheckIn]:
    """Check-ins spread over a duty, written as they are kept."""
    step = (on.ends_at - on.starts_at) / (n + 1)
    made = [
        CheckIn(
            id=uuid.uuid4(), district=patrol.district, squad=patrol.squad, user=on.user, beat=patrol.beat,
            point=patrol.point, tag=patrol.tag, way="nfc_dynamic", at=on.starts_at + step * (i + 1),
            received_at=on.starts_at + step * (i + 1), **{"weight": 95, **fields},
        )
        for i in range(n)
    ]  # fmt: skip
    return CheckIn.objects.bulk_create(made)


def shown(log: DutyLog) -> str:
    """The digest of the log as its officer sees it now."""
    return digest_of(gather(log))


def signed(patrol: Patrol, on: RosterEntry | None = None, at: datetime | None = None) -> DutyLog:
    """A log of a duty with check-ins, signed by its officer."""
    on = on or duty(patrol)
    if not CheckIn.objects.filter(user=on.user, at__gte=on.starts_at, at__lt=on.ends_at).exists():
        seen(patrol, on)
    log = logs.log_of(on)
    return logs.sign(log, by=on.user, digest=shown(log), at=at)
