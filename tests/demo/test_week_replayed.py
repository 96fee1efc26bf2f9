"""A week of the district through the loop: nothing stuck, nothing lost, whoever does the dispatching."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chengshu.bureau.models import District
from chengshu.demo.cast import Cast
from chengshu.demo.leads import WEEK, Planned, plan, plan_of
from chengshu.demo.replaying import Replay, State
from chengshu.leads import services
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.services.classes import load_classes
from chengshu.leads.services.dispatching import register_and_route
from tests import factories

pytestmark = pytest.mark.django_db
MONDAY = datetime(2020, 11, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
STAMPS = {
    Action.REGISTER: "registered_at", Action.DISPATCH: "dispatched_at", Action.ACCEPT: "accepted_at",
    Action.VERIFY: "verified_at", Action.CLOSE: "closed_at",
}  # fmt: skip


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


def everything_has_ended(district: District, planned: list[Planned]) -> None:
    """Nothing lost, nothing stuck, every lead with an outcome, and the figures are those of the history."""
    assert set(Lead.objects.values_list("source_ref", flat=True)) == {one.ref for one in planned}
    assert not Lead.objects.exclude(stage=Stage.CLOSED).exists()
    assert not Lead.objects.filter(outcome="").exists()
    assert set(Lead.objects.values_list("source", flat=True)) == set(plan_of(district.code)["sources"])
    recount(district)


def recount(district: District) -> None:
    """What stands with the leads is what the history says, lead by lead and in all."""
    steps: dict[int, list[LeadStep]] = {}
    for step in LeadStep.objects.filter(district=district).order_by("lead_id", "version"):
        steps.setdefault(step.lead_id, []).append(step)
    outcomes: Counter[str] = Counter()
    for lead in Lead.objects.filter(district=district):
        history = steps[lead.pk]
        assert len(history) == lead.version
        assert (history[-1].stage, history[-1].outcome) == (lead.stage, lead.outcome)
        counted = Counter(step.action for step in history)
        for name, action in (("returned", Action.RETURN), ("rejected", Action.REJECT),
                             ("reopened", Action.REOPEN), ("urged", Action.URGE)):  # fmt: skip
            assert getattr(lead, name) == counted[action]
        for action, name in STAMPS.items():
            last = [step.at for step in history if step.action == action]
            if getattr(lead, name) is not None and last:
                assert getattr(lead, name) == last[-1] or lead.outcome == "merged"
        outcomes[history[-1].outcome] += 1
    assert sum(outcomes.values()) == Lead.objects.filter(district=district).count()


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
    state = replay(district, 40, dispatchers=0)
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
        if not replay(district, 40, dispatchers=0).waiting:
            break
    everything_has_ended(district, week(district, 40))


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
