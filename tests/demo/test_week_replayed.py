"""A week of the district through the loop: nothing stuck, nothing lost, whoever does the dispatching."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chengshu.bureau.models import District
from chengshu.demo.cast import Cast
from chengshu.demo.leads import WEEK, Planned, plan
from chengshu.demo.replaying import Replay, State
from chengshu.leads import services
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.services.classes import load_classes
from chengshu.leads.services.dispatching import register_and_route
from tests import factories
from tests.demo.recounting import everything_has_ended

pytestmark = pytest.mark.django_db
LARGE = 2_000
MONDAY = datetime(2020, 11, 2, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def district() -> District:
    district = factories.make_district()
    load_classes(district)
    return district


def week(district: District, count: int) -> list[Planned]:
    return plan(district, MONDAY, MONDAY + WEEK, name=f"demo-test.{count}", count=count)


def replay(district: District, count: int, *, dispatchers: int, patience: float | None = 0) -> State:
    cast = Cast(district, dispatchers=dispatchers)
    player = Replay(
        district, week(district, count), cast, end=MONDAY + WEEK, speed=0, with_desk=dispatchers > 0
    )
    return player.run(patience=patience)


def test_a_week_with_simulated_dispatchers_comes_to_its_end(district: District) -> None:
    state = replay(district, 40, dispatchers=2)
    assert (state.planned, state.reported, state.closed, state.waiting) == (40, 40, 40, 0)
    everything_has_ended(district, week(district, 40))


def test_every_step_of_the_simulated_bears_the_time_of_the_week(district: District) -> None:
    replay(district, 30, dispatchers=2)
    times = LeadStep.objects.values_list("at", flat=True)
    assert min(times) >= MONDAY
    assert max(times) < MONDAY + timedelta(days=120)


def test_what_needs_a_person_waits_for_one_and_then_goes_on(district: District) -> None:
    state = replay(district, 24, dispatchers=0)
    waiting = Lead.objects.exclude(stage=Stage.CLOSED)
    assert state.waiting == waiting.count() > 0
    assert set(waiting.values_list("stage", flat=True)) <= {Stage.FOUND, Stage.REGISTERED, Stage.HANDLED}
    person = factories.make_user("dispatcher")
    for _round in range(6):
        for lead in Lead.objects.exclude(stage=Stage.CLOSED):
            if lead.stage == Stage.FOUND:
                register_and_route(lead, by=person)
            elif lead.stage == Stage.REGISTERED:
                services.dispatch(lead, factories.unit(district, "squad", "长寿路街道"), by=person)
            elif lead.stage == Stage.HANDLED and lead.handled_by != person:
                services.verify(lead, by=person)
        if not replay(district, 24, dispatchers=0).waiting:
            break
    everything_has_ended(district, week(district, 24))


def test_a_replay_that_was_killed_goes_on_where_it_stopped(district: District) -> None:
    class Killed(Exception):
        pass

    planned, cast = week(district, 30), Cast(district)
    taken = 0

    class Mortal(Replay):
        def _take(self, number: int) -> None:
            nonlocal taken
            taken += 1
            if taken > 60:
                raise Killed
            super()._take(number)

    with pytest.raises(Killed):
        Mortal(district, planned, cast, end=MONDAY + WEEK, speed=1e9, with_desk=True).run()
    before = dict(LeadStep.objects.values_list("id", "action"))
    assert 0 < Lead.objects.count() < 30
    state = Replay(district, planned, cast, end=MONDAY + WEEK, speed=0, with_desk=True).run()
    assert state.closed == 30
    assert before.items() <= dict(LeadStep.objects.values_list("id", "action")).items()
    everything_has_ended(district, planned)


def test_a_usual_week_of_two_thousand_comes_to_its_end(district: District) -> None:
    state = replay(district, LARGE, dispatchers=2)
    assert state.closed == state.planned == LARGE
    everything_has_ended(district, week(district, LARGE))
