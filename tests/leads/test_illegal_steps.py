"""One test for each step the table does not allow, and for each that is refused on hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.leads import services
from chengshu.leads.lifecycle import (
    CLOSED_BY_THEMSELVES,
    OPEN,
    PERMISSION,
    TABLE,
    WHILE_HELD,
    Action,
    Outcome,
    Stage,
    possible,
)
from chengshu.leads.models import Lead, LeadStep
from tests.leads.conftest import Loop

ILLEGAL = [
    (action, stage) for action in Action if action in TABLE for stage in Stage if stage not in TABLE[action]
]
HELD = [
    (action, stage)
    for action in Action
    if action in TABLE and action not in WHILE_HELD
    for stage in TABLE[action]
    if stage in TABLE[Action.HOLD]
]


def lead_at(loop: Loop, stage: Stage) -> Lead:
    """A lead that came to the stage through the services."""
    lead = loop.lead(source="import")
    steps = {
        Stage.REGISTERED: lambda: services.change(
            lead, Action.REGISTER, by=None, registered_at=timezone.now()
        ),
        Stage.DISPATCHED: lambda: services.dispatch(lead, loop.squad, by=loop.dispatcher),
        Stage.ACCEPTED: lambda: services.accept(lead, by=loop.officer),
        Stage.HANDLED: lambda: services.handle(lead, Outcome.ADVISED, by=loop.officer, note="已劝离"),
        Stage.VERIFIED: lambda: services.verify(lead, by=loop.dispatcher),
        Stage.CLOSED: lambda: services.close(lead, by=loop.dispatcher),
    }
    for reached, step in steps.items():
        if lead.stage == stage:
            break
        step()
        assert lead.stage == reached
    return lead


@pytest.mark.parametrize(("action", "stage"), ILLEGAL, ids=lambda value: value.value)
def test_a_step_the_table_does_not_allow_is_refused_and_leaves_no_trace(
    loop: Loop, action: Action, stage: Stage
) -> None:
    lead = lead_at(loop, stage)
    version = lead.version
    with pytest.raises(services.LeadProblem, match=r"不能|挂起"):
        services.change(lead, action, by=None)
    lead.refresh_from_db()
    assert (lead.stage, lead.version) == (stage, version)
    assert LeadStep.objects.filter(lead=lead).count() == version


@pytest.mark.parametrize(("action", "stage"), HELD, ids=lambda value: value.value)
def test_on_hold_nothing_goes_on(loop: Loop, action: Action, stage: Stage) -> None:
    lead = lead_at(loop, stage)
    services.hold(lead, by=loop.dispatcher, note="待确认", at=timezone.now() - timedelta(minutes=5))
    with pytest.raises(services.LeadProblem, match="挂起"):
        services.change(lead, action, by=None)


def test_every_action_but_the_first_stands_in_the_table_and_names_a_permission() -> None:
    assert set(TABLE) == set(Action) - {Action.REPORT}
    assert set(PERMISSION) == set(Action)


def test_no_action_but_reopening_leads_out_of_the_end() -> None:
    leaving = {
        action
        for action, ways in TABLE.items()
        if Stage.CLOSED in ways and ways[Stage.CLOSED] != Stage.CLOSED
    }
    assert leaving == {Action.REOPEN}


def test_a_lead_ends_only_by_closing_joining_or_dismissing() -> None:
    ending = {
        action
        for action, ways in TABLE.items()
        if any(before != Stage.CLOSED and after == Stage.CLOSED for before, after in ways.items())
    }
    assert ending == CLOSED_BY_THEMSELVES | {Action.CLOSE}


def test_from_every_open_stage_there_is_a_way_to_the_end() -> None:
    reach = {Stage.CLOSED}
    while True:
        more = {before for ways in TABLE.values() for before, after in ways.items() if after in reach} - reach
        if not more:
            break
        reach |= more
    assert reach >= set(OPEN)


def test_only_what_is_possible_is_offered() -> None:
    assert Action.RESUME not in possible(Stage.ACCEPTED)
    assert set(possible(Stage.ACCEPTED, held=True)) <= WHILE_HELD
    assert possible(Stage.CLOSED) == [Action.ANSWER, Action.EVALUATE, Action.REOPEN, Action.REMARK]
