"""The Word document is a 公文 by GB/T 9704-2012: page, type, head, signature, 版记; charts stay editable."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from openpyxl import load_workbook
from pypdf import PdfReader

from chengshu.kernel.indicators.periods import Period
from chengshu.reports.composing import Block, Report, Run
from chengshu.reports.docx import write_docx
from chengshu.reports.graphs import Area, Chart, Map, Row
from chengshu.reports.imprint import CHARACTERS, HEIGHT, LINES, POINTS, WIDTH, Imprint
from chengshu.reports.pdf import write_pdf

PLAIN = Imprint("某区城市管理行政执法局", "某城管〔2020〕12号", date(2021, 1, 5))
RED = replace(
    PLAIN,
    head="某区城市管理行政执法局文件",
    addressee="区政府",
    copies=("区司法局", "区绿化市容局"),
    printed_by="某区城市管理行政执法局办公室",
    serial="000012",
    urgency="特急",
)
CHART = Chart(
    figure="cases_total",
    unit="件",
    total=Decimal(12),
    decimals=0,
    scale=Decimal(1),
    kind="columns",
    labels=("1月", "2月"),
    rows=(Row("2019年", (Decimal(3), None)), Row("2020年", (Decimal(5), Decimal(7)))),
)
SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
MAP = Map(
    figure="cases_total",
    unit="件",
    total=Decimal(12),
    decimals=0,
    scale=Decimal(1),
    areas=(Area("甲街道", (SQUARE,), (0.5, 0.5), Decimal(12), 5),),
    legend=("0", "1—3", "4—6", "7—9", "10—12"),
    source="某图",
)
REPORT = Report(
    "某区城市管理行政执法局2020年工作总结",
    Period.year(2020),
    (
        Block("heading", 1, (Run("一、执法办案"),)),
        Block("heading", 2, (Run("（一）总体情况"),)),
        Block("heading", 3, (Run("1．案件"),)),
        Block("paragraph", runs=(Run("全年办理案件"), Run("12", "cases_total"), Run("件。"))),
        Block("chart", runs=(Run("各月案件"),), graph=CHART, number="图1"),
        Block("map", runs=(Run("各街镇案件"),), graph=MAP, number="图2"),
    ),
)


def written(imprint: Imprint) -> Any:
    return Document(io.BytesIO(write_docx(REPORT, imprint)))


@pytest.fixture(scope="module")
def plain() -> Any:
    return written(PLAIN)


@pytest.fixture(scope="module")
def red() -> Any:
    return written(RED)


def paragraph(document: Any, style: str) -> Any:
    return next(one for one in document.paragraphs if one.style.name == style)


def test_the_page_is_a4_with_a_type_area_of_156_by_225_mm(plain: Any) -> None:
    section = plain.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == [210, 297]
    margins = section.top_margin, section.right_margin, section.bottom_margin, section.left_margin
    assert [round(side.mm) for side in margins] == [37, 26, 35, 28]
    assert (WIDTH, HEIGHT) == (156, 225)


def test_22_lines_of_28_characters_fit(plain: Any) -> None:
    body = plain.styles["公文正文"]
    closer = int(body.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 0 <= HEIGHT * POINTS - LINES * body.paragraph_format.line_spacing.pt < 2
    assert 0 <= WIDTH * POINTS - CHARACTERS * (16 + closer) < 2
    assert body.paragraph_format.first_line_indent == Pt(32)


@pytest.mark.parametrize(
    ("style", "font", "size"),
    [
        ("公文标题", "方正小标宋简体", 22),
        ("公文正文", "仿宋_GB2312", 16),
        ("公文一级标题", "黑体", 16),
        ("公文二级标题", "楷体_GB2312", 16),
        ("公文三级标题", "仿宋_GB2312", 16),
        ("公文四级标题", "仿宋_GB2312", 16),
        ("公文版记", "仿宋_GB2312", 14),
        ("公文页码", "宋体", 14),
    ],
)
def test_every_style_has_the_font_and_size_of_the_standard(
    plain: Any, style: str, font: str, size: int
) -> None:
    made = plain.styles[style]
    assert made.element.rPr.rFonts.get(qn("w:eastAsia")) == font
    assert made.font.size == Pt(size)


def test_headings_have_their_outline_levels(plain: Any) -> None:
    for level, style in enumerate(("公文一级标题", "公文二级标题", "公文三级标题", "公文四级标题")):
        outline = plain.styles[style].element.pPr.find(qn("w:outlineLvl"))
        assert outline.get(qn("w:val")) == str(level)


def test_page_numbers_stand_outside_in_dashes_7_mm_below_the_text(plain: Any) -> None:
    section = plain.sections[0]
    assert plain.settings.odd_and_even_pages_header_footer
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (str(odd.alignment), str(even.alignment)) == ("RIGHT (2)", "LEFT (0)")
    assert odd.text == even.text == "—  —"
    below = section.bottom_margin.mm - section.footer_distance.mm - 14 / POINTS
    assert round(below) == 7


def test_without_a_red_head_the_number_stands_under_the_title(plain: Any) -> None:
    assert [one.style.name for one in plain.paragraphs[:2]] == ["公文标题", "公文文号"]
    assert plain.paragraphs[1].text == "某城管〔2020〕12号"
    assert not [one for one in plain.paragraphs if one.style.name in ("公文红头", "公文版记")]


def test_the_red_head_is_red_35_mm_down_with_number_and_red_rule_under_it(red: Any) -> None:
    lines = [(one.style.name, one.text) for one in red.paragraphs[:6]]
    assert lines == [
        ("公文标记", "000012"),
        ("公文标记", "特急"),
        ("公文红头", RED.head),
        ("公文文号", "某城管〔2020〕12号"),
        ("公文标题", "某区城市管理行政执法局2020年工作总结"),
        ("公文主送", "区政府："),
    ]
    assert str(red.styles["公文红头"].font.color.rgb) == "FF0000"
    head, marks = red.paragraphs[2], red.paragraphs[:2]
    above = sum(one.style.paragraph_format.line_spacing.pt for one in marks)
    size = head.runs[0].font.size.pt
    above += head.paragraph_format.space_before.pt + (head.paragraph_format.line_spacing.pt - size) / 2
    assert above / POINTS == pytest.approx(35, abs=0.2)
    assert size * len(RED.head) <= WIDTH * POINTS
    number = red.paragraphs[3]
    rule = number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert rule.get(qn("w:color")) == "FF0000"
    assert int(rule.get(qn("w:space"))) / POINTS == pytest.approx(4, abs=0.2)
    line = red.styles["公文正文"].paragraph_format.line_spacing.pt
    for each in (number, red.paragraphs[4]):
        assert each.paragraph_format.space_before.pt == pytest.approx(2 * line, abs=0.1)


def test_the_day_stands_four_characters_in_with_the_authority_centred_over_it(plain: Any) -> None:
    name, day = plain.paragraphs[-2:]
    assert (name.text, day.text) == ("某区城市管理行政执法局", "2021年1月5日")
    assert day.paragraph_format.right_indent == Pt(4 * 16)
    middle = name.paragraph_format.right_indent.pt + 11 * 16 / 2
    assert middle == pytest.approx(4 * 16 + 6 * 16 / 2)
    assert all(one.paragraph_format.keep_with_next for one in plain.paragraphs[-5:-1])


def test_a_long_name_pushes_the_day_in_instead_of_running_over_the_margin() -> None:
    long = replace(PLAIN, authority="某" * 20)
    name, day = long.signature_indents
    assert name == 0 and day > 4


def test_the_closing_block_has_its_rules_at_the_foot_of_the_last_page(red: Any) -> None:
    lines = [one for one in red.paragraphs if one.style.name == "公文版记"]
    assert [one.text for one in lines] == [
        "　抄送：区司法局，区绿化市容局。",
        "　某区城市管理行政执法局办公室\t2021年1月5日印发",
    ]
    for one in lines:
        frame, rules = one._p.pPr.find(qn("w:framePr")), one._p.pPr.find(qn("w:pBdr"))
        assert frame.get(qn("w:yAlign")) == "bottom" and frame.get(qn("w:vAnchor")) == "margin"
        sizes = {rule.tag.rpartition("}")[2]: int(rule.get(qn("w:sz"))) / 8 / POINTS for rule in rules}
        assert sizes["top"] == sizes["bottom"] == pytest.approx(0.35, abs=0.01)
        assert sizes["between"] == pytest.approx(0.25, abs=0.02)


def test_a_title_longer_than_a_line_breaks_after_the_name() -> None:
    title = f"{PLAIN.authority}2020年第三季度工作简报"
    assert PLAIN.title_lines(title) == (PLAIN.authority, "2020年第三季度工作简报")
    assert PLAIN.title_lines("短标题") == ("短标题",)


def test_charts_are_drawn_by_word_itself_and_open_their_numbers(plain: Any) -> None:
    content = write_docx(REPORT, PLAIN)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        chart = parts.read("word/charts/chart1.xml").decode()
        sheet = load_workbook(io.BytesIO(parts.read("word/embeddings/workbook1.xlsx"))).active
        links = parts.read("word/charts/_rels/chart1.xml.rels").decode()
        document = parts.read("word/document.xml").decode()
    assert "externalData" in chart and "workbook1.xlsx" in links
    assert "showSerName" in chart and 'showSerName val="1"' not in chart
    assert sheet is not None
    rows = [tuple(cell for cell in row[:3]) for row in sheet.iter_rows(values_only=True)]
    assert rows == [(None, "2019年", "2020年"), ("1月", 3, 5), ("2月", None, 7)]
    assert 'descr="2019年（件）：1月3；2020年（件）：1月5，2月7"' in document
    assert 'descr="甲街道12件"' in document


def test_captions_stand_under_charts_and_maps_with_their_numbers(plain: Any) -> None:
    captions = [one.text for one in plain.paragraphs if one.style.name == "公文图题"]
    assert captions == ["图1　各月案件", "图2　各街镇案件"]


def test_the_same_report_gives_the_same_word_file() -> None:
    with (
        zipfile.ZipFile(io.BytesIO(write_docx(REPORT, RED))) as one,
        zipfile.ZipFile(io.BytesIO(write_docx(REPORT, RED))) as two,
    ):
        assert one.namelist() == two.namelist()
        assert all(one.read(name) == two.read(name) for name in one.namelist())


def test_the_pdf_bears_the_same_head_and_closing_block() -> None:
    pages = PdfReader(io.BytesIO(write_pdf(REPORT, RED))).pages
    first, last = pages[0].extract_text(), pages[-1].extract_text()
    assert RED.head in first and "000012" in first and "区政府：" in first
    assert "抄送：区司法局" in last and "2021年1月5日印发" in last


def test_no_page_of_the_pdf_bears_the_signature_alone() -> None:
    alone = 0
    for lines in range(14, 22):
        blocks = tuple(Block("paragraph", runs=(Run(f"第{n}段。"),)) for n in range(lines))
        pages = PdfReader(io.BytesIO(write_pdf(replace(REPORT, blocks=blocks), PLAIN))).pages
        last = pages[-1].extract_text()
        assert "2021年1月5日" in last
        assert f"第{lines - 1}段。" in last
        alone += len(pages) > 1
    assert 0 < alone < 8  # some of them end just where the signature no longer fits
