"""Years, quarters, months and stretches of days, and what each is compared with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.indicators.periods import Period, PeriodProblem

days = st.dates(date(1960, 1, 1), date(2900, 1, 1))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-Q4", date(2020, 10, 1), date(2020, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020-03-02..2020-12-31", date(2020, 3, 2), date(2020, 12, 31)),
    ],
)
def test_a_period_is_written_as_it_is_read(text: str, first: date, last: date) -> None:
    period = Period.parse(text)
    assert (period.start, period.last, period.code) == (first, last, text)


@pytest.mark.parametrize(
    "text", ["", "20", "2020-13", "2020-Q5", "0000", "2020-03-02..2020-01-01", "2020-02-30..2020-03-01"]
)
def test_what_names_no_period_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(PeriodProblem):
        Period.parse(text)


def test_a_leap_day_is_compared_with_the_last_of_february() -> None:
    assert Period.days(date(2020, 2, 1), date(2020, 2, 29)).year_before().last == date(2019, 2, 28)
    assert Period.month(2020, 2).year_before() == Period.month(2019, 2)


@given(st.integers(1990, 2100), st.integers(1, 12))
def test_months_of_a_year_follow_each_other_without_gap(year: int, month: int) -> None:
    months = Period.year(year).months()
    assert [one.end for one in months[:-1]] == [one.start for one in months[1:]]
    assert (months[0].start, months[-1].end) == (date(year, 1, 1), date(year + 1, 1, 1))
    assert Period.month(year, month).before().end == Period.month(year, month).start
    assert Period.parse(Period.month(year, month).code) == Period.month(year, month)


@given(days, st.integers(1, 800))
def test_the_stretch_before_is_as_long_and_ends_where_this_begins(first: date, length: int) -> None:
    period = Period(first, first + timedelta(days=length))
    before = period.before()
    assert before.end == period.start
    assert before.end - before.start == period.end - period.start
    assert Period.parse(period.code) == period
