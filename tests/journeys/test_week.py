"""A week of the district replayed while two dispatchers work at the screen and the web server is killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.product import Product, started
from tests.journeys.week import Week, prepare

pytestmark = [pytest.mark.browser, pytest.mark.slow_start]
LEADS = 40
OBJECTS = 120
SPEED = 60_000  # a week in ten seconds
PATIENCE = 120


@pytest.fixture
def product() -> Iterator[Product]:
    """A district with some objects, officers on duty and without leads."""
    with started(prepare(OBJECTS)) as running:
        yield running


def test_a_week_with_two_dispatchers_at_the_command_centre_and_a_killed_server(product: Product) -> None:
    result = Week(product, count=LEADS, speed=SPEED, patience=PATIENCE).run([0.5])
    assert result.state == {"planned": LEADS, "reported": LEADS, "closed": LEADS, "waiting": 0}
    (kill,) = result.kills
    assert kill.of_them_by_keys and kill.in_flight == kill.there + kill.not_there
    assert kill.retried == kill.not_there
    assert result.recount["leads"] == LEADS
    assert result.recount["open"] == result.recount["alarms_standing"] == 0
    for person in result.dispatchers.values():
        assert person["steps"] and person["problems"] == []
