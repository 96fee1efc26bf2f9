"""Pinyin keys order names as readers expect and find them by initials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.pinyin import full, initials, initials_variants, sort_key


@pytest.mark.parametrize(
    ("text", "syllables", "letters"),
    [
        ("曹杨新村", "cao yang xin cun", "cyxc"),
        ("长寿路街道", "chang shou lu jie dao", "csljd"),
        ("长征镇", "chang zheng zhen", "czz"),
        ("真如镇街道", "zhen ru zhen jie dao", "zrzjd"),
        ("宜川路", "yi chuan lu", "ycl"),
        ("闵行区重庆路", "min hang qu chong qing lu", "mhqcql"),
        ("厦门路新世纪大厦", "xia men lu xin shi ji da sha", "xmlxsjds"),
        ("中国银行支行", "zhong guo yin hang zhi hang", "zgyhzh"),
        ("莘庄", "xin zhuang", "xz"),
        ("绿洲湖畔小筑", "lv zhou hu pan xiao zhu", "lzhpxz"),
        ("美发厅", "mei fa ting", "mft"),
        ("青禾路129弄", "qing he lu 129 long", "qhl129l"),
        ("Ａ座 KTV（三楼）", "a zuo ktv san lou", "azktvsl"),
        ("", "", ""),
        ("！！", "", ""),
    ],
)
def test_syllables_and_initials(text: str, syllables: str, letters: str) -> None:
    assert full(text) == syllables
    assert initials(text) == letters


@pytest.mark.parametrize(
    "ordered",
    [
        ["春杨一村", "春杨二村", "春杨三村", "春杨九村", "春杨十村", "春杨十二村", "春杨二十一村"],
        ["青禾路9弄", "青禾路１０弄", "青禾路129弄", "青禾路129弄2号", "青禾路129弄12号"],
        ["阿波罗大厦", "曹杨新村", "长风公园", "真如镇"],
        ["西安小区", "先锋里"],
        ["张安", "张五", "章八"],
        ["12号楼", "a座", "A座1", "安居苑"],
    ],
)
def test_order(ordered: list[str]) -> None:
    backwards = list(reversed(ordered))
    assert sorted(backwards, key=sort_key) == ordered


def test_other_readings_come_after_the_usual_one() -> None:
    assert initials_variants("长征镇") == ["czz", "zzz"]
    assert initials_variants("曹杨新村") == ["cyxc"]
    assert initials_variants("重庆长行乐朝")[0] == initials("重庆长行乐朝")
    assert len(initials_variants("长行重乐厦朝曾单")) == 8


@given(st.text(max_size=40))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(sort_key(text), str)
    assert full(text) == full(full(text)) or not full(text).isascii()
    assert initials_variants(text)[0] == initials(text)
