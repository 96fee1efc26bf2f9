"""Two people at once over duty logs and equipment, each with a connection of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import translation

from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.models import DutyLog, Equipment, EquipmentUse
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import equipment, logs
from tests import factories
from tests.patrol.conftest import Patrol
from tests.patrol.logs import HOUR, duty, seen, shown, signed

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The answers of calls that begin together; a refusal is its answer."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        translation.activate("zh-hans")
        try:
            gate.wait(60)
            return call()
        except PatrolProblem as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_at_once_one_is_told(patrol: Patrol) -> None:
    """All on one copy of the database: making another takes longer than the tests themselves."""
    first, second = (factories.make_user("squad_leader", patrol.squad) for _n in range(2))

    # one confirms while the other returns
    log = signed(patrol, duty(patrol, 20 * HOUR))
    answers = at_once(
        lambda: logs.confirm(log, by=first, digest=log.digest),
        lambda: logs.send_back(log, "请补充", by=second),
    )
    assert sorted(isinstance(answer, PatrolProblem) for answer in answers) == [False, True]
    assert LedgerEntry.objects.filter(chain=log.chain).count() == 2

    # the officer signs on the phone and at the desk
    on = duty(patrol, 40 * HOUR)
    seen(patrol, on)
    log = logs.log_of(on)
    digest = shown(log)
    sign = [lambda: logs.sign(log, by=patrol.officer, digest=digest)] * 2
    answers = at_once(*sign)
    assert sorted(isinstance(answer, PatrolProblem) for answer in answers) == [False, True]

    # two jobs and a phone open the same logs
    duty(patrol, 60 * HOUR)
    on = duty(patrol, 80 * HOUR)
    at_once(logs.open_due, logs.open_due, lambda: logs.log_of(on))
    assert DutyLog.objects.filter(duty=on).count() == 1

    # two take the same thing
    thing = Equipment.objects.create(squad=patrol.squad, code="R-1", kind="radio", name="对讲机")
    colleague = factories.make_user("officer", patrol.squad)
    answers = at_once(
        lambda: equipment.take(thing, by=patrol.officer), lambda: equipment.take(thing, by=colleague)
    )
    assert sorted(isinstance(answer, PatrolProblem) for answer in answers) == [False, True]
    assert EquipmentUse.objects.filter(returned_at=None).count() == 1
