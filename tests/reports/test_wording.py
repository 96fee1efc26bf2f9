"""Numbers are written as officials write them, rounded as the placeholder says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.indicators.asking import rounded
from chengshu.reports.wording import Form, FormProblem, in_chinese


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        ("167700", "万.2", "16.77万"),
        ("2817500", "万.2", "281.75万"),
        ("297000", "万.2", "29.7万"),
        ("175300", "万.1", "17.5万"),
        ("348", "天时", "14天12小时"),
        ("24", "天时", "1天"),
        ("0", "天时", "0小时"),
        ("5012", "余500", "5000余"),
        ("5000", "余500", "5000"),
        ("790000", "近10000万", "79万"),
        ("795000", "近10000万", "近80万"),
        ("245", "余10", "240余"),
        ("-36.36", "同比", "下降36.4%"),
        ("17.84", "同比", "上升17.8%"),
        ("0.04", "同比", "持平"),
        ("79.44", "", "79"),
        ("79.44", ".1", "79.4"),
        ("10", "汉字", "十"),
        ("5779", "", "5779"),
    ],
)
def test_a_number_in_its_form(value: str, form: str, text: str) -> None:
    assert Form.parse(form).write(Decimal(value)) == text


def test_halves_are_rounded_away_from_nought() -> None:
    assert [rounded(Decimal(v), 1) for v in ("0.25", "0.35", "-0.25")] == [
        Decimal("0.3"),
        Decimal("0.4"),
        Decimal("-0.3"),
    ]


@pytest.mark.parametrize("text", ["x", "万.23", "12", "余0", "汉字5"])
def test_a_form_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(FormProblem):
        Form.parse(text)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "零"),
        (4, "四"),
        (16, "十六"),
        (20, "二十"),
        (105, "一百零五"),
        (110, "一百一十"),
        (1001, "一千零一"),
        (2010, "二千零一十"),
        (12345, "12345"),
    ],
)
def test_counts_in_chinese(number: int, text: str) -> None:
    assert in_chinese(number) == text


@given(st.decimals(0, 10**7, places=2), st.sampled_from([1, 10, 100, 500, 1000]))
def test_about_a_number_is_never_on_its_other_side(value: Decimal, step: int) -> None:
    above, below = Form("余", step).write(value), Form("近", step).write(value)
    assert Decimal(above.removesuffix("余")) <= value <= Decimal(below.removeprefix("近"))
