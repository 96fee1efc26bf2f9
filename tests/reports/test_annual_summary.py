"""The annual summary writes itself: what is counted is said, what is not is left out and named."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from docx.shared import Pt
from pypdf import PdfReader

from chengshu.bureau.models import District
from chengshu.config.commands.report import report as command
from chengshu.demo.cases import load_cases
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.composing import Block, Report, compose
from chengshu.reports.docx import write_docx
from chengshu.reports.imprint import Imprint
from chengshu.reports.issuer import issuer
from chengshu.reports.pdf import write_pdf
from chengshu.reports.template import Condition, Part, Sentence, Template, template
from tests import factories

YEAR = Period.year(2020)
IMPRINT = Imprint("普陀区城市管理行政执法局", "普城管〔2021〕1号", date(2021, 1, 15))


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.02)
    return made


def made_of(district: District, *parts: Part) -> Report:
    return compose(Template("test", "{bureau}{year}年", parts, ()), district, YEAR, "某局")


def paragraph(*sentences: str | Sentence) -> Part:
    return Part("paragraph", sentences=tuple(Sentence(s) if isinstance(s, str) else s for s in sentences))


def test_the_shipped_summary_says_what_is_counted(district: District) -> None:
    report = compose(template("annual"), district, YEAR, issuer(district))
    text = "\n".join(block.text for block in report.blocks)
    total = report.numbers()["cases_total"].value
    assert f"全年办理行政处罚案件{total}件" in text
    assert report.title == "普陀区城市管理行政执法局2020年工作总结"
    assert "{" not in text and report.faults == ()
    known = {one.id for one in all_declared()}
    for _words, lacking in report.left_out:
        assert any(id_ not in known or report.numbers()[id_].value is None for id_ in lacking)
    assert "转运" not in text and any("transfer_days" in lacking for _words, lacking in report.left_out)


def test_every_number_names_its_figure(district: District) -> None:
    report = made_of(district, paragraph("案件{cases_total}件，罚款{fines_total:万.2}元。"))
    numbers = {run.figure: run.text for block in report.blocks for run in block.runs if run.figure}
    assert set(numbers) == {"cases_total", "fines_total"}
    assert numbers["cases_total"] == str(report.numbers()["cases_total"].value)


def test_headings_are_numbered_and_empty_ones_left_out(district: District) -> None:
    def heading(level: int, words: str) -> Part:
        return Part("heading", level, (Sentence(words),))

    report = made_of(
        district,
        heading(1, "空"),
        paragraph("没有{never_counted}。"),
        heading(1, "案件"),
        heading(2, "总体"),
        paragraph("{cases_total}件。"),
        heading(2, "空"),
        heading(1, "免罚"),
        paragraph("{exempt_cases}件。"),
    )
    assert [b.text for b in report.blocks if b.kind == "heading"] == ["一、案件", "（一）总体", "二、免罚"]
    assert report.left_out == (("没有{never_counted}。", ("never_counted",)),)


def test_a_sentence_is_said_only_where_its_conditions_hold(district: District) -> None:
    some, none = Condition.parse("cases_total > 0"), Condition.parse("cases_total = 0")
    rose = Condition.parse("cases_total:同比 > 0")  # nothing is known of the year before
    report = made_of(
        district,
        paragraph(Sentence("有。", (some,)), Sentence("无。", (none,)), Sentence("上升。", (some, rose))),
    )
    assert [block.text for block in report.blocks] == ["有。"]


def test_the_word_document_has_the_layout_of_an_official_one(district: District) -> None:
    report = compose(template("annual"), district, YEAR, issuer(district))
    document = Document(io.BytesIO(write_docx(report, IMPRINT)))
    section, style = document.sections[0], document.styles["公文正文"]
    sides = (section.page_width, section.page_height, section.top_margin, section.left_margin)
    assert [round(side.mm) for side in sides] == [210, 297, 37, 28]
    assert (style.font.size, style.font.name) == (Pt(16), "仿宋_GB2312")
    assert document.settings.odd_and_even_pages_header_footer
    lines = [(p.style.name, p.text) for p in document.paragraphs]
    assert lines[0] == ("公文标题", report.title)
    assert ("公文落款", "2021年1月15日") in lines
    assert next(text for name, text in lines if name == "公文一级标题").startswith("一、")
    table = document.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["指标", "单位", "2020年"]
    assert "万元" in {row.cells[1].text for row in table.rows}


def test_the_pdf_has_the_same_words(district: District) -> None:
    report = compose(template("annual"), district, YEAR, issuer(district))
    pages = PdfReader(io.BytesIO(write_pdf(report, IMPRINT))).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    assert report.title in text and "2021年1月15日" in text
    first: Block = next(block for block in report.blocks if block.kind == "paragraph")
    assert first.text[:12] in text


def test_the_command_writes_the_document_and_names_what_it_left_out(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chengshu.config.commands.report.setup_django", lambda: None)
    target = tmp_path / "summary.docx"
    answer = CliRunner().invoke(command, ["annual", "--year", "2020", "--out", str(target)])
    assert answer.exit_code == 0, answer.output
    assert target.read_bytes()[:2] == b"PK" and "petition_on_time" in answer.output
    for wrong in ([], ["--out", str(tmp_path / "summary.txt")]):
        assert CliRunner().invoke(command, ["annual", "--year", "2020", *wrong]).exit_code != 0
