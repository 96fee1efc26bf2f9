"""Before a report is frozen: parts add up, ratios match, a figure is told alike, like goes with like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import District
from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from chengshu.kernel.indicators.asking import Compared, Figure, year_on_year
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import declared
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.checking import (
    alike,
    faults_of,
    graph_faults,
    ratio_faults,
    same_length,
    told_faults,
)
from chengshu.reports.composing import Block, Run, compose
from chengshu.reports.graphs import Chart, Row
from chengshu.reports.numbers import Numbers
from chengshu.reports.template import Check, template
from tests import factories

YEAR = Period.year(2020)


def figure(id_: str, value: Decimal | int | None, **parts: Decimal) -> Figure:
    known = None if value is None else Decimal(value)
    return Figure(id_, 1, YEAR, (), known, 1, timezone.now(), **parts)


def numbers(**values: int) -> Numbers:
    told = {id_: figure(id_, value) for id_, value in values.items()}
    return Numbers(YEAR, {id_: Compared(one, figure(id_, None)) for id_, one in told.items()})


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


def test_parts_that_do_not_add_up_are_named_with_their_sum() -> None:
    found = {id_: figure(id_, n) for id_, n in (("whole", 5), ("a", 2), ("b", 3), ("c", 9))}
    checks = [
        Check("sum", "whole", ("a", "b")),
        Check("sum", "whole", ("a",)),
        Check("at_most", "whole", ("c",)),
        Check("sum", "whole", ("unheard",)),
    ]
    with translation.override("en"):
        told = list(faults_of(checks, found))
    assert told == [
        "whole is 5, but its parts add up to 2: a.",
        "whole is 5, less than what belongs to it, 9: c.",
    ]


@given(above=st.integers(0, 10_000), below=st.integers(1, 10_000))
def test_a_ratio_of_its_parts_is_never_a_fault(above: int, below: int) -> None:
    one = declared("random_completion")
    value = Decimal(100) * above / below
    ratio = figure(one.id, None, numerator=Decimal(above), denominator=Decimal(below))
    parts = {"random_tasks_done": figure("random_tasks_done", above), "random_tasks": figure("x", below)}
    assert not list(ratio_faults({one.id: replace(ratio, value=value), **parts}))


def test_a_ratio_that_is_not_that_of_the_parts_told_beside_it_is_a_fault() -> None:
    ratio = figure("random_completion", Decimal("97.2"), numerator=Decimal(972), denominator=Decimal(1000))
    assert not list(ratio_faults({"random_completion": ratio}))
    parts = {"random_tasks_done": figure("a", 971), "random_tasks": figure("b", 1000)}
    (told,) = ratio_faults({"random_completion": ratio, **parts})
    assert "97.2" in told and "97.1" in told


def test_a_number_that_is_told_otherwise_in_one_place_is_a_fault() -> None:
    right = Block("paragraph", runs=(Run("5779", "cases_total"),))
    table = Block("table", rows=(("罚款", Run("281.75", "fines_total", "万.2"), "万元"),))
    wrong = Block("paragraph", runs=(Run("5780", "cases_total"),))
    known = numbers(cases_total=5779, fines_total=2817500)
    assert not list(told_faults([right, table], known))
    (told,) = told_faults([right, table, wrong], known)
    assert "5780" in told and "5779" in told


def test_a_chart_whose_parts_lack_something_is_a_fault() -> None:
    values = (Decimal(5000), Decimal(700))
    chart = Chart(
        figure="cases_total",
        unit="件",
        total=sum(values, Decimal(0)),
        decimals=0,
        scale=Decimal(1),
        labels=("1月", "2月"),
        rows=(Row("2020年", values),),
    )
    block = Block("chart", runs=(Run("各月案件"),), graph=chart, number="图1")
    (told,) = graph_faults([block], {"cases_total": figure("cases_total", 5779)})
    assert "5700" in told and "图1" in told
    assert not list(graph_faults([block], {"cases_total": figure("cases_total", 5700)}))


def test_only_stretches_of_the_same_kind_and_length_are_alike() -> None:
    year, quarter = Period.year(2020), Period.quarter(2020, 1)
    assert same_length(year, Period.year(2019)) and same_length(quarter, quarter.year_before())
    assert not same_length(year, quarter)
    days = Period.days(date(2020, 1, 1), date(2020, 3, 31))
    assert same_length(days, days.year_before())  # a leap day apart
    assert not same_length(days, Period.days(date(2019, 1, 1), date(2019, 2, 28)))


def test_a_year_without_records_before_it_is_compared_with_nothing(district: District) -> None:
    found = year_on_year(["cases_total"], YEAR, place_of(district.pk))
    assert alike(found, district.pk) == frozenset()


def test_a_year_is_compared_once_the_records_reach_over_both(district: District) -> None:
    for case in Case.objects.filter(decided_on__year=2020).order_by("decided_on")[:3]:
        Case.objects.filter(pk=case.pk).update(decided_on=case.decided_on - timedelta(days=366))
    found = year_on_year(["cases_total"], YEAR, place_of(district.pk))
    assert alike(found, district.pk) == {"cases_total"}


def test_a_year_whose_records_begin_in_its_autumn_is_not_compared(district: District) -> None:
    case = Case.objects.filter(decided_on__year=2020).first()
    assert case is not None
    Case.objects.filter(pk=case.pk).update(decided_on=date(2019, 10, 1))
    found = year_on_year(["cases_total"], YEAR, place_of(district.pk))
    assert alike(found, district.pk) == frozenset()


def test_a_year_that_is_not_over_is_not_compared(district: District) -> None:
    this = Period.year(timezone.localdate().year)
    found = year_on_year(["cases_total"], this, place_of(district.pk))
    assert alike(found, district.pk) == frozenset()


def test_the_shipped_documents_of_a_made_up_year_have_no_faults(district: District) -> None:
    assert compose(template("annual"), district, YEAR, "某局").faults == ()
    assert compose(template("plan"), district, YEAR, "某局").faults == ()
    assert compose(template("briefing"), district, Period.quarter(2020, 3), "某局").faults == ()
