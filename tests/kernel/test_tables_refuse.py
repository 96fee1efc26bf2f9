"""Broken and hostile files: each gets one sentence, soon, and without much memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from string import ascii_uppercase

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from chengshu.kernel.tables import Limits, TableError, read_table
from tests.kernel.test_tables_read import rows, text, workbook

DATA = Path(__file__).parent / "data"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def refusal(source: object, filename: str = "list.xlsx", **options: object) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(TableError) as caught:
        read_table(source, filename=filename, **options)
    sentence = str(caught.value)
    assert sentence
    assert "\n" not in sentence
    return sentence


class Counted(io.BytesIO):
    """A file that counts how many bytes are read from it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def raw_xlsx(sheet: str | bytes, *, extra: dict[str, bytes] | None = None, level: int = 6) -> io.BytesIO:
    """The smallest workbook around the XML of one sheet."""
    buffer = io.BytesIO()
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{relations}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        **(extra or {}),
    }
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer


def sheet_xml(*cells: tuple[str, str], after: str = "", before: str = "") -> str:
    body = "".join(
        f'<row r="{at.lstrip(ascii_uppercase)}"><c r="{at}" t="inlineStr"><is><t>{value}</t></is></c></row>'
        for at, value in cells
    )
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{after}</worksheet>'


def test_the_smallest_workbook_is_read() -> None:
    assert rows(read_table(raw_xlsx(sheet_xml(("A1", "名称"), ("A2", "甲"))))) == [("甲",)]


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
        b"MZ\x90\x00\x03" + b"\x00" * 128,
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"<?xml version='1.0'?><a/>",
        b"just some words",
        b"PK\x03\x04 but no zip",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b"",
    ],
)
def test_what_is_not_a_spreadsheet(content: bytes) -> None:
    refusal(io.BytesIO(content))


def test_a_zip_that_is_no_workbook_and_one_cut_short() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    refusal(buffer)
    whole = workbook(["名称"], *[[f"甲{i}"] for i in range(500)]).getvalue()
    refusal(io.BytesIO(whole[: len(whole) // 2]))
    damaged = bytearray(whole)
    damaged[200:260] = b"x" * 60
    refusal(io.BytesIO(bytes(damaged)))


def test_a_missing_file_and_a_password() -> None:
    refusal(DATA / "nowhere.xlsx")
    refusal(DATA)
    refusal(DATA / "encrypted.xlsx")


def test_binary_and_nul_text() -> None:
    refusal(io.BytesIO(b"a,b\x00\n1,2\n"), "a.csv")
    refusal(io.BytesIO(b"\xff\xfe\x61\x00\x00\xd8\x61\x00"), "a.csv")
    refusal(io.BytesIO("名称,甲\n".encode("gb18030") + b"\x81\x20\xff"), "a.csv")
    refusal(io.BytesIO(b" \n\n \n"), "a.csv")
    escaped = raw_xlsx(sheet_xml(("A1", "名称"), ("A2", "甲_x0000_")))
    with pytest.raises(TableError):
        read_table(escaped)


@pytest.mark.parametrize("content", ['a,b\n1,"two\n3,4\n', 'a,b\n1,"two"x\n'])
def test_a_wrong_quotation_mark_names_its_row(content: str) -> None:
    assert "2" in refusal(text(content), "a.csv")


def test_headers() -> None:
    assert "B" in refusal(workbook(["名称", None, "数量"], ["甲", "乙", 3]))
    assert "C" in refusal(workbook(["名称", "数量"], ["甲", 1], ["乙", 2, "多"]))
    assert "C" in refusal(text("名称,数量\n甲,1\n乙,2,多\n"), "a.csv")
    assert "名称" in refusal(workbook(["名称", " 名称 "], ["甲", "乙"]))
    assert "A" in refusal(workbook(["名称", "名称"], ["甲", "乙"]))
    refusal(workbook([1, 2], [3, 4]))
    refusal(text("_row,a\n1,2\n"), "a.csv")


def test_a_column_with_neither_name_nor_value_is_left_out() -> None:
    table = read_table(workbook(["名称", None, "数量"], ["甲", None, 3]))
    assert table.columns == ["名称", "数量"]
    assert rows(table) == [("甲", "3")]


def test_merged_header_cells_are_named() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "普陀区小区清单"
    sheet.merge_cells("A1:C1")
    sheet.append(["名称", "地址", "数量"])
    sheet.append(["甲", "光新路", 1])
    buffer = io.BytesIO()
    book.save(buffer)
    assert "A1:C1" in refusal(buffer)


def test_merged_cells_below_the_header_are_noted() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["街道", "名称"], ["石泉路街道", "甲"], [None, "乙"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    buffer = io.BytesIO()
    book.save(buffer)
    table = read_table(buffer)
    assert rows(table) == [("石泉路街道", "甲"), (None, "乙")]
    assert "A2:A3" in table.notes[0]


def test_empty_workbooks() -> None:
    refusal(workbook())
    refusal(workbook([None], ["  "]))
    refusal(raw_xlsx(f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'))


def test_macros_and_links_are_ignored_with_a_note() -> None:
    extra = {"xl/vbaProject.bin": b"\x00" * 10, "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    table = read_table(raw_xlsx(sheet_xml(("A1", "名称"), ("A2", "甲")), extra=extra), filename="a.xlsm")
    assert rows(table) == [("甲",)]
    assert len(table.notes) == 2


def test_a_million_rows_are_refused_without_reading_them_all() -> None:
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>甲</t></is></c></row>'
    body = "".join(row.format(i) for i in range(1, 1_000_001))
    buffer = Counted(
        raw_xlsx(f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>', level=1).getvalue()
    )
    assert "200,000" in refusal(buffer)
    assert buffer.count < len(buffer.getvalue()) / 2


@pytest.mark.parametrize("corner", ["XFD1", "A1048576", "XFD1048576"])
def test_one_stray_cell_in_a_far_corner_costs_nothing(corner: str) -> None:
    refusal(raw_xlsx(sheet_xml(("A1", "名称"), ("A2", "甲"), (corner, "x"))))


@pytest.mark.parametrize(
    "cell",
    [
        '<c t="inlineStr" r="XFD1048576"><is><t>x</t></is></c>',
        "<c r='XFD1048576' t='inlineStr'><is><t>x</t></is></c>",
        '<c\n r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>',
        f'<x:c xmlns:x="{MAIN}" r="XFD1048576" t="inlineStr"><x:is><x:t>x</x:t></x:is></x:c>',
        '<c r="XFD&#49;048576" t="inlineStr"><is><t>x</t></is></c>',
    ],
)
def test_however_the_stray_cell_is_written(cell: str) -> None:
    sheet = sheet_xml(("A1", "名称")).replace("</sheetData>", f'<row r="1048576">{cell}</row></sheetData>')
    refusal(raw_xlsx(sheet))


def test_too_many_cells_in_all() -> None:
    names = [(f"{get_column_letter(i)}1", f"n{i}") for i in range(1, 151)]
    refusal(raw_xlsx(sheet_xml(*names, ("A100000", "x"))))


def test_a_second_meaning_of_a_name_is_refused() -> None:
    """What was checked must be what is read."""
    stray = sheet_xml(("A1", "名称"), ("XFD1048576", "x")).encode()
    good = raw_xlsx(sheet_xml(("A1", "名称"), ("A2", "甲")))
    with zipfile.ZipFile(good) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    rels = parts["xl/_rels/workbook.xml.rels"]
    first = rels[rels.index(b"<Relationship ") : rels.index(b"</Relationships>")]
    again = rels.replace(first, first + first.replace(b"sheet1.xml", b"sheet2.xml"))
    refusal(raw_xlsx(parts["xl/worksheets/sheet1.xml"], extra={"xl/worksheets/Sheet1.xml": stray}))
    refusal(
        raw_xlsx(
            parts["xl/worksheets/sheet1.xml"],
            extra={"xl/worksheets/sheet2.xml": stray, "xl/_rels/workbook.xml.rels": again},
        )
    )


def test_a_zip_bomb_is_not_opened() -> None:
    zeros = b"<t>" + b" " * (64 * 1024**2)
    assert refusal(raw_xlsx(sheet_xml(("A1", "a")), extra={"xl/sharedStrings.xml": zeros}))
    assert refusal(raw_xlsx(b" " * (64 * 1024**2)))
    assert refusal(raw_xlsx(sheet_xml(("A1", "a")), extra={"xl/styles.xml": zeros}))
    tight = Limits(max_unpacked=1000)
    assert refusal(workbook(["名称"]), limits=tight)


def test_a_zip_directory_that_lies_about_sizes_is_found_out() -> None:
    """The stated size is small, but the data unpack to more than that."""
    real = zlib.compressobj(9, zlib.DEFLATED, -15)
    strings = b"<sst>" + b"<si><t>x</t></si>" * 400_000 + b"</sst>"
    packed = real.compress(strings) + real.flush()
    honest = raw_xlsx(
        sheet_xml(("A1", "名称"), ("A2", "甲")), extra={"xl/sharedStrings.xml": strings}, level=9
    )
    data = bytearray(honest.getvalue())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            if struct.unpack_from("<I", data, at + offset)[0] == len(strings):
                struct.pack_into("<I", data, at + offset, 100)
    assert len(packed) > 100
    refusal(io.BytesIO(bytes(data)))


def test_endless_empty_shared_strings() -> None:
    strings = f'<sst xmlns="{MAIN}">'.encode() + b"<si/>" * 3_000_000 + b"</sst>"
    refusal(
        raw_xlsx(sheet_xml(("A1", "a")), extra={"xl/sharedStrings.xml": strings}),
        limits=Limits(max_cells=1_000_000, max_ratio=10_000),
    )


@pytest.mark.parametrize(
    "before",
    ['<!DOCTYPE x [<!ENTITY a "aaaa">]>', '<?xml version="1.0"?>\n<!DOCTYPE worksheet SYSTEM "http://x/">'],
)
def test_document_types_and_entities_are_refused(before: str) -> None:
    refusal(raw_xlsx(sheet_xml(("A1", "名称"), ("A2", "甲"), before=before)))


def test_other_encodings_of_the_sheet_are_refused() -> None:
    refusal(raw_xlsx(sheet_xml(("A1", "名称"), ("XFD1048576", "甲")).encode("utf-16")))


def test_broken_sheet_xml() -> None:
    refusal(raw_xlsx("<worksheet><sheetData><row r='1'><c r='A1'><v>1</v>"))
    refusal(raw_xlsx("no xml at all"))
