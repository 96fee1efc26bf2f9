"""The rules of classes A to D: pure, by facts and a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chengshu.inspections.credit.rules import CLASSES, Fact, assess, weight
from chengshu.inspections.credit.settings import (
    DATA,
    CreditDataError,
    class_rules_on,
    codes_of,
    credit_data,
    due,
    load,
)
from chengshu.law.catalogue import LawProblem

TODAY = date(2020, 12, 31)
RULES = class_rules_on(TODAY)
OFFENCES = [code for code, kind in RULES.kinds.items() if not kind.merit]
facts = st.builds(
    Fact,
    kind=st.sampled_from(sorted(RULES.kinds)),
    on=st.integers(0, 1500).map(lambda n: TODAY - timedelta(days=n)),
    ref=st.tuples(st.sampled_from(["case", "inspection", "lead"]), st.integers(1, 9)),
    event=st.sampled_from(["", "a", "b", "c"]),
)
offences = facts.filter(lambda fact: fact.kind in OFFENCES)


def rank(credit: str) -> int:
    """0 for A … 3 for D; not rated counts like the default."""
    return CLASSES.index(credit or RULES.default)


def fact(kind: str, days: int = 10, n: int = 1, event: str = "") -> Fact:
    return Fact(kind, TODAY - timedelta(days=days), ("case", n), event=event)


@given(st.lists(facts, max_size=12), offences)
def test_one_more_offence_never_improves_the_class(known: list[Fact], more: Fact) -> None:
    assert rank(assess(RULES, [*known, more], TODAY).credit) >= rank(assess(RULES, known, TODAY).credit)


@given(st.lists(facts, max_size=12))
def test_the_order_of_the_facts_does_not_matter(known: list[Fact]) -> None:
    there, back = assess(RULES, known, TODAY), assess(RULES, known[::-1], TODAY)
    assert (there.credit, there.points, there.checks) == (back.credit, back.points, back.checks)


@given(st.lists(offences, max_size=12), st.integers(0, 2000))
def test_offences_alone_never_weigh_more_with_time(known: list[Fact], days: int) -> None:
    later = assess(RULES, known, TODAY + timedelta(days=days))
    assert later.points <= assess(RULES, known, TODAY).points


def test_without_facts_nobody_is_rated() -> None:
    assert assess(RULES, [], TODAY).credit == ""
    assert assess(RULES, [fact("case_general", days=3000)], TODAY).credit == ""


def test_the_best_class_needs_two_satisfactory_checks() -> None:
    assert assess(RULES, [fact("inspection_clean")], TODAY).credit == "B"
    assert assess(RULES, [fact("inspection_clean"), fact("inspection_clean", n=2)], TODAY).credit == "A"


def test_several_penalties_lead_down_the_classes() -> None:
    given_to = [
        assess(RULES, [fact("case_general", n=n) for n in range(count)], TODAY).credit for count in (1, 2, 3)
    ]
    assert given_to == ["B", "C", "D"]


def test_an_inspection_its_lead_and_its_case_count_once() -> None:
    chain = [
        fact(kind, event="inspection:1") for kind in ("inspection_problem", "lead_confirmed", "case_general")
    ]
    found = assess(RULES, chain, TODAY)
    assert found.points == 6
    assert [ground.points for ground in found.grounds] == [0, 0, 6]


def test_a_serious_entry_means_key_supervision_whatever_else_is_known() -> None:
    clean = [fact("inspection_clean", n=n) for n in range(9)]
    assert assess(RULES, [*clean, fact("entry_serious", days=1700)], TODAY).credit == "D"


def test_a_fact_fades_between_its_two_days() -> None:
    kind = RULES.kinds["case_general"]
    on = date(2018, 12, 31)
    assert weight(kind, on, date(2019, 12, 31)) == 1
    assert weight(kind, on, date(2020, 12, 31)) == 0
    assert Decimal(0) < weight(kind, on, date(2020, 7, 1)) < Decimal(1)


# --- the data -----------------------------------------------------------------------------------------
def test_every_part_of_the_shipped_data_is_marked_and_cites_what_is_known() -> None:
    known = credit_data()
    assert all(one.cited for one in [*known.grounds.values(), *known.measures.values()])
    assert all(not rules.verified and rules.note for rules in known.class_rules)
    assert {level for one in known.grounds.values() for level in one.levels} == {"ordinary", "serious"}
    assert codes_of("310107").keys() == {"authority_code", "source_code"}
    assert codes_of("999999") == {}


def test_key_phrases_of_the_periods_stand_in_the_statute() -> None:
    laws = Path(__file__).parents[4] / "shared" / "data" / "laws" / "shanghai"
    path = next(iter(sorted(laws.glob("上海市社会信用条例*.md"))), None)
    if path is None:
        pytest.skip("the statute texts are not beside the project")
    text = path.read_text(encoding="utf-8")
    verified = [entry for rows in credit_data().periods.values() for entry in rows if entry.verified]
    assert verified
    assert all(phrase in text for entry in verified for phrase in entry.text)


def test_rules_and_periods_follow_the_day() -> None:
    assert class_rules_on(date(2022, 12, 31)) is not class_rules_on(date(2023, 1, 1))
    with pytest.raises(LawProblem, match="2017"):
        class_rules_on(date(2017, 12, 31))
    assert due("entry_term_ordinary", date(2021, 3, 1)) == date(2022, 3, 1)
    assert due("entry_term_ordinary", date(2024, 3, 1)) == date(2027, 3, 1)
    with pytest.raises(LawProblem):
        due("enquiry", date(2010, 1, 1))


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("kinds", "case_grave", "points"), -1, "merits"),
        (("kinds", "case_grave", "cap"), 4, "only a merit has a cap"),
        (("kinds", "case_grave", "at_least"), "E", "at_least"),
        (("best", "A"), 20, "rising"),
        (("minimum", "C"), 1, "minimum"),
    ],
)
def test_data_that_makes_no_sense_is_refused(
    path: tuple[str, ...], value: object, says: str, tmp_path: Path
) -> None:
    raw = yaml.safe_load((DATA / "credit.yaml").read_text(encoding="utf-8"))
    target = raw["class_rules"][0]
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    file = tmp_path / "credit.yaml"
    file.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(CreditDataError, match=says):
        load(file)
