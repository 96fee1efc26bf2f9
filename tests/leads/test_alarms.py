"""What stands too long calls the squad, then the district; cleared when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chengshu.leads import services
from chengshu.leads.lifecycle import Outcome
from chengshu.leads.models import Lead, LeadAlarm
from chengshu.leads.services import alarms
from chengshu.leads.settings import clocks
from chengshu.leads.tasks import sweep_alarms
from tests.leads.conftest import Loop
from tests.leads.test_rules import browser, rule

Kind, Level = LeadAlarm.Kind, LeadAlarm.Level
NOW = datetime(2020, 11, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
SECOND = timedelta(seconds=1)


def found(loop: Loop) -> tuple[Lead, datetime]:
    return loop.lead(source="public"), NOW


def registered(loop: Loop) -> tuple[Lead, datetime]:
    lead = loop.lead()
    services.register(lead, by=None)
    return lead, NOW


def dispatched(loop: Loop) -> tuple[Lead, datetime]:
    return loop.lead(route=True), NOW


def accepted(loop: Loop) -> Lead:
    lead = loop.lead(source="import", route=True)
    return services.accept(lead, by=loop.officer)


def on_the_way(loop: Loop) -> tuple[Lead, datetime]:
    lead = accepted(loop)
    assert lead.arrive_by is not None
    return lead, lead.arrive_by


def at_work(loop: Loop) -> tuple[Lead, datetime]:
    lead = services.arrive(accepted(loop), by=loop.officer)
    assert lead.handle_by is not None
    return lead, lead.handle_by


def handled(loop: Loop) -> tuple[Lead, datetime]:
    return services.handle(accepted(loop), Outcome.ADVISED, by=loop.officer, note="已劝离"), NOW


def ordered(loop: Loop) -> tuple[Lead, datetime]:
    day = NOW.date() + timedelta(days=2)
    lead = services.order(accepted(loop), day, by=loop.officer, note="限期改正")
    return lead, datetime(2020, 11, 5, tzinfo=NOW.tzinfo)


CASES: list[tuple[str, Callable[[Loop], tuple[Lead, datetime]]]] = [
    ("not_registered", found),
    ("not_dispatched", registered),
    ("not_accepted", dispatched),
    ("not_arrived", on_the_way),
    ("overdue", at_work),
    ("not_verified", handled),
    ("recheck_due", ordered),
]
LIMITS = [
    (kind, level, make)
    for kind, make in CASES
    for level in ("squad", "district")
    if getattr(clocks().alarms[kind], level) is not None
]


def standing(lead: Lead, kind: str) -> set[str]:
    rows = LeadAlarm.objects.filter(lead=lead, kind=kind, cleared_at=None)
    return set(rows.values_list("level", flat=True))


def test_every_kind_with_a_limit_is_tried_here() -> None:
    assert {kind for kind, _make in CASES} == set(clocks().alarms)


@pytest.mark.parametrize(("kind", "level", "make"), LIMITS)
def test_an_alarm_is_raised_after_its_limit_and_not_before(
    loop: Loop, kind: str, level: str, make: Callable[[Loop], tuple[Lead, datetime]]
) -> None:
    with time_machine.travel(NOW, tick=False):
        lead, begin = make(loop)
    limit = begin + timedelta(minutes=getattr(clocks().alarms[kind], level))
    if kind == "recheck_due":  # a day, not a moment: the day after begins the alarm
        limit -= SECOND
    alarms.sweep(limit)
    assert level not in standing(lead, kind)
    alarms.sweep(limit + SECOND)
    assert level in standing(lead, kind)


@pytest.mark.parametrize("make", [make for _kind, make in CASES])
def test_a_lead_that_is_closed_has_no_alarm_any_more(
    loop: Loop, make: Callable[[Loop], tuple[Lead, datetime]]
) -> None:
    with time_machine.travel(NOW, tick=False):
        lead, begin = make(loop)
    late = begin + timedelta(days=3)
    alarms.sweep(late)
    assert lead.alarms.filter(cleared_at=None).exists()
    other = loop.lead(source="import")
    services.merge(lead, other, by=None, at=late)
    swept = alarms.sweep(late + SECOND)
    assert swept.cleared and not lead.alarms.filter(cleared_at=None).exists()


def test_a_lead_on_hold_raises_nothing(loop: Loop) -> None:
    with time_machine.travel(NOW, tick=False):
        lead, _begin = dispatched(loop)
        services.hold(lead, by=loop.dispatcher, note="待定")
    alarms.sweep(NOW + timedelta(days=9))
    assert not lead.alarms.exists()


def test_a_second_sweep_raises_nothing_twice(loop: Loop) -> None:
    with time_machine.travel(NOW, tick=False):
        dispatched(loop)
    late = NOW + timedelta(hours=2)
    assert alarms.sweep(late).raised > 0
    assert alarms.sweep(late).raised == 0


def test_the_alarm_of_a_rule_is_cleared_once_the_lead_is_sent(loop: Loop) -> None:
    made = rule(loop)
    type(made).objects.filter(pk=made.pk).update(condition={"from": "nine"})
    lead = loop.lead(route=True)
    assert standing(lead, "rule_failed") == {"district"}
    alarms.sweep()
    assert standing(lead, "rule_failed") == {"district"}
    services.dispatch(lead, loop.squad, by=loop.dispatcher)
    alarms.sweep()
    assert standing(lead, "rule_failed") == set()


def test_a_sweep_asks_no_more_for_more_leads(loop: Loop) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            alarms.sweep(NOW + timedelta(days=30))
        return len(asked)

    with time_machine.travel(NOW, tick=False):
        dispatched(loop)
    few = queries()
    with time_machine.travel(NOW, tick=False):
        for _n in range(12):
            dispatched(loop)
    assert queries() <= few


def test_the_squad_is_told_first_and_then_the_district(loop: Loop) -> None:
    with time_machine.travel(NOW, tick=False):
        lead, _begin = dispatched(loop)
    told = alarms.tell(alarms.sweep(NOW + timedelta(minutes=31)).made)
    assert [(one.alarm.kind, one.level, one.people, one.unit) for one in told] == [
        ("not_accepted", "warn", (loop.leader,), loop.squad.pk)
    ]
    assert told[0].url == f"/leads/{lead.pk}/" and lead.number in told[0].title
    told = alarms.tell(alarms.sweep(NOW + timedelta(minutes=61)).made)
    assert {(one.people, one.unit) for one in told if one.level == "danger"} == {((loop.dispatcher,), None)}


def test_whoever_delivers_notices_hears_of_a_failed_rule_at_once(loop: Loop) -> None:
    heard: list[alarms.Told] = []

    def listen(told: list[alarms.Told], **_signal: object) -> None:
        heard.extend(told)

    made = rule(loop)
    type(made).objects.filter(pk=made.pk).update(condition=[])
    alarms.alarms_told.connect(listen)
    try:
        loop.lead(route=True)
    finally:
        alarms.alarms_told.disconnect(listen)
    assert [(one.alarm.kind, one.people) for one in heard] == [("rule_failed", (loop.dispatcher,))]


def test_the_page_shows_what_stands_in_ones_own_area(loop: Loop) -> None:
    lead = loop.lead(route=True)
    alarms.sweep(lead.step_at + timedelta(hours=2))
    page = browser(loop.leader).get(reverse("leads:alarms"), {"level": "squad"})
    assert lead.number in page.content.decode()
    services.transfer(lead, loop.other_squad, by=loop.dispatcher, note="管辖")
    LeadAlarm.objects.update(squad=loop.other_squad)
    assert not browser(loop.officer).get(reverse("leads:alarms")).context["rows"]
    assert browser(loop.dispatcher).get(reverse("leads:alarms"), {"kind": "not_accepted"}).context["rows"]


@pytest.mark.django_db(transaction=True)
def test_of_two_sweeps_at_once_one_does_nothing(loop: Loop) -> None:
    with time_machine.travel(NOW, tick=False):
        dispatched(loop)
    seen: list[int] = []

    def second() -> None:
        try:
            seen.append(alarms.sweep(NOW + timedelta(hours=2)).raised)
        finally:
            connection.close()

    with transaction.atomic():
        first = alarms.sweep(NOW + timedelta(hours=2)).raised
        thread = Thread(target=second)
        thread.start()
        thread.join()
    assert first > 0 and seen == [0]
    sweep_alarms(0)
    assert LeadAlarm.objects.values("lead", "kind", "level").distinct().count() == LeadAlarm.objects.count()
