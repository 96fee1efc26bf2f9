"""Masks hide what they promise to hide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.privacy_masks import (
    KINDS,
    mask_address,
    mask_name,
    mask_phone,
    mask_resident_id,
    mask_text,
    mask_value,
)


def test_resident_id() -> None:
    assert mask_resident_id("310107199001011234") == "310107********1234"
    assert mask_resident_id("31010719900101123X") == "310107********123X"
    assert mask_resident_id("310107900101123") == "310107*******23"
    assert mask_resident_id("E12345678") == "E*******8"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "+86 138 **** 5678"),
        ("021-52564588", "021-****4588"),
        ("021-52564588-12", "021-****4588-12"),
        ("0512-6661234", "0512-***1234"),
        ("52564588", "****4588"),
        ("12345", "12345"),
        ("1381234567890", "13*********90"),
    ],
)
def test_phone(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张小三", "张*三"),
        ("欧阳小三", "欧**三"),
        ("张", "*"),
        ("", ""),
        ("John Smith", "J*** S***"),
    ],
)
def test_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("曹杨新村街道花溪路100弄5号302室", "曹杨新村街道花溪路***"),
        ("长寿路街道宜昌路132弄", "长寿路街道宜昌路***"),
        ("青禾路129弄", "青禾路***"),
        ("世纪大道8号", "世纪大道***"),
        ("南京东街3号", "南京东街***"),
        ("普陀区桃浦镇李子园村12组", "普陀区桃浦镇***"),
        ("青禾路", "青禾路"),
        ("梅川三区7栋", "梅川三区***"),
    ],
)
def test_address(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_text() -> None:
    assert (
        mask_text("当事人张三(310107199001011234)电话13812345678，单位021-52564588，编号2021070001")
        == "当事人张三(310107********1234)电话138****5678，单位021-****4588，编号2021070001"
    )
    assert mask_text("身份证 310107 19900101 123X。") == "身份证 310107 ******** 123X。"
    assert mask_text("电话１３８１２３４５６７８") == "电话１３８****５６７８"
    camera = "31010700081310000001"  # a GB/T 28181 identity: 20 digits, no person's
    assert mask_text(camera) == camera


@given(st.text(max_size=40), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=40))
def test_a_mobile_number_never_survives_in_text(before: str, number: str, after: str) -> None:
    text = f"{before} {number} {after}"
    assert number not in mask_text(text)
    assert len(mask_text(text)) == len(text)


@given(st.sampled_from(KINDS), st.text(alphabet="0123456789路号弄张三 -X", max_size=30))
def test_masks_never_fail(kind: str, text: str) -> None:
    assert isinstance(mask_value(kind, text), str)


def test_an_unknown_kind_shows_nothing() -> None:
    assert mask_value("fingerprint", "abc") == "******"
    assert mask_value("phone", None) == ""
