"""The bureau sets its routing rules and classes itself: each change is a version in the ledger."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from chengshu.kernel.models import LedgerEntry
from chengshu.leads import services
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import LeadAlarm, LeadClass, RoutingRule
from chengshu.leads.services import classes, rules
from tests import factories
from tests.leads.conftest import SIGN, STALL, Loop

BACKEND = "chengshu.bureau.backends.BureauBackend"


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def rule(loop: Loop, name: str = "夜间摊贩", **fields: Any) -> RoutingRule:
    values = {"condition": {"classes": [STALL]}, "target": "unit", "unit": loop.other_squad, **fields}
    return rules.save_rule(RoutingRule(name=name, **values), loop.district, loop.dispatcher)


def test_a_rule_filled_in_on_the_page_sends_the_next_lead(loop: Loop) -> None:
    client = browser(loop.dispatcher)
    form = {"name": "店招归桃浦", "classes": [SIGN], "severity_from": "1", "days": "", "hour_from": "00:00",
            "hour_to": "23:59", "target": "unit", "unit": loop.other_squad.pk}  # fmt: skip
    answer = client.post(reverse("leads:rule_new"), form)
    assert answer.status_code == 302, answer.context["form"].errors
    made = RoutingRule.objects.get()
    assert (made.version, made.changed_by) == (1, loop.dispatcher)
    assert made.condition == {"classes": [SIGN], "severity_from": 1, "from": "00:00", "to": "23:59"}
    assert loop.lead(lead_class=SIGN, route=True).squad == loop.other_squad
    page = client.get(reverse("leads:rules")).content.decode()
    assert "店招归桃浦" in page and "v1" in page
    assert "店招归桃浦" in client.get(reverse("leads:rule", args=[made.pk])).content.decode()


def test_each_change_is_a_version_in_the_ledger(loop: Loop) -> None:
    made = rule(loop)
    made.name = "摊贩"
    rules.save_rule(made, loop.district, loop.dispatcher)
    rules.save_rule(made, loop.district, loop.dispatcher)  # nothing changed
    rules.switch_rule(made, active=False, by=loop.dispatcher)
    entries = list(LedgerEntry.objects.filter(chain=rules.chain(loop.district.pk)).order_by("seq"))
    assert [entry.action for entry in entries] == ["rule.added", "rule.changed", "rule.switched"]
    assert [entry.payload["after"]["version"] for entry in entries] == [1, 2, 3]
    assert entries[1].payload["before"]["name"] == "夜间摊贩"
    assert loop.lead(route=True).squad == loop.squad


def test_the_order_decides_and_is_recorded(loop: Loop) -> None:
    first, second = rule(loop), rule(loop, "都由指挥", condition={}, target="dispatcher", unit=None)
    rules.move_rule(second, up=True, by=loop.dispatcher)
    assert list(RoutingRule.objects.values_list("pk", flat=True)) == [second.pk, first.pk]
    assert loop.lead(route=True).stage == Stage.REGISTERED
    last = LedgerEntry.objects.filter(chain=rules.chain(loop.district.pk)).order_by("-seq")[0]
    assert last.payload == {"before": [first.pk, second.pk], "after": [second.pk, first.pk]}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"condition": {"from": "25:00"}}, "形式的时间"),
        ({"condition": {"weather": ["rain"]}}, "未知条件"),
        ({"condition": {"classes": "E0201"}}, "须为列表"),
        ({"condition": {"severity_from": "high"}}, "须为整数"),
        ({"condition": {"days": "someday"}}, "不是日期类型"),
        ({"unit": None}, "中队"),
        ({"target": "officer"}, "队员"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_refused_in_one_sentence(
    loop: Loop, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(services.LeadProblem, match=sentence):
        rule(loop, **fields)
    assert not RoutingRule.objects.exists()


def test_only_whoever_sets_up_the_district_changes_rules(loop: Loop) -> None:
    with pytest.raises(PermissionDenied):
        rules.save_rule(RoutingRule(name="x", target="dispatcher"), loop.district, loop.leader)
    with pytest.raises(PermissionDenied):
        rules.switch_rule(rule(loop), active=False, by=factories.make_user("bureau_leader"))


@pytest.mark.parametrize("lost", ["squad", "officer"])
def test_a_rule_to_somebody_who_is_gone_calls_the_dispatcher(loop: Loop, lost: str) -> None:
    away = factories.make_user("officer", loop.other_squad)
    rule(loop, target="officer", officer=away)
    thing: Any = loop.other_squad if lost == "squad" else away
    setattr(thing, "active" if lost == "squad" else "is_active", False)
    thing.save()
    lead = loop.lead(route=True)
    assert (lead.stage, lead.officer) == (Stage.REGISTERED, None)
    assert LeadAlarm.objects.get(lead=lead).kind == LeadAlarm.Kind.RULE_FAILED


def test_new_limits_of_a_class_hold_for_the_next_lead_only(loop: Loop) -> None:
    before = loop.lead(route=True)
    stall = LeadClass.objects.get(district=loop.district, code=STALL)
    values = {"handle_within": 30, "handle_unit": "calendar_day"}
    classes.change_class(stall.pk, values, loop.dispatcher)
    due = before.handle_by
    before.refresh_from_db()
    after = loop.lead(route=True)
    assert before.handle_by == due
    assert after.handle_by is not None and due is not None and (after.handle_by - due).days >= 20
    assert LedgerEntry.objects.get(chain=classes.chain(stall.pk)).payload["after"] == values


def test_limits_are_verified_by_somebody_with_a_source_and_only_until_they_change(loop: Loop) -> None:
    stall = LeadClass.objects.get(district=loop.district, code=STALL)
    with pytest.raises(services.LeadProblem, match="依据"):
        classes.change_class(stall.pk, {"verified": True, "source": " "}, loop.dispatcher)
    checked = classes.change_class(
        stall.pk, {"verified": True, "source": "区网格化管理办法第12条"}, loop.dispatcher
    )
    assert checked.verified_by == loop.dispatcher and checked.verified_at is not None
    changed = classes.change_class(stall.pk, {"handle_within": 9, "verified": True}, loop.dispatcher)
    assert not changed.verified and changed.verified_by is None


def test_the_class_pages_mark_unverified_limits(loop: Loop) -> None:
    client = browser(loop.dispatcher)
    assert "未核实" in client.get(reverse("leads:classes")).content.decode()
    stall = LeadClass.objects.get(district=loop.district, code=STALL)
    url = reverse("leads:class", args=[stall.pk])
    form = client.get(url).context["form"]
    values = {bound.name: bound.value() for bound in form if bound.value() not in (None, False)}
    answer = client.post(url, {**values, "photos_closing": 3, "cause": "没有"})
    assert answer.status_code == 422
    assert client.post(url, {**values, "photos_closing": 3}).status_code == 302
    stall.refresh_from_db()
    assert stall.photos_closing == 3
