"""A duty that was ended by mistake goes on once it is begun again."""

from __future__ import annotations

import pytest

from chengshu.patrol.services import logs
from tests.patrol.conftest import Patrol
from tests.patrol.logs import HOUR

pytestmark = pytest.mark.django_db


def test_begun_again_after_its_end_the_duty_goes_on(patrol: Patrol) -> None:
    begun = logs.start_duty(patrol.officer, patrol.now - 3 * HOUR).started_at
    logs.end_duty(patrol.officer, patrol.now - 2 * HOUR)
    again = logs.start_duty(patrol.officer, patrol.now - HOUR)
    assert (again.started_at, again.ended_at) == (begun, None)
    assert logs.end_duty(patrol.officer, patrol.now).ended_at == patrol.now
