"""Inspections brought into each state, and what each verb does there: shared by the tests of the verbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import TABLE, Action, State, Withdrawal
from chengshu.inspections.models import Inspection
from chengshu.inspections.services import drawing, inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Answer, Report
from chengshu.registry.models import RegulatedObject
from tests.inspections.conftest import Checks

Verb = Callable[[Inspection, User], Any]


def in_state(checks: Checks, state: State) -> Inspection:
    """A drawn inspection in this state."""
    one = checks.drawn()[0]
    if state == State.STARTED:
        inspecting.start(one, by=checks.member(one))
    elif state == State.ORDERED:
        checks.reported(one, 5, ["1"], rectify_by=timezone.localdate() + timedelta(days=5))
    elif state == State.CLOSED:
        checks.reported(one)
    elif state == State.WITHDRAWN:
        drawing.withdraw(one, Withdrawal.CLOSED, by=checks.supervisor, note="已关店")
    return Inspection.objects.get(pk=one.pk)


def record(inspection: Inspection, problems: tuple[str, ...] = (), **stated: Any) -> Report:
    """A complete record, signed off by a witness."""
    checklist = inspection.checklist or inspecting.checklist_on(inspection, timezone.localdate())
    values: dict[str, Any] = {
        "result": 1,
        "answers": [
            Answer(entry["code"], "yes" if entry["code"] in problems else "no") for entry in checklist.entries
        ],
        "signing": "refused",
        "unsigned_because": "拒签，居委会见证",
        **stated,
    }
    return Report(**values)


def refused_states(action: Action) -> list[State]:
    """The states in which the table does not allow the action."""
    return [state for state in State if state not in TABLE[action]]


def assert_refused(checks: Checks, state: State, verb: Verb) -> None:
    """The verb is refused with a sentence, and nothing has changed."""
    one = in_state(checks, state)
    steps = one.steps.count()
    with pytest.raises(InspectionProblem):
        verb(one, checks.member(one))
    after = Inspection.objects.get(pk=one.pk)
    assert (after.state, after.version, after.steps.count()) == (one.state, one.version, steps)


def assert_only_the_team(checks: Checks, one: Inspection, verb: Verb) -> None:
    """Neither a colleague of another team nor anybody of higher rank may do it."""
    team = set(one.team.values_list("user_id", flat=True))
    colleague = next(officer for officer in checks.officers if officer.pk not in team)
    for stranger in (colleague, checks.squad_leader, checks.leader, checks.supervisor):
        with pytest.raises(PermissionDenied):
            verb(one, User.objects.with_roles().get(pk=stranger.pk))
    assert Inspection.objects.get(pk=one.pk).version == one.version


def shop_of_first_squad(checks: Checks) -> RegulatedObject:
    """A shop in the first squad's town."""
    return checks.shops[0]
