"""What if the rules were others: last month's leads replayed with the facts of the time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chengshu.kernel.models import Job
from chengshu.leads import services
from chengshu.leads.models import Lead, LeadStep, RoutingRule
from chengshu.leads.replaying import DISPATCHER, Draft, drafts_of, replay
from tests import factories
from tests.jobs import run_jobs
from tests.leads.conftest import SIGN, STALL, Loop
from tests.leads.test_rules import browser, rule


@pytest.fixture
def today() -> Any:
    return timezone.localdate()


def draft(loop: Loop, *rules: Draft) -> list[dict[str, Any]]:
    return [one.as_dict() for one in (*rules, *drafts_of(loop.district.pk))]


def elsewhere(loop: Loop, condition: dict[str, Any] | None = None, **fields: Any) -> Draft:
    values = {"target": "unit", "unit_id": loop.other_squad.pk, **fields}
    return Draft(-1, "草案", {"classes": [STALL]} if condition is None else condition, **values)


def run(loop: Loop, rules: list[dict[str, Any]], today: Any) -> Any:
    return replay(loop.district.pk, today, today, rules, viewer=loop.dispatcher)


def test_the_rules_in_use_as_a_draft_move_nothing(loop: Loop, today: Any) -> None:
    rule(loop)
    loop.lead(route=True)
    loop.lead(route=True, lead_class=SIGN)
    found = run(loop, draft(loop), today)
    assert (found.leads, found.moved, found.without_record) == (2, 0, 0)


def test_the_matrix_says_from_which_squad_to_which(loop: Loop, today: Any) -> None:
    stalls = [loop.lead(route=True) for _n in range(3)]
    loop.lead(route=True, lead_class=SIGN)
    found = run(loop, draft(loop, elsewhere(loop)), today)
    assert dict(found.matrix) == {(loop.squad.pk, loop.other_squad.pk): 3}
    assert [row[0] for row in found.listed] == [lead.pk for lead in stalls]
    none = run(loop, draft(loop, elsewhere(loop, {}, target="dispatcher", unit_id=None)), today)
    assert dict(none.matrix) == {(loop.squad.pk, DISPATCHER): 4}
    assert (none.to_dispatcher, none.to_dispatcher_now) == (4, 0)


def test_a_failing_rule_is_named_with_the_leads_it_would_stop(loop: Loop, today: Any) -> None:
    loop.lead(route=True)
    found = run(loop, draft(loop, elsewhere(loop, {"from": "nine"})), today)
    assert list(found.failing.values()) == [1] and found.to_dispatcher == 1


def test_the_facts_are_those_of_the_time(loop: Loop, today: Any) -> None:
    shop = factories.make_object(loop.district)
    lead = loop.lead(route=True, object_id=shop.pk)
    services.transfer(lead, loop.other_squad, by=loop.dispatcher, note="管辖")
    type(shop).objects.filter(pk=shop.pk).update(credit="D")
    found = run(loop, draft(loop, elsewhere(loop, {"credits": ["D"]})), today)
    assert (found.moved, found.without_record) == (0, 0)  # it had no credit class then
    step = LeadStep.objects.get(lead=lead, action="register")
    assert step.data["facts"]["town_squad"] == loop.squad.pk


def test_a_lead_not_yet_registered_is_read_from_its_columns(loop: Loop, today: Any) -> None:
    loop.lead()
    found = run(loop, draft(loop, elsewhere(loop)), today)
    assert (found.leads, found.moved, found.without_record) == (1, 1, 1)


def test_only_the_days_asked_for_are_replayed_and_nothing_is_written(loop: Loop, today: Any) -> None:
    loop.lead(route=True)
    loop.lead(route=True, reported_at=timezone.now() - timedelta(days=40))
    before = list(Lead.objects.values_list("pk", "version"))
    assert run(loop, draft(loop, elsewhere(loop)), today).leads == 1
    assert list(Lead.objects.values_list("pk", "version")) == before


def start(client: Client, today: Any) -> Job:
    answer = client.post(reverse("leads:what_if"), {"first": today, "last": today})
    assert answer.status_code == 302, answer.context["form"].errors
    run_jobs()
    return Job.objects.get(kind="leads.what_if")


def test_the_page_changes_a_draft_and_not_the_rules(loop: Loop, today: Any) -> None:
    kept = rule(loop, "原规则")
    lead = loop.lead(route=True)
    client = browser(loop.dispatcher)
    form = {"name": "草案甲", "classes": [STALL], "target": "unit", "unit": loop.squad.pk}
    assert client.post(reverse("leads:what_if_rule"), form).status_code == 302
    client.post(reverse("leads:what_if_change"), {"rule": "-1", "what": "up"})
    client.post(reverse("leads:what_if_change"), {"rule": kept.pk, "what": "switch"})
    page = client.get(reverse("leads:what_if"))
    assert [one["rule"].name for one in page.context["rules"]] == ["草案甲", "原规则"]
    assert page.context["changed"] and RoutingRule.objects.get().active
    job = start(client, today)
    result = client.get(reverse("leads:what_if_result", args=[job.pk]))
    assert result.context["result"]["moved"] == 1
    listed = client.get(
        reverse("leads:what_if_leads", args=[job.pk]),
        {"from": loop.other_squad.pk, "to": loop.squad.pk},
    )
    assert lead.number in listed.content.decode()
    client.post(reverse("leads:what_if_change"), {"what": "reset"})
    assert not client.get(reverse("leads:what_if")).context["changed"]


def test_a_draft_that_cannot_be_evaluated_and_days_out_of_order_are_refused(loop: Loop, today: Any) -> None:
    client = browser(loop.dispatcher)
    form = {"name": "草案", "target": "officer"}
    assert client.post(reverse("leads:what_if_rule"), form).status_code == 422
    later = {"first": today, "last": today - timedelta(days=1)}
    assert client.post(reverse("leads:what_if"), later).status_code == 422


def test_somebody_elses_replay_is_not_there(loop: Loop, today: Any) -> None:
    job = start(browser(loop.dispatcher), today)
    other = browser(factories.make_user("dispatcher"))
    assert other.get(reverse("leads:what_if_result", args=[job.pk])).status_code == 404
