"""Social credit codes, identity numbers and telephone numbers as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from chengshu.kernel.identifiers import (
    USCC_ALPHABET,
    InvalidIdentifier,
    check_phone,
    check_resident_id,
    check_uscc,
)

USCC = "91110000600037341L"  # the example of the standard-number library
RESIDENT = "11010519491231002X"  # the example of GB 11643

uscc_numbers = st.builds(
    lambda head, region, organisation: head + region + organisation,
    st.sampled_from(["91", "92", "11", "12", "93", "N2", "Y1"]),
    st.sampled_from(["310107", "110000", "330106"]),
    st.text(USCC_ALPHABET, min_size=9, max_size=9),
).map(lambda body: body + uscc.calc_check_digit(body))

resident_ids = st.builds(
    lambda region, born, order: f"{region}{born:%Y%m%d}{order:03}",
    st.sampled_from(["310107", "110105", "310112", "340825"]),
    st.dates(date(1900, 1, 1), date(2020, 1, 1)),
    st.integers(0, 999),
).map(lambda body: body + ric.calc_check_digit(body + "0"))


def code_of(text: str, check=check_uscc) -> str:
    with pytest.raises(InvalidIdentifier) as caught:
        check(text)
    assert str(caught.value)
    return caught.value.code


@given(uscc_numbers)
def test_every_well_formed_credit_code_is_accepted(number: str) -> None:
    assert check_uscc(number) == number


@given(uscc_numbers, st.integers(0, 17), st.sampled_from(USCC_ALPHABET + "IOSVZ*"))
def test_one_wrong_character_in_a_credit_code_is_always_found(number: str, at: int, char: str) -> None:
    wrong = number[:at] + char + number[at + 1 :]
    if wrong != number:
        assert code_of(wrong) in {"alphabet", "department", "region", "check_digit"}


@given(resident_ids)
def test_every_well_formed_identity_number_is_accepted(number: str) -> None:
    assert check_resident_id(number) == number


@given(resident_ids, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_digit_in_an_identity_number_is_always_found(number: str, at: int, char: str) -> None:
    wrong = number[:at] + char + number[at + 1 :]
    if wrong != number:
        assert code_of(wrong, check_resident_id) in {"alphabet", "region", "birth_date", "check_digit"}


@pytest.mark.parametrize(
    "written",
    [
        f" {USCC} ",
        "9111 0000 6000 3734 1l",
        "９１１１００００６０００３７３４１Ｌ",
        "91110000-60003734-1L\u200b",
    ],
)
def test_a_credit_code_is_normalised(written: str) -> None:
    assert check_uscc(written) == USCC
    assert check_resident_id("１１０１０５ 19491231 002ｘ") == RESIDENT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("9.1110000600037E+17", "rounded"),
        (USCC[:-1], "length"),
        (USCC + "1", "length"),
        ("91110000600037341I", "alphabet"),
        ("9111000060003734统L"[:18], "alphabet"),
        ("B1110000600037341L", "department"),
        ("9111A000600037341L", "region"),
        ("91110000600037341M", "check_digit"),
    ],
)
def test_the_reason_a_credit_code_is_refused(text: str, code: str) -> None:
    assert code_of(text) == code


def test_a_refused_character_is_named_with_its_place() -> None:
    with pytest.raises(InvalidIdentifier, match=r"“O”.*9"):
        check_uscc("91110000O00037341L")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("1.10105E+17", "rounded"),
        ("110105491231002", "length"),
        ("1101051949123100XX", "alphabet"),
        ("99010519491231002X", "region"),
        ("11010519491331002X", "birth_date"),
        ("11010520991231002X", "birth_date"),
        ("110105194912310021", "check_digit"),
    ],
)
def test_the_reason_an_identity_number_is_refused(text: str, code: str) -> None:
    assert code_of(text, check_resident_id) == code


def test_a_region_made_after_the_birth_is_accepted() -> None:
    body = "31011219500101001"  # Minhang had this code only from 1981
    assert check_resident_id(body + ric.calc_check_digit(body + "0"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("021-52564588", "021-52564588"),
        ("（021）5256 4588", "021-52564588"),
        ("+86 21 5256 4588", "021-52564588"),
        ("0512-6661234", "0512-6661234"),
        ("021-52564588转12", "021-52564588-12"),
        ("021-52564588-803", "021-52564588-803"),
        ("52564588", "52564588"),
        ("400-820-8820", "4008208820"),
        ("12345", "12345"),
        ("95588", "95588"),
    ],
)
def test_telephone_numbers_are_normalised(text: str, number: str) -> None:
    assert check_phone(text) == number


@pytest.mark.parametrize(
    "text", ["", "无", "1381234567", "12812345678", "138123456789", "1381234567a", "٠٢١"]
)
def test_what_is_not_a_telephone_number(text: str) -> None:
    assert code_of(text, check_phone) in {"empty", "phone"}
