"""No lead vanishes whatever the rules are: it is dispatched, or waits for the dispatcher, who is called."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import LeadAlarm, RoutingRule
from chengshu.leads.routing import KEYS, Facts, decide, facts_of_step, holds, stated
from chengshu.leads.services import LeadProblem
from chengshu.leads.services.rules import check_rule
from tests.leads.conftest import STALL, Loop

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
WORDS = st.sampled_from(["working_day", "day_of_rest", "22:00", "06:00", "12:00+08:00", STALL, "patrol", ""])
KNOWN = st.dictionaries(st.sampled_from(sorted(KEYS)), JSON | WORDS | st.lists(WORDS, max_size=2), max_size=4)
CONDITIONS = JSON | KNOWN
TARGETS = st.sampled_from(["town_squad", "unit", "officer", "dispatcher", "nobody"])
RULES = st.lists(st.tuples(CONDITIONS, TARGETS, st.booleans(), st.booleans()), max_size=3)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=RULES)
def test_no_lead_vanishes_whatever_the_rules_are(
    loop: Loop, drawn: list[tuple[Any, str, bool, bool]]
) -> None:
    RoutingRule.objects.all().delete()
    for place, (condition, target, unit, officer) in enumerate(drawn):
        RoutingRule.objects.create(
            district=loop.district,
            order=place,
            name="任意",
            condition={} if condition is None else condition,
            target=target,
            unit=loop.other_squad if unit else None,
            officer=loop.officer if officer else None,
        )
    lead = loop.lead(route=True)
    alarmed = LeadAlarm.objects.filter(lead=lead, kind=LeadAlarm.Kind.RULE_FAILED, cleared_at=None).exists()
    if lead.stage == Stage.DISPATCHED:
        assert lead.squad in (loop.squad, loop.other_squad) and not alarmed
    else:
        assert lead.stage == Stage.REGISTERED  # in the dispatcher's queue
        asked = lead.step_action == "register"
        assert asked and (alarmed or any(target == "dispatcher" for _c, target, _u, _o in drawn))


@given(condition=CONDITIONS)
def test_what_is_saved_can_always_be_evaluated(condition: Any) -> None:
    rule = RoutingRule(name="x", condition=condition, target="dispatcher")
    try:
        check_rule(rule)
    except (LeadProblem, ValidationError):
        return
    holds(condition, FACTS)


FACTS = Facts(
    STALL, "event", "街面秩序", "patrol", 2, datetime(2020, 11, 2, 1, tzinfo=UTC), "t", 4, "shop", "A"
)


@given(doubt=st.lists(st.integers(1, 9), max_size=3), credit=st.none() | st.sampled_from("ABCD"))
def test_facts_survive_being_kept(doubt: list[int], credit: str | None) -> None:
    facts = Facts(**{**vars(FACTS), "doubt": tuple(doubt), "credit": credit})
    assert facts_of_step(stated(facts)) == facts
    assert decide(facts_of_step(stated(facts)), []) == decide(facts, [])
