"""A year that comes from spreadsheets instead of the generator gives its own right figures.

The workbooks of a small made-up year are written first and taken in by the commands that a bureau would use.
What the figures must be is then counted from the cells of the very same files, without the platform.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from click.testing import CliRunner

from chengshu.bureau.models import District
from chengshu.cases.models import Case
from chengshu.cases.reviewing import Chosen, choose, of_district, review_cases
from chengshu.config.commands import cases as cases_command
from chengshu.config.commands import registry as registry_command
from chengshu.config.commands import report as report_command
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.structures import importing as ledger_import
from chengshu.structures.models import Structure
from tests import factories

pytestmark = pytest.mark.django_db
YEAR = 2021
HOUSEHOLD, OTHER_WASTE, DUST_NIGHT, MOVED, OTHER = "household", "waste", "dust-night", "moved", ""
# cause as the sheet names it → what kind of case the annual summary counts it as (statutes, not the platform)
CAUSES = {
    "个人混合投放生活垃圾": HOUSEHOLD,  # 上海市生活垃圾管理条例
    "单位未分类投放生活垃圾": HOUSEHOLD,
    "乱扔废弃物": OTHER_WASTE,  # 上海市市容环境卫生管理条例
    "随意倾倒、抛洒、堆放城市生活垃圾": OTHER_WASTE,  # 城市生活垃圾管理办法
    "向建设工地外散落粉尘": DUST_NIGHT,
    "未经批准或者未按批准要求夜间施工": DUST_NIGHT,
    "未按规定办理房屋租赁登记备案": MOVED,  # transferred on 2020-03-01
    "未如实记录业务情况或者未保存经纪服务合同": MOVED,
    "占用道路无照经营": OTHER,
}
CASE_COLUMNS = [
    "案件编号", "案由", "当事人类型", "当事人", "违法行为日期", "立案日期", "决定日期", "程序", "罚款（元）",
    "没收（元）", "不予处罚", "免罚金额（元）", "街道镇", "状态",
]  # fmt: skip
SHOP_COLUMNS = ["商铺名称", "经营地址", "经度_wgs84", "纬度_wgs84", "经营状态"]
LEDGER_COLUMNS = ["编号", "地址", "街镇", "违建类型", "面积（平方米）", "状态"]
Sheet = Sequence[dict[str, Any]]


def write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (columns, *rows):
        sheet.append(list(line))
    book.save(path)
    return path


def read(path: Path) -> Sheet:
    """The cells as any spreadsheet program would give them."""
    sheet = openpyxl.load_workbook(path, read_only=True).active
    assert sheet is not None
    lines: Iterator[Any] = sheet.iter_rows(values_only=True)
    names = next(lines)
    return [dict(zip(names, line, strict=True)) for line in lines]


def case_rows(seed: int) -> list[list[Any]]:
    """Cases of two years, a few withdrawn, exempted or still open."""
    rng, rows = random.Random(seed), []
    for n in range(1, 121):
        cause, simple = rng.choice(list(CAUSES)), rng.random() < 0.4
        decided = date(rng.choice((YEAR - 1, YEAR, YEAR, YEAR)), 1, 1) + timedelta(
            days=40 + rng.randrange(320)
        )
        person = cause.startswith("个人") or (not cause.startswith("单位") and rng.random() < 0.5)
        state = "已结案" if simple else rng.choice(("已结案", "已结案", "已归档", "已决定", "立案", "销案"))
        spared = not simple and state == "已结案" and rng.random() < 0.2
        gain = rng.choice(("", 1200, 88.5)) if CAUSES[cause] == MOVED and not spared else ""
        undecided = state in ("立案", "销案")
        rows.append([
            f"普城管立〔{decided.year}〕第{n:06d}号", cause, "个人" if person else "单位",
            f"当事人{n}" if person else f"某某{n}有限公司", decided - timedelta(days=30 if not simple else 0),
            "" if simple else decided - timedelta(days=25), "" if undecided else decided,
            "简易程序" if simple else "一般程序",
            "" if spared or undecided else rng.choice((50, 200, 1000, 3000.5)), gain if not undecided else "",
            "是" if spared else "", rng.choice((500, 2000)) if spared else "",
            rng.choice(("长寿路街道", "桃浦镇", "真如镇街道")), state,
        ])  # fmt: skip
    return rows


def expected(cases: Sheet, shops: Sheet, agencies: Sheet) -> dict[str, Decimal]:
    """The year's figures, counted from the cells."""
    decided = [row for row in cases if row["决定日期"] and row["决定日期"].year == YEAR]
    spared = [row for row in decided if row["不予处罚"] == "是"]
    fined = [row for row in decided if row["不予处罚"] != "是"]

    def of(kind: str) -> Sheet:
        return [row for row in fined if CAUSES[row["案由"]] == kind]

    def total(rows: Sheet, column: str = "罚款（元）") -> Decimal:
        return sum((Decimal(str(row[column] or 0)) for row in rows), Decimal(0))

    persons = [row for row in of(HOUSEHOLD) if row["当事人类型"] == "个人"]
    simple = [row for row in fined if row["程序"] == "简易程序"]
    found: dict[str, Any] = {
        "cases_total": len(fined), "fines_total": total(fined),
        "cases_simple": len(simple), "cases_general": len(fined) - len(simple),
        "waste_cases": len(of(HOUSEHOLD)), "waste_fines": total(of(HOUSEHOLD)),
        "waste_cases_individual": len(persons), "waste_fines_individual": total(persons),
        "waste_cases_other": len(of(OTHER_WASTE)), "waste_fines_other": total(of(OTHER_WASTE)),
        "dust_night_cases": len(of(DUST_NIGHT)), "dust_night_fines": total(of(DUST_NIGHT)),
        "new_field_cases": len(of(MOVED)), "new_field_fines": total(of(MOVED)),
        "new_field_confiscated": total(of(MOVED), "没收（元）"),
        "new_field_categories": len({row["案由"] for row in of(MOVED)}),
        "exempt_cases": len(spared), "exempt_amount": total(spared, "免罚金额（元）"),
        "objects_registered": sum(row["经营状态"] == "在营" for row in (*shops, *agencies)),
        "object_classes": bool(shops) + bool(agencies),
    }  # fmt: skip
    # a figure of yuan is printed in whole yuan, halves up
    return {id_: Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP) for id_, value in found.items()}


@pytest.fixture
def district(monkeypatch: pytest.MonkeyPatch) -> District:
    for command in (cases_command, registry_command, report_command):
        monkeypatch.setattr(command, "setup_django", lambda: None)
    return factories.make_district()


def call(group: Any, *arguments: Any, fails: bool = False) -> Any:
    result = CliRunner().invoke(group, [str(one) for one in arguments], catch_exceptions=False)
    assert (result.exit_code != 0) == fails, result.output
    return result


def figures_file(folder: Path, year: int) -> dict[str, str]:
    target = folder / f"figures-{year}.csv"
    call(report_command.report, "annual", "--year", year, "--figures", target)
    with target.open(encoding="utf-8") as stream:
        return {row["id"]: row["value"] for row in csv.DictReader(stream)}


def objects_taken_in(folder: Path) -> tuple[Sheet, Sheet]:
    rng = random.Random(7)
    sheets = []
    for code, n in (("shop", 14), ("agency", 5)):
        rows = [
            [f"{code}{k}号店", f"长寿路{10 * k + 3}号", 121.4330 + k / 10_000, 31.2430,
             "关闭" if rng.random() < 0.2 else "在营"]
            for k in range(1, n + 1)
        ]  # fmt: skip
        columns = SHOP_COLUMNS if code == "shop" else ["名称", "地址", *SHOP_COLUMNS[2:]]
        path = write(folder / f"{code}.xlsx", columns, rows)
        result = call(registry_command.registry, "import", path, "--class", code, "--crs", "wgs84",
                      "--as-of", f"{YEAR}-06-30", "--json")  # fmt: skip
        assert orjson.loads(result.stdout)["counts"]["create"] == n, result.stdout
        sheets.append(read(path))
    return sheets[0], sheets[1]


def test_a_year_of_spreadsheets_gives_the_figures_of_its_cells(district: District, tmp_path: Path) -> None:
    path = write(tmp_path / "cases.xlsx", CASE_COLUMNS, case_rows(2021))
    call(cases_command.cases, "import", path, "--dry-run")
    assert not Case.objects.exists()
    answer = call(cases_command.cases, "import", path, "--json")
    assert orjson.loads(answer.stdout)["counts"] == {"new": 120, "same": 0, "rejected": 0}
    shops, agencies = objects_taken_in(tmp_path)
    wanted, found = expected(read(path), shops, agencies), figures_file(tmp_path, YEAR)
    assert {id_: Decimal(found[id_]) for id_ in wanted} == wanted
    assert all(wanted[id_] for id_ in wanted), "every figure of the sheets should have something to count"
    rest = {id_: value for id_, value in found.items() if id_ not in wanted and value not in ("", "0")}
    share = Decimal(100) * wanted["cases_simple"] / wanted["cases_total"]
    assert abs(Decimal(rest.pop("cases_simple_share")) - share) <= Decimal("0.05")
    assert not rest, "what no sheet speaks of is nothing"
    assert set(found) == {one.id for one in all_declared()}


def test_one_cell_changes_the_figures_that_depend_on_it(district: District, tmp_path: Path) -> None:
    rows = case_rows(5)
    call(cases_command.cases, "import", write(tmp_path / "a.xlsx", CASE_COLUMNS, rows))
    before = figures_file(tmp_path, YEAR)
    more = [f"普城管立〔{YEAR}〕第900001号", "乱扔废弃物", "个人", "王小明", date(YEAR, 6, 1), "",
            date(YEAR, 6, 1), "简易程序", 51, "", "", "", "桃浦镇", "已结案"]  # fmt: skip
    path = write(tmp_path / "b.xlsx", CASE_COLUMNS, [*rows, more])
    call(cases_command.cases, "import", path)  # the sheet with one row more: the others are known
    after = figures_file(tmp_path, YEAR)
    changed = {id_: Decimal(after[id_]) - Decimal(before[id_]) for id_ in after if after[id_] != before[id_]}
    share = changed.pop("cases_simple_share")
    assert share > 0
    assert changed == {
        "cases_total": 1, "cases_simple": 1, "fines_total": 51,
        "waste_cases_other": 1, "waste_fines_other": 51,
    }  # fmt: skip


def test_a_faulty_row_is_named_and_counted_nowhere(district: District, tmp_path: Path) -> None:
    good, bad = case_rows(3)[:2]
    bad[CASE_COLUMNS.index("决定日期")] = "去年"
    bad[CASE_COLUMNS.index("街道镇")] = "外滩街道"
    path = write(tmp_path / "cases.xlsx", CASE_COLUMNS, [good, bad])
    answer = orjson.loads(call(cases_command.cases, "import", path, "--json", fails=True).stdout)
    assert answer["counts"] == {"new": 1, "same": 0, "rejected": 1}
    [rejected] = answer["rejected"]
    assert rejected["row"] == 3 and "决定日期" in rejected["reason"] and "外滩街道" in rejected["reason"]
    assert Case.objects.count() == 1


def test_imported_cases_are_marked_and_the_review_knows_them(district: District, tmp_path: Path) -> None:
    call(cases_command.cases, "import", write(tmp_path / "c.xlsx", CASE_COLUMNS, case_rows(8)))
    assert set(Case.objects.values_list("imported", flat=True)) == {True}
    report = review_cases(choose(of_district(district), Chosen(YEAR, "", None, "")))
    assert report.files == Case.objects.filter(decided_on__year=YEAR).count() > 0


def test_a_ledger_taken_in_stands_and_eliminates_nothing(district: District, tmp_path: Path) -> None:
    clerk = factories.make_user("registry_clerk")
    rows = [[f"P-{n}", f"长寿路{n}号", "长寿路街道", "屋顶搭建", 20 + n, "待处置"] for n in range(1, 7)]
    path = write(tmp_path / "ledger.xlsx", LEDGER_COLUMNS, rows)
    with path.open("rb") as file:
        batch = ledger_import.keep(file, path.name, district, by=clerk)
    assert ledger_import.apply(batch, by=clerk)["entered"] == len(read(path)) == Structure.objects.count()
    found = figures_file(tmp_path, YEAR)
    assert {found[id_] for id_ in ("ledger_written_off", "key_type_removed", "towns_green")} == {"0"}
    stated = sum(Decimal(str(row["面积（平方米）"])) for row in read(path))
    assert sum(one.area_m2 or Decimal(0) for one in Structure.objects.all()) == stated
