"""The export gives back what was imported."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chengshu.bureau.models import District, User
from chengshu.kernel.models import LedgerEntry, UnmaskRecord
from chengshu.kernel.tables import read_table, write_csv
from chengshu.registry import exporting
from chengshu.registry.importing import tasks
from chengshu.registry.models import Permit, RegulatedObject
from tests import factories
from tests.registry.importing import OTHER_TOWN, checked_file, codes, imported, outcomes, shop

pytestmark = pytest.mark.django_db
REASON = "核对负责人联系方式"


@pytest.fixture
def district() -> District:
    return factories.make_district()


@pytest.fixture
def clerk(district: District) -> User:
    return factories.make_user("registry_clerk")


def varied(district: District) -> None:
    """Objects with everything that a cell can hold, names that look like formulas among them."""
    imported(
        district,
        [
            shop(
                统一社会信用代码="91310000775785552L",
                负责人="张三",
                联系电话="13812345678",
                身份证号="11010519491231002X",
                经营业态="餐饮",
                经营面积="35.5平方米",
                营业执照="有",
                外摆位数="4",
                市级编号="SH00000001",
                许可与备案="外摆位备案|W-1|普陀区绿化市容局|2020-01-01|2020-12-31；夜间施工许可",
                经营状态="关闭",
                信用等级="B",
                核查日期="2020-09-30",
                **{"编号:市场监管": "007"},
            ),
            shop("=1+1", "+86路1号", 门面宽度="3"),
            shop("'-店", "@武宁路2号", 店招名称="'=招牌'"),
            shop("无坐标店", "长寿路5号", 经度_wgs84="", 纬度_wgs84=""),
            shop("桃浦店", "武威路8号", **OTHER_TOWN),
        ],
    )


def content(district: District, user: User, kind: str, reason: str = "") -> bytes:
    """The export of all shops."""
    objects = RegulatedObject.objects.visible_to(user, "registry.export")
    made = exporting.plan(objects, factories.object_class(district), user, reason=reason)
    file = BytesIO()
    exporting.write(made, file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("reason", ["", REASON], ids=["masked", "unmasked"])
def test_what_is_exported_and_imported_again_changes_nothing(
    district: District, clerk: User, kind: str, reason: str
) -> None:
    varied(district)
    batch = checked_file(
        district,
        content(district, clerk, kind, reason),
        f"export.{kind}",
        day=date(2020, 12, 1),
        source="导出",
    )
    assert outcomes(batch) == ["unchanged"] * 5, [row.changes for row in batch.rows.all()]
    found = set().union(*(codes(batch, index) for index in range(5)))
    assert found == ({"no_position"} if reason else {"no_position", "masked_value"})


def test_an_export_fills_an_empty_registry_with_the_same(district: District, clerk: User) -> None:
    varied(district)
    exported = content(district, clerk, "xlsx", REASON)
    stated = (
        "name",
        "address",
        "uscc",
        "responsible_name",
        "responsible_phone",
        "responsible_id",
        "attributes",
        "position",
        "status",
        "credit",
        "verified_on",
        "town",
    )
    before = list(RegulatedObject.objects.order_by("name").values_list(*stated))
    permits = list(
        Permit.objects.order_by("kind").values_list("kind", "number", "issuer", "valid_from", "valid_to")
    )
    table = read_table(BytesIO(exported), filename="x.xlsx")
    RegulatedObject.objects.update(district=factories.make_other_district())  # as if they had never been here
    columns = [
        column for column in table.columns if column not in ("城枢档案号", "市级编号", "编号:市场监管")
    ]
    text = BytesIO()
    write_csv(text, columns, table.frame.select(columns).rows())
    batch = checked_file(district, text.getvalue(), "again.csv")
    tasks.run_apply(batch, None)
    again = RegulatedObject.objects.filter(district=district)
    assert list(again.order_by("name").values_list(*stated)) == before
    copied = Permit.objects.filter(object__in=again).order_by("kind")
    assert list(copied.values_list("kind", "number", "issuer", "valid_from", "valid_to")) == permits


def test_names_that_look_like_formulas_stay_text(district: District, clerk: User) -> None:
    varied(district)
    for kind in ("xlsx", "csv"):
        table = read_table(BytesIO(content(district, clerk, kind)), filename=f"x.{kind}")
        assert {"=1+1", "'-店"} <= set(table.frame["名称"].to_list())
    assert b"\n=1+1" not in content(district, clerk, "csv")


def test_personal_data_is_masked_without_a_reason_and_logged_with_one(
    district: District, clerk: User
) -> None:
    varied(district)
    masked = read_table(BytesIO(content(district, clerk, "xlsx")), filename="x.xlsx").frame
    assert "138****5678" in masked["联系电话"].to_list()
    assert "13812345678" not in str(masked.to_dicts())
    assert not UnmaskRecord.objects.exists()
    shown = read_table(BytesIO(content(district, clerk, "xlsx", REASON)), filename="x.xlsx").frame
    assert "13812345678" in shown["联系电话"].to_list()
    record = UnmaskRecord.objects.get()
    assert (record.user, record.reason) == (clerk, REASON)


def test_a_workbook_says_who_took_it_away(district: District, clerk: User) -> None:
    varied(district)
    table = read_table(BytesIO(content(district, clerk, "xlsx")), filename="x.xlsx", sheet="说明")
    assert clerk.get_full_name() in str(table.columns + table.frame.rows())


def test_the_page_exports_what_the_filters_leave(district: District, clerk: User) -> None:
    varied(district)
    client = Client()
    client.force_login(clerk, backend="chengshu.bureau.backends.BureauBackend")
    shops = factories.object_class(district)
    url = reverse("registry:export") + f"?class={shops.pk}&status=closed"
    assert client.get(url).status_code == 200
    answer: Any = client.post(url, {"object_class": shops.pk, "format": "csv"})
    table = read_table(BytesIO(b"".join(answer.streaming_content)), filename="x.csv")
    assert table.frame["名称"].to_list() == ["福顺面馆"]


def test_a_squad_leader_exports_only_the_squads_objects(district: District) -> None:
    varied(district)
    leader = factories.make_user("squad_leader", factories.unit(district, "squad", "桃浦镇"))
    table = read_table(BytesIO(content(district, leader, "csv")), filename="x.csv")
    assert table.frame["名称"].to_list() == ["桃浦店"]


def test_an_export_to_a_file_of_another_kind_is_refused(
    district: District, clerk: User, tmp_path: Path
) -> None:
    with pytest.raises(exporting.ExportProblem):
        exporting.export_file(
            tmp_path / "x.pdf", by=clerk, district=district, object_class=factories.object_class(district)
        )


def test_personal_data_outside_ones_reach_is_refused(district: District) -> None:
    varied(district)
    leader = factories.make_user("squad_leader", factories.unit(district, "squad", "桃浦镇"))
    wider = RegulatedObject.objects.filter(district=district)
    with pytest.raises(exporting.ExportProblem, match="超出您可查看个人信息的范围"):
        exporting.plan(wider, factories.object_class(district), leader, reason=REASON)
    assert not UnmaskRecord.objects.exists()
    own = RegulatedObject.objects.visible_to(leader, "registry.export")
    assert exporting.plan(own, factories.object_class(district), leader, reason=REASON).unmasked


def test_the_ledger_keeps_no_numbers_of_people_from_the_filters(district: District, clerk: User) -> None:
    objects = RegulatedObject.objects.visible_to(clerk, "registry.export")
    exporting.plan(objects, factories.object_class(district), clerk, description="检索：13812345678")
    entry = LedgerEntry.objects.filter(action="registry.exported").latest("id")
    assert entry.payload["filters"] == "检索：138****5678"
