"""The PDF that is issued."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chengshu.cases.documents import DocumentFacts, DocumentProblem, Evidence, Photo, compose, kinds
from chengshu.cases.documents.pdf import render_pdf, seal_place
from chengshu.cases.documents.samples import sample
from tests.cases.documents.conftest import page_texts

pytestmark = pytest.mark.usefixtures("chinese_font")

HOSTILE = [
    '#import "@preview/cetz:0.1.0"',
    "#panic()",
    "]#let x = [",
    "$ x^2 $",
    "<b>粗体</b>",
    '"); sys.exit("',
    "\\u{41}*粗*_斜_",
    "= 标题",
    "// 注释",
]


def test_every_kind_becomes_pages_with_its_title() -> None:
    pages = page_texts(render_pdf(*(compose(each, sample(each.code), for_issue=True) for each in kinds())))
    text = "\n".join(pages)
    assert [each.name for each in kinds() if each.name not in text] == []
    assert "草稿" not in text


def test_every_kind_can_be_set_empty() -> None:
    pages = page_texts(render_pdf(*(compose(each, DocumentFacts()) for each in kinds())))
    assert len(pages) >= len(kinds())
    assert all("草稿" in page for page in pages)


def test_pages_are_counted_for_each_document() -> None:
    decision = compose("penalty_decision", sample("penalty_decision"), for_issue=True)
    receipt = compose("service_return", sample("service_return"), for_issue=True)
    pages = page_texts(render_pdf(decision, receipt))
    count = len(pages) - 1
    assert count > 1
    for at, page in enumerate(pages[:-1], 1):
        assert f"第{at}页共{count}页" in page
    assert "第1页共1页" in pages[-1]


def test_the_same_document_gives_the_same_bytes() -> None:
    facts = sample("evidence_sheet")
    made = [render_pdf(compose("evidence_sheet", facts, for_issue=True)) for _ in range(2)]
    assert made[0] == made[1]


def test_values_are_text_and_never_markup() -> None:
    facts = replace(
        sample("penalty_decision"),
        facts="；".join(HOSTILE),
        party_name=HOSTILE[0],
        evidence=tuple(Evidence(each) for each in HOSTILE),
        decision_items=tuple(HOSTILE),
    )
    text = "".join(page_texts(render_pdf(compose("penalty_decision", facts))))
    for each in HOSTILE:
        assert "".join(each.split()) in text


def test_a_long_run_without_blanks_stays_inside_the_page() -> None:
    facts = replace(sample("electronic_extraction_record"), facts="a1" * 400, values={"checksum": "f" * 300})
    pages = page_texts(render_pdf(compose("electronic_extraction_record", facts)))
    assert "".join(pages).replace("\u200b", "").count("f") >= 300


def test_a_case_of_many_words_runs_over_pages() -> None:
    facts = replace(sample("filing_approval"), facts="现场情况说明。" * 800)
    assert (
        sum(page.count("现场情况说明") for page in page_texts(render_pdf(compose("filing_approval", facts))))
        > 780
    )


def test_the_seals_place_is_on_the_last_page_of_the_decision() -> None:
    model = compose("penalty_decision", sample("penalty_decision"), for_issue=True)
    place = seal_place(model)
    assert place is not None
    assert place.page == len(page_texts(render_pdf(model))) - 1
    assert 300 < place.x < 480
    assert seal_place(compose("interview_record", sample("interview_record"))) is None


def test_a_photograph_is_set_upright_and_a_broken_one_named() -> None:
    out = BytesIO()
    Image.new("RGB", (3000, 2000), "green").save(out, "PNG")
    facts = replace(sample("evidence_sheet"), photos=(Photo("现场照片", image=out.getvalue()),))
    assert len(render_pdf(compose("evidence_sheet", facts))) > 10_000
    broken = replace(facts, photos=(Photo("现场照片", image=b"\x89PNG no picture"),))
    with pytest.raises(DocumentProblem, match="“现场照片” cannot be read"):
        render_pdf(compose("evidence_sheet", broken))


def test_a_bureau_sets_documents_by_its_own_template(own_folder: Path) -> None:
    template = own_folder / "document.typ"
    template.write_text("#let given = json(bytes(sys.inputs.data))\n#given.documents.at(0).number\n")
    model = compose("penalty_decision", replace(sample("penalty_decision"), number="ABC-7"))
    assert page_texts(render_pdf(model)) == ["ABC-7"]
    template.write_text("#nothing\n")
    with pytest.raises(DocumentProblem, match="template of the PDF cannot be set: unknown variable"):
        render_pdf(model)


def test_a_folder_of_fonts_that_is_not_there_is_named(settings: Any, tmp_path: Path) -> None:
    settings.FONT_DIR = tmp_path / "fonts"
    with pytest.raises(DocumentProblem, match="CHENGSHU_FONT_DIR is not a folder"):
        render_pdf(compose("file_cover", DocumentFacts()))
