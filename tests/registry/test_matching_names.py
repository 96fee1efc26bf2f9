"""Names and addresses taken apart, compared and weighed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.registry.matching.addresses import (
    ADDRESS_LEVELS,
    Address,
    compare_addresses,
    parse_address,
)
from chengshu.registry.matching.names import NAME_LEVELS, compare_names, compare_numbers, parse_name
from chengshu.registry.matching.reasons import SENTENCES, sentence, spoken
from chengshu.registry.matching.score import THRESHOLD, WEIGHTS, Match, Record, compare, make_record
from chengshu.registry.matching.text import number_of, plain, sounds

HERE = (121.4330, 31.2430)
PLACES = ("普陀区", "普陀")


def at(metres: float) -> tuple[float, float]:
    """A spot so many metres east of HERE."""
    return HERE[0] + metres / 95_000, HERE[1]


@pytest.mark.parametrize(
    ("text", "core", "trade", "branch"),
    [
        ("鑫旺水果店", "鑫旺", "produce", ""),
        ("上海市普陀区鑫旺水果店（个体工商户）", "鑫旺", "produce", ""),
        ("上海鑫旺食品有限公司", "鑫旺", "grocery", ""),
        ("鑫旺水果经营部", "鑫旺", "produce", ""),
        ("老李理发店", "老李", "hair", ""),
        ("美宜佳（曹杨路店）", "美宜佳", "", "曹杨路"),
        ("美宜佳曹杨路店", "美宜佳", "", "曹杨路"),
        ("全家便利店(第二分店)", "全家", "grocery", "第二"),
        ("上海麥當勞餐飲管理有限公司普陀分公司", "麦当劳", "food", "普陀"),
        ("兰州拉面", "兰州", "food", ""),
        ("面馆", "面馆", "food", ""),
        ("ＡＢＣ咖啡", "abc", "drinks", ""),
    ],
)
def test_a_name_is_taken_apart(text: str, core: str, trade: str, branch: str) -> None:
    name = parse_name(text, places=PLACES)
    assert (name.core, name.trade, name.branch) == (core, trade, branch)


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("鑫旺水果店", "鑫旺水果店", "same"),
        ("鑫旺水果店", "鑫旺水果", "same_core"),
        ("鑫旺水果店", "新旺水果店", "same_sound"),
        ("金桂家园(二期)", "金桂家园二期", "same"),
        ("青桐新村第九小区", "青桐新村九小区", "same"),
        ("豐華麵館", "丰华面馆", "same"),
        ("好又多便利店", "好多便利店", "alike"),
        ("老王面馆", "幸福理发店", "different"),
    ],
)
def test_names_are_compared(a: str, b: str, level: str) -> None:
    assert compare_names(parse_name(a), parse_name(b)) == level


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("金桂家园(一期)", "金桂家园(二期)", "conflict"),
        ("青桐一村", "青桐二村", "conflict"),
        ("青桐西村", "青桐东村", "conflict"),
        ("青桐西村", "青桐西村", "same"),
        ("金桂家园", "金桂家园(二期)", "one"),
        ("青石路29弄小区", "青石路27弄小区", "conflict"),
        ("北京烤鸭店", "南京烤鸭店", "none"),
    ],
)
def test_numbers_and_directions_tell_siblings_apart(a: str, b: str, level: str) -> None:
    assert compare_numbers(parse_name(a), parse_name(b)) == level


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上海市普陀区曹杨路77弄1-6号", {"road": "曹杨路", "lane": 77, "low": 1, "high": 6}),
        ("长寿路44弄5支弄1-25号", {"road": "长寿路", "lane": 44, "sublane": 5, "low": 1, "high": 25}),
        ("青桐新村19号", {"road": "青桐新村", "low": 19}),
        ("青桐五村36-225号", {"road": "青桐5村", "low": 36, "high": 225}),
        ("青石北路58-2号", {"road": "青石北路", "low": 58, "high": 58, "sign": "2"}),
        ("曹杨路12号甲", {"road": "曹杨路", "low": 12, "sign": "甲"}),
        ("曹杨路甲12号", {"road": "曹杨路", "low": 12, "sign": "甲"}),
        ("曹杨路三十五号", {"road": "曹杨路", "low": 35}),
        ("曹杨路12、14、16号", {"road": "曹杨路", "low": 12, "high": 16}),
        ("曹杨路12-18号", {"road": "曹杨路", "low": 12, "high": 18}),
        ("曹杨路12号101室", {"road": "曹杨路", "low": 12, "room": "101"}),
        ("真北路17弄3号楼", {"road": "真北路", "lane": 17, "low": None, "building": "3"}),
        ("曹杨路123", {"road": "曹杨路", "low": 123}),
        ("桃浦镇青石路19弄", {"road": "青石路", "lane": 19}),
        ("镇坪路8弄", {"road": "镇坪路", "lane": 8}),
        ("曹杨路近兰溪路", {"road": "曹杨路", "corner": True}),
        ("兰溪路口", {"road": "兰溪路", "corner": True}),
        ("和平路12号沿街商铺", {"road": "和平路", "low": 12}),
    ],
)
def test_an_address_is_taken_apart(text: str, expected: dict[str, object]) -> None:
    address = parse_address(text, places=PLACES)
    assert address.road_names[0] == expected.pop("road")
    for field, value in expected.items():
        assert getattr(address, field) == value, field


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("曹杨路12号", "上海市普陀区曹杨路12号", "same"),
        ("曹杨路12-18号", "曹杨路14号", "same"),
        ("曹杨路12号101室", "曹杨路12号102室", "other_room"),
        ("曹杨路12号", "曹杨路12弄", "lane_or_number"),
        ("曹杨路12弄", "曹杨路12弄5号", "same_lane"),
        ("曹杨路兰溪路路口", "兰溪路近曹杨路", "same_corner"),
        ("曹杨路兰溪路路口", "曹杨路1017号", "corner_on_road"),
        ("曹杨路兰溪路路口", "曹杨路枣阳路路口", "other_road"),
        ("曹杨路", "曹杨路12号", "road_only"),
        ("曹杨路12号", "曹杨路16号", "near_number"),
        ("曹杨路12号甲", "曹杨路12号乙", "near_number"),
        ("曹杨路12号", "曹杨路212号", "other_number"),
        ("曹杨路12号", "曹扬路12号", "same"),
        ("曹杨路12号", "兰溪路12号", "other_road"),
        ("", "兰溪路12号", "unknown"),
    ],
)
def test_addresses_are_compared(a: str, b: str, level: str) -> None:
    first, second = parse_address(a, places=PLACES), parse_address(b, places=PLACES)
    assert compare_addresses(first, second) == level
    assert compare_addresses(second, first) == level


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_compared_and_order_does_not_matter(a: str, b: str) -> None:
    names = parse_name(a), parse_name(b)
    assert compare_names(*names) == compare_names(*reversed(names))
    assert compare_names(*names) in NAME_LEVELS
    addresses: tuple[Address, Address] = parse_address(a), parse_address(b)
    assert compare_addresses(*addresses) == compare_addresses(*reversed(addresses))
    assert compare_addresses(*addresses) in ADDRESS_LEVELS


@given(st.integers(min_value=0, max_value=99))
def test_chinese_numerals_are_read(value: int) -> None:
    signs = "零一二三四五六七八九"
    tens, ones = divmod(value, 10)
    spoken_number = (
        signs[ones] if not tens else f"{signs[tens] if tens > 1 else ''}十{signs[ones] if ones else ''}"
    )
    assert number_of(spoken_number) == value


def test_width_case_and_traditional_characters_do_not_matter() -> None:
    assert plain("蘭溪路 １２號Ａ") == "兰溪路12号a"
    assert sounds("兰溪") == sounds("蓝西")


# --- the score --------------------------------------------------------------------------------------
def record(
    name: str, address: str, position: tuple[float, float] | None = HERE, phone: str = "", uscc: str = ""
) -> Record:
    return make_record(
        1, 1, name=name, address=address, position=position, phone=phone, uscc=uscc, places=PLACES
    )


def judged(a: Record, b: Record) -> Match:
    match = compare(a, b)
    assert match is not None
    return match


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (record("鑫旺水果店", "曹杨路12号"), record("新旺水果", "普陀区曹杨路12号", at(20))),
        (record("鑫旺水果店", "曹杨路12号"), record("鑫旺水果店", "曹杨路近兰溪路", at(80))),
        (record("鑫旺水果店", "曹杨路12号"), record("鑫旺水果店", "曹杨路12弄", at(140))),
        (record("金桂家园(二期)", "青石路66弄"), record("金桂家园二期", "青石路66弄1-30号", at(100))),
    ],
)
def test_the_same_thing_under_two_spellings_is_a_double(a: Record, b: Record) -> None:
    assert judged(a, b).score >= THRESHOLD


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (record("佰佳便利店", "曹杨路12号"), record("佰佳便利店", "武宁路300号", at(1500))),
        (record("老王面馆", "曹杨路12号"), record("幸福理发店", "曹杨路12号", at(3))),
        (record("老王水果店", "曹杨路12号", phone="13800000000"),
         record("老王理发店", "曹杨路14号", at(8), phone="13800000000")),
        (record("金桂家园(一期)", "青石路88弄"), record("金桂家园(二期)", "青石路66弄", at(350))),
    ],
)  # fmt: skip
def test_branches_neighbours_and_siblings_are_none(a: Record, b: Record) -> None:
    assert judged(a, b).score < THRESHOLD


def test_every_reason_can_be_said_and_nearer_never_speaks_against() -> None:
    missing = {code for code in WEIGHTS if not code.startswith("distance.")} - SENTENCES.keys()
    assert not missing
    distances = [WEIGHTS[f"distance.{level}"] for level in (15, 40, 100, 200, 400, "far")]
    assert distances == sorted(distances, reverse=True)
    match = judged(record("鑫旺水果店", "曹杨路12号"), record("鑫旺水果店", "曹杨路12号", at(20)))
    assert any("相距20米" in reason.text for reason in spoken(match.reasons))
    assert sentence({"code": "name.same", "weight": 1.0}) == "名称相同"
