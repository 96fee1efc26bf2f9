"""A lead from finding to evaluation, and what the database writes about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from chengshu.kernel.models import Event
from chengshu.leads import services
from chengshu.leads.lifecycle import Action, Outcome, Stage
from chengshu.leads.models import Lead, LeadStep
from tests.leads.conftest import Loop


def closed_lead(loop: Loop) -> Lead:
    lead = loop.lead(source="import", route=True)
    services.accept(lead, by=loop.officer)
    services.arrive(lead, by=loop.officer)
    services.handle(lead, Outcome.ADVISED, by=loop.officer, note="当场劝离")
    services.verify(lead, by=loop.dispatcher)
    return services.close(lead, by=loop.dispatcher)


def test_a_lead_of_a_trusted_source_goes_to_the_squad_of_its_town_at_once(loop: Loop) -> None:
    lead = loop.lead(route=True)
    assert lead.stage == Stage.DISPATCHED
    assert lead.squad == loop.squad
    assert lead.handle_by is not None and lead.arrive_by is not None and lead.arrive_by <= lead.handle_by


def test_every_change_is_in_the_history_that_the_database_writes(loop: Loop) -> None:
    lead = services.evaluate(closed_lead(loop), 5, by=loop.dispatcher)
    steps = list(LeadStep.objects.filter(lead=lead))
    assert [step.action for step in steps] == [
        "report", "register", "dispatch", "accept", "arrive", "handle", "verify", "close", "evaluate",
    ]  # fmt: skip
    assert [step.version for step in steps] == list(range(1, 10))
    assert steps[3].by == loop.officer and steps[3].officer == loop.officer
    assert steps[-1].stage == Stage.CLOSED and steps[-1].outcome == Outcome.ADVISED


def test_every_change_is_an_event_for_live_screens(loop: Loop) -> None:
    lead = closed_lead(loop)
    events = list(Event.objects.filter(topic="lead", subject=f"lead:{lead.pk}").order_by("id"))
    assert [event.data["action"] for event in events][:3] == ["report", "register", "dispatch"]
    assert [event.data["version"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1].squad_id == loop.squad.pk


def test_a_change_past_the_services_is_refused_by_the_database(loop: Loop) -> None:
    lead = loop.lead()
    with pytest.raises(DatabaseError, match="through its services"), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(stage=Stage.CLOSED, outcome=Outcome.UNFOUNDED)
    with pytest.raises(DatabaseError), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE leads_leadstep SET note = 'x' WHERE lead_id = %s", [lead.pk])


def test_no_lead_is_closed_without_an_outcome(loop: Loop) -> None:
    lead = loop.lead()
    with pytest.raises(IntegrityError), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(stage=Stage.CLOSED, version=2)


def test_nobody_verifies_ones_own_handling(loop: Loop) -> None:
    lead = loop.lead(source="import", route=True)
    services.accept(lead, by=None)
    services.pass_on(lead, "市场监管局", by=loop.dispatcher, note="属其职责")
    with pytest.raises(services.LeadProblem, match="本人"):
        services.verify(lead, by=loop.dispatcher)
    assert services.verify(lead, by=loop.supervisor).stage == Stage.VERIFIED


def test_the_same_source_number_or_request_is_one_lead(loop: Loop) -> None:
    first = loop.lead(source="hotline", source_ref="SH20201101001")
    again = loop.lead(source="hotline", source_ref="SH20201101001")
    assert first.pk == again.pk


def test_an_officer_may_not_dispatch_and_a_stranger_may_not_work(loop: Loop) -> None:
    lead = loop.lead(route=True)
    with pytest.raises(PermissionDenied):
        services.urge(lead, by=loop.officer)
    services.transfer(lead, loop.other_squad, by=loop.dispatcher, note="管辖")
    with pytest.raises(PermissionDenied):
        services.accept(lead, by=loop.officer)


def test_the_clocks_stand_still_while_a_lead_is_on_hold(loop: Loop) -> None:
    lead = loop.lead(route=True)
    before = lead.handle_by
    assert before is not None
    now = timezone.now()
    services.hold(lead, by=loop.dispatcher, note="待权属单位确认", at=now)
    with pytest.raises(services.LeadProblem, match="挂起"):
        services.accept(lead, by=loop.officer)
    services.resume(lead, by=loop.dispatcher, at=now + timedelta(hours=5))
    assert lead.handle_by == before + timedelta(hours=5)


def test_an_order_to_rectify_waits_for_its_recheck_and_a_refusal_stays_open(loop: Loop) -> None:
    lead = loop.lead(source="import", route=True)
    services.accept(lead, by=loop.officer)
    day = timezone.localdate() + timedelta(days=3)
    services.order(lead, day, by=loop.officer, note="限期拆除")
    assert lead.stage == Stage.ACCEPTED and lead.recheck_on == day
    services.recheck(lead, complied=False, by=loop.officer, note="仍未拆除")
    assert lead.stage == Stage.ACCEPTED and lead.refused
    services.link_case(lead, case_id=7, case_number="", by=loop.officer)
    assert (lead.stage, lead.outcome) == (Stage.HANDLED, Outcome.CASE)


def test_a_double_is_closed_into_the_other_and_parts_settle_their_lead(loop: Loop) -> None:
    lead, double = loop.lead(route=True), loop.lead(route=True)
    services.merge(double, lead, by=loop.dispatcher)
    assert (double.stage, double.outcome, double.merged_into) == (Stage.CLOSED, Outcome.MERGED, lead)
    parts = services.split(
        lead,
        [
            services.NewLead("patrol", "E0201", f"摊位{n}", address="长寿路", position=lead.position)
            for n in (1, 2)
        ],
        by=loop.dispatcher,
        note="两处摊位",
    )
    for part in parts:
        services.dismiss(part, Outcome.UNFOUNDED, by=loop.dispatcher, note="已不在")
    lead.refresh_from_db()
    assert (lead.stage, lead.outcome) == (Stage.HANDLED, Outcome.SPLIT)
    assert LeadStep.objects.filter(lead=lead, action=Action.PARTS_DONE).count() == 1
