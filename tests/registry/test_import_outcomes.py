"""What an import says of each kind of row, and that it does what it says."""

from __future__ import annotations

from datetime import date

import pytest

from chengshu.bureau.models import District
from chengshu.registry.models import AttributeDefinition, FactRecord, ObjectIdentifier, RegulatedObject
from chengshu.registry.services.objects import Provenance, change_object
from tests import factories
from tests.registry.importing import (
    OTHER_TOWN,
    OUTSIDE,
    checked,
    codes,
    imported,
    outcomes,
    row,
    shop,
    the_object,
)

pytestmark = pytest.mark.django_db
GOOD_USCC = "91310000775785552L"


@pytest.fixture
def district() -> District:
    return factories.make_district()


def by_clerk(obj: RegulatedObject, day: date, **values: object) -> None:
    change_object(obj, values, Provenance(FactRecord.Source.CLERK, day), by=None)


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (shop(name=""), "name_missing"),
        (shop(name="店" * 201), "text_too_long"),
        (shop(统一社会信用代码="91310000775785552M"), "uscc_invalid"),
        (shop(身份证号="310107199001011230"), "resident_id_invalid"),
        (shop(经营状态="不知道"), "status_unknown"),
        (shop(信用等级="E"), "credit_unknown"),
        (shop(经度_wgs84="东经121", 纬度_wgs84="31.2"), "coordinate_not_number"),
        (shop(经度_wgs84="31.2430", 纬度_wgs84="121.4330"), "coordinate_swapped"),
        (shop(经度_wgs84="121.4330", 纬度_wgs84=""), "coordinate_half"),
        (shop(经度_wgs84="1214.330", 纬度_wgs84="31.2"), "coordinate_range"),
        (shop(城枢档案号="999999"), "file_number_unknown"),
    ],
)
def test_unusable_rows_are_refused_with_the_reason(
    district: District, stated: dict[str, str], code: str
) -> None:
    batch = imported(district, [stated, shop("另一家", "长寿路99号")])
    assert outcomes(batch) == ["reject", "create"]
    assert code in codes(batch)
    assert the_object().name == "另一家"


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (shop(**OUTSIDE), "outside_district"),
        (shop(所属区="静安区"), "stated_district_differs"),
        (shop(所属街道="桃浦镇"), "stated_town_differs"),
        (shop(所属街道="南京西路街道"), "stated_town_differs"),
    ],
)
def test_doubtful_places_are_held_back(district: District, stated: dict[str, str], code: str) -> None:
    batch = checked(district, [stated])
    assert (outcomes(batch), codes(batch)) == (["conflict"], {code})


@pytest.mark.parametrize(
    "stated",
    [
        {"所属区": "普陀区"},
        {"所属区": "上海市普陀区"},
        {"所属区": "普陀 长寿"},
        {"所属区": "长寿路街道"},
        {"所属街道": "长寿路"},
        {"所属街道": "普陀区长寿路街道"},
        {"所属街道": "长寿路街道办事处"},
        {"所属街道": "不详"},
    ],
)
def test_the_same_place_in_other_words_is_no_doubt(district: District, stated: dict[str, str]) -> None:
    batch = checked(district, [shop(**stated)])
    assert (outcomes(batch), codes(batch)) == (["create"], set())


def test_zero_zero_is_no_position(district: District) -> None:
    batch = imported(district, [shop(经度_wgs84="0", 纬度_wgs84="0")])
    assert codes(batch) == {"no_position"}
    assert the_object().position is None


def test_unreadable_optional_values_are_listed_and_the_row_goes_on(district: District) -> None:
    batch = imported(district, [shop(经营面积="三间门面", 经营业态="餐饮", 营业执照="有")])
    assert outcomes(batch) == ["create"]
    assert row(batch).reasons == [
        {"code": "unreadable_value", "field": "attributes.floor_area", "value": "三间门面"}
    ]
    assert the_object().attributes == {"trade": "餐饮", "licence": True}


def test_a_required_attribute_must_be_there_for_new_objects_only(district: District) -> None:
    imported(district, [shop()])
    AttributeDefinition.objects.filter(object_class__code="shop", key="trade").update(required=True)
    batch = checked(district, [shop(联系电话="021-52564588"), shop("新开的店", "长寿路50号")])
    assert outcomes(batch) == ["update", "reject"]
    assert codes(batch, 1) == {"required_missing"}


def test_the_same_row_twice_counts_once_and_other_values_are_asked(district: District) -> None:
    batch = imported(district, [shop(), shop(), shop(联系电话="021-52564588")])
    assert outcomes(batch) == ["create", "unchanged", "conflict"]
    assert row(batch, 1).reasons == [{"code": "repeats_row", "row": 2}]
    assert row(batch, 2).reasons == [{"code": "duplicate_in_file", "row": 2}]
    assert RegulatedObject.objects.count() == 1
    again = imported(district, [shop(), shop(), shop(联系电话="021-52564588")])
    assert outcomes(again) == ["unchanged", "unchanged", "conflict"]


def test_one_number_on_two_rows_is_asked(district: District) -> None:
    batch = checked(district, [shop(市级编号="SH1"), shop("别的店", "长寿路60号", 市级编号="SH1")])
    assert outcomes(batch) == ["create", "conflict"]
    assert codes(batch, 1) == {"duplicate_in_file"}


def test_changes_are_shown_before_and_after(district: District) -> None:
    imported(district, [shop(经营面积="20平方米")])
    batch = imported(district, [shop(经营面积="25")], day=date(2020, 11, 1))
    assert outcomes(batch) == ["update"]
    assert row(batch).changes == {"attributes.floor_area": [20.0, 25.0]}
    assert the_object().attributes["floor_area"] == 25.0


def test_an_empty_cell_says_nothing(district: District) -> None:
    imported(district, [shop(经营面积="20平方米", 联系电话="021-52564588")])
    batch = imported(district, [shop(经营面积="", 联系电话="暂无数据")], day=date(2020, 11, 1))
    assert outcomes(batch) == ["unchanged"]
    assert the_object().attributes["floor_area"] == 20.0


# --- matching -------------------------------------------------------------------------------------
def test_a_number_finds_the_object_under_another_name(district: District) -> None:
    imported(district, [shop("福顺面馆", 市级编号="SH1")])
    batch = imported(
        district, [shop("福顺面馆（长寿店）", "长寿路18号甲", 市级编号="SH1")], day=date(2020, 11, 1)
    )
    assert outcomes(batch) == ["update"]
    assert the_object().name == "福顺面馆（长寿店）"


def test_a_number_on_a_very_different_name_is_asked(district: District) -> None:
    imported(district, [shop("福顺面馆", 市级编号="SH1")])
    batch = checked(district, [shop("国大药房", "武宁路5号", 市级编号="SH1")])
    assert (outcomes(batch), codes(batch)) == (["conflict"], {"identifier_name_differs"})


def test_name_and_uscc_find_an_object_that_has_moved(district: District) -> None:
    imported(district, [shop(统一社会信用代码=GOOD_USCC)])
    moved = shop(address="武威路8号", 统一社会信用代码=GOOD_USCC, **OTHER_TOWN)
    batch = imported(district, [moved], day=date(2020, 11, 1))
    assert outcomes(batch) == ["update"]
    assert the_object().town.name == "桃浦镇"


def test_branches_of_a_chain_stay_apart(district: District) -> None:
    branches = [
        shop("快客便利", "长寿路1号", 统一社会信用代码=GOOD_USCC),
        shop("快客便利", "武威路2号", 统一社会信用代码=GOOD_USCC, **OTHER_TOWN),
    ]
    assert outcomes(imported(district, branches)) == ["create", "create"]
    assert outcomes(imported(district, branches)) == ["unchanged", "unchanged"]


def test_the_same_name_close_by_is_the_same_object(district: District) -> None:
    imported(district, [shop()])
    near = shop(address="长寿路近西康路", 经度_wgs84="121.4333", 纬度_wgs84="31.2431")
    batch = checked(district, [near], day=date(2020, 11, 1))
    assert outcomes(batch) == ["update"]
    assert set(row(batch).changes) == {"address", "position"}


def test_several_that_fit_are_asked(district: District) -> None:
    for _twice in range(2):
        factories.make_object(district, name="福顺面馆", address="长寿路18号")
    batch = checked(district, [shop()])
    assert (outcomes(batch), codes(batch)) == (["conflict"], {"ambiguous_match"})


def test_a_merged_object_stands_for_the_one_it_went_into(district: District) -> None:
    imported(district, [shop("福顺面馆", "长寿路18号"), shop("福顺面食馆", "长寿路18号1层")])
    first, second = RegulatedObject.objects.order_by("id")
    second.merged_into = first
    second.save()
    batch = imported(district, [shop("福顺面馆", "长寿路18号"), shop("福顺面食馆", "长寿路18号1层")])
    assert "create" not in outcomes(batch)
    assert RegulatedObject.objects.count() == 2


# --- newer facts win ------------------------------------------------------------------------------
def test_a_correction_survives_the_same_list(district: District) -> None:
    imported(district, [shop(经营面积="20平方米")])
    by_clerk(
        the_object(),
        date(2020, 10, 20),
        name="福顺牛肉面",
        address="长寿路20号",
        **{"attributes.floor_area": 22},
    )
    batch = imported(district, [shop(经营面积="20平方米")], day=date(2020, 12, 1))
    assert (outcomes(batch), codes(batch)) == (["unchanged"], {"stated_before"})
    assert the_object().name == "福顺牛肉面"


def test_news_of_the_same_source_changes_only_what_is_new(district: District) -> None:
    imported(district, [shop(经营面积="20平方米", 市级编号="SH1")])
    by_clerk(the_object(), date(2020, 10, 20), name="福顺牛肉面馆")
    imported(district, [shop(经营面积="30平方米", 市级编号="SH1")], day=date(2020, 12, 1))
    assert (the_object().name, the_object().attributes["floor_area"]) == ("福顺牛肉面馆", 30.0)


def test_a_newer_list_of_another_source_wins(district: District) -> None:
    imported(district, [shop(联系电话="021-52564588")])
    by_clerk(the_object(), date(2020, 10, 20), responsible_phone="021-11111111")
    imported(district, [shop(联系电话="021-52564588")], day=date(2020, 12, 1), source="市场监管局")
    assert the_object().responsible_phone == "021-52564588"


def test_an_older_list_never_overwrites(district: District) -> None:
    imported(district, [shop(联系电话="021-52564588")])
    batch = imported(district, [shop(联系电话="021-00000000")], day=date(2019, 1, 1), source="旧名单")
    assert (outcomes(batch), codes(batch)) == (["unchanged"], {"older_than_known"})
    assert the_object().responsible_phone == "021-52564588"


def test_a_masked_value_is_no_news(district: District) -> None:
    imported(district, [shop(联系电话="13812345678")])
    batch = imported(district, [shop(联系电话="138****5678")], day=date(2020, 12, 1))
    assert (outcomes(batch), codes(batch)) == (["unchanged"], {"masked_value"})
    assert the_object().responsible_phone == "13812345678"


def test_numbers_of_columns_named_so_are_kept_by_system(district: District) -> None:
    imported(district, [shop(**{"编号:市场监管": "A-7"})])
    number = ObjectIdentifier.objects.get()
    assert (number.scheme, number.value) == ("市场监管", "A-7")


def test_only_objects_of_the_same_class_and_district_match(district: District) -> None:
    other = factories.make_other_district()
    factories.make_object(other, name="福顺面馆", address="长寿路18号")
    factories.make_object(district, code="restaurant", name="福顺面馆", address="长寿路18号")
    assert outcomes(checked(district, [shop()])) == ["create"]
