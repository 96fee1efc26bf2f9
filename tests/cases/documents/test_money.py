"""Amounts in capital characters, as banks and courts read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.cases.documents import DocumentProblem, rmb_capital
from chengshu.cases.documents.money import DIGITS, LIMIT, rmb_figures

PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("amount", "capital"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("0.30", "人民币叁角整"),
        ("10", "人民币壹拾元整"),
        ("50", "人民币伍拾元整"),
        ("500", "人民币伍佰元整"),
        ("1000.05", "人民币壹仟元零伍分"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("100050", "人民币壹拾万零伍拾元整"),
        ("1000000", "人民币壹佰万元整"),
        ("10000001", "人民币壹仟万零壹元整"),
        ("20000000005", "人民币贰佰亿零伍元整"),
        ("1000000000000", "人民币壹万亿元整"),
    ],
)
def test_an_amount_is_written_as_on_a_bill(amount: str, capital: str) -> None:
    assert rmb_capital(Decimal(amount)) == capital


@pytest.mark.parametrize("amount", ["-1", "0.001", "1E16", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(DocumentProblem, match="not an amount of money"):
        rmb_capital(Decimal(amount))


def test_figures_have_thousands_and_two_decimals() -> None:
    assert rmb_figures(Decimal("12345")) == "¥12,345.00"


def read_group(text: str) -> int:
    """A group below ten thousand."""
    value = digit = 0
    for letter in text.replace("零", ""):
        if letter in PLACES:
            value, digit = value + digit * PLACES[letter], 0
        else:
            digit = DIGITS.index(letter)
    return value + digit


def read_capital(text: str) -> Decimal:
    """The amount that capital characters name."""
    whole, unit, rest = text.removeprefix("人民币").partition("元")
    if not unit:
        whole, rest = "", whole
    high, has_yi, low = whole.rpartition("亿")
    value = 0
    for part, weight in ((high, 10**8), (low if has_yi else whole, 1)):
        myriads, has_wan, ones = part.rpartition("万")
        value += ((read_group(myriads) * 10**4 if has_wan else 0) + read_group(ones)) * weight
    cents = 0
    for mark, weight in (("角", 10), ("分", 1)):
        if mark in rest:
            cents += DIGITS.index(rest[rest.index(mark) - 1]) * weight
    return Decimal(value) + Decimal(cents) / 100


@given(st.integers(0, int(LIMIT) * 100 - 1))
def test_every_amount_can_be_read_back(cents: int) -> None:
    amount = Decimal(cents) / 100
    capital = rmb_capital(amount)
    assert read_capital(capital) == amount
    assert "零零" not in capital
    assert capital.endswith(("整", "分"))
