"""A lead of a trusted source: registered and sent within its report, as if it had been done step by step."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import Notice
from chengshu.kernel.models import Event
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead, LeadAlarm, LeadStep, RoutingRule
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.dispatching import register_and_route
from chengshu.leads.services.reporting import report_many
from tests import factories
from tests.leads.api import STALL, Caller
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db
EACH_ITS_OWN = {
    "id", "number", "created_at", "reported_at", "updated_at", "step_at", "search_tokens", "registered_at",
    "dispatched_at", "handle_by", "arrive_by", "amber_at", "step_data",
}  # fmt: skip


def stall(**stated: Any) -> NewLead:
    values = {"lead_class": "E0201", "description": "占道设摊", "address": "长寿路100号", "source": "hotline",
              "position": factories.IN_CHANGSHOU}  # fmt: skip
    return NewLead(**{**values, **stated})


def columns(lead: Lead) -> dict[str, Any]:
    return {field.attname: getattr(lead, field.attname) for field in Lead._meta.concrete_fields}


def history(lead: Lead) -> list[tuple[Any, ...]]:
    names = ("version", "action", "stage", "outcome", "squad_id", "officer_id", "by_id", "note")
    return list(LeadStep.objects.filter(lead=lead).order_by("version").values_list(*names))


def notices(lead: Lead) -> set[tuple[Any, ...]]:
    told = Notice.objects.filter(key__startswith=f"lead:{lead.pk}:")
    return set(told.values_list("recipient", "kind", "level", "unit"))


def events(lead: Lead) -> list[str]:
    sent = Event.objects.filter(subject=f"lead:{lead.pk}").order_by("id")
    return [data["action"] for data in sent.values_list("data", flat=True)]


@pytest.mark.parametrize(
    "stated",
    [{}, {"position": factories.IN_TAOPU}, {"position": None}, {"severity": 3}],
    ids=["with a leader", "without a leader", "without a pin", "urgent"],
)
def test_it_stands_as_if_it_had_gone_step_by_step(loop: Loop, stated: dict[str, Any]) -> None:
    at_once = report(stall(**stated), district=loop.district, by=None).lead
    waiting = report(stall(**stated), district=loop.district, by=None, route=False).lead
    register_and_route(waiting, by=None)
    first, second = Lead.objects.get(pk=at_once.pk), Lead.objects.get(pk=waiting.pk)
    same = [name for name in columns(first) if name not in EACH_ITS_OWN]
    assert {name: columns(first)[name] for name in same} == {name: columns(second)[name] for name in same}
    assert history(first) == history(second)
    for name in ("handle_by", "arrive_by", "amber_at", "registered_at", "dispatched_at"):
        assert (getattr(first, name) is None) == (getattr(second, name) is None)
    assert notices(first) == notices(second)
    assert events(first) == events(second)
    assert events(first)[:2] == ["report", "register"]


def test_what_is_given_back_is_what_is_written(loop: Loop) -> None:
    lead = report(stall(), district=loop.district, by=None).lead
    written = columns(Lead.objects.get(pk=lead.pk))
    given = columns(lead)
    for name in written:
        if name != "updated_at":
            assert given[name] == written[name], name
    assert lead.stage == Stage.DISPATCHED and lead.version == 3


def test_the_same_number_of_a_source_is_one_lead_also_among_many(loop: Loop) -> None:
    first = report(stall(source_ref="SH1"), district=loop.district, by=None)
    many = [
        stall(source_ref="SH2"),
        stall(source_ref="SH1"),
        stall(source_ref="SH2"),
        stall(source_ref="SH3"),
    ]
    with transaction.atomic():
        made = report_many(many, district=loop.district, by=None)
    assert [one.created for one in made] == [True, False, False, True]
    assert made[1].lead == first.lead
    assert Lead.objects.filter(stage=Stage.DISPATCHED).count() == 3


def test_a_rule_that_fails_is_told_with_the_clock_of_the_lead(loop: Loop) -> None:
    RoutingRule.objects.create(
        district=loop.district, name="坏", condition={"classes": 5}, target="dispatcher"
    )
    lead = report(stall(), district=loop.district, by=None).lead
    assert (lead.stage, lead.version) == (Stage.REGISTERED, 2)
    assert LeadAlarm.objects.get(lead=lead).kind == LeadAlarm.Kind.RULE_FAILED
    notice = Notice.objects.get(kind="lead.rule_failed")
    assert notice.recipient == loop.dispatcher
    assert lead.handle_by is not None and " · " in notice.text


def test_routing_costs_a_handful_of_queries(
    platform: Caller, loop: Loop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    platform.post(body={**STALL, "source": "hotline"})
    with django_assert_max_num_queries(17):  # the test's own transaction adds a savepoint
        assert platform.post(body={**STALL, "source": "hotline"}).json()["stage"] == "dispatched"
