"""Reading lists: what is in the file comes out exactly, with the row numbers a spreadsheet shows."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from chengshu.kernel.tables import ROW, Limits, Table, TableError, read_table

DATA = Path(__file__).parent / "data"


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> io.BytesIO:
    """An xlsx as another program writes it (shared strings, styles)."""
    book = openpyxl.Workbook()
    first = book.active
    first.title = "清单"
    for row in rows:
        first.append(row)
    for name, more in sheets.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer


def text(content: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(content.encode(encoding))


def rows(table: Table) -> list[tuple]:
    return table.frame.select(table.columns).rows()


def test_values_come_out_as_exact_text() -> None:
    table = read_table(
        workbook(
            ["整数", "小数", "坐标", "长号", "日期", "时刻", "时间", "时长", "真假", "文字", "零"],
            [
                3,
                0.1,
                121.43601794079649,
                310107199001,
                date(2021, 5, 1),
                datetime(2021, 5, 1, 8, 30),
                time(8, 30),
                timedelta(hours=30, minutes=5),
                True,
                "　青禾路129弄 \n",
                "007",
            ],
            [-0.0, 1e-7, 1e15, -5, None, None, None, None, False, "　", "+86 138"],
        ),
        filename="a.xlsx",
    )
    assert table.columns[0] == "整数"
    assert rows(table) == [
        (
            "3",
            "0.1",
            "121.4360179407965",  # the writing program stored 16 digits
            "310107199001",
            "2021-05-01",
            "2021-05-01 08:30:00",
            "08:30:00",
            "30:05:00",
            "TRUE",
            "青禾路129弄",
            "007",
        ),
        ("0", "0.0000001", "1000000000000000", "-5", None, None, None, None, "FALSE", None, "+86 138"),
    ]
    assert set(table.frame.schema.values()) == {pl.String(), pl.Int64()}


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    table = read_table(workbook([], [], [None, "名称", "数量"], [None, "甲", 1], [], [None, "乙", 2]))
    assert table.frame[ROW].to_list() == [4, 6]
    assert rows(table) == [("甲", "1"), ("乙", "2")]
    csv = read_table(text('\n名称,备注\n甲,"一\n二"\n\n乙,\n'))
    assert csv.frame[ROW].to_list() == [3, 5]
    assert rows(csv) == [("甲", "一\n二"), ("乙", None)]


def test_formulas_give_their_last_value_and_a_note() -> None:
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    book = Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["名称", "合计"])
    sheet.write_string(1, 0, "甲")
    sheet.write_formula(1, 1, "=SUM(1,1)", None, 2)
    book.close()
    table = read_table(buffer)
    assert rows(table) == [("甲", "2")]
    assert len(table.notes) == 1


def test_numbers_that_excel_has_rounded_are_noted() -> None:
    table = read_table(workbook(["证号"], [310107199001011234.0]))
    assert table.frame["证号"][0].startswith("3101071990010")
    assert len(table.frame["证号"][0]) == 18
    assert "A" in table.notes[0]


def test_an_old_xls() -> None:
    table = read_table(DATA / "old-format.xls")
    assert table.sheet == "清单"
    assert rows(table) == [
        ("青禾路129弄小区", "288", "2021-05-01", "0.35"),
        ("绿洲湖畔小筑", "-5", None, None),
    ]
    assert table.frame[ROW].to_list() == [2, 4]
    with pytest.raises(TableError):
        read_table(DATA / "old-format.xls", sheet="另一张")


def test_the_only_sheet_with_values_is_taken_and_several_must_be_chosen_from() -> None:
    assert rows(read_table(workbook(["名称"], ["甲"], 空表=[]))) == [("甲",)]
    several = workbook(["名称"], ["甲"], 附表=[["名称"], ["乙"]])
    with pytest.raises(TableError, match=r"清单.*附表"):
        read_table(several)
    assert rows(read_table(several, sheet="附表")) == [("乙",)]
    with pytest.raises(TableError, match=r"总表.*清单"):
        read_table(several, sheet="总表")
    book = openpyxl.load_workbook(several)
    book["附表"].sheet_state = "hidden"
    hidden = io.BytesIO()
    book.save(hidden)
    assert rows(read_table(hidden)) == [("甲",)]
    assert rows(read_table(hidden, sheet="附表")) == [("乙",)]


def test_cells_without_references_or_with_prefixes_are_followed_too() -> None:
    import re
    import zipfile

    source = workbook(["名称", "数量"], ["甲", 1])
    for pattern, replacement in ((rb' r="[A-Z]*[0-9]+"', b""), (rb"<c r=", b"<c  r=")):
        changed = io.BytesIO()
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
            for item in old.infolist():
                data = old.read(item)
                if item.filename.startswith("xl/worksheets/"):
                    data = re.sub(pattern, replacement, data)
                new.writestr(item.filename, data)
        assert rows(read_table(changed)) == [("甲", "1")]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_encodings_and_delimiters(encoding: str, named: str, delimiter: str) -> None:
    content = f'名称{delimiter}"地址,\n详细"\r\n甲{delimiter}"青禾路, ""129""弄；\t二"\r\n'
    table = read_table(text(content, encoding), filename="a.csv")
    assert table.encoding == named
    assert table.columns == ["名称", "地址, 详细"]
    assert rows(table) == [("甲", '青禾路, "129"弄；\t二')]


def test_short_csv_rows_are_filled_and_trailing_blanks_cut() -> None:
    assert rows(read_table(text("a,b,c,,\n1\n2,3,4,,\n"))) == [("1", None, None), ("2", "3", "4")]


def test_a_header_alone_is_a_table_without_rows() -> None:
    table = read_table(text("名称,地址\n"))
    assert (table.columns, len(table)) == (["名称", "地址"], 0)


def test_limits_are_the_callers() -> None:
    many = workbook(["a"], *[[i] for i in range(20)])
    assert len(read_table(many, limits=Limits(max_rows=20))) == 20
    with pytest.raises(TableError, match="19"):
        read_table(many, limits=Limits(max_rows=19))
    with pytest.raises(TableError, match="2"):
        read_table(text("a\n1\n2\n3\n"), limits=Limits(max_rows=2))
    with pytest.raises(TableError):
        read_table(text("a,b,c\n"), limits=Limits(max_columns=2))
    with pytest.raises(TableError):
        read_table(workbook(["a", "b", "c"]), limits=Limits(max_columns=2))
    with pytest.raises(TableError):
        read_table(text("名称\n" + "甲" * 10_000), limits=Limits(max_bytes=1000))
