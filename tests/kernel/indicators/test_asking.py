"""Values, comparisons, breakdowns, rankings and the records behind a figure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.kernel.indicators.asking import (
    FinesForbidden,
    breakdown,
    figure,
    figures,
    ranking,
    records,
    refuse_fines,
    series,
    year_on_year,
)
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import Indicator, UnknownIndicator, declared, register
from chengshu.kernel.indicators.periods import Period
from tests.kernel.indicators.declared import DECLARED, MESSAGES, known, message

__all__ = ["known"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("known")]
YEAR = Period.year(2020)


def test_a_figure_counts_what_lies_in_the_period_and_place() -> None:
    message("2019-12-31"), message("2020-01-01"), message("2020-12-31"), message("2021-01-01")
    message("2020-06-01", district_id=2)
    assert figure("t_messages", YEAR).value == 3
    assert figure("t_messages", YEAR, place_of(1)).value == 2
    assert figure("t_messages", YEAR, place_of(1, channel="robot")).value == 0


def test_a_share_keeps_its_numerator_and_denominator() -> None:
    message(state="sent"), message(), message()
    share = figure("t_share", YEAR)
    assert (share.numerator, share.denominator, share.rounded) == (1, 3, Decimal("33.3"))
    assert figure("t_share", Period.year(2018)).value is None


def test_too_few_records_say_nothing() -> None:
    message(attempts=2), message(attempts=4)
    assert (figure("t_mean", YEAR).value, figure("t_mean", YEAR).enough) == (None, False)
    message(attempts=9)
    assert (figure("t_mean", YEAR).value, figure("t_mean", YEAR).sample) == (5, 3)


def test_change_against_the_year_before_has_no_value_where_there_was_nothing() -> None:
    for _ in range(11):
        message("2019-05-01")
    for _ in range(7):
        message("2020-05-01")
    assert figure("t_change", YEAR).rounded == Decimal("-36.4")
    assert figure("t_change", Period.year(2019)).value is None
    assert year_on_year(["t_messages"], YEAR)["t_messages"].difference == -4


def test_months_without_records_are_nought() -> None:
    message("2020-03-31"), message("2020-03-01"), message("2020-12-31")
    values = [int(one.value or 0) for _month, one in series("t_messages", YEAR)]
    assert values == [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_equal_values_share_a_rank_and_who_has_nothing_is_ranked_too() -> None:
    for channel in ("a", "a", "b", "b", "c"):
        message(channel=channel)
    among = {"a": "A", "b": "B", "c": "C", "d": "D"}
    lines = ranking("t_messages", YEAR, "channel", among=among)
    assert [(line.label, line.rank) for line in lines] == [("A", 1), ("B", 1), ("C", 3), ("D", 4)]


def test_nothing_is_ranked_by_the_amount_of_fines() -> None:
    for id_ in ("t_fines", "t_fine_a_message"):
        with pytest.raises(FinesForbidden, match="第七十四条"):
            ranking(id_, YEAR, "channel")
    refuse_fines("t_tries")


def test_the_records_behind_a_figure_are_those_the_viewer_may_open() -> None:
    mine, other = message(target="me", state="sent"), message(target="you", state="sent")
    one = declared("t_sent")
    assert isinstance(one, Indicator)
    assert set(records(one, YEAR)) == {mine, other}
    assert list(records(one, YEAR, viewer="me")) == [mine]


def test_an_id_belongs_to_one_declaration() -> None:
    register(*DECLARED)
    with pytest.raises(ValueError, match="t_sent"):
        register(Indicator("t_sent", "Other", "other", "item", MESSAGES))
    with pytest.raises(UnknownIndicator):
        figure("t_unheard_of", YEAR)


@given(
    written=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), st.integers(0, 9)), max_size=12
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_add_up_to_the_whole_and_every_number_opens(written: Iterable[tuple[str, str, int]]) -> None:
    MESSAGES.rows().delete()
    for channel, state, attempts in written:
        message(channel=channel, state="sent" if state == "x" else "queued", attempts=attempts)
    whole = figures(["t_messages", "t_sent", "t_tries"], YEAR)
    for id_, one in whole.items():
        parts = breakdown(id_, YEAR, "channel")
        assert sum(line.figure.value or 0 for line in parts) == one.value
    for id_ in ("t_messages", "t_sent"):
        indicator = declared(id_)
        assert isinstance(indicator, Indicator)
        assert records(indicator, YEAR).count() == whole[id_].value
