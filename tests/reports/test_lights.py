"""The light of a target follows from the numbers: better numbers never make it worse."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from chengshu.reports.lights import (
    AT_LEAST,
    AT_MOST,
    RANK,
    Rules,
    Standing,
    course_of,
    judge,
    rest_of,
)

BY = Rules(Decimal("0.05"), Decimal(5), Decimal("0.05"))
EVEN = [Decimal(10)] * 12
shares = st.decimals("0.06", "0.99", places=2)
numbers = st.decimals(1, 10_000, places=0)


def share_of(good: int, of: int, course: str, target: int = 98) -> Standing:
    return Standing(
        Decimal(100 * good) / of, course=Decimal(course), numerator=Decimal(good), denominator=Decimal(of),
        factor=Decimal(100), ceiling=Decimal(100), ratio=True,
    )  # fmt: skip


def test_the_rest_of_the_year_must_make_up_for_what_is_lacking() -> None:
    light = judge(AT_LEAST, Decimal(98), share_of(485, 500, "0.5"), BY)
    assert light.colour == "amber" and light.values["rest"] == 99
    assert light.reason(lambda value: f"{value:.1f}%") == "目前97.0%，剩余月份须达到99.0%。"


def test_what_the_rest_of_the_year_cannot_make_up_for_is_red() -> None:
    light = judge(AT_LEAST, Decimal(98), share_of(850, 900, "0.9"), BY)
    assert light.colour == "red" and "无法达标" in light.reason()


def test_a_count_is_carried_on_by_the_months_of_the_year_before() -> None:
    late = [Decimal(0)] * 9 + [Decimal(40)] * 3  # last year everything was done in the last quarter
    course = course_of(late, date(2021, 10, 31))
    assert judge(AT_LEAST, Decimal(100), Standing(Decimal(40), course=course), BY).colour == "green"
    even = course_of(EVEN, date(2021, 10, 31))
    assert judge(AT_LEAST, Decimal(100), Standing(Decimal(40), course=even), BY).colour == "red"
    nearly = judge(AT_LEAST, Decimal(100), Standing(Decimal(80), course=even), BY)
    assert nearly.colour == "amber" and nearly.values["projected"] == 96


def test_nothing_is_projected_from_a_few_days() -> None:
    light = judge(AT_LEAST, Decimal(100), Standing(Decimal(0), course=course_of(EVEN, date(2021, 1, 10))), BY)
    assert light.colour == "grey"


def test_once_the_year_is_over_only_the_value_counts() -> None:
    for value, colour in ((98, "green"), (97, "red")):
        standing = Standing(Decimal(value), over=True, course=Decimal(1), ratio=True)
        assert judge(AT_LEAST, Decimal(98), standing, BY).colour == colour
    assert judge(AT_LEAST, Decimal(98), Standing(None, begun=False), BY).colour == "grey"


def test_a_limit_that_is_passed_is_red_at_once() -> None:
    assert judge(AT_MOST, Decimal(10), Standing(Decimal(11), course=Decimal("0.1")), BY).colour == "red"


@given(shares, numbers, numbers, st.integers(0, 10_000))
def test_more_done_never_makes_a_light_worse(
    course: Decimal, target: Decimal, value: Decimal, more: int
) -> None:
    def rank(done: Decimal) -> int:
        return RANK[judge(AT_LEAST, target, Standing(done, course=course), BY).colour]

    assert rank(value + more) <= rank(value)


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 1000), shares)
def test_more_good_ones_never_make_a_ratio_worse(of: int, good: int, more: int, course: Decimal) -> None:
    assume(good + more <= of)
    fewer, better = (
        judge(AT_LEAST, Decimal(98), share_of(n, of, str(course)), BY).colour for n in (good, good + more)
    )
    assert RANK[better] <= RANK[fewer]


@given(st.integers(1, 1000), st.integers(0, 1000), shares)
def test_a_year_whose_rest_is_as_demanded_is_exactly_at_the_target(
    of: int, good: int, course: Decimal
) -> None:
    assume(good <= of)
    standing, target = share_of(good, of, str(course)), Decimal(98)
    rest = rest_of(target, standing)
    assert rest is not None
    whole = of / course
    reached = (good + rest * (whole - of) / 100) / whole * 100
    assert abs(reached - target) < Decimal("0.000001")


@given(
    st.lists(st.decimals(0, 1000, places=0), min_size=12, max_size=12),
    st.dates(date(2021, 1, 1), date(2021, 12, 31)),
)
def test_the_course_of_a_year_grows_from_nought_to_one(months: list[Decimal], day: date) -> None:
    course = course_of(months, day)
    assert 0 <= course <= 1
    assert abs(course_of(months, date(2021, 12, 31)) - 1) < Decimal("0.000001")
    assert course <= course_of(months, max(day, date(2021, 12, 30)))
