"""An existing ledger taken in from a list."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from chengshu.kernel.models import Job
from chengshu.kernel.tables import write_csv, write_xlsx
from chengshu.structures import importing
from chengshu.structures.models import LedgerImport, Structure
from chengshu.structures.services.base import StructureProblem
from tests import factories
from tests.jobs import run_jobs

from .conftest import LAT, LNG, Ledger
from .test_pages import signed_in, text

COLUMNS = [
    "编号",
    "地址",
    "街镇",
    "经度",
    "纬度",
    "违建类型",
    "存量/新增/在建",
    "搭建年份",
    "面积（平方米）",
    "业主",
    "状态",
]
ROW: list[Any] = [
    "P-1",
    "长寿路1号",
    "长寿路街道",
    LNG,
    LAT,
    "屋顶搭建、彩钢板房",
    "新增",
    "2019年",
    "35.5㎡",
    "王小明",
    "待处置",
]


def row(**changed: Any) -> list[Any]:
    values = dict(zip(COLUMNS, ROW, strict=True)) | changed
    return list(values.values())


def listed(ledger: Ledger, *rows: list[Any], name: str = "台账.xlsx") -> LedgerImport:
    content = io.BytesIO()
    if name.endswith("xlsx"):
        write_xlsx(content, COLUMNS, rows)
    else:
        write_csv(content, COLUMNS, rows)
    content.seek(0)
    return importing.keep(content, name, ledger.district, by=ledger.clerk)


@pytest.mark.parametrize("name", ["台账.xlsx", "台账.csv"])
def test_a_row_becomes_an_entry_with_its_stated_area(ledger: Ledger, name: str) -> None:
    batch = listed(ledger, row(), name=name)
    assert importing.check(batch).counts() == {"new": 1, "doubt": 0, "known": 0, "refused": 0}
    importing.apply(batch, by=ledger.clerk)
    made = Structure.objects.get()
    assert (made.source, made.source_ref, made.built, made.built_year) == ("import", "P-1", "new", 2019)
    assert made.types == ["rooftop", "steel_shed"]
    assert (made.area_m2, made.surveys.get().method) == (Decimal("35.50"), "stated")
    assert (made.owner_name, made.squad) == ("王小明", ledger.squad)
    with pytest.raises(StructureProblem):
        importing.apply(batch, by=ledger.clerk)


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"地址": ""}, "refused"), ({"状态": "已拆除"}, "refused"), ({"经度": "x"}, "refused"),
        ({"经度": LAT, "纬度": LNG}, "refused"), ({"经度": factories.OUTSIDE[0]}, "refused"),
        ({"街镇": "桃浦镇"}, "doubt"), ({"经度": "", "纬度": "", "街镇": ""}, "refused"),
        ({"经度": "", "纬度": ""}, "new"), ({"违建类型": "城堡"}, "new"), ({"面积（平方米）": "若干"}, "new"),
        ({"业主": "王*明"}, "new"), ({"搭建年份": "不详"}, "new"),
    ],
)  # fmt: skip
def test_each_row_is_judged_as_the_registry_judges(ledger: Ledger, changed: dict, outcome: str) -> None:
    filling = [row(编号=f"F-{n}", 地址=f"长寿路{n + 50}号", 经度=LNG + n / 2000) for n in range(3)]
    (found, *_rest) = importing.check(listed(ledger, row(**changed), *filling)).rows
    assert found.outcome == outcome, found.remarks
    if outcome != "new" or changed.get("违建类型") or changed.get("面积（平方米）"):
        assert found.remarks


def test_what_is_there_already_is_not_entered_again(ledger: Ledger) -> None:
    importing.apply(listed(ledger, row()), by=ledger.clerk)
    again = row(编号="P-2", 地址="长寿路2号", 经度=LNG + 0.001)
    checked = importing.check(listed(ledger, row(), again, again, row(编号="P-3")))
    assert [one.outcome for one in checked.rows] == ["known", "new", "refused", "doubt"]


def test_doubts_are_taken_in_only_when_somebody_says_so(ledger: Ledger) -> None:
    doubtful = row(街镇="桃浦镇")
    assert importing.apply(listed(ledger, doubtful), by=ledger.clerk)["entered"] == 0
    assert importing.apply(listed(ledger, doubtful), by=ledger.clerk, doubts=True)["entered"] == 1


def test_only_who_manages_imports(ledger: Ledger) -> None:
    with pytest.raises(PermissionDenied):
        importing.keep(io.BytesIO(b"x"), "a.csv", ledger.district, by=ledger.officer)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", "甲,乙\n1,2\n".encode()])
def test_what_is_no_ledger_is_refused_in_a_sentence(ledger: Ledger, content: bytes) -> None:
    with pytest.raises(StructureProblem) as problem:
        importing.keep(io.BytesIO(content), "a.csv", ledger.district, by=ledger.clerk)
    assert str(problem.value).strip()


def test_a_list_is_checked_and_taken_in_by_the_pages(ledger: Ledger) -> None:
    client = signed_in(ledger.clerk)
    content = io.BytesIO()
    write_xlsx(content, COLUMNS, [row(), row(编号="P-9", 地址="")])
    content.seek(0)
    content.name = "台账.xlsx"
    page = client.post(reverse("structures:imports"), {"file": content})["Location"]
    shown = text(client.get(page))
    assert "缺少地址" in shown and "将登记入库" in shown
    assert client.post(reverse("structures:imports"), {"file": io.BytesIO(b"")}).status_code == 422
    client.post(f"{page}apply/")
    run_jobs()
    assert Job.objects.get().state == "done"
    assert Structure.objects.count() == 1
    assert "入库处数" in text(client.get(page))
    assert page.strip("/").split("/")[-1] in text(client.get(reverse("structures:imports")))
