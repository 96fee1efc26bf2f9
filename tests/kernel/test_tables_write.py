"""Written tables read back as they were, and nothing in them runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.tables import (
    escape_formula,
    normalise,
    read_table,
    unescape_formula,
    write_csv,
    write_xlsx,
)

HOSTILE = ["=1+1", "+8613812345678", "-5", "@SUM(A1)", "\t=1", "'=1", "''+1", "'quoted'", "=HYPERLINK(1)"]

# Texts a database may hold: no NUL, no lone surrogates; biased towards what a formula begins with.
cells = st.one_of(
    st.none(),
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffe\uffff"), max_size=12),
    st.text("=+-@'\t\r\n\" ,;_x0041甲", max_size=8),
)
tables = st.lists(st.tuples(cells, cells), max_size=6)


def written(write, rows: list, columns: tuple[str, ...] = ("甲", "乙")) -> io.BytesIO:
    buffer = io.BytesIO()
    assert write(buffer, columns, rows) == len(rows)
    return buffer


def kept(rows: list[tuple]) -> list[tuple]:
    """What of the rows a table holds: trimmed values, without rows that have none."""
    trimmed = [tuple(normalise(cell) for cell in row) for row in rows]
    return [row for row in trimmed if any(row)]


@given(st.text(max_size=10))
def test_escaping_is_undone_exactly(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text
    assert not escape_formula(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(tables)
def test_csv_out_and_in_again(rows: list[tuple]) -> None:
    table = read_table(written(write_csv, rows), filename="a.csv")
    assert table.frame.select("甲", "乙").rows() == kept(rows)


@given(tables)
def test_xlsx_out_and_in_again(rows: list[tuple]) -> None:
    table = read_table(written(write_xlsx, rows))
    assert table.frame.select("甲", "乙").rows() == kept(rows)


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_telephones_and_negative_numbers_survive(write) -> None:
    rows = [("+86 138 0000 1234", "-5"), ("-0.25", -0.25), ("007", 7), ("310107199001011234", 10**17)]
    table = read_table(written(write, rows))
    assert table.frame.select("甲", "乙").rows() == [
        ("+86 138 0000 1234", "-5"),
        ("-0.25", "-0.25"),
        ("007", "7"),
        ("310107199001011234", "100000000000000000"),
    ]


def test_typed_values() -> None:
    moment = datetime(2021, 5, 1, 0, 30, tzinfo=UTC)  # 8:30 in Shanghai
    rows = [(True, date(2021, 5, 1)), (None, moment), (1e-7, datetime(2021, 5, 1, 8, 30))]
    for write in (write_csv, write_xlsx):
        table = read_table(written(write, rows))
        assert table.frame.select("甲", "乙").rows() == [
            ("TRUE", "2021-05-01"),
            (None, "2021-05-01 08:30:00"),
            ("0.0000001", "2021-05-01 08:30:00"),
        ]


def test_no_cell_of_an_xlsx_is_a_formula_or_a_link() -> None:
    hostile = [*HOSTILE, "http://example.org/", "mailto:a@b.c", "internal:Sheet1!A1"]
    book = openpyxl.load_workbook(written(write_xlsx, [(text, None) for text in hostile]))
    values = [cell for row in book.active.iter_rows(min_row=2, max_col=1) for cell in row]
    assert {cell.data_type for cell in values} <= {"s", "inlineStr"}
    assert not any(cell.hyperlink for cell in values)


def test_no_cell_of_a_csv_begins_like_a_formula() -> None:
    content = written(write_csv, [(text, None) for text in HOSTILE], ("=名", "乙")).getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert read_table(io.BytesIO(content)).columns == ["=名", "乙"]


def test_files_and_widths(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", ["名称"], [["甲"]], sheet="清单", widths=[30])
    table = read_table(tmp_path / "a.xlsx")
    assert (table.sheet, len(table)) == ("清单", 1)
    write_csv(tmp_path / "a.csv", ["名称"], [["甲"]])
    assert len(read_table(tmp_path / "a.csv")) == 1


def test_text_too_long_for_a_cell_is_refused_not_lost() -> None:
    with pytest.raises(ValueError, match="32768"):
        write_xlsx(io.BytesIO(), ["名称"], [["甲" * 32_768]])
