"""Substance follows the day of the act unless the newer rule is milder; procedure the day of the step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.law import applicable
from chengshu.law.applicable import (
    authority,
    due,
    due_at,
    exemption_item_for,
    exemption_reason,
    fine_range,
    is_milder,
    period,
    requirement,
    rule_for,
    threshold,
    tier_of,
    tier_range,
)
from chengshu.law.collection import Catalogue, LawProblem
from chengshu.law.model import CauseRule, Citation, Fine, PartyKind

ARTICLE = Citation("city-appearance", "第一条")
pytestmark = pytest.mark.usefixtures("small_law")


def rule(*fines: Fine, **values: object) -> CauseRule:
    plain = CauseRule(date(2020, 1, 1), None, ARTICLE, ARTICLE, "direct", fines)
    return replace(plain, **values)  # type: ignore[arg-type]


def fine(low: int, high: int, **values: object) -> Fine:
    return replace(Fine(Decimal(low), Decimal(high)), **values)  # type: ignore[arg-type]


# --- which rule ------------------------------------------------------------------------------------
def test_the_rule_of_the_day_of_the_act_applies_while_it_is_in_force() -> None:
    applied = rule_for("stall", act_on=date(2020, 10, 1), decided_on=date(2020, 11, 1))
    assert applied.rule is applied.old_rule and not applied.milder
    assert "2002年4月1日" in applied.reason


def test_a_heavier_new_rule_does_not_reach_back() -> None:
    applied = rule_for("stall", act_on=date(2022, 11, 30), decided_on=date(2023, 1, 5))
    assert applied.rule.fines[0].max == 500 and not applied.milder


def test_an_act_that_goes_on_under_the_new_rule_is_punished_by_it() -> None:
    applied = rule_for("stall", act_on=date(2022, 12, 1), decided_on=date(2023, 1, 5))
    assert applied.rule.fines[0].max == 1000 and not applied.milder


def test_a_milder_new_rule_applies_to_the_party_for_whom_it_is_milder() -> None:
    days = {"act_on": date(2020, 8, 31), "decided_on": date(2020, 10, 1)}
    person = rule_for("muck", party="person", **days)
    assert person.milder and person.rule.valid_from == date(2020, 9, 1)
    assert "2020年9月1日" in person.reason
    assert not rule_for("muck", party="organisation", **days).milder
    assert not rule_for("muck", **days).milder, "unknown party: it is heavier for one of them"


def test_an_offence_without_a_rule_is_refused() -> None:
    with pytest.raises(LawProblem, match="1990年1月1日"):
        rule_for("stall", act_on=date(1990, 1, 1), decided_on=date(2020, 1, 1))
    with pytest.raises(LawProblem):
        rule_for("stall", act_on=date(2020, 1, 2), decided_on=date(2020, 1, 1))
    with pytest.raises(LawProblem, match="parking"):
        rule_for("parking", act_on=date(2020, 1, 1), decided_on=date(2020, 1, 1))


def test_an_offence_whose_rule_has_ended_must_be_looked_into(
    small_law: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall = small_law.cause("stall")
    small_law._causes["stall"] = replace(stall, rules=stall.rules[:1])
    applied = rule_for("stall", act_on=date(2022, 1, 1), decided_on=date(2023, 1, 1))
    assert applied.ended and not applied.milder and applied.rule is applied.old_rule


# --- milder ----------------------------------------------------------------------------------------
OLD = rule(fine(50, 500))


@pytest.mark.parametrize(
    "newer",
    [
        rule(fine(100, 499)),
        rule(fine(40, 500)),
        rule(fine(50, 500, optional=True)),
        rule(fine(50, 500), mode="after_order"),
        rule(fine(50, 500, cap=Decimal(300))),
        rule(other_penalties=("warning",)),
        rule(fine(50, 400), other_penalties=("warning",)),
        rule(),
    ],
)
def test_milder(newer: CauseRule) -> None:
    assert is_milder(newer, OLD, "person")
    assert not is_milder(OLD, newer, "person")


@pytest.mark.parametrize(
    "newer",
    [
        OLD,
        rule(fine(10, 501)),
        rule(fine(50, 500, grave_max=Decimal(2000))),
        rule(fine(1, 2, unit="per_m2")),
        rule(fine(50, 400), other_penalties=("revoke_licence",)),
        rule(fine(50, 500), other_penalties=("warning",)),
    ],
)
def test_not_milder(newer: CauseRule) -> None:
    assert not is_milder(newer, OLD, "person")


amounts = st.integers(0, 10_000)
rules = st.builds(
    lambda low, more, optional, party, others: rule(
        fine(low, low + more, optional=optional, party=party), other_penalties=tuple(others)
    ),
    amounts,
    amounts,
    st.booleans(),
    st.sampled_from([None, "person", "organisation"]),
    st.sets(st.sampled_from(["warning", "confiscate_gain", "revoke_licence"])),
)


@given(rules, rules, st.sampled_from(["person", "organisation", None]))
def test_two_rules_are_never_each_milder_than_the_other(
    one: CauseRule, other: CauseRule, party: PartyKind | None
) -> None:
    assert not (is_milder(one, other, party) and is_milder(other, one, party))
    assert not is_milder(one, one, party)


# --- ranges ----------------------------------------------------------------------------------------
def test_a_range_in_yuan() -> None:
    found = fine_range(OLD, "person")
    assert (found.min, found.max, found.optional) == (50, 500, False)
    assert found.contains(Decimal(500)) and not found.contains(Decimal("500.01"))
    assert "50" in found.explained and "500" in found.explained


def test_a_range_by_quantity_needs_the_quantity() -> None:
    by_area = rule(fine(500, 2000, unit="per_m2"))
    found = fine_range(by_area, "person", quantity=Decimal("12.5"))
    assert (found.min, found.max) == (6250, 25000)
    with pytest.raises(LawProblem, match="平方米"):
        fine_range(by_area, "person")
    with pytest.raises(LawProblem):
        fine_range(by_area, "person", quantity=0)


def test_times_and_per_cent_need_their_base_and_keep_the_cap() -> None:
    times = rule(fine(1, 3, unit="times_value", base="违法所得", cap=Decimal(30000)))
    found = fine_range(times, "person", base_value=20000)
    assert (found.min, found.max) == (20000, 30000)
    assert "违法所得" in found.explained
    share = rule(fine(5, 10, unit="percent", base="建设工程造价"))
    assert fine_range(share, "organisation", base_value=200_000).max == 20000
    with pytest.raises(LawProblem, match="建设工程造价"):
        fine_range(share, "organisation", quantity=200_000)


def test_a_serious_case_begins_where_the_ordinary_range_ends() -> None:
    serious = rule(fine(1000, 10000, grave_max=Decimal(100000)))
    found = fine_range(serious, "person", grave=True)
    assert (found.min, found.max) == (10000, 100000)
    with pytest.raises(LawProblem):
        fine_range(OLD, "person", grave=True)


def test_each_party_has_its_own_range_before_the_one_for_anyone() -> None:
    mixed = rule(fine(20, 200), fine(5000, 50000, party="organisation"))
    assert fine_range(mixed, "person").max == 200
    assert fine_range(mixed, "organisation").max == 50000
    with pytest.raises(LawProblem, match="个人"):
        fine_range(rule(fine(1, 2, party="organisation")), "person")
    with pytest.raises(LawProblem, match="单位"):
        fine_range(rule(), "organisation")


def test_an_amount_lies_in_the_lower_of_two_tiers_that_meet() -> None:
    stall = rule_for("stall", act_on=date(2020, 1, 1), decided_on=date(2020, 1, 1)).rule
    codes = [tier and tier.code for tier in (tier_of(stall, "person", n) for n in (50, 200, 201, 501))]
    assert codes == ["light", "light", "heavy", None]
    assert tier_of(OLD, "person", 100) is None
    assert tier_range(stall, "person", "heavy").min == 200
    with pytest.raises(LawProblem, match="extreme"):
        tier_range(stall, "person", "extreme")


# --- procedure -------------------------------------------------------------------------------------
def test_the_simple_procedure_changes_with_the_law_of_2021() -> None:
    before, after = (
        threshold("simple_procedure", date(2021, 7, 14)),
        threshold("simple_procedure", date(2021, 7, 15)),
    )
    assert (before.amount("person"), before.amount("organisation")) == (50, 1000)
    assert (after.amount("person"), after.amount("organisation")) == (200, 3000)
    with pytest.raises(LawProblem, match="1990年"):
        threshold("simple_procedure", date(1990, 1, 1))
    with pytest.raises(LawProblem, match="nothing"):
        threshold("nothing", date(2021, 1, 1))


def test_a_hearing_is_asked_for_in_days_before_and_in_working_days_after_the_law_of_2021() -> None:
    assert (
        period("hearing_request", date(2021, 7, 14)).n,
        period("hearing_request", date(2021, 7, 15)).n,
    ) == (
        3,
        5,
    )
    assert due("hearing_request", date(2021, 7, 14)) == date(2021, 7, 17), "a Saturday: three calendar days"
    assert due("hearing_request", date(2021, 7, 15)) == date(2021, 7, 22), "five working days"


def test_the_law_of_another_day_may_be_asked() -> None:
    assert due("hearing_request", date(2021, 7, 15), on=date(2021, 7, 14)) == date(2021, 7, 18)


def test_a_period_is_extended_only_where_the_law_allows_it() -> None:
    assert due("seizure", date(2021, 3, 1)) == date(2021, 3, 31)
    assert due("seizure", date(2021, 3, 1), extended=True) == date(2021, 4, 30)
    with pytest.raises(LawProblem):
        due("service", date(2021, 3, 1), extended=True)


def test_years_and_hours() -> None:
    assert due("limitation", date(2020, 2, 29)) == date(2022, 2, 28)
    assert due_at("report", datetime(2021, 3, 1, 10)) == datetime(2021, 3, 2, 10)
    with pytest.raises(LawProblem):
        due("report", date(2021, 3, 1))
    with pytest.raises(LawProblem):
        due_at("service", datetime(2021, 3, 1, 10))


def test_counted_backwards() -> None:
    assert due("service", date(2021, 8, 10), backwards=True) == date(2021, 7, 30), "seven working days before"


def test_a_requirement_that_is_not_yet_asked_for() -> None:
    assert requirement("legal_review", date(2021, 7, 14)) is None
    found = requirement("two_officers", date(2021, 7, 14))
    assert found is not None and found.n == 2
    with pytest.raises(LawProblem):
        requirement("three_officers", date(2021, 7, 14))


def test_subdistricts_decide_themselves_since_august_2021() -> None:
    assert authority("subdistrict", date(2021, 7, 31)).authority == "bureau"
    assert authority("subdistrict", date(2021, 8, 1)).authority == "subdistrict_office"
    assert authority("town", date(2021, 7, 31)).authority == "town_government"


def test_exemptions_have_their_days() -> None:
    assert exemption_reason("first_time", date(2021, 7, 14)) is None
    assert exemption_reason("first_time", date(2021, 7, 15)) is not None
    assert exemption_item_for("stall", date(2020, 8, 17)) is None
    item = exemption_item_for("stall", date(2020, 8, 18))
    assert item is not None and item.code == "first_stall"
    assert exemption_item_for("muck", date(2020, 8, 18)) is None


@given(st.dates(date(1996, 10, 1), date(2025, 12, 31)))
def test_every_day_has_exactly_one_threshold(day: date) -> None:
    law = applicable.catalogue()
    assert sum(entry.applies(day) for entry in law.thresholds["simple_procedure"]) == 1


@given(
    st.dates(date(2018, 1, 1), date(2024, 6, 30)),
    st.integers(0, 60),
    st.sampled_from(["service", "seizure", "limitation", "hearing_request"]),
)
def test_whoever_begins_later_under_the_same_law_has_at_least_as_long(
    start: date, more: int, code: str
) -> None:
    law = date(2021, 7, 15)
    later = date.fromordinal(start.toordinal() + more)
    assert start < due(code, start, on=law) <= due(code, later, on=law)
