"""Whatever people do in whatever order, the promises of the loop hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.leads import services
from chengshu.leads.lifecycle import TABLE, Action, Outcome, Stage
from chengshu.leads.models import Lead, LeadStep
from tests.leads.conftest import Loop

BEGIN = datetime(2020, 11, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
PEOPLE = ("dispatcher", "officer", "leader", "supervisor", "system")
Verb = Callable[..., Any]
VERBS: dict[str, Verb] = {
    "register": lambda lead, loop, by, at: services.register(lead, by=by, at=at),
    "dispatch": lambda lead, loop, by, at: services.dispatch(lead, loop.squad, by=by, at=at),
    "accept": lambda lead, loop, by, at: services.accept(lead, by=by, at=at),
    "arrive": lambda lead, loop, by, at: services.arrive(lead, by=by, at=at),
    "transfer": lambda lead, loop, by, at: services.transfer(lead, loop.squad, by=by, at=at, note="管辖"),
    "give_back": lambda lead, loop, by, at: services.give_back(lead, by=by, at=at, note="非本队"),
    "handle": lambda lead, loop, by, at: services.handle(lead, "advised", by=by, at=at, note="已整改"),
    "order": lambda lead, loop, by, at: services.order(
        lead, (at + timedelta(days=3)).date(), by=by, at=at, note="限期改正"
    ),
    "comply": lambda lead, loop, by, at: services.recheck(lead, complied=True, by=by, at=at, note="已改正"),
    "refuse": lambda lead, loop, by, at: services.recheck(lead, complied=False, by=by, at=at, note="未改正"),
    "link_case": lambda lead, loop, by, at: services.link_case(lead, case_id=1, case_number="", by=by, at=at),
    "pass_on": lambda lead, loop, by, at: services.pass_on(lead, "水务局", by=by, at=at, note="其职责"),
    "answer": lambda lead, loop, by, at: services.receive_answer(lead, "已处理", by=by, at=at),
    "verify": lambda lead, loop, by, at: services.verify(lead, by=by, at=at),
    "reject": lambda lead, loop, by, at: services.reject(lead, by=by, at=at, note="未到位"),
    "close": lambda lead, loop, by, at: services.close(lead, by=by, at=at),
    "dismiss": lambda lead, loop, by, at: services.dismiss(lead, "unfounded", by=by, at=at, note="查无"),
    "evaluate": lambda lead, loop, by, at: services.evaluate(lead, 4, by=by, at=at),
    "reopen": lambda lead, loop, by, at: services.reopen(lead, by=by, at=at, note="复发"),
    "urge": lambda lead, loop, by, at: services.urge(lead, by=by, at=at),
    "ask": lambda lead, loop, by, at: services.ask_extension(
        lead, at + timedelta(days=30), by=by, at=at, note="案情复杂"
    ),
    "grant": lambda lead, loop, by, at: services.grant_extension(lead, by=by, at=at),
    "hold": lambda lead, loop, by, at: services.hold(lead, by=by, at=at, note="待定"),
    "resume": lambda lead, loop, by, at: services.resume(lead, by=by, at=at),
}
MOVES_THE_CLOCK = {Action.REGISTER, Action.ORDER, Action.GRANT_EXTENSION, Action.RESUME, Action.REOPEN}


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(sorted(VERBS)), st.sampled_from(PEOPLE), st.integers(1, 600)),
        min_size=5,
        max_size=30,
    )
)
def test_no_order_of_steps_breaks_a_promise(loop: Loop, moves: list[tuple[str, str, int]]) -> None:
    lead = loop.lead(source="import", reported_at=BEGIN)
    at = BEGIN
    for verb, person, minutes in moves:
        at += timedelta(minutes=minutes)
        by = None if person == "system" else getattr(loop, person)
        due = lead.handle_by
        try:
            with transaction.atomic():
                VERBS[verb](lead, loop, by, at)
        except (services.LeadProblem, PermissionDenied):
            lead.refresh_from_db()
            continue
        assert lead.handle_by == due or lead.step_action in MOVES_THE_CLOCK
    promises(Lead.objects.get(pk=lead.pk))


def promises(lead: Lead) -> None:
    """What holds of every lead at any time."""
    steps = list(LeadStep.objects.filter(lead=lead).order_by("version"))
    assert [step.version for step in steps] == list(range(1, lead.version + 1))
    stage = Stage.FOUND
    for before, step in pairwise(steps):
        stays = step.action == Action.RECHECK and step.data.get("complied") is False
        expected = before.stage if stays else TABLE[Action(step.action)][Stage(before.stage)]
        assert step.stage == expected
        stage = Stage(step.stage)
    assert lead.stage == stage
    assert lead.outcome == steps[-1].outcome
    if lead.stage == Stage.CLOSED:
        assert lead.outcome != Outcome.NONE
        assert lead.closed_at is not None
    assert lead.verified_by_id is None or lead.verified_by_id != lead.handled_by_id
    assert lead.reopened == sum(step.action == Action.REOPEN for step in steps)
    assert lead.returned == sum(step.action == Action.RETURN for step in steps)
    assert lead.urged == sum(step.action == Action.URGE for step in steps)
